/*
 * mm/pt_copy.c - L2: pages that change their frames, ranges that are copied or
 * moved with theirs.
 *
 * A copy of a range has the same frames. What is private can be written to on
 * neither side from then on: the fault that follows gives the writer a frame of
 * his own, by pt_replace(), or, if nobody else has the frame any more, the
 * right to write.
 *
 *      parent          frame          child        one of them writes
 *      | r-- | ------> 0x123 <------ | r-- |       | rw- | -----> 0x456
 */
#include "mm/lock.h"
#include "pt_internal.h"

/* ----------------------------------------------------------------- one page */

enum status pt_replace(struct page_table *pt, virt_addr_t va, pfn_t frame,
                       enum pt_access access)
{
    const u32 rights = PT_READ | PT_WRITE | PT_USER | PT_EXEC;

    if (!pt_may_map_page(pt, va) || !(access & PT_READ))
        pt_refuse(pt, va, 1, access, CALLER());
    pte_t *slot = pt_slot(pt, va);
    if (!slot || !pte_present(*slot))
        return ERR_ABSENT;
    /* Why not? pmm_get() says that it has no references, or too many. */
    if (!pmm_may_take(pmm_book(), frame) && !pmm_get(frame))
        return ERR_NOMEM;

    lock(LOCK_PT);
    pte_t old = *slot;
    if (!(access & PT_GIVEN))
        pmm_take(pmm_book(), frame);
    pte_store(slot, frame.n << PAGE_SHIFT | PTE_COUNTED | pt->bits |
                        (access & rights));
    pt_flush_page(pt, va);
    if ((old.bits & PTE_COUNTED) && !pmm_put_shared(pmm_book(), pte_frame(old)))
        pmm_put(pte_frame(old));
    unlock(LOCK_PT);
    return OK;
}

/* --------------------------------------------------------------------- copy */

/* Copy the entries before `from` to those before `to`: from from[i] on, i < 0,
 * none of them owed. Both lose the bits `lost`. A frame that cannot be shared
 * once more is left out, and noted. How many copies are 0. */
static inline u32 copy_slots(pte_t *from, pte_t *to, int i, u32 lost,
                             bool *is_full)
{
    const struct pmm_book book = pmm_book();
    u32 absent = 0;

    for (; i != 0; i++) {
        u32 bits = from[i].bits;
        if (__builtin_expect(!(bits & PTE_COUNTED), 0)) {
            absent += bits == 0;
        } else if (__builtin_expect(
                       !pmm_take_shared(book, pfn(bits >> PAGE_SHIFT)), 0)) {
            *is_full = true;
            absent++;
            bits = 0;
        } else {
            bits &= ~lost;
            from[i].bits = bits;
        }
        to[i].bits = bits;
    }
    return absent;
}

static NOINLINE u32 copy_private(pte_t *from, pte_t *to, int i, bool *is_full)
{
    return copy_slots(from, to, i, PTE_WRITE, is_full);
}

static NOINLINE u32 copy_shared(pte_t *from, pte_t *to, int i, bool *is_full)
{
    return copy_slots(from, to, i, 0, is_full);
}

/* The part begins with a page, if there is one. */
static bool skip_absent(struct pt_part *part)
{
    while (part->pages > 0 && part->slots->bits == 0) {
        part->va += PAGE_SIZE;
        part->pages--;
        part->slots++;
    }
    return part->pages > 0;
}

/* False: there is no frame for a table, or not all could be shared. */
static bool copy_part(struct page_table *to, const struct pt_part *part,
                      enum pt_copy how)
{
    u32 (*const copy)(pte_t *, pte_t *, int, bool *) =
        how == PT_COPY_PRIVATE ? copy_private : copy_shared;
    pte_t *slots = pt_slot(to, part->va);
    bool is_new = !slots;
    bool is_full = false;

    if (is_new)
        slots = pt_new_table_for(part->va, part->pages);
    if (!slots)
        return false;
    u32 absent = copy(part->slots + part->pages, slots + part->pages,
                      -(int)part->pages, &is_full);
    if (is_new)
        pt_link_table(to, part->va, slots, 0);
    pmm_count_entries(pt_table_of(slots), (int)(part->pages - absent));
    if (absent == part->pages)
        pt_lose_entries(to, part->va, 0);
    return !is_full;
}

