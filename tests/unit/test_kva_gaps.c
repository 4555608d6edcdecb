/*
 * Tests of mm/kva_gaps.c: which gap is taken?
 */
#include "mm/kva.h"

#include "strata_test.h"

TEST(kva, the_smallest_gap_that_fits_is_taken)
{
    virt_addr_t a = kva_alloc("a", 6, 1, 0);
    virt_addr_t b = kva_alloc("b", 1, 1, 0);
    virt_addr_t c = kva_alloc("c", 4, 1, 0);
    virt_addr_t d = kva_alloc("d", 1, 1, 0);

    kva_free(a);
    kva_free(c);
    virt_addr_t three = kva_alloc("three", 3, 1, 0);
    EXPECT_EQ(three, c);
    virt_addr_t five = kva_alloc("five", 5, 1, 0);
    EXPECT_EQ(five, a);
    virt_addr_t seven = kva_alloc("seven", 7, 1, 0);
    EXPECT(seven > d);
    kva_free(three);
    kva_free(five);
    kva_free(seven);
    kva_free(b);
    kva_free(d);
}

TEST(kva, ranges_are_aligned_as_asked_guards_aside)
{
    for (u32 align = 1; align <= 1024; align *= 4) {
        virt_addr_t odd = kva_alloc("odd", 1, 1, 0);
        virt_addr_t va = kva_alloc("aligned", 2, align, 1);
        EXPECT_EQ(va % (align * PAGE_SIZE), 0);
        kva_free(va);
        kva_free(odd);
    }
}

TEST(kva, an_alignment_may_leave_a_lower_gap_for_others)
{
    virt_addr_t odd = kva_alloc("odd", 1, 1, 0);
    virt_addr_t even = kva_alloc("even", 2, 2, 0);

    EXPECT_EQ(even, odd + 2 * PAGE_SIZE);
    virt_addr_t between = kva_alloc("between", 1, 1, 0);
    EXPECT_EQ(between, odd + PAGE_SIZE);
    kva_free(even);
    kva_free(between);
    kva_free(odd);
}

/* Gaps of these lengths, in a row, with a page between any two. */
enum { MOST = 160 };
static virt_addr_t fences[MOST];
static virt_addr_t gaps[MOST];

static void make_gaps(const u32 *lengths, u32 count)
{
    for (u32 i = 0; i < count; i++) {
        gaps[i] = kva_alloc("gap", lengths[i], 1, 0);
        fences[i] = kva_alloc("fence", 1, 1, 0);
    }
    for (u32 i = 0; i < count; i++)
        kva_free(gaps[i]);
}

static void drop_fences(u32 count)
{
    for (u32 i = 0; i < count; i++)
        kva_free(fences[i]);
}

TEST(kva, the_smallest_of_long_gaps_is_taken_too)
{
    static const u32 lengths[] = { 700, 512, 511, 639, 640, 513, 1500, 767 };

    for (u32 i = 0; i < ARRAY_SIZE(lengths); i++) {
        make_gaps(lengths, ARRAY_SIZE(lengths));
        virt_addr_t exact = kva_alloc("exact", lengths[i], 1, 0);
        EXPECT_EQ(exact, gaps[i]);
        virt_addr_t less = kva_alloc("less", 501, 1, 3);
        EXPECT_EQ(less, gaps[lengths[i] <= 511 ? 1 : 2] + 3 * PAGE_SIZE);
        kva_check();
        kva_free(exact);
        kva_free(less);
        drop_fences(ARRAY_SIZE(lengths));
    }
}

TEST(kva, chunks_fill_kva_to_the_last_and_each_is_had_again)
{
    enum { KVA_CHUNKS = (KVA_END - KVA_START) / CHUNK_SIZE };
    static virt_addr_t chunks[KVA_CHUNKS];
    struct kva_stats stats;

    kva_stats(&stats);
    if (stats.gaps != 1)
        SKIP("needs free pages in one gap");
    NEED_FREE_FRAMES(KVA_CHUNKS + 8, "1 MiB");
    u32 count = stats.free / CHUNK_FRAMES;
    for (u32 i = 0; i < count; i++) {
        chunks[i] = kva_alloc("chunk", CHUNK_FRAMES, CHUNK_FRAMES, 0);
        EXPECT_EQ(chunks[i], KVA_END - (count - i) * CHUNK_SIZE);
    }
    EXPECT_EQ(kva_alloc("one more", CHUNK_FRAMES, 1, 0), 0);
    for (u32 i = 0; i < count; i++) {
        u32 slot = i * 7 % count;
        kva_free(chunks[slot]);
        virt_addr_t again = kva_alloc("again", CHUNK_FRAMES, CHUNK_FRAMES, 0);
        EXPECT_EQ(again, chunks[slot]);
    }
    for (u32 i = 0; i < count; i++)
        kva_free(chunks[i]);
}

/* A gap of 4 pages that begins at a multiple of 4, among many which begin
 * elsewhere: it is found if not too many are tried before it. */
TEST(kva, an_aligned_range_fits_exactly_into_a_gap_that_lies_well)
{
    virt_addr_t first = kva_alloc("first", 4, 4, 0);
    virt_addr_t fence = kva_alloc("fence", 1, 1, 0);
    virt_addr_t second = kva_alloc("second", 4, 1, 0);
    virt_addr_t end = kva_alloc("end", 1, 1, 0);

    kva_free(first);
    kva_free(second);
    virt_addr_t again = kva_alloc("again", 4, 4, 0);
    EXPECT_EQ(again, first);
    kva_free(again);
    kva_free(fence);
    kva_free(end);
}

TEST(kva, an_aligned_range_is_found_a_place_behind_many_that_lie_badly)
{
    static u32 lengths[MOST];
    struct kva_stats stats;

    kva_stats(&stats);
    if (stats.gaps != 1)
        SKIP("needs free pages in one gap");
    u32 beyond = (stats.free - 1) % 8 + 1; /* what aligned stretches leave */
    virt_addr_t odd = kva_alloc("odd", beyond + 1, 1, 0);

    for (u32 i = 0; i < MOST; i++)
        lengths[i] = 7; /* with its fence 8: all begin alike */
    make_gaps(lengths, MOST);
    virt_addr_t va = kva_alloc("aligned", 7, 8, 0);
    EXPECT(va > fences[MOST - 1]);
    EXPECT_EQ(va % (8 * PAGE_SIZE), 0);
    virt_addr_t six = kva_alloc("six", 6, 2, 0);
    EXPECT(six < va);
    kva_free(six);
    kva_free(va);
    drop_fences(MOST);
    kva_free(odd);
}
