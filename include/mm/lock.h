/*
 * mm/lock.h - the ranks of mm's locks.
 *
 * Each layer has one lock and its rank is the layer's number. A layer calls
 * only downwards, so locks are only ever taken in falling rank, and there
 * can be no deadlock. The checked build asserts it; in the release build of
 * one processor, lock and unlock are nothing.
 */
#ifndef MM_LOCK_H
#define MM_LOCK_H

#include "mm/platform.h"

enum lock_rank {
    LOCK_PMM = 1,
    LOCK_PT,
    LOCK_KVA,
    LOCK_HEAP,
};

/* Take the lock of a layer. Panics (checked build) if a lock of the same or
 * a lower rank is held. */
static inline void lock(enum lock_rank rank)
{
    if (CHECKED)
        platform_lock(rank);
}

/* Give it back. Panics (checked build) if it is not held. */
static inline void unlock(enum lock_rank rank)
{
    if (CHECKED)
        platform_unlock(rank);
}

#endif
