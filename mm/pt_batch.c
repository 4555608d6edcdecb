/*
 * mm/pt_batch.c - L2: the one place where the processor is told to forget.
 *
 * The open batch lists what was unmapped or tightened since the last flush,
 * by ranges. The entry of an unmapped page is not present any more, but still
 * names its frame: nobody else can use either before the debt is paid.
 *
 *      batch            page table
 *      va, 2 pages ---> | frame 0x123, not present |     pt_flush():
 *                       | frame 0x456, not present |     1. forget the pages
 *      va, 1 page  ---> | frame 0x789, read-only   |     2. zero the entries,
 *                                                           put the frames
 *
 * A full batch flushes itself, so it is bounded, and owing never fails.
 */
#include "mm/platform.h"
#include "pt_internal.h"

enum {
    /* More pages than that: forget everything. Measured, as far as that goes:
     * see docs/decisions.md. */
    FLUSH_SINGLY_MAX = 32,
};

struct pt_batch pt_batch;

/* ----------------------------------------------------------------- forget */

bool pt_flush_is_whole(u32 pages)
{
    return pages > FLUSH_SINGLY_MAX;
}

void pt_flush_whole(const struct page_table *pt, virt_addr_t va, u32 pages)
{
    if (pages == 0)
        return;
    if (pt_may_remember(pt, va))
        platform_flush_all();
    pt_state.stats.flushes++;
}

static void forget_pages(void)
{
    if (pt_flush_is_whole(pt_batch.pages)) {
        platform_flush_all();
        return;
    }
    for (u32 i = 0; i < pt_batch.count; i++) {
        const struct pt_debt *debt = &pt_batch.debts[i];
        if (!pt_may_remember(debt->pt, debt->va))
            continue;
        u32 pages = (debt->end - debt->va) / PAGE_SIZE;
        platform_flush_pages(debt->va, pages);
        pt_state.stats.pages_flushed += pages;
    }
}

/* ------------------------------------------------------------------- settle */

/* Zero the entries that are owed, and put their frames. How many there were. */
static u32 sever_slots(pte_t *slots, u32 count)
{
    const struct pmm_book book = pmm_book();
    u32 left_alone = 0;

    for (pte_t *end = slots + count; slots != end; slots++) {
        u32 bits = slots->bits;
        if ((bits & (PTE_PRESENT | PTE_HELD | PTE_COUNTED)) == PTE_COUNTED) {
            if (!pmm_put_shared(book, pfn(bits >> PAGE_SHIFT)))
                pmm_put(pfn(bits >> PAGE_SHIFT));
        } else if (!pte_owed(*slots)) {
            left_alone++;
            continue;
        }
        slots->bits = 0;
    }
    return count - left_alone;
}

static void settle(const struct pt_debt *debt)
{
    struct pt_part part = { .va = debt->va };

    while (pt_next_part(debt->pt, &part, debt->end))
        pt_lose_entries(debt->pt, part.va,
                        sever_slots(part.slots, part.pages));
}

void pt_flush(void)
{
    if (pt_batch.pages == 0)
        return;
    forget_pages();
    for (u32 i = 0; i < pt_batch.count; i++)
        settle(&pt_batch.debts[i]);
    pt_batch.count = 0;
    pt_batch.pages = 0;
    pt_state.stats.flushes++;
}

/* --------------------------------------------------------------------- owe */

/* Does the range go on where the last debt ends? Who owes it matters in the
 * checked build only, which tells. */
static bool goes_on(const struct page_table *pt, virt_addr_t va,
                    const void *by)
{
    if (pt_batch.count == 0)
        return false;
    const struct pt_debt *last = &pt_batch.debts[pt_batch.count - 1];
    return last->end == va && last->pt == pt && (!CHECKED || last->by == by);
}

void pt_owe(struct page_table *pt, virt_addr_t va, u32 pages, const void *by)
{
    virt_addr_t end = va + pages * PAGE_SIZE;

    if (goes_on(pt, va, by)) {
        pt_batch.debts[pt_batch.count - 1].end = end;
    } else {
        if (pt_batch.count == PT_BATCH_MAX)
            pt_flush();
        pt_batch.debts[pt_batch.count++] = (struct pt_debt){ pt, va, end, by };
    }
    pt_batch.pages += pages;
}

void pt_owe_all(const void *by)
{
    pt_batch.pages |= PT_BATCH_ALL;
    pt_batch.all_by = by;
}

COLD const void *pt_owed_by(const struct page_table *pt, virt_addr_t va)
{
    for (u32 i = 0; i < pt_batch.count; i++) {
        const struct pt_debt *debt = &pt_batch.debts[i];
        if (debt->pt == pt && debt->va <= va && va < debt->end)
            return debt->by;
    }
    return NULL;
}

/* Which page that this debt owes names the frame? debt->end: none. */
static virt_addr_t find_frame(const struct pt_debt *debt, pfn_t frame)
{
    virt_addr_t va = debt->va;

    for (; va < debt->end; va += PAGE_SIZE) {
        pte_t *slot = pt_slot(debt->pt, va);
        if (slot && pte_owed(*slot) && pte_frame(*slot).n == frame.n)
            break;
    }
    return va;
}

COLD const void *pt_frame_owed_by(pfn_t frame, virt_addr_t *va)
{
    for (u32 i = 0; i < pt_batch.count; i++) {
        *va = find_frame(&pt_batch.debts[i], frame);
        if (*va < pt_batch.debts[i].end)
            return pt_batch.debts[i].by;
    }
    return NULL;
}

NORETURN static void tell_debt(const struct pt_debt *debt, const char *what,
                               const void *caller)
{
    const pte_t *slot = pt_slot(debt->pt, debt->va);

    platform_panic("%s, by %p: a flush is owed, of %u pages at 0x%08x, frame "
                   "0x%x, by %p", what, caller,
                   (debt->end - debt->va) / PAGE_SIZE, debt->va,
                   slot ? pte_frame(*slot).n : PFN_NONE.n, debt->by);
}

COLD void pt_need_no_debt(const char *what, const void *caller)
{
    if (pt_batch.count > 0)
        tell_debt(&pt_batch.debts[0], what, caller);
    CHECK(pt_batch.pages == 0, "%s, by %p: a flush is owed, of everything, by "
          "%p", what, caller, pt_batch.all_by);
}
