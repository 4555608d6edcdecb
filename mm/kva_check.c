/*
 * mm/kva_check.c - L3: the invariants that mm/kva.c lists, asserted.
 */
#include "kva_gaps.h"

/* The sheets, and what is known of whole words of starts. */
static void check_starts(void)
{
    for (u32 word = 0; word < START_WORDS; word++)
        CHECK((kva.start_groups[word / 32] >> word % 32 & 1) ==
                  (kva.starts[word] != 0),
              "kva invariant 2: word %u of starts is 0x%x, its bit is not so",
              word, kva.starts[word]);
    for (u32 index = 0; index < SHEETS; index++) {
        u32 first = index * SHEET_PAGES;
        u32 limit = min_u32(first + SHEET_PAGES, KVA_LIMIT);
        bool has_start = kva_is_start(first) || kva_next(first) < limit;
        CHECK((kva.sheets[index] != NULL) == has_start,
              "kva invariant 2: sheet %u is %sthere", index,
              kva.sheets[index] ? "" : "not ");
    }
}

/* Are these all gaps of that length? Returns how many. */
static u32 check_list(u32 class)
{
    u32 count = 0, before = KVA_NONE;

    for (u32 page = kva.gap_heads[class]; page != KVA_NONE;
         page = kva_record(page)->next) {
        CHECK(kva_is_start(page) && kva_record(page)->gap > 0 &&
                  gap_class(kva_record(page)->gap) == class,
              "kva invariant 3: page %u is in list %u of gaps", page, class);
        CHECK(kva_record(page)->prev == before,
              "kva invariant 3: page %u is in list %u behind %u, but says %u",
              page, class, before, kva_record(page)->prev);
        before = page;
        count++;
    }
    CHECK(bitset_test(kva.gap_classes, class) == (count > 0),
          "kva invariant 4: list %u has %u gaps, its bit is not so", class,
          count);
    return count;
}

static void check_lists(void)
{
    struct kva_stats stats;
    u32 count = 0;

    for (u32 class = 0; class < GAP_CLASSES; class++)
        count += check_list(class);
    kva_stats(&stats);
    CHECK(count == stats.gaps, "kva invariant 3: %u gaps of %u are listed",
          count, stats.gaps);
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
    check_starts();
    for (u32 page = KVA_EDGE; page != KVA_LIMIT; page = kva_next(page))
        check_range(page);
    check_lists();
    CHECK(bitset_is_sound(kva.gap_classes, GAP_CLASSES),
          "kva invariant 4: a word of classes, and its bit, disagree");
}
