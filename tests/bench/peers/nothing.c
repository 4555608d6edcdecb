/*
 * nothing.c - an allocator that does nothing: what remains is the cost of
 * the workload itself, which is subtracted from everybody's.
 */
#include "../pmm/allocator.h"

u32 allocator_init(u32 frames, bool *taken)
{
    (void)frames;
    (void)taken;
    return 0;
}

pfn_t pmm_alloc(enum zone zone, enum frame_kind kind)
{
    (void)zone;
    (void)kind;
    return pfn(0);
}

void pmm_free(pfn_t frame, enum frame_kind kind)
{
    (void)frame;
    (void)kind;
}

pfn_t pmm_alloc_run(enum zone zone, u32 order, enum frame_kind kind)
{
    (void)zone;
    (void)order;
    (void)kind;
    return pfn(0);
}

void pmm_free_run(pfn_t head, u32 order, enum frame_kind kind)
{
    (void)head;
    (void)order;
    (void)kind;
}
