/*
 * Tests of mm/kva_report.c: whose is, or was, an address?
 */
#include "mm/kva.h"

#include "strata_test.h"

static struct kva_place place;

/* Is the next range below the place another one than that at va? Somebody may
 * have ranges since boot; they lie lowest. */
static bool is_below(virt_addr_t va)
{
    return !place.has_below || place.below.end <= va;
}

TEST(kva, an_address_in_a_gap_lies_between_two_ranges)
{
    virt_addr_t low = kva_alloc("low", 2, 1, 0);
    virt_addr_t gone = kva_alloc("gone", 4, 1, 0);
    virt_addr_t high = kva_alloc("high", 3, 1, 1);

    kva_free(gone);
    kva_locate(gone + 5, &place);
    EXPECT(place.has_below && place.has_above);
    EXPECT_EQ(place.below.start, low);
    EXPECT_EQ(place.below.end, low + 2 * PAGE_SIZE);
    EXPECT_EQ(place.above.start, high);
    EXPECT_EQ(place.above.guard_pages, 1);
    kva_locate(low, &place);
    EXPECT(is_below(low) && place.has_above);
    EXPECT_EQ(place.above.start, high);
    kva_locate(high - PAGE_SIZE, &place);
    EXPECT(place.has_below && !place.has_above);
    EXPECT_EQ(place.below.start, low);
    kva_free(low);
    kva_free(high);
}

TEST(kva, an_address_outside_has_neighbours_on_one_side)
{
    virt_addr_t va = kva_alloc("test", 1, 1, 0);

    kva_locate(0, &place);
    EXPECT(!place.has_below && place.has_above && !place.was_freed);
    EXPECT(place.above.start <= va);
    kva_locate(KVA_START - 1, &place);
    EXPECT(!place.has_below && place.has_above);
    kva_locate(KVA_END, &place);
    EXPECT(place.has_below && !place.has_above && !place.was_freed);
    EXPECT_EQ(place.below.start, va);
    kva_locate(0xffffffff, &place);
    EXPECT(place.has_below && !place.has_above);
    kva_free(va);
    kva_locate(KVA_END - 1, &place);
    EXPECT(is_below(va) && !place.has_above);
}

TEST(kva, what_was_freed_is_known_and_by_whom)
{
    virt_addr_t va = kva_alloc("first", 4, 1, 2);

    kva_free(va);
    kva_locate(va + 3 * PAGE_SIZE + 1, &place);
    EXPECT(place.was_freed);
    EXPECT_EQ(place.freed.start, va);
    EXPECT_EQ(place.freed.end, va + 4 * PAGE_SIZE);
    EXPECT_EQ(place.freed.guard_pages, 2);
    EXPECT(place.freed.name[0] == 'f');
    EXPECT(place.freed_by != NULL);
    kva_locate(va - 2 * PAGE_SIZE, &place);
    EXPECT(place.was_freed);
    kva_locate(va + 6 * PAGE_SIZE, &place);
    EXPECT(!place.was_freed || place.freed.start != va);
}

TEST(kva, what_somebody_has_again_was_not_freed)
{
    kva_free(kva_alloc("old", 4, 1, 0));
    virt_addr_t va = kva_alloc("new", 2, 1, 0);

    kva_locate(va, &place);
    EXPECT(!place.was_freed);
    kva_locate(va + 2 * PAGE_SIZE, &place);
    EXPECT(place.was_freed && place.freed.name[0] == 'o');
    kva_free(va);
    kva_locate(va, &place);
    EXPECT(place.was_freed && place.freed.name[0] == 'n');
}

TEST(kva, only_the_last_ranges_that_were_freed_are_known)
{
    virt_addr_t old = kva_alloc("old", 1, 1, 0);
    virt_addr_t high = kva_alloc("high", 1, 1, 0);

    kva_free(old);
    kva_free(high);
    for (u32 i = 1; i <= KVA_FREED; i++) {
        kva_locate(high, &place);
        EXPECT(place.was_freed && place.freed.start == high);
        kva_free(kva_alloc("test", 1, 1, 0));
    }
    kva_locate(high, &place);
    EXPECT(!place.was_freed || place.freed.start != high);
}

struct visits {
    u32 count;
    virt_addr_t last;
    bool rises;
};

static void visit(const struct kva_range *range, void *context)
{
    struct visits *visits = context;

    visits->rises = visits->rises && range->start > visits->last;
    visits->last = range->end;
    visits->count++;
}

TEST(kva, a_visit_sees_every_range_in_rising_order)
{
    enum { MANY = 40 };
    static virt_addr_t starts[MANY];
    struct visits visits = { .rises = true };
    struct kva_stats stats;

    kva_stats(&stats);
    for (u32 i = 0; i < MANY; i++)
        starts[i] = kva_alloc("test", 1 + i % 7 * 30, 1, i % 3);
    for (u32 i = 0; i < MANY; i += 3)
        kva_free(starts[i]);
    kva_each(visit, &visits);
    EXPECT(visits.rises);
    EXPECT_EQ(visits.count, stats.ranges + MANY - (MANY + 2) / 3);
    for (u32 i = 0; i < MANY; i++)
        if (i % 3)
            kva_free(starts[i]);
}
