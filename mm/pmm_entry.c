/*
 * mm/pmm_entry.c - L1: what the entries of frames tell. See mm/pmm.c.
 */
#include "pmm_internal.h"

u32 pmm_span(void)
{
    return pmm.span;
}

enum frame_kind pmm_kind(pfn_t frame)
{
    return frame.n < pmm.span ? entry_kind(pmm.entries[frame.n])
                              : FRAME_RESERVED;
}

pfn_t pmm_head(pfn_t frame)
{
    if (entry_is_head(pmm.entries[frame.n]) || pmm_bitmap_test(frame.n))
        return frame;
    for (u32 order = 1; order <= ORDER_MAX; order++) {
        u32 head = round_down(frame.n, 1u << order);
        u32 entry = pmm.entries[head];
        if (entry_is_head(entry) && entry_order(entry) >= order)
            return pfn(head);
    }
    return frame;
}

bool pmm_waits(pfn_t frame)
{
    return frame.n < pmm.span && !pmm_bitmap_test(frame.n) &&
           entry_waits(pmm.entries[pmm_head(frame).n]);
}

bool pmm_is_free(pfn_t frame)
{
    return frame.n < pmm.span &&
           (pmm_bitmap_test(frame.n) || pmm_waits(frame));
}

u32 pmm_order(pfn_t frame)
{
    return entry_order(pmm.entries[frame.n]);
}

u32 pmm_payload(pfn_t frame)
{
    return entry_payload(pmm.entries[frame.n]);
}

void pmm_set_payload(pfn_t head, enum frame_kind kind, u32 payload)
{
    if (head.n >= pmm.span || kind_is_counted(kind) ||
        !kind_is_allocatable(kind) || payload > PAYLOAD_MAX ||
        pmm_kind(head) != kind || pmm_order(head) == ORDER_TAIL)
        pmm_refuse("payload", head, kind, 0, CALLER());
    pmm.entries[head.n] =
        entry_make(kind, entry_order(pmm.entries[head.n]), payload);
}
