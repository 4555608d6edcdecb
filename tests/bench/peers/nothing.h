/*
 * nothing.h - an allocator that does nothing: what remains is the cost of
 * the workload itself, which is subtracted from everybody's.
 */
#ifndef NOTHING_H
#define NOTHING_H

#include "../pmm/allocator.h"

/* What is always answered. Not a constant for the compiler, so that what the
 * workload does with an answer remains. */
u32 always;

u32 allocator_init(u32 frames, bool *taken)
{
    (void)frames;
    (void)taken;
    return 0;
}

static inline pfn_t frame_alloc(void)
{
    return pfn(always);
}

static inline void frame_free(pfn_t frame)
{
    (void)frame;
}

static inline pfn_t run_alloc(u32 order)
{
    (void)order;
    return pfn(always);
}

static inline void run_free(pfn_t head, u32 order)
{
    (void)head;
    (void)order;
}

#endif
