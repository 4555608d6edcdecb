/*
 * workloads.h - what a heap is made to do when it is measured.
 */
#ifndef HEAP_WORKLOADS_H
#define HEAP_WORKLOADS_H

#include "lib/types.h"

struct held_block {
    u8 *start; /* NULL: refused */
    u32 bytes; /* asked for     */
};

/* A run of one workload. `held` has room for `live` blocks, the caller's. */
struct heap_work {
    struct held_block *held;
    u32 live;     /* blocks at once                              */
    u32 count;    /* of them that there are now                  */
    u32 random;   /* the state of the sequence; any number but 0 */
    u32 done;     /* of heap_work_run(): pairs, or resizes       */
    u32 failures; /* asked for in vain                           */
};

/* A sort of workload. */
struct heap_work_sort {
    const char *name;
    u32 (*size)(struct heap_work *work);
    void (*step)(struct heap_work *work, u32 operations);
    bool fills;   /* the blocks are there before */
    u32 live_min; /* that the steps need         */
};

enum { HEAP_WORKLOADS = 6 };

extern const struct heap_work_sort heap_work_sorts[HEAP_WORKLOADS];

/* A workload with so many blocks at once; the memory for these records is
 * there already. */
void heap_work_begin(struct heap_work *work, const struct heap_work_sort *sort,
                     struct held_block *held, u32 live, u32 seed);

/* What is measured: at least so many pairs of alloc and free, or resizes.
 * Only between the entry and the exit of this function does callgrind
 * count. */
NOINLINE void heap_work_run(struct heap_work *work,
                            const struct heap_work_sort *sort,
                            u32 operations);

/* What was asked for and is held, in bytes. */
u32 heap_work_bytes(const struct heap_work *work);

/* Give everything back. */
void heap_work_empty(struct heap_work *work);

#endif
