/*
 * kva_work.h - random work on kernel ranges, every step of it told to the
 * model: the smallest gap that fits, exactly.
 */
#ifndef KVA_WORK_H
#define KVA_WORK_H

#include "lib/types.h"

/* What one sort of work asks for. */
struct kva_sort {
    u32 pages_order;  /* 1 to 2^order pages, smaller ones more often */
    u32 align_order;  /* aligned to 1 to 2^order pages               */
    u32 guards_most;
    u32 slots;        /* so many ranges at once, KVA_WORK_LIVE at most */
    bool resizes;     /* and they grow and shrink                    */
    bool has_memory;  /* and their pages keep what is written there  */
};

enum { KVA_WORK_LIVE = 512 };

/*
 * So many random steps, beside the ranges that there are, and then all is
 * given back. Nobody else may be at work with kernel ranges. Memory may be
 * short. Returns what is wrong, in words, or NULL.
 */
const char *kva_work(const struct kva_sort *sort, u32 seed, u32 steps);

#endif
