/*
 * mm/pt.c - L2: page tables of two levels.
 *
 *      virtual address
 *       31        22 21        12 11         0
 *      +------------+------------+------------+
 *      |  directory |   table    |   offset   |
 *      +-----+------+-----+------+------------+
 *            |            |
 *      CR3 --+--> PDE ----+--> PTE ---------> frame
 *                  \
 *                   +-- PTE_LARGE: the entry maps 4 MiB itself
 *
 * The user half is each space's own. The kernel half is the same in all: a
 * new space copies it, from then on its entries are stored by one function,
 * into every directory, and its tables are never given back; so a kernel
 * mapping made in one space is there in all. Tables are reached through the
 * direct map. What a space that ends leaves behind is mostly zeros already, and
 * the next one needs that: a spare directory and a few tables are kept in
 * stock, until memory is short.
 *
 * Unmapping or tightening a page leaves the processor's memory of it, in the
 * TLB. So the entry of an unmapped page keeps its frame, but is not present,
 * and its range goes into a batch. Only pt_flush() makes the processor forget
 * and then gives the frames back: no frame gets a new owner while an old
 * mapping can still reach it.
 *
 *      entry           PRESENT  HELD
 *      0                  0      0    absent
 *      frame, rights      1      0    mapped
 *      frame, rights      0      1    held: nobody may use the page now
 *      frame, rights      0      0    owed: it is unmapped by the next flush
 *
 * Invariants, claimed by pt_audit():
 *   1. The kernel half of every directory is that of the kernel's own, whose
 *      user half is empty.
 *   2. The payload of a page table's frame counts its entries that are not 0,
 *      but for the windows' table. In the user half it is not 0, and the set
 *      `tables` has the chunk.
 *   3. The frame of an entry of user space or kva with PTE_COUNTED is of a
 *      kind with references, one of which is the entry's.
 *   4. In the direct map, page n maps frame n.
 *
 * Cost: map, unmap, protect and walk O(1); at most one frame, for a table.
 */
#include "mm/pt.h"

#include "pt_internal.h"

struct pt pt_state;

struct page_table *pt_kernel(void)
{
    return &pt_state.kernel;
}

/* ------------------------------------------------------------------ tables */

pfn_t pt_new_table(void)
{
    pfn_t table = pmm_alloc_zeroed(ZONE_LOW, FRAME_TABLE);

    pt_state.stats.tables += !pfn_is_none(table);
    return table;
}

void pt_free_table(pfn_t table)
{
    pmm_free(table, FRAME_TABLE);
    pt_state.stats.tables--;
}

u32 pt_table_count(void)
{
    return pt_state.stats.tables - pt_state.stock -
           (pt_state.spare.entries != NULL);
}

COLD pte_t *pt_new_table_for(virt_addr_t va, u32 pages)
{
    u32 first = pte_index(va);

    if (pt_state.stock > 0)
        return pt_state.tables[--pt_state.stock] + first;
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_TABLE);
    if (pfn_is_none(frame))
        return NULL;
    pt_state.stats.tables++;
    pte_t *slots = (pte_t *)pfn_to_ptr(frame) + first;
    pt_clear_slots(slots - first, first);
    pt_clear_slots(slots + pages, ENTRIES - first - pages);
    return slots;
}

COLD void pt_link_table(struct page_table *pt, virt_addr_t va,
                        const pte_t *slots, u32 count)
{
    pfn_t table = pt_table_of(slots);
    pte_t pde = { pfn_to_phys(table).addr | PTE_PRESENT | PTE_WRITE };

    pmm_count_entries(table, (int)count);
    if (va >= USER_END) {
        pt_set_kernel_pde(pde_index(va), pde);
    } else {
        pte_store(&pt->entries[pde_index(va)], pde.bits | PTE_USER);
        bitset_add(pt->tables, pde_index(va));
    }
}

void pt_set_kernel_pde(u32 index, pte_t pde)
{
    LIST_FOR_EACH(node, &pt_state.spaces) {
        struct page_table *pt = CONTAINER_OF(node, struct page_table, node);
        pte_store(&pt->entries[index], pde.bits);
    }
}

/* The processor may have kept the directory's entry, too: it forgets that
 * with any page of the chunk. */
COLD void pt_drop_table(struct page_table *pt, virt_addr_t va, bool is_zero)
{
    pte_t *table = pt_table(pt->entries[pde_index(va)]);

    pte_store(&pt->entries[pde_index(va)], 0);
    bitset_remove(pt->tables, pde_index(va));
    pt_flush_page(pt, va);
    if (is_zero && pt_state.stock < PT_STOCK)
        pt_state.tables[pt_state.stock++] = table;
    else
        pt_free_table(pt_table_of(table));
}

COLD bool pt_lose_entries(struct page_table *pt, virt_addr_t va, u32 count)
{
    pfn_t table = pt_table_of(pt_slot(pt, va));

    pmm_count_entries(table, -(int)count);
    if (va >= USER_END || pmm_count_of_entries(table) > 0)
        return true;
    pt_drop_table(pt, va, true);
    return false;
}

COLD void pt_refuse(const struct page_table *pt, virt_addr_t va, u32 pages,
                    enum pt_access access, const void *caller)
{
    if (!(access & PT_READ))
        platform_panic("pt: 0x%08x with rights 0x%x, without the right to "
                       "read, by %p: unmap it", va, (u32)access, caller);
    CHECK(pt_may_give(access), "pt: 0x%08x with rights 0x%x, by %p: it would "
          "be written to, and is not counted", va, (u32)access, caller);
    platform_panic("pt: %u pages at 0x%08x cannot be mapped in %s space, by "
                   "%p", pages, va,
                   pt == &pt_state.kernel ? "kernel" : "a user's", caller);
}

/* -------------------------------------------------------------------- walk */

COLD struct pt_walk pt_walk(const struct page_table *pt, virt_addr_t va)
{
    struct pt_walk walk = { .va = va, .pde = pt->entries[pde_index(va)] };

    if (!pte_present(walk.pde))
        return walk;
    if (pte_has(walk.pde, PTE_LARGE)) {
        walk.page_bytes = CHUNK_SIZE;
        walk.access = pt_access_of(walk.pde.bits);
        walk.phys = phys(round_down(walk.pde.bits, CHUNK_SIZE) +
                         va % CHUNK_SIZE);
        walk.mapped = true;
        return walk;
    }
    walk.pte = pt_table(walk.pde)[pte_index(va)];
    if (!pte_has_page(walk.pte))
        return walk;
    walk.page_bytes = PAGE_SIZE;
    walk.phys = phys(pfn_to_phys(pte_frame(walk.pte)).addr + va % PAGE_SIZE);
    if (!pte_present(walk.pte))
        return walk;
    /* Write and user must be allowed on both levels. */
    walk.access = pt_access_of(walk.pte.bits &
                               (walk.pde.bits | ~(u32)(PTE_WRITE | PTE_USER)));
    walk.mapped = true;
    return walk;
}

COLD bool pt_is_any_mapped(const struct page_table *pt, virt_addr_t va,
                           u32 pages)
{
    struct pt_part part = { .va = va };

    while (pt_next_part(pt, &part, va + pages * PAGE_SIZE))
        for (u32 i = 0; i < part.pages; i++)
            if (part.slots[i].bits != 0)
                return true;
    return false;
}
