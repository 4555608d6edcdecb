/*
 * mm/kva_row.c - L3: who comes before, and who behind.
 *
 * Bit 0 of a word of mm/kva_row.h says that any range starts there. So the
 * neighbours of a page are found by the same words as the gaps: where a word
 * of 64 groups, or of eight, has no such bit, all of these are passed by.
 *
 *      groups   ... | 0 0 0 0 0 0 0 0 | 0 0 1 0 0 0 0 0 | ...
 *                         8 at once         ^ found
 *
 * Cost: a step for each 64, each 8 or each group: 92 at most, mostly one.
 */
#include "kva_row.h"

u32 kva_before_group(u32 page)
{
    u32 group = page / GROUP_PAGES - 1;

    while (!(kva_row.gaps0[group] & 1)) {
        if (!(kva_row.gaps2[group / FAN / FAN] & 1))
            group &= ~(FAN * FAN - 1u);
        else if (!(kva_row.gaps1[group / FAN] & 1))
            group &= ~(FAN - 1u);
        group--;
    }
    return group * GROUP_PAGES +
           highest_bit(kva_starts(kva_row.sheets[group / SHEET_GROUPS], group));
}

u32 kva_next_group(u32 group, u32 bit)
{
    while (group < GROUPS && !(kva_row.gaps0[group] & bit)) {
        if (!(kva_row.gaps2[group / FAN / FAN] & bit))
            group |= FAN * FAN - 1;
        else if (!(kva_row.gaps1[group / FAN] & bit))
            group |= FAN - 1;
        group++;
    }
    return group;
}

u32 kva_next(u32 page)
{
    u32 group = page / GROUP_PAGES;
    u32 starts = kva_starts(kva_sheet(page), group) &
                 ~1u << page % GROUP_PAGES;

    if (starts == 0) {
        group = kva_next_group(group + 1, 1);
        if (group == GROUPS)
            return KVA_LIMIT;
        starts = kva_starts(kva_row.sheets[group / SHEET_GROUPS], group);
    }
    return group * GROUP_PAGES + lowest_bit(starts);
}
