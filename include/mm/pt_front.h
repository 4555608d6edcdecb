/*
 * mm/pt_front.h - the front of L2: a page is mapped and unmapped without a
 * call, when nothing special is to be said about it.
 *
 * The inline part of mm/pt.h, which includes it; nobody else does.
 */
#ifndef MM_PT_FRONT_H
#define MM_PT_FRONT_H

#include "mm/lock.h"
#include "mm/platform.h"
#include "mm/pmm.h"
#include "mm/pt.h"

/* A range of pages whose flush is owed. */
struct pt_debt {
    struct page_table *pt;
    virt_addr_t va, end; /* [va, end)                 */
    const void *by;      /* an address in who owes it */
};

enum {
    PT_BATCH_MAX = 16,
    PT_BATCH_ALL = 1 << 30,
};

/* The open batch. For mm/pt*.c and this file only. */
struct pt_batch {
    struct pt_debt debts[PT_BATCH_MAX];
    u32 count;
    u32 pages;          /* in all of them; and PT_BATCH_ALL, if everything
                           is to be forgotten                             */
    const void *all_by; /* then: an address in who owes that              */
};

extern struct pt_batch pt_batch;

static inline bool pte_present(pte_t entry)
{
    return (entry.bits & PTE_PRESENT) != 0;
}

/* Has the entry a page: one that is present, or held? */
static inline bool pte_has_page(pte_t entry)
{
    return (entry.bits & (PTE_PRESENT | PTE_HELD)) != 0;
}

static inline pfn_t pte_frame(pte_t entry)
{
    return pfn(entry.bits >> PAGE_SHIFT);
}

/* A live entry is composed whole and stored once. */
static inline void pte_store(pte_t *slot, u32 bits)
{
    *(volatile u32 *)&slot->bits = bits;
}

/* The entry for `va`, or NULL if there is no table for it. */
static inline pte_t *pt_slot(const struct page_table *pt, virt_addr_t va)
{
    pte_t pde = pt->entries[va >> CHUNK_SHIFT];

    if ((pde.bits & (PTE_PRESENT | PTE_LARGE)) != PTE_PRESENT)
        return NULL;
    pte_t *table = phys_to_ptr(phys(round_down(pde.bits, PAGE_SIZE)));
    return &table[va >> PAGE_SHIFT & (PAGE_SIZE / sizeof(pte_t) - 1)];
}

static inline bool pt_may_map_page(const struct page_table *pt, virt_addr_t va)
{
    return is_page_aligned(va) && va >= pt->start && va < pt->end;
}

/* Has any of the pages a table, of which there are one or more? None is mapped
 * else. It is a glance; pt_is_any_mapped() goes on to look at the entries. */
static inline bool pt_has_table(const struct page_table *pt, virt_addr_t va,
                                u32 pages)
{
    u32 first = va >> CHUNK_SHIFT;
    u32 last = (va + (pages - 1) * PAGE_SIZE) >> CHUNK_SHIFT;

    for (; first < last; first++)
        if (pt->entries[first].bits != 0)
            return true;
    return pt->entries[last].bits != 0;
}

/*
 * Panic if a batch is open: `what` cannot be done.
 *
 * Cost:     O(1).
 * Context:  any.
 */
void pt_need_no_debt(const char *what, const void *caller);

/* Lengthen the last debt of the batch by the page, if that ends there. */
static inline bool pt_owe_more(const struct page_table *pt, virt_addr_t va)
{
    if (CHECKED || pt_batch.count == 0)
        return false;
    struct pt_debt *last = &pt_batch.debts[pt_batch.count - 1];
    if (last->end != va || last->pt != pt)
        return false;
    last->end += PAGE_SIZE;
    pt_batch.pages++;
    return true;
}

/* The entry that maps the page; 0 if none does. */
static inline pte_t pt_walk_entry(const struct pt_walk *walk)
{
    if (!walk->mapped)
        return (pte_t){ 0 };
    return walk->page_bytes == PAGE_SIZE ? walk->pte : walk->pde;
}

static inline bool pt_is_accessed(const struct pt_walk *walk)
{
    return (pt_walk_entry(walk).bits & PTE_ACCESSED) != 0;
}

static inline bool pt_is_dirty(const struct pt_walk *walk)
{
    return (pt_walk_entry(walk).bits & PTE_DIRTY) != 0;
}

enum { WINDOWS = (WINDOWS_END - WINDOWS_START) / PAGE_SIZE };

