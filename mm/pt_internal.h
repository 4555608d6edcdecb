/*
 * mm/pt_internal.h - what the files of L2 share. For mm/pt*.c only.
 */
#ifndef MM_PT_INTERNAL_H
#define MM_PT_INTERNAL_H

#include "lib/mem.h"
#include "mm/pmm.h"
#include "mm/pt_user.h"

enum {
    ENTRIES = PAGE_SIZE / sizeof(pte_t),
    KERNEL_FIRST_PDE = USER_END >> CHUNK_SHIFT,
    PT_STOCK = 8,
};

struct pt {
    struct page_table kernel;
    struct page_table *loaded;
    struct list spaces; /* every page_table, the kernel's first            */
    struct page_table spare; /* nobody's, for the next one; or without
                                entries                                    */
    pte_t *tables[PT_STOCK]; /* `stock` of them, all zeros, for users      */
    u32 stock;
    struct pt_stats stats;
};

extern struct pt pt_state;

static inline bool pte_has(pte_t entry, u32 bits)
{
    return (entry.bits & bits) == bits;
}

static inline u32 pde_index(virt_addr_t va)
{
    return va >> CHUNK_SHIFT;
}

static inline u32 pte_index(virt_addr_t va)
{
    return va >> PAGE_SHIFT & (ENTRIES - 1);
}

static inline pte_t *pt_table(pte_t pde)
{
    return phys_to_ptr(phys(round_down(pde.bits, PAGE_SIZE)));
}

/* The rights that an entry's bits give. */
static inline enum pt_access pt_access_of(u32 bits)
{
    return (enum pt_access)(bits & (PT_READ | PT_WRITE | PT_USER | PT_EXEC |
                                    PT_DEVICE));
}

/* How many frames of chunk `index` of the direct map are RAM. */
u32 pt_ram_frames_of(u32 index);

/* A new page table, empty; PFN_NONE if there is no frame. */
pfn_t pt_new_table(void);

/* Give back a page table or a directory. */
void pt_free_table(pfn_t table);

/* A new page table whose entries for so many pages, all in it, are for the
 * caller to store; the others are 0. NULL if there is no frame. */
pte_t *pt_new_table_for(virt_addr_t va, u32 pages);

/* The new table, which has so many entries now, enters the directory. */
void pt_link_table(struct page_table *pt, virt_addr_t va, const pte_t *slots,
                   u32 count);

static inline void pt_clear_slots(pte_t *slots, u32 count)
{
    if (count > 0)
        memset(slots, 0, count * sizeof *slots);
}

/* Store an entry of the kernel half, in every directory there is. */
void pt_set_kernel_pde(u32 index, pte_t pde);

/* Was it unmapped, and is its flush owed? Then it still names the frame. */
static inline bool pte_owed(pte_t entry)
{
    return entry.bits != 0 && !pte_has_page(entry);
}

/* The table that an entry lies in. */
static inline pfn_t pt_table_of(const pte_t *slot)
{
    return ptr_to_pfn(slot);
}

/* Panic: the pages are not such as may be mapped in `pt`, or cannot even be
 * read. */
NORETURN void pt_refuse(const struct page_table *pt, virt_addr_t va, u32 pages,
                        enum pt_access access, const void *caller);

/* Is it so, however? Then all is well. */
static inline bool pt_may_map(const struct page_table *pt, virt_addr_t va,
                              u32 pages)
{
    return pt_may_map_page(pt, va) && pages <= (pt->end - va) >> PAGE_SHIFT;
}

/* Can a page be mapped with these rights? What nobody counts is read only. */
static inline bool pt_may_give(enum pt_access access)
{
    return (access & PT_READ) &&
           (access & (PT_UNCOUNTED | PT_WRITE)) != (PT_UNCOUNTED | PT_WRITE);
}

/* The pages of a range whose entries lie in one table. */
struct pt_part {
    virt_addr_t va;
    u32 pages;
    pte_t *slots;
};

/* Go on to the next part of a range, up to `end`, that has a table. To begin,
 * the part is at the range's start, of 0 pages. */
static inline bool pt_next_part(const struct page_table *pt,
                                struct pt_part *part, virt_addr_t end)
{
    do {
        part->va += part->pages * PAGE_SIZE;
        part->pages = min_u32((end - part->va) >> PAGE_SHIFT,
                              ENTRIES - pte_index(part->va));
        part->slots = part->pages > 0 ? pt_slot(pt, part->va) : NULL;
    } while (part->pages > 0 && !part->slots);
    return part->pages > 0;
}

/* Of `pages` pages from `va` on, how many have their entries in one table. */
static inline u32 pt_in_one_table(virt_addr_t va, u32 pages)
{
    return min_u32(pages, ENTRIES - pte_index(va));
}

/* The table of `va` has so many entries less. In the user half, give it back
 * if it has none now; the processor has forgotten its pages. Is it still
 * there? */
bool pt_lose_entries(struct page_table *pt, virt_addr_t va, u32 count);

/* The table of `va` goes, to the stock if it is all zeros. */
void pt_drop_table(struct page_table *pt, virt_addr_t va, bool is_zero);

/* So many pages: does the processor rather forget everything? If so, now. */
bool pt_flush_is_whole(u32 pages);
void pt_flush_whole(const struct page_table *pt, virt_addr_t va, u32 pages);

/* Can the processor remember the page? Not a user's, if his space is not
 * loaded. */
static inline bool pt_may_remember(const struct page_table *pt, virt_addr_t va)
{
    return va >= USER_END || pt == pt_state.loaded;
}

/* One page is forgotten, now. */
static inline void pt_flush_page(const struct page_table *pt, virt_addr_t va)
{
    if (pt_may_remember(pt, va))
        platform_flush_pages(va, 1);
}

/* Owe the flush of pages whose rights were tightened, or that were unmapped
 * (then their entries are owed, too); `by` is who called for it. */
void pt_owe(struct page_table *pt, virt_addr_t va, u32 pages, const void *by);

/* Owe that everything is forgotten: many pages have lost rights. */
void pt_owe_all(const void *by);

/* Who owes the flush of the page; NULL if nobody does. */
const void *pt_owed_by(const struct page_table *pt, virt_addr_t va);

/* Who owes the flush of a page that the frame answered for, and which page;
 * NULL if nobody does. */
const void *pt_frame_owed_by(pfn_t frame, virt_addr_t *va);

#endif
