/*
 * Random work on mm/kva.c, side by side with the model of tests/model: the
 * lowest gap that fits, exactly, and everything is free again in the end.
 */
#include "kva_model.h"
#include "mm/kva.h"

#include "strata_test.h"

enum { LIVE = 512 };

static struct kva_model model;

static struct {
    virt_addr_t start; /* 0: none */
    u32 pages, guards;
} live[LIVE];

/* What one sort of work asks for. */
struct sort {
    u32 pages_order;  /* 1 to 2^order pages, smaller ones more often */
    u32 align_order;  /* aligned to 1 to 2^order pages               */
    u32 guards_most;
    u32 slots;        /* so many ranges at once, at most             */
};

static bool alloc_one(u32 slot, const struct sort *sort, u32 *seed)
{
    u32 order = test_random(seed) % (sort->pages_order + 1);
    u32 pages = 1 + test_random(seed) % (1u << order);
    u32 align = 1u << test_random(seed) % (sort->align_order + 1);
    u32 guards = test_random(seed) % (sort->guards_most + 1);
    virt_addr_t expected = kva_model_alloc(&model, pages, align, guards);
    virt_addr_t start = kva_alloc("random", pages, align, guards);

    live[slot].start = start;
    live[slot].pages = pages;
    live[slot].guards = guards;
    EXPECT_EQ(start, expected);
    return start == expected;
}

static void free_one(u32 slot)
{
    kva_free(live[slot].start);
    kva_model_free(&model, live[slot].start, live[slot].pages,
                   live[slot].guards);
    live[slot].start = 0;
}

/* A random address is held by a range iff the model says so, and by one that
 * has it in its bounds. */
static bool find_one(u32 *seed)
{
    virt_addr_t va = KVA_START - 4 * PAGE_SIZE +
                     test_random(seed) % (KVA_END - KVA_START + CHUNK_SIZE);
    struct kva_range range = { 0 };
    bool found = kva_find(va, &range);
    u32 guard_bytes = range.guard_pages * PAGE_SIZE;

    return EXPECT(found == kva_model_holds(&model, va)) &&
           EXPECT(!found || (range.start - guard_bytes <= va &&
                             va < range.end + guard_bytes));
}

static void expect_counts(void)
{
    struct kva_stats stats;
    u32 count = 0;

    for (u32 i = 0; i < LIVE; i++)
        count += live[i].start != 0;
    kva_check();
    kva_stats(&stats);
    EXPECT_EQ(stats.ranges, count);
    EXPECT_EQ(stats.free, kva_model_free_pages(&model));
    EXPECT_EQ(stats.gaps, kva_model_gaps(&model));
    EXPECT_EQ(stats.pages + stats.free, KVA_MODEL_PAGES);
}

static void work(const struct sort *sort, u32 rounds)
{
    u32 seed = 7;
    bool agrees = true;

    kva_model_begin(&model);
    for (u32 i = 0; i < LIVE; i++)
        live[i].start = 0;
    for (u32 i = 0; i < rounds && agrees; i++) {
        u32 slot = test_random(&seed) % sort->slots;
        if (live[slot].start)
            free_one(slot);
        else
            agrees = alloc_one(slot, sort, &seed);
        if (i % 16 == 0)
            agrees = agrees && find_one(&seed);
        if (i % (rounds / 8) == 0)
            expect_counts();
    }
    expect_counts();
    for (u32 i = 0; i < LIVE; i++)
        if (live[i].start)
            free_one(i);
}

/* Nothing is left of it: one gap of everything, and no frame. */
static void do_work(const struct sort *sort, u32 rounds)
{
    struct kva_stats before, after;

    kva_stats(&before);
    if (before.ranges > 0)
        SKIP("needs kernel ranges that nobody uses");
    NEED_FREE_FRAMES(400, "2 MiB");
    work(sort, rounds);
    kva_check();
    kva_stats(&after);
    EXPECT_EQ(after.ranges, 0);
    EXPECT_EQ(after.free, KVA_MODEL_PAGES);
    EXPECT_EQ(after.gaps, 1);
    EXPECT_EQ(after.node_frames, 0);
}

TEST(kva, small_ranges_by_random_agree_with_the_model)
{
    static const struct sort small = { 3, 0, 1, LIVE };

    do_work(&small, test_rounds(10000));
}

TEST(kva, aligned_ranges_by_random_agree_with_the_model)
{
    static const struct sort aligned = { 4, 6, 2, LIVE };

    do_work(&aligned, test_rounds(2000));
}

TEST(kva, ranges_of_all_sizes_by_random_agree_with_the_model)
{
    static const struct sort all_sizes = { 12, 3, 40, 128 };

    do_work(&all_sizes, test_rounds(1000));
}

TEST(kva, ranges_that_fill_kva_by_random_agree_with_the_model)
{
    static const struct sort crowded = { 10, 1, 1, LIVE };

    do_work(&crowded, test_rounds(1000));
}