/* A window is open if its entry is not 0. For mm/pt*.c and this file only. */
struct pt_windows {
    pte_t *table;
    u32 next; /* to be opened; none from here on is in the TLB; 0: all are */
};

extern struct pt_windows pt_windows;

/*
 * What is left of pt_map() and pt_unmap() when that does not do: in
 * mm/pt_map.c. pt_unmap_slow() owes the flush, at least.
 *
 * Returns:  as those. Panics: as those.
 * Cost:     as those.
 * Context:  as those.
 */
NODISCARD enum status pt_map_slow(struct page_table *pt, virt_addr_t va,
                                  pfn_t frame, enum pt_access access);
enum status pt_unmap_slow(struct page_table *pt, virt_addr_t va);

/* A page with a table, a frame with references. Flags cost nothing where the
 * compiler knows them, as in `x | PT_GIVEN`; others are for pt_map_slow(). */
static ALWAYS_INLINE enum status pt_map(struct page_table *pt, virt_addr_t va,
                                        pfn_t frame, enum pt_access access)
{
    pte_t *slot = pt_slot(pt, va);
    const u32 flags = __builtin_constant_p(access & PT_FLAGS)
                          ? access & (PT_GIVEN | PT_UNCOUNTED) : 0;
    const u32 bits = (u32)access & ~flags;
    const bool counted = !(flags & PT_UNCOUNTED);
    const u32 never = PT_DEVICE | PT_FLAGS | (counted ? 0 : PT_WRITE);

    if (!slot || slot->bits != 0 || !pt_may_map_page(pt, va) ||
        (bits & (PT_READ | never)) != PT_READ ||
        (counted ? !pmm_may_take(pmm_book(), frame) : frame.n >= pmm.span))
        return pt_map_slow(pt, va, frame, access);
    pte_store(slot, frame.n << PAGE_SHIFT | bits | pt->bits |
                        (counted ? PTE_COUNTED : 0));
    if (flags == 0)
        pmm_take(pmm_book(), frame);
    pmm_count_entries(ptr_to_pfn(slot), 1);
    return OK;
}

/* A page that follows the one that was unmapped last. */
static ALWAYS_INLINE enum status pt_unmap(struct page_table *pt, virt_addr_t va)
{
    pte_t *slot = pt_slot(pt, va);

    if (!slot || !pte_present(*slot) || !pt_may_map_page(pt, va) ||
        !pt_owe_more(pt, va))
        return pt_unmap_slow(pt, va);
    pte_store(slot, slot->bits & ~(u32)PTE_PRESENT);
    return OK;
}

/*
 * The whole of window_map(): the next window may not be to be had at once, and
 * the frame may be none.
 *
 * Returns:  as window_map(). Panics: as that.
 * Cost:     O(1024).
 * Context:  as that.
 */
void *window_map_slow(pfn_t frame);

/*
 * The whole of window_unmap().
 *
 * Panics:   as that.
 * Cost:     O(1).
 * Context:  as that.
 */
void window_unmap_slow(void *memory);

/* The next window is closed, and the processor has forgotten it. */
static inline void *window_map(pfn_t frame)
{
    u32 slot = pt_windows.next;

    if (FOR_SIZE)
        return window_map_slow(frame);
    if (frame.n < DIRECT_MAP_FRAMES)
        return pfn_to_ptr(frame);
    if (frame.n >= pmm.span || slot == 0 || pt_windows.table[slot].bits != 0)
        return window_map_slow(frame);
    pte_store(&pt_windows.table[slot],
              frame.n << PAGE_SHIFT | PTE_PRESENT | PTE_WRITE);
    pt_windows.next = (slot + 1) % WINDOWS;
    return virt_to_ptr(WINDOWS_START + slot * PAGE_SIZE);
}

/* In the checked build, who uses a closed window is caught at once. */
static inline bool window_close(void *memory)
{
    u32 slot = (ptr_to_virt(memory) - WINDOWS_START) >> PAGE_SHIFT;

    if (slot >= WINDOWS || pt_windows.table[slot].bits == 0)
        return false;
    pte_store(&pt_windows.table[slot], 0);
    if (CHECKED)
        platform_flush_pages(WINDOWS_START + slot * PAGE_SIZE, 1);
    return true;
}

static ALWAYS_INLINE void window_unmap(void *memory)
{
    if (FOR_SIZE || (!window_close(memory) && !ptr_is_direct(memory)))
        window_unmap_slow(memory);
}

#endif
