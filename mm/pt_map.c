/*
 * mm/pt_map.c - L2: map and unmap, pages and ranges.
 *
 * A range is done table by table: what lies in one is a loop over entries.
 * When a page cannot be mapped, the loop ends, and what was mapped of the
 * range is undone; only then is asked why.
 */
#include "mm/lock.h"
#include "pt_internal.h"

/* ---------------------------------------------------------------------- map */

static pte_t *make_slot(struct page_table *pt, virt_addr_t va)
{
    pfn_t table = pt_new_table();
    pte_t pde = { pfn_to_phys(table).addr | PTE_PRESENT | PTE_WRITE };

    if (pfn_is_none(table))
        return NULL;
    if (va < USER_END)
        pte_store(&pt->entries[pde_index(va)], pde.bits | PTE_USER);
    else
        pt_set_kernel_pde(pde_index(va), pde);
    return &pt_table(pde)[pte_index(va)];
}

/* Map what can be mapped at once. How many pages that were. The index runs up
 * to 0, which spares the loop a comparison. */
static NOINLINE u32 fill_slots(pte_t *slots, const pfn_t *frames, u32 count,
                               u32 bits)
{
    const struct pmm_book book = pmm_book();
    int i = -(int)count;

    slots += count;
    frames += count;
    for (; i != 0; i++) {
        pfn_t frame = frames[i];
        if (slots[i].bits != 0 || !pmm_try_get(book, frame))
            break;
        slots[i].bits = frame.n << PAGE_SHIFT | bits;
    }
    return count + (u32)i;
}

static u32 fill_device_slots(pte_t *slots, const pfn_t *frames, u32 count,
                             u32 bits)
{
    u32 i = 0;

    while (i < count && slots[i].bits == 0 && frames[i].n < FRAMES_MAX) {
        pte_store(&slots[i], frames[i].n << PAGE_SHIFT | bits);
        i++;
    }
    return i;
}

/* Map as many as have their entries in one table, until one cannot be. */
static u32 map_in_table(struct page_table *pt, virt_addr_t va,
                        const pfn_t *frames, u32 pages, enum pt_access access)
{
    pte_t *slots = pt_slot(pt, va);
    u32 bits = (u32)access | pt->bits;
    u32 mapped;

    if (!slots)
        slots = make_slot(pt, va);
    if (!slots)
        return 0;
    if (access & PT_DEVICE)
        mapped = fill_device_slots(slots, frames, pages, bits);
    else
        mapped = fill_slots(slots, frames, pages, bits | PTE_COUNTED);
    pmm_count_entries(pt_table_of(slots), (int)mapped);
    return mapped;
}

/* Is it because a flush is owed? The release build then pays the debt. */
static bool pay_debt(struct page_table *pt, virt_addr_t va)
{
    pte_t *slot = pt_slot(pt, va);

    if (!slot || !pte_owed(*slot))
        return false;
    pt_flush();
    return true;
}

/* Why a page could not be mapped; ERR_INVAL if nobody can map the frame. */
static enum status why_not(const struct page_table *pt, virt_addr_t va,
                           pfn_t frame, enum pt_access access)
{
    pte_t *slot = pt_slot(pt, va);

    if (!slot)
        return ERR_NOMEM;
    if (slot->bits != 0)
        return ERR_EXIST;
    if (!(access & PT_DEVICE) && kind_is_counted(pmm_kind(frame)) &&
        pmm_payload(frame) == REFERENCES_MAX)
        return ERR_NOMEM;
    return ERR_INVAL;
}

NORETURN static void refuse_frame(virt_addr_t va, pfn_t frame,
                                  enum pt_access access, const void *caller)
{
    if (access & PT_DEVICE || frame.n >= pmm_span())
        platform_panic("pt_map: 0x%08x to frame 0x%x, by %p: there is no such "
                       "frame", va, frame.n, caller);
    platform_panic("pt_map: 0x%08x to frame 0x%x, by %p: it is %s, which has "
                   "no references", va, frame.n, caller,
                   pmm_kind_name(pmm_kind(frame)));
}

/* Undo what was mapped of the range, and a table that was made in vain. */
static void unmap_again(struct page_table *pt, virt_addr_t va, u32 pages)
{
    virt_addr_t failed = va + pages * PAGE_SIZE;

    pt_unmap_range(pt, va, pages);
    pt_flush();
    if (pt_slot(pt, failed))
        pt_lose_entries(pt, failed, 0);
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
    unmap_again(pt, va, mapped);
    if (status == ERR_INVAL)
        refuse_frame(next, frames[mapped], access, caller);
    return status;
}

enum status pt_map_range(struct page_table *pt, virt_addr_t va,
                         const pfn_t *frames, u32 pages, enum pt_access access)
{
    if (!pt_may_map(pt, va, pages) || !(access & PT_READ))
        pt_refuse(pt, va, pages, access, CALLER());

    return map_range(pt, va, frames, pages, access, CALLER());
}

enum status pt_map_slow(struct page_table *pt, virt_addr_t va, pfn_t frame,
                        enum pt_access access)
{
    if (!pt_may_map_page(pt, va) || !(access & PT_READ))
        pt_refuse(pt, va, 1, access, CALLER());

    return map_range(pt, va, &frame, 1, access, CALLER());
}

/* -------------------------------------------------------------------- unmap */

/* Take back the presence of the pages. How many had it. */
static u32 suspend_slots(pte_t *slots, u32 count)
{
    u32 suspended = 0;

    for (u32 i = 0; i < count; i++)
        if (pte_present(slots[i])) {
            pte_store(&slots[i], slots[i].bits & ~(u32)PTE_PRESENT);
            suspended++;
        }
    return suspended;
}

/* So many pages that the processor forgets everything anyway: at once, and
 * nothing is owed. Nobody gets a frame before that. */
static u32 unmap_many(struct page_table *pt, virt_addr_t va, u32 pages)
{
    struct pt_part part = { .va = va };
    u32 unmapped = 0;

    while (pt_next_part(pt, &part, va + pages * PAGE_SIZE)) {
        u32 severed = pt_sever(part.slots, part.pages, PTE_PRESENT);
        pt_lose_entries(pt, part.va, severed);
        unmapped += severed;
    }
    pt_flush_whole(pt, va, unmapped);
    return unmapped;
}

static u32 unmap_few(struct page_table *pt, virt_addr_t va, u32 pages,
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
    u32 unmapped = pt_flush_is_whole(pages)
                       ? unmap_many(pt, va, pages)
                       : unmap_few(pt, va, pages, CALLER());
    unlock(LOCK_PT);
    return unmapped;
}

enum status pt_unmap_slow(struct page_table *pt, virt_addr_t va)
{
    if (!pt_may_map_page(pt, va))
        pt_refuse(pt, va, 1, PT_READ, CALLER());

    lock(LOCK_PT);
    u32 unmapped = unmap_few(pt, va, 1, CALLER());
    unlock(LOCK_PT);
    return unmapped > 0 ? OK : ERR_ABSENT;
}
