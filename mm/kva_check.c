/*
 * mm/kva_check.c - L3: the invariants that mm/kva.c lists, asserted.
 */
#include "kva_row.h"

static void check_group(u32 group, u32 *longest)
{
    u32 first = group * GROUP_PAGES;
    u32 bits = 0;

    for (u32 page = first; page < first + GROUP_PAGES; page++)
        if (kva_is_start(page)) {
            u32 gap = kva_record(page)->gap;
            bits |= ~0u >> (LONG_GAP - min_u32(gap, LONG_GAP));
            *longest = max_u32(*longest, gap);
        }
    CHECK(kva_row.gaps0[group] == bits,
          "kva invariant 3: the word of group %u is 0x%x, not 0x%x", group,
          kva_row.gaps0[group], bits);
}

static void check_sheet(u32 index)
{
    const struct kva_sheet *sheet = kva_row.sheets[index];
    u32 first = index * SHEET_GROUPS;
    u32 longest = LONG_GAP, all = 0;

    for (u32 group = first; group < first + SHEET_GROUPS; group++) {
        if (sheet)
            check_group(group, &longest);
        all |= kva_row.gaps0[group];
    }
    CHECK((sheet != NULL) == (all != 0),
          "kva invariant 2: sheet %u is %sthere", index, sheet ? "" : "not ");
    CHECK(tree_leaf(&kva_row.tree, index) ==
              (longest > LONG_GAP ? longest : 0),
          "kva invariant 4: the leaf of sheet %u is %u, its longest gap %u",
          index, tree_leaf(&kva_row.tree, index), longest);
}

/* Is each word of a level the or of eight below? */
static void check_level(const u32 *level, u32 words, const u32 *below)
{
    for (u32 i = 0; i < words; i++) {
        u32 bits = 0;
        for (u32 k = 0; k < FAN; k++)
            bits |= below[i * FAN + k];
        CHECK(level[i] == bits, "kva invariant 3: word %u of %u is 0x%x, those "
              "below are 0x%x", i, words, level[i], bits);
    }
}

/* No page from `page` to before `end`, behind the range, may be mapped. */
static void check_unmapped(u32 page, u32 end, const char *name)
{
    virt_addr_t va = kva_address(page);

    while (va < kva_address(end)) {
        struct pt_walk walk = pt_walk(pt_kernel(), va);
        CHECK(!walk.mapped, "kva invariant 5: 0x%08x is mapped, between '%s' "
              "and the next range", va, name);
        va = walk.pde.bits ? va + PAGE_SIZE
                           : round_down(va, CHUNK_SIZE) + CHUNK_SIZE;
    }
}

static void check_range(u32 page)
{
    const struct kva_record *record = kva_record(page);
    u32 end = page + record->size.pages + record->size.guards;
    u32 next = kva_next(page);
    u32 guards = next == KVA_LIMIT ? 0 : kva_record(next)->size.guards;

    CHECK(record->size.pages > 0 && end + record->gap + guards == next,
          "kva invariant 1: '%s' ends before page %u, with a gap of %u, but "
          "the next range is at page %u with %u guard pages", record->name,
          end, record->gap, next, guards);
    check_unmapped(page + record->size.pages, next, record->name);
}

void kva_check(void)
{
    for (u32 index = 0; index < SHEETS; index++)
        check_sheet(index);
    check_level(kva_row.gaps1, ARRAY_SIZE(kva_row.gaps1), kva_row.gaps0);
    check_level(kva_row.gaps2, ARRAY_SIZE(kva_row.gaps2), kva_row.gaps1);
    check_level(kva_row.gaps3, TOP_WORDS, kva_row.gaps2);
    CHECK(tree_is_sound(&kva_row.tree),
          "kva invariant 4: a node of the tree is not the larger of its "
          "children");
    for (u32 page = KVA_EDGE; page != KVA_LIMIT; page = kva_next(page))
        check_range(page);
}
