/*
 * mm/kva.c - L3: kernel virtual ranges.
 *
 *      KVA_START                                                 KVA_END
 *      |[g| stack |g]      [ framebuffer ]   [g| heap block |g]     |
 *       a range      a gap  a range
 *       g: a guard page, never mapped, part of the range
 *
 * A range takes the smallest gap that fits, and what is freed can be had again
 * at once. This file changes the row of mm/kva_internal.h, which says how
 * ranges and gaps are written down; mm/kva_gaps.h finds a gap; mm/kva_map.c
 * puts memory behind ranges.
 *
 * Between kva_alloc() and kva_free() anybody may map pages of a range, so L3
 * does not know what is mapped there. L2 does: a page table of kva stays once
 * it is made, so where there is none, nothing ever was mapped, and there is
 * nothing to unmap and nothing to flush. Where there is one, a glance at its
 * entries is still cheaper than to have them unmapped.
 *
 * Invariants, checked by kva_check():
 *   1. Ranges are disjoint, guards included. The gap of each begins behind it
 *      and ends where the next one begins, the last one's at KVA_END.
 *   2. There is a sheet iff a range starts in its pages. A bit of start_groups
 *      is set iff its word of starts is not 0.
 *   3. Every gap is in the list of its length, and nothing else is.
 *   4. A bit of gap_classes is set iff that list is not empty.
 *   5. No page of a guard or a gap is mapped.
 *
 * Cost: alloc and free O(1), some 310 instructions for both, among 100 ranges
 * or 10000 (test=bench), if nothing is mapped. Space: 17 KiB, and a frame for
 * each MiB in which a range starts.
 */
#include "mm/kva.h"

#include "mm/lock.h"
#include "mm/pmm.h"

#include "kva_gaps.h"

struct kva_state kva;

/* -------------------------------------------------------- sheets and starts */

static NOINLINE bool make_sheet(u32 index)
{
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_RANGE);

    if (pfn_is_none(frame))
        return false;
    kva.sheets[index] = pfn_to_ptr(frame);
    return true;
}

static inline void add_start(u32 page)
{
    u32 word = page / 32;

    if (kva.starts[word] == 0)
        kva.start_groups[word / 32] |= 1u << word % 32;
    kva.starts[word] |= 1u << page % 32;
}

/* Of these pages no range starts at one any more. The sheet goes when all of
 * its words are 0. */
static NOINLINE void empty_word(u32 word)
{
    u32 words = kva.start_groups[word / 32] & ~(1u << word % 32);
    u32 index = word / SHEET_WORDS;
    struct kva_sheet *sheet = kva.sheets[index];

    kva.start_groups[word / 32] = words;
    if (words >> index * SHEET_WORDS % 32 & ((1u << SHEET_WORDS) - 1))
        return;
    kva.sheets[index] = NULL;
    pmm_free(ptr_to_pfn(sheet), FRAME_RANGE);
}

static inline void remove_start(u32 page)
{
    u32 starts = kva.starts[page / 32] &= ~(1u << page % 32);

    if (starts == 0)
        empty_word(page / 32);
}

/* ------------------------------------------------------------------- alloc */

/* Enter a range. Its first page, or KVA_NONE. */
static inline u32 add_range(const char *name, u32 pages, u32 align, u32 guards)
{
    u32 need = pages + 2 * guards;
    u32 before = align == 1 ? gap_find(need)
                            : gap_find_aligned(need, align, guards);

    if (before == KVA_NONE)
        return KVA_NONE;
    struct kva_record *record = kva_record(before);
    u32 slack = align == 1 ? 0 : gap_slack(before, align, guards);
    u32 rest = record->gap - slack - need;
    u32 page = kva_end(before, record) + slack + guards;
    if (!kva_sheet(page) && !make_sheet(page / SHEET_PAGES))
        return KVA_NONE;
    gap_remove(record);
    gap_enter(before, record, slack);
    record = kva_record(page);
    record->name = name;
    record->size.pages = (u16)pages;
    record->size.guards = (u16)guards;
    gap_enter(page, record, rest);
    add_start(page);
    return page;
}

virt_addr_t kva_alloc(const char *name, u32 pages, u32 align, u32 guards)
{
    kva_check_alloc(pages, align, CALLER());
    if (pages > KVA_PAGES || guards > KVA_PAGES)
        return 0;

    lock(LOCK_KVA);
    u32 page = add_range(name, pages, align, guards);
    unlock(LOCK_KVA);
    return page == KVA_NONE ? 0 : kva_address(page);
}

/* -------------------------------------------------------------------- free */

/* There is a table; the owner may have unmapped what was there, and still owe
 * the flush. */
static NOINLINE void unmap(virt_addr_t start, u32 pages)
{
    if (!pt_is_any_mapped(kva.pt, start, pages))
        return;
    pt_unmap_range(kva.pt, start, pages);
    pt_flush();
}

/* Unmap what a range loses, and remember whose it was. */
static inline void lose(u32 page, const char *name, struct kva_size size,
                        const void *by)
{
    struct kva_freed *freed = &kva.freed[kva.freed_count++ % KVA_FREED];

    if (pt_has_table(kva.pt, kva_address(page), size.pages))
        unmap(kva_address(page), size.pages);
    freed->name = name;
    freed->by = by;
    freed->size = size;
    freed->page = page;
}

/* Take out a range: its place joins the gap in front and the one behind. */
static inline void remove_range(u32 page, struct kva_record *record)
{
    u32 before = kva_before(page);
    struct kva_record *front = kva_record(before);
    u32 joined = front->gap + record->size.pages + 2u * record->size.guards +
                 record->gap;

    if (record->gap > 0)
        gap_remove(record);
    if (front->gap > 0)
        gap_remove(front);
    gap_enter(before, front, joined);
    remove_start(page);
}

static inline void free_range(virt_addr_t start, const void *by)
{
    kva_check_start("kva_free", start, by);

    lock(LOCK_KVA);
    u32 page = kva_page(start);
    struct kva_record *record = kva_record(page);
    lose(page, record->name, record->size, by);
    remove_range(page, record);
    unlock(LOCK_KVA);
}

void kva_free(virt_addr_t start)
{
    free_range(start, CALLER());
}

void kva_free_for(virt_addr_t start, const void *by)
{
    free_range(start, by);
}

/* ------------------------------------------------------------------ resize */

bool kva_move_end(virt_addr_t start, u32 pages, const void *caller)
{
    lock(LOCK_KVA);
    u32 page = kva_page(start);
    struct kva_record *record = kva_record(page);
    u32 old = record->size.pages;
    u32 room = old + record->gap;
    if (pages < old)
        lose(page + pages, record->name,
             (struct kva_size){ .pages = (u16)(old - pages) }, caller);
    if (pages <= room) {
        if (record->gap > 0)
            gap_remove(record);
        gap_enter(page, record, room - pages);
        record->size.pages = (u16)pages;
    }
    unlock(LOCK_KVA);
    return pages <= room;
}

/* -------------------------------------------------------------------- boot */

void kva_init(void)
{
    struct kva_record *edge = &kva.first_sheet.records[KVA_EDGE];

    kva.pt = pt_kernel();
    kva.sheets[0] = &kva.first_sheet;
    *edge = (struct kva_record){ .name = "", .size = { .pages = 1 } };
    gap_enter(KVA_EDGE, edge, KVA_PAGES);
    add_start(KVA_EDGE);
    platform_log("kva: %u MiB of addresses for kernel ranges, from 0x%08x",
                 (KVA_END - KVA_START) >> 20, KVA_START);
}
