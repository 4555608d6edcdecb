/*
 * mm/pt_protect.c - L2: change what may be done with pages, and see what was.
 */
#include "mm/lock.h"
#include "mm/platform.h"
#include "pt_internal.h"

/* What becomes of the bits of an entry that has a page. */
struct change {
    u32 clear, set;
};

/* A page without rights keeps them for later, but is held. */
static struct change change_to(enum pt_access access)
{
    u32 rights = PT_READ | PT_WRITE | PT_USER | PT_EXEC;

    if (!(access & PT_READ))
        return (struct change){ .clear = PTE_PRESENT, .set = PTE_HELD };
    if ((access & PT_WRITE) && (access & PT_KEEP_WRITE))
        rights &= ~(u32)PT_WRITE;
    return (struct change){ .clear = rights | PTE_HELD,
                            .set = access & rights };
}

/* How many pages there are; of how many may the processor remember what is no
 * longer so? */
static u32 protect_slots(pte_t *slots, u32 count, struct change change,
                         u32 *changed)
{
    const u32 known = PTE_PRESENT | PTE_WRITE | PTE_USER;
    u32 pages = 0;

    for (u32 i = 0; i < count; i++) {
        u32 old = slots[i].bits;
        u32 bits = (old & ~change.clear) | change.set;
        if (!pte_has_page(slots[i]))
            continue;
        pages++;
        pte_store(&slots[i], bits);
        *changed += (old & PTE_PRESENT) != 0 && ((old ^ bits) & known) != 0;
    }
    return pages;
}

/* Map the chunk of the direct map with this directory entry, a page of 4 MiB,
 * by 4 KiB pages. OK or ERR_NOMEM. */
static enum status split_chunk(u32 index)
{
    pfn_t frame = pt_new_table();
    pte_t pde = pt_state.kernel.entries[index];
    u32 bits = pde.bits & (PAGE_SIZE - 1) & ~(u32)PTE_LARGE;

    if (pfn_is_none(frame))
        return ERR_NOMEM;
    pte_t *table = pfn_to_ptr(frame);
    for (u32 i = 0; i < ENTRIES; i++)
        table[i].bits = (pte_frame(pde).n + i) << PAGE_SHIFT | bits;
    pmm_set_payload(frame, FRAME_TABLE, ENTRIES);
    pt_set_kernel_pde(index, (pte_t){ pfn_to_phys(frame).addr | PTE_PRESENT |
                                      PTE_WRITE });
    platform_flush_all();
    pt_state.stats.large_pages--;
    pt_state.stats.small_pages += ENTRIES;
    return OK;
}

/* Large pages, which only the kernel has, are split first where the range has
 * a part of them: that can fail. */
static enum status split_chunks(const struct page_table *pt, virt_addr_t va,
                                u32 pages)
{
    if (pages == 0 || pt != &pt_state.kernel)
        return OK;
    for (u32 i = pde_index(va); i <= pde_index(va + (pages - 1) * PAGE_SIZE);
         i++)
        if (pte_has(pt->entries[i], PTE_PRESENT | PTE_LARGE) &&
            split_chunk(i) != OK)
            return ERR_NOMEM;
    return OK;
}

static enum status protect_range(struct page_table *pt, virt_addr_t va,
                                 u32 pages, enum pt_access access,
                                 const void *caller)
{
    struct pt_part part = { .va = va };
    u32 protected = 0;

    if (split_chunks(pt, va, pages) != OK)
        return ERR_NOMEM;
    while (pt_next_part(pt, &part, va + pages * PAGE_SIZE)) {
        u32 changed = 0;
        protected += protect_slots(part.slots, part.pages, change_to(access),
                                   &changed);
        if (changed > 0 && pt_flush_is_whole(part.pages))
            pt_owe_all(caller);
        else if (changed > 0)
            pt_owe(pt, part.va, part.pages, caller);
    }
    return protected > 0 ? OK : ERR_ABSENT;
}

/* Pages that may be mapped may be protected, and those of the direct map. Only
 * a program's pages can be held. */
static bool may_protect(const struct page_table *pt, virt_addr_t va, u32 pages,
                        enum pt_access access)
{
    if (!(access & PT_READ) &&
        (pt == &pt_state.kernel || (access & ~(u32)PT_KEEP_WRITE) != PT_NONE))
        return false;
    if (pt == &pt_state.kernel && va >= DIRECT_MAP_START &&
        va < DIRECT_MAP_END)
        return is_page_aligned(va) &&
               pages <= (DIRECT_MAP_END - va) >> PAGE_SHIFT;
    return pt_may_map(pt, va, pages);
}

enum status pt_protect_range(struct page_table *pt, virt_addr_t va, u32 pages,
                             enum pt_access access)
{
    if (!may_protect(pt, va, pages, access))
        pt_refuse(pt, va, pages, access, CALLER());

    lock(LOCK_PT);
    enum status status = protect_range(pt, va, pages, access, CALLER());
    unlock(LOCK_PT);
    return status;
}

enum status pt_protect(struct page_table *pt, virt_addr_t va,
                       enum pt_access access)
{
    if (!may_protect(pt, va, 1, access))
        pt_refuse(pt, va, 1, access, CALLER());

    lock(LOCK_PT);
    enum status status = protect_range(pt, va, 1, access, CALLER());
    unlock(LOCK_PT);
    return status;
}

COLD u32 pt_test_and_clear(struct page_table *pt, virt_addr_t va, u32 bits)
{
    if (!pt_may_map_page(pt, va))
        pt_refuse(pt, va, 1, PT_READ, CALLER());
    CHECK((bits & ~(u32)(PTE_ACCESSED | PTE_DIRTY)) == 0,
          "pt_test_and_clear: 0x%x are not only accessed and dirty, by %p",
          bits, CALLER());

    lock(LOCK_PT);
    pte_t *slot = pt_slot(pt, va);
    u32 set = slot && pte_present(*slot) ? slot->bits & bits : 0;
    if (set != 0) {
        pte_store(slot, slot->bits & ~set);
        pt_owe(pt, va, 1, CALLER());
    }
    unlock(LOCK_PT);
    return set;
}
