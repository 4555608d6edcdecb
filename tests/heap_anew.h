/*
 * heap_anew.h - make the heap anew, with other switches than it was made with
 * at boot.
 */
#ifndef HEAP_ANEW_H
#define HEAP_ANEW_H

#include "lib/types.h"
#include "strata_test.h"

/* Has nobody a block or a cache? */
bool heap_is_unused(void);

/* Make the heap anew, as slab_switch() says. Returns what was switched on
 * before, as text for the next call. */
const char *heap_restart(const char *text);

#define NEED_UNUSED_HEAP()                         \
    do {                                           \
        if (!heap_is_unused())                     \
            SKIP("somebody uses the heap");        \
    } while (0)

#endif
