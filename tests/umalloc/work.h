/*
 * work.h - random operations on blocks whose contents are known.
 *
 * Each block is filled with bytes that its number and its address decide; they
 * are looked at when it is resized, and when it goes.
 */
#ifndef WORK_H
#define WORK_H

#include "lib/types.h"

enum { WORK_BLOCKS = 1000 };

struct work_block {
    u8 *start;
    size_t bytes;
    u8 seed;
};

struct work {
    struct work_block blocks[WORK_BLOCKS];
    u32 random;
    size_t live;   /* bytes */
    u32 refusals;  /* that were allowed */
    bool may_fail;
};

/* So many operations; what is wrong is an EXPECT that does not hold. */
void work_run(struct work *work, u32 operations);

/* Look at all blocks, and free them. */
void work_empty(struct work *work);

/* Look at all blocks. */
void work_check(const struct work *work);

#endif
