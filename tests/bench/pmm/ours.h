/*
 * ours.h - L1 as an allocator of the bench: frames from wherever they are,
 * for kinds that do not need the direct map.
 */
#ifndef OURS_H
#define OURS_H

#include "allocator.h"
#include "mm/pmm.h"

static inline pfn_t frame_alloc(void)
{
    return pmm_alloc(ZONE_ANY, FRAME_USER);
}

static inline void frame_free(pfn_t frame)
{
    pmm_free(frame, FRAME_USER);
}

static inline pfn_t run_alloc(u32 order)
{
    return pmm_alloc_run(ZONE_ANY, order, FRAME_KERNEL);
}

static inline void run_free(pfn_t head, u32 order)
{
    pmm_free_run(head, order, FRAME_KERNEL);
}

#endif
