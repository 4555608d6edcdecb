/*
 * mm/pmm_run.c - L1: pieces of runs, and runs whose frames lead to something.
 */
#include "pmm_internal.h"

/* Cut the run into halves as long as `keep` ends inside it; the half behind
 * the end goes back, the half before it is a run of its own. */
void pmm_split_run(pfn_t head, u32 order, u32 keep, enum frame_kind kind)
{
    if (!pmm_is_run(head, order, kind) || pmm_is_marked(head, order) ||
        keep == 0 || keep > 1u << order)
        pmm_refuse("split", head, kind, order, CALLER());

    lock(LOCK_PMM);
    u32 freed = (1u << order) - keep;
    while (keep != 1u << order) {
        u32 half = 1u << --order;
        if (keep <= half) {
            pmm_bitmap_give(head.n + half, order);
        } else {
            pmm.entries[head.n] = pmm_entry_fresh(kind, order);
            head.n += half;
            keep -= half;
        }
    }
    pmm.entries[head.n] = pmm_entry_fresh(kind, order);
    pmm.given[kind] += freed;
    unlock(LOCK_PMM);
}

void pmm_set_run_payload(pfn_t head, u32 order, enum frame_kind kind,
                         u32 payload)
{
    if (!pmm_is_run(head, order, kind) || payload > PAYLOAD_MAX ||
        kind_is_counted(kind))
        pmm_refuse("payload", head, kind, order, CALLER());

    pmm.entries[head.n] = entry_make(kind, order, payload);
    for (u32 i = 1; i < 1u << order; i++)
        pmm.entries[head.n + i] = entry_make(kind, ORDER_TAIL, payload);
}
