/*
 * mm/pt_tour.h - from space to space, and from table to table, whatever state
 * they are in. For mm/pt_audit.c and mm/pt_tell.c.
 *
 * A link is followed only if what it leads to can be read and leads back, an
 * entry of a directory only if L1 says that its frame is a page table.
 */
#ifndef MM_PT_TOUR_H
#define MM_PT_TOUR_H

#include "pt_internal.h"

/* Where the tour is: at a table that entry `index` of pt's directory leads to.
 * Those of the kernel half are looked at in the kernel's own space only, which
 * has no others. */
struct tour {
    const struct list *node;
    const struct page_table *pt;
    u32 index;
    u32 next, end;
    const pte_t *table;
};

static inline bool is_table(pfn_t frame)
{
    return frame.n < min_u32(pmm.span, DIRECT_MAP_FRAMES) &&
           pmm_kind(frame) == FRAME_TABLE && pmm_order(frame) == 0;
}

static inline const pte_t *table_behind(pte_t pde)
{
    bool leads = (pde.bits & (PTE_PRESENT | PTE_LARGE)) == PTE_PRESENT;

    return leads && is_table(pte_frame(pde)) ? pt_table(pde) : NULL;
}

static inline bool is_sound_space(const struct page_table *pt)
{
    return is_table(pt->directory) &&
           pt->entries == pfn_to_ptr(pt->directory);
}

/* The space behind this node; NULL if it is the last, or the list breaks. */
static inline const struct page_table *next_space(const struct list *node)
{
    const struct page_table *pt =
        CONTAINER_OF(node->next, const struct page_table, node);

    if (node->next == &pt_state.spaces || !platform_can_read(pt, sizeof *pt) ||
        pt->node.prev != node)
        return NULL;
    return pt;
}

static inline struct tour tour_begin(void)
{
    return (struct tour){ .node = &pt_state.spaces };
}

/* Go on to the next space that is sound. */
static inline bool tour_next_space(struct tour *tour)
{
    do {
        tour->pt = next_space(tour->node);
        if (!tour->pt)
            return false;
        tour->node = &tour->pt->node;
    } while (!is_sound_space(tour->pt));
    bool is_kernel = tour->pt == &pt_state.kernel;
    tour->next = is_kernel ? KERNEL_FIRST_PDE : 0;
    tour->end = is_kernel ? ENTRIES : KERNEL_FIRST_PDE;
    return true;
}

/* Go on to the next table of this space. */
static inline bool tour_next_table(struct tour *tour)
{
    while (tour->next < tour->end) {
        tour->index = tour->next++;
        tour->table = table_behind(tour->pt->entries[tour->index]);
        if (tour->table)
            return true;
    }
    return false;
}

#endif
