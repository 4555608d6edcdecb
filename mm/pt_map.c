/*
 * mm/pt_map.c - L2: map and unmap, pages and ranges.
 *
 * A range is done table by table: what lies in one is a loop over entries.
 * When a page cannot be mapped, the loop ends, and what was mapped of the
 * range is undone; only then is asked why.
 *
 * These loops are what a large range costs. Their pointers are to the ends of
 * arrays, and the index runs up to 0, which spares a comparison.
 */
#include "mm/lock.h"
#include "pt_internal.h"

/* ---------------------------------------------------------------------- map */

/* Map the pages before `slots` to the frames before `frames`, `count` of each,
 * up to the first that cannot be. How many there were. */
static inline u32 fill_slots(pte_t *slots, const pfn_t *frames, u32 count,
                             u32 bits, bool is_new)
{
    const struct pmm_book book = pmm_book();
    int i = -(int)count;

    for (; i != 0; i++) {
        pfn_t frame = frames[i];
        if ((!is_new && slots[i].bits != 0) || !pmm_may_take(book, frame))
            break;
        slots[i].bits = frame.n << PAGE_SHIFT | bits;
        pmm_take(book, frame);
    }
    return count + (u32)i;
}

static NOINLINE u32 fill_used(pte_t *slots, const pfn_t *frames, u32 count,
                              u32 bits)
{
    return fill_slots(slots, frames, count, bits, false);
}

/* What is in a new table needs no look. */
static NOINLINE u32 fill_new(pte_t *slots, const pfn_t *frames, u32 count,
                             u32 bits)
{
    return fill_slots(slots, frames, count, bits, true);
}

/* References that are given are those of the entries now. */
static NOINLINE u32 fill_given(pte_t *slots, const pfn_t *frames, u32 count,
                               u32 bits, bool is_new)
{
    int i = -(int)count;

    for (; i != 0; i++) {
        if ((!is_new && slots[i].bits != 0) ||
            !pmm_may_take(pmm_book(), frames[i]))
            break;
        slots[i].bits = frames[i].n << PAGE_SHIFT | bits;
    }
    return count + (u32)i;
}

static NOINLINE u32 fill_uncounted(pte_t *slots, const pfn_t *frames, u32 count,
                                   u32 bits, bool is_new)
{
    int i = -(int)count;

    for (; i != 0; i++) {
        if ((!is_new && slots[i].bits != 0) || frames[i].n >= FRAMES_MAX)
            break;
        slots[i].bits = frames[i].n << PAGE_SHIFT | bits;
    }
    return count + (u32)i;
}

static u32 fill(pte_t *slots, const pfn_t *frames, u32 count, u32 bits,
                bool is_new)
{
    const bool is_given = (bits & PT_GIVEN) != 0;

    bits &= ~(u32)PT_FLAGS;
    slots += count;
    frames += count;
    if (!(bits & PTE_COUNTED))
        return fill_uncounted(slots, frames, count, bits, is_new);
    if (is_given)
        return fill_given(slots, frames, count, bits, is_new);
    return is_new ? fill_new(slots, frames, count, bits)
                  : fill_used(slots, frames, count, bits);
}

/* A table enters the directory when it is whole: what of it is not mapped is
 * zeroed, and only that. If nothing can be mapped, it is not kept. */
static u32 map_in_new_table(struct page_table *pt, virt_addr_t va,
                            const pfn_t *frames, u32 pages, u32 bits)
{
    pte_t *slots = pt_new_table_for(va, pages);

    if (!slots)
        return 0;
    u32 mapped = fill(slots, frames, pages, bits, true);
    if (mapped == 0) {
        pt_free_table(pt_table_of(slots));
        return 0;
    }
    pt_clear_slots(slots + mapped, pages - mapped);
    pt_link_table(pt, va, slots, mapped);
    return mapped;
}

static bool is_counted(enum pt_access access)
{
    return !(access & (PT_DEVICE | PT_UNCOUNTED));
}

/* Map as many as have their entries in one table, until one cannot be. */
static u32 map_in_table(struct page_table *pt, virt_addr_t va,
                        const pfn_t *frames, u32 pages, enum pt_access access)
{
    pte_t *slots = pt_slot(pt, va);
    u32 bits = (u32)access | pt->bits | (is_counted(access) ? PTE_COUNTED : 0);

    if (!slots)
        return map_in_new_table(pt, va, frames, pages, bits);
    u32 mapped = fill(slots, frames, pages, bits, false);
    pmm_count_entries(pt_table_of(slots), (int)mapped);
    return mapped;
}

