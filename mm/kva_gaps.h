/*
 * mm/kva_gaps.h - the gaps, listed by length: segregated fit. For mm/kva*.c.
 *
 * A gap is in the list of its length, by the number of the page where the
 * range in front of it starts. A bitset tells which lists are not empty, so the
 * smallest gap that will do is found by a look at a few words:
 *
 *      class     1   2   3   4   5  ...  511   512 to 639   640 to 767  ...
 *      bitset    1   0   0   1   0        0        0            1
 *      heads     |           |                                  |
 *                v           v                                  v
 *                17 - 90     1                                  2044 - 313
 *
 * There are at most 124 gaps of 512 pages or more, so few that those of one
 * list can be gone through. The last gap that came is the first one taken.
 *
 * Cost: O(1); if there is no gap below 512 pages that fits, at most 124 others
 * are looked at.
 */
#ifndef MM_KVA_GAPS_H
#define MM_KVA_GAPS_H

#include "kva_internal.h"

/* In which list is a gap of so many pages? A length that there cannot be may
 * have a class beyond the last one. */
static inline u32 gap_class(u32 pages)
{
    return pages < GAP_EXACT
               ? pages : pages / GAP_STEP + GAP_EXACT - GAP_EXACT / GAP_STEP;
}

/* The gap behind the range at `page`, which is in no list, has so many pages
 * now, perhaps none. */
static inline void gap_enter(u32 page, struct kva_record *record, u32 pages)
{
    record->gap = (u16)pages;
    if (pages == 0)
        return;
    u32 class = gap_class(pages);
    u32 next = kva.gap_heads[class];
    record->prev = KVA_NONE;
    record->next = (u16)next;
    kva.gap_heads[class] = (u16)page;
    if (next)
        kva_record(next)->prev = (u16)page;
    else
        bitset_add(kva.gap_classes, class);
}

/* Take the gap behind a range off its list: there is one. */
static inline void gap_remove(const struct kva_record *record)
{
    u32 next = record->next, prev = record->prev;

    if (next)
        kva_record(next)->prev = (u16)prev;
    if (prev) {
        kva_record(prev)->next = (u16)next;
        return;
    }
    u32 class = gap_class(record->gap);
    kva.gap_heads[class] = (u16)next;
    if (!next)
        bitset_remove(kva.gap_classes, class);
}

/* gap_find() where lists have gaps of several lengths. */
u32 gap_find_long(u32 pages);

/* The range in front of the smallest gap of at least so many pages; or
 * KVA_NONE. */
static inline u32 gap_find(u32 pages)
{
    if (pages >= GAP_EXACT)
        return gap_find_long(pages);
    u32 class = bitset_next(kva.gap_classes, pages);
    return class < GAP_EXACT ? kva.gap_heads[class] : gap_find_long(pages);
}

/* How many pages of the gap behind the range are to be left in front of another
 * one, so that its first page, guards aside, is at a multiple of `align`? */
static inline u32 gap_slack(u32 page, u32 align, u32 guards)
{
    const u32 zero = (KVA_START >> PAGE_SHIFT) - KVA_FIRST; /* of page 0 */

    return -(zero + kva_end(page, kva_record(page)) + guards) & (align - 1);
}

/* The range in front of a gap where `pages`, guards included, fit if aligned;
 * or KVA_NONE. */
u32 gap_find_aligned(u32 pages, u32 align, u32 guards);

#endif