/* What is owed is in the way of "present, held or nothing". */
static void pay_for_pages(void)
{
    if (pt_batch.count > 0)
        pt_flush();
}

static void check_empty(const char *what, const struct page_table *pt,
                        virt_addr_t va, u32 pages, const void *caller)
{
    CHECK(!pt_is_any_mapped(pt, va, pages),
          "%s: something is mapped of %u pages at 0x%08x, by %p", what, pages,
          va, caller);
}

enum status pt_copy_range(struct page_table *to, struct page_table *from,
                          virt_addr_t va, u32 pages, enum pt_copy how)
{
    struct pt_part part = { .va = va };
    bool is_done = true;

    if (!pt_may_map(from, va, pages) || !pt_may_map(to, va, pages))
        pt_refuse(from, va, pages, PT_READ, CALLER());
    if (CHECKED)
        check_empty("pt_copy_range", to, va, pages, CALLER());

    lock(LOCK_PT);
    pay_for_pages();
    while (is_done && pt_next_part(from, &part, va + pages * PAGE_SIZE)) {
        struct pt_part rest = part;
        if (!skip_absent(&rest))
            continue;
        is_done = copy_part(to, &rest, how);
        if (how == PT_COPY_PRIVATE)
            pt_owe_all(CALLER());
    }
    unlock(LOCK_PT);
    return is_done ? OK : ERR_NOMEM;
}

/* --------------------------------------------------------------------- move */

/* How many of the pages have their entries in one table at either place? */
static u32 in_two_tables(virt_addr_t from, virt_addr_t to, u32 pages)
{
    return pt_in_one_table(from, pt_in_one_table(to, pages));
}

/* Where pages are to come from a table, there is one for them, empty as it may
 * be. False: there is no frame for it. */
static bool make_tables(struct page_table *pt, virt_addr_t from,
                        virt_addr_t to, u32 pages)
{
    for (u32 some; pages > 0; pages -= some) {
        some = in_two_tables(from, to, pages);
        if (pt_slot(pt, from) && !pt_slot(pt, to)) {
            pte_t *slots = pt_new_table_for(to, 0);
            if (!slots)
                return false;
            pt_link_table(pt, to, slots, 0);
        }
        from += some * PAGE_SIZE;
        to += some * PAGE_SIZE;
    }
    return true;
}

static u32 move_slots(pte_t *from, pte_t *to, u32 count)
{
    u32 moved = 0;

    for (u32 i = 0; i < count; i++)
        if (from[i].bits != 0) {
            to[i] = from[i];
            pte_store(&from[i], 0);
            moved++;
        }
    pmm_count_entries(pt_table_of(from), -(int)moved);
    pmm_count_entries(pt_table_of(to), (int)moved);
    return moved;
}

static u32 move_pages(struct page_table *pt, virt_addr_t from, virt_addr_t to,
                      u32 pages)
{
    u32 moved = 0;

    for (u32 some; pages > 0; pages -= some) {
        some = in_two_tables(from, to, pages);
        if (pt_slot(pt, from))
            moved += move_slots(pt_slot(pt, from), pt_slot(pt, to), some);
        from += some * PAGE_SIZE;
        to += some * PAGE_SIZE;
    }
    return moved;
}

static COLD void drop_empty_tables(struct page_table *pt, virt_addr_t va,
                                   u32 pages)
{
    struct pt_part part = { .va = va };

    while (pt_next_part(pt, &part, va + pages * PAGE_SIZE))
        pt_lose_entries(pt, part.va, 0);
}

COLD enum status pt_move_range(struct page_table *pt, virt_addr_t from,
                          virt_addr_t to, u32 pages)
{
    if (!pt_may_map(pt, from, pages))
        pt_refuse(pt, from, pages, PT_READ, CALLER());
    if (!pt_may_map(pt, to, pages))
        pt_refuse(pt, to, pages, PT_READ, CALLER());
    if (CHECKED)
        check_empty("pt_move_range", pt, to, pages, CALLER());

    lock(LOCK_PT);
    pt_flush();
    bool is_done = make_tables(pt, from, to, pages);
    if (is_done)
        pt_flush_whole(pt, from, move_pages(pt, from, to, pages));
    drop_empty_tables(pt, from, pages);
    drop_empty_tables(pt, to, pages);
    unlock(LOCK_PT);
    return is_done ? OK : ERR_NOMEM;
}