/* Is it because a flush is owed? The release build then pays the debt. */
static COLD bool pay_debt(struct page_table *pt, virt_addr_t va)
{
    pte_t *slot = pt_slot(pt, va);

    if (!slot || !pte_owed(*slot))
        return false;
    pt_flush();
    return true;
}

/* Could the frame be mapped, had it not too many references? */
static bool has_references(pfn_t frame, enum pt_access access)
{
    if (!is_counted(access))
        return frame.n < FRAMES_MAX;
    return kind_is_counted(pmm_kind(frame)) && pmm_order(frame) == 0;
}

/* Why a page could not be mapped; ERR_INVAL if nobody can map the frame. */
static COLD enum status why_not(const struct page_table *pt, virt_addr_t va,
                                pfn_t frame, enum pt_access access)
{
    const pte_t *slot = pt_slot(pt, va);

    if (slot && slot->bits != 0)
        return ERR_EXIST;
    return has_references(frame, access) ? ERR_NOMEM : ERR_INVAL;
}

NORETURN COLD static void refuse_frame(virt_addr_t va, pfn_t frame,
                                       enum pt_access access,
                                       const void *caller)
{
    if (!is_counted(access) || frame.n >= pmm_span())
        platform_panic("pt_map: 0x%08x to frame 0x%x, by %p: there is no such "
                       "frame", va, frame.n, caller);
    platform_panic("pt_map: 0x%08x to frame 0x%x, by %p: it is %s, which has "
                   "no references", va, frame.n, caller,
                   pmm_kind_name(pmm_kind(frame)));
}

/* References that were given are the caller's again: that unmapping puts those
 * of the entries does not take them. */
static COLD void unmap_again(struct page_table *pt, virt_addr_t va,
                             const pfn_t *frames, u32 pages,
                             enum pt_access access)
{
    if ((access & PT_GIVEN) && is_counted(access))
        for (u32 i = 0; i < pages; i++)
            pmm_take(pmm_book(), frames[i]);
    pt_unmap_range(pt, va, pages);
    pt_flush();
}

static void check_debts(const struct page_table *pt, virt_addr_t va,
                        u32 pages, const void *caller)
{
    for (u32 i = 0; i < pages; i++) {
        const pte_t *slot = pt_slot(pt, va + i * PAGE_SIZE);
        CHECK(!slot || !pte_owed(*slot),
              "pt_map: 0x%08x, by %p: the processor may still remember frame "
              "0x%x there: a flush is owed, by %p", va + i * PAGE_SIZE, caller,
              pte_frame(*slot).n, pt_owed_by(pt, va + i * PAGE_SIZE));
    }
}

static enum status map_range(struct page_table *pt, virt_addr_t va,
                             const pfn_t *frames, u32 pages,
                             enum pt_access access, const void *caller)
{
    u32 mapped = 0;
    virt_addr_t next = va;

    if (CHECKED)
        check_debts(pt, va, pages, caller);
    lock(LOCK_PT);
    while (mapped < pages) {
        u32 wanted = pt_in_one_table(next, pages - mapped);
        u32 done = map_in_table(pt, next, frames + mapped, wanted, access);
        mapped += done;
        next += done * PAGE_SIZE;
        if (done < wanted && !pay_debt(pt, next))
            break;
    }
    unlock(LOCK_PT);
    if (mapped == pages)
        return OK;

    enum status status = why_not(pt, next, frames[mapped], access);
    unmap_again(pt, va, frames, mapped, access);
    if (status == ERR_INVAL)
        refuse_frame(next, frames[mapped], access, caller);
    return status;
}

enum status pt_map_range(struct page_table *pt, virt_addr_t va,
                         const pfn_t *frames, u32 pages, enum pt_access access)
{
    if (!pt_may_map(pt, va, pages) || !pt_may_give(access))
        pt_refuse(pt, va, pages, access, CALLER());

    return map_range(pt, va, frames, pages, access, CALLER());
}

enum status pt_map_slow(struct page_table *pt, virt_addr_t va, pfn_t frame,
                        enum pt_access access)
{
    if (!pt_may_map_page(pt, va) || !pt_may_give(access))
        pt_refuse(pt, va, 1, access, CALLER());

    return map_range(pt, va, &frame, 1, access, CALLER());
}

/* -------------------------------------------------------------------- unmap */

enum { ZERO_AT_MOST = ENTRIES / 2 };

/* Take back the presence of the pages, or that they are held. How many there
 * were. */
static u32 suspend_slots(pte_t *slots, u32 count)
{
    u32 suspended = 0;

    for (u32 i = 0; i < count; i++)
        if (pte_has_page(slots[i])) {
            pte_store(&slots[i],
                      slots[i].bits & ~(u32)(PTE_PRESENT | PTE_HELD));
            suspended++;
        }
    return suspended;
}

