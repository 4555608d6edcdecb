/*
 * mm/pt_tell.c - L2 tells who uses frames, and answers who asks.
 *
 * On the same way as the claims of mm/pt_audit.c: so what is told can be taken
 * back, and nothing here trusts a page table that may be damaged.
 */
#include "mm/pt_audit.h"
#include "pt_tour.h"

/* ----------------------------------------------------------------- stories */

/* Entries that are held or owed hold their references, too. */
static void tell_entries(const pte_t *table, int sign)
{
    for (u32 i = 0; i < ENTRIES; i++) {
        pte_t pte = table[i];

        if (pte_has(pte, PTE_COUNTED) && pmm_may_tell(pte_frame(pte)))
            pmm_tell(pte_frame(pte), (u32)sign);
    }
}

static bool has_counted(u32 index)
{
    return index < KERNEL_FIRST_PDE ||
           (index >= pde_index(KVA_START) && index < pde_index(KVA_END));
}

void pt_tell(int sign)
{
    struct tour tour = tour_begin();

    while (tour_next_space(&tour)) {
        pmm_tell(tour.pt->directory, (u32)sign * PMM_TOLD);
        while (tour_next_table(&tour)) {
            pmm_tell(pt_table_of(tour.table), (u32)sign * PMM_TOLD);
            if (has_counted(tour.index))
                tell_entries(tour.table, sign);
        }
    }
    for (u32 i = 0; i < pt_state.stock; i++)
        if (is_table(pt_table_of(pt_state.tables[i])))
            pmm_tell(pt_table_of(pt_state.tables[i]), (u32)sign * PMM_TOLD);
}

static void note_use(struct pt_uses *uses, const struct tour *tour, u32 page)
{
    if (uses->count < ARRAY_SIZE(uses->at))
        uses->at[uses->count] = (struct pt_use){
            tour->pt, (tour->index << CHUNK_SHIFT) + page * PAGE_SIZE
        };
    uses->count++;
}

void pt_find_uses(pfn_t frame, struct pt_uses *out)
{
    struct tour tour = tour_begin();

    *out = (struct pt_uses){ .count = 0 };
    while (tour_next_space(&tour)) {
        out->directories += tour.pt->directory.n == frame.n;
        while (tour_next_table(&tour)) {
            if (pt_table_of(tour.table).n == frame.n)
                note_use(out, &tour, 0);
            for (u32 i = 0; has_counted(tour.index) && i < ENTRIES; i++)
                if (pte_has(tour.table[i], PTE_COUNTED) &&
                    pte_frame(tour.table[i]).n == frame.n)
                    note_use(out, &tour, i);
        }
    }
}

bool pt_is_readable(virt_addr_t va)
{
    pte_t pde = pt_state.kernel.entries[pde_index(va)];
    const pte_t *table = table_behind(pde);

    return pte_has(pde, PTE_PRESENT | PTE_LARGE) ||
           (table && pte_present(table[pte_index(va)]));
}

bool pt_next_used(const struct page_table *pt, virt_addr_t *va,
                  virt_addr_t end, pte_t *out)
{
    while (*va < end) {
        const pte_t *table = table_behind(pt->entries[pde_index(*va)]);
        virt_addr_t stop = round_down(*va, CHUNK_SIZE) + CHUNK_SIZE;

        for (stop = min_u32(stop, end); table && *va < stop; *va += PAGE_SIZE)
            if (table[pte_index(*va)].bits != 0) {
                *out = table[pte_index(*va)];
                return true;
            }
        *va = stop;
    }
    return false;
}
