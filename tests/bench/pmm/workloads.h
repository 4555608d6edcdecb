/*
 * workloads.h - what a frame allocator is made to do when it is measured.
 */
#ifndef WORKLOADS_H
#define WORKLOADS_H

#include "lib/types.h"

/* A run of one workload. `held` has room for `frames` entries, the caller's;
 * each names what was allocated: first frame in bits 0-19, order above. */
struct workload {
    u32 *held;
    u32 frames;   /* that can be had, when nothing is held       */
    u32 random;   /* the state of the sequence; any number but 0 */
    u32 count;    /* entries in `held`                           */
    u32 used;     /* frames in these                             */
    u32 allocs;   /* of workload_run(): asked for                */
    u32 frees;
    u32 failures; /* asked for in vain                           */
};

/* A sort of workload. */
struct workload_sort {
    const char *name;
    u32 percent; /* of memory that is used before and meanwhile */
    void (*fill)(struct workload *work, u32 percent);
    void (*step)(struct workload *work, u32 operations);
};

enum { WORKLOADS = 6 };

/* What `random` may begin with; its multiples make other sequences. */
#define WORKLOAD_SEED 2654435761u

extern const struct workload_sort workload_sorts[WORKLOADS];

static inline u32 held_order(u32 entry)
{
    return entry >> 20;
}

static inline u32 held_frame(u32 entry)
{
    return entry & ((1u << 20) - 1);
}

/* Fill memory as the workload wants it. */
void workload_fill(struct workload *work, const struct workload_sort *sort);

/* What is measured: about so many operations, which are pairs of alloc and
 * free, or coin flips between the two. Only between the entry and the exit
 * of this function does callgrind count. */
NOINLINE void workload_run(struct workload *work,
                           const struct workload_sort *sort, u32 operations);

/* Give everything back. */
void workload_empty(struct workload *work);

#endif
