/*
 * mm/kva_gaps.c - L3: the long way to a gap.
 *
 * Where an aligned range fits depends on where a gap begins. Any gap will do
 * that is longer by align - 1 pages, but to take only such ones would leave
 * what an aligned range gave back, and it would never be had again. So first
 * some of the smallest gaps are tried.
 *
 *      page   4   5   6   7   8   9   10  11
 *                 |<------ gap ------>|           too short for 4 pages at a
 *             ^               ^                   multiple of 4
 *
 * Cost: 64 gaps, and those of 512 pages or more, of which there are at most
 * 124, so that 4 MiB at a multiple of 4 MiB are always found.
 */
#include "kva_gaps.h"

enum { GAP_TRIES = 64 };

/* The smallest gap of a list with at least so many pages, or KVA_NONE. */
static u32 smallest_of(u32 class, u32 pages)
{
    u32 best = KVA_NONE, least = KVA_LIMIT;

    for (u32 page = kva.gap_heads[class]; page != KVA_NONE;
         page = kva_record(page)->next) {
        u32 gap = kva_record(page)->gap;
        if (gap >= pages && gap < least) {
            best = page;
            least = gap;
        }
    }
    return best;
}

u32 gap_find_long(u32 pages)
{
    u32 best = KVA_NONE;
    u32 class = bitset_next(kva.gap_classes, gap_class(pages));

    while (class != BITSET_NONE && best == KVA_NONE) {
        best = smallest_of(class, pages);
        class = bitset_next(kva.gap_classes, class + 1);
    }
    return best;
}

u32 gap_find_aligned(u32 pages, u32 align, u32 guards)
{
    u32 class = bitset_next(kva.gap_classes, gap_class(pages));
    u32 tries = GAP_TRIES;

    for (; class != BITSET_NONE;
         class = bitset_next(kva.gap_classes, class + 1))
        for (u32 page = kva.gap_heads[class]; page != KVA_NONE;
             page = kva_record(page)->next) {
            if (pages + gap_slack(page, align, guards) <=
                kva_record(page)->gap)
                return page;
            if (--tries == 0)
                return gap_find(pages + align - 1);
        }
    return KVA_NONE;
}