/* Drop the reference that slots[i] holds, the last one of its frame. As such an
 * entry seldom comes alone, do the same for those behind it that are next to
 * each other. Which of them is the last? */
static NOINLINE int put_last(const pte_t *slots, int i)
{
    const struct pmm_book book = pmm_book();

    pmm_put(pte_frame(slots[i++]));
    while (i != 0 && (slots[i].bits & PTE_COUNTED) &&
           pmm_put_last(book, pte_frame(slots[i])))
        i++;
    return i - 1;
}

/* Drop the references that the entries before `slots` hold: from slots[i] on,
 * i < 0, none of them owed. How many are 0, which is expected of few. */
static NOINLINE u32 put_frames(const pte_t *slots, int i)
{
    const struct pmm_book book = pmm_book();
    u32 absent = 0;

    for (; i != 0; i++) {
        u32 bits = slots[i].bits;
        if (__builtin_expect(!(bits & PTE_COUNTED), 0))
            absent += bits == 0;
        else if (!pmm_put_shared(book, pfn(bits >> PAGE_SHIFT)))
            i = put_last(slots, i);
    }
    return absent;
}

/* Unmap what lies in one table, which goes if nothing is left in it: as it is,
 * if much of it would have to be zeroed. How many pages there were. */
static u32 unmap_part(struct page_table *pt, const struct pt_part *part)
{
    u32 absent = put_frames(part->slots + part->pages, -(int)part->pages);
    u32 unmapped = part->pages - absent;
    pfn_t table = pt_table_of(part->slots);

    if (part->pages > ZERO_AT_MOST && part->va < USER_END &&
        unmapped > 0 && pmm_count_of_entries(table) == unmapped) {
        pmm_count_entries(table, -(int)unmapped);
        pt_drop_table(pt, part->va, false);
    } else if (unmapped > 0) {
        pt_clear_slots(part->slots, part->pages);
        pt_lose_entries(pt, part->va, unmapped);
    }
    return unmapped;
}

/* The processor forgets everything, or remembers nothing, anyway: at once, and
 * nothing is owed, neither for them nor, as that comes first, for others.
 * Nobody gets a frame before the processor has forgotten it. */
static u32 unmap_now(struct page_table *pt, virt_addr_t va, u32 pages)
{
    struct pt_part part = { .va = va };
    u32 unmapped = 0;

    pt_flush();
    while (pt_next_part(pt, &part, va + pages * PAGE_SIZE))
        unmapped += unmap_part(pt, &part);
    pt_flush_whole(pt, va, unmapped);
    return unmapped;
}

static u32 unmap_later(struct page_table *pt, virt_addr_t va, u32 pages,
                       const void *caller)
{
    struct pt_part part = { .va = va };
    u32 unmapped = 0;

    while (pt_next_part(pt, &part, va + pages * PAGE_SIZE)) {
        u32 suspended = suspend_slots(part.slots, part.pages);
        if (suspended > 0)
            pt_owe(pt, part.va, part.pages, caller);
        unmapped += suspended;
    }
    return unmapped;
}

u32 pt_unmap_range(struct page_table *pt, virt_addr_t va, u32 pages)
{
    if (!pt_may_map(pt, va, pages))
        pt_refuse(pt, va, pages, PT_READ, CALLER());

    lock(LOCK_PT);
    u32 unmapped = pt_flush_is_whole(pages) || !pt_may_remember(pt, va)
                       ? unmap_now(pt, va, pages)
                       : unmap_later(pt, va, pages, CALLER());
    unlock(LOCK_PT);
    return unmapped;
}

u32 pt_clear(struct page_table *pt)
{
    CHECK(pt != &pt_state.kernel, "pt_clear of the kernel's space, by %p",
          CALLER());

    lock(LOCK_PT);
    pt_flush();
    u32 unmapped = 0;
    for (u32 i = bitset_first(pt->tables); i != BITSET_NONE;
         i = bitset_next(pt->tables, i + 1)) {
        virt_addr_t va = i << CHUNK_SHIFT;
        unmapped += unmap_part(pt, &(struct pt_part){ va, ENTRIES,
                                                      pt_slot(pt, va) });
    }
    pt_flush_whole(pt, USER_START, unmapped);
    unlock(LOCK_PT);
    return unmapped;
}

enum status pt_unmap_slow(struct page_table *pt, virt_addr_t va)
{
    if (!pt_may_map_page(pt, va))
        pt_refuse(pt, va, 1, PT_READ, CALLER());

    lock(LOCK_PT);
    u32 unmapped = unmap_later(pt, va, 1, CALLER());
    unlock(LOCK_PT);
    return unmapped > 0 ? OK : ERR_ABSENT;
}
