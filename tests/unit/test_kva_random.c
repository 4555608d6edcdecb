/*
 * Random work on mm/kva.c, side by side with the model of tests/model: the
 * smallest gap that fits, exactly, and everything is free again in the end.
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
    bool resizes;     /* and they grow and shrink                    */
};

static bool alloc_one(u32 slot, const struct sort *sort, u32 *seed)
{
    u32 order = test_random(seed) % (sort->pages_order + 1);
    u32 pages = 1 + test_random(seed) % (1u << order);
    u32 align = 1u << test_random(seed) % (sort->align_order + 1);
    u32 guards = test_random(seed) % (sort->guards_most + 1);
    virt_addr_t start = kva_alloc("random", pages, align, guards);

    live[slot].start = start;
    live[slot].pages = pages;
    live[slot].guards = guards;
    return EXPECT(kva_model_take(&model, start, pages, align, guards));
}

static void free_one(u32 slot)
{
    kva_free(live[slot].start);
    kva_model_free(&model, live[slot].start, live[slot].pages,
                   live[slot].guards);
    live[slot].start = 0;
}

/* The pages that it gets have frames, those it had before have none. */
static bool resize_one(u32 slot, u32 *seed)
{
    u32 old = live[slot].pages;
    u32 pages = 1 + test_random(seed) % (2 * old);
    bool fits = kva_model_resize(&model, live[slot].start, old, pages,
                                 live[slot].guards);

    if (fits)
        live[slot].pages = pages;
    return EXPECT(kva_resize_pages(live[slot].start, pages) == fits);
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
        if (live[slot].start && sort->resizes && test_random(&seed) % 2)
            agrees = resize_one(slot, &seed);
        else if (live[slot].start)
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
    static const struct sort small = { 3, 0, 1, LIVE, false };

    do_work(&small, test_rounds(10000));
}

TEST(kva, aligned_ranges_by_random_agree_with_the_model)
{
    static const struct sort aligned = { 4, 6, 2, LIVE, false };

    do_work(&aligned, test_rounds(2000));
}

TEST(kva, ranges_of_all_sizes_by_random_agree_with_the_model)
{
    static const struct sort all_sizes = { 12, 3, 40, 128, false };

    do_work(&all_sizes, test_rounds(700));
}

TEST(kva, ranges_that_fill_kva_by_random_agree_with_the_model)
{
    static const struct sort crowded = { 10, 1, 1, LIVE, false };

    do_work(&crowded, test_rounds(700));
}

TEST(kva, ranges_that_change_their_length_by_random_agree_with_the_model)
{
    static const struct sort resized = { 2, 1, 1, 24, true };

    do_work(&resized, test_rounds(2000));
}

/* Every range goes and comes again, of another length, time after time: what
 * they take of kva stays little more than what they hold. */
TEST(kva, ranges_that_come_and_go_do_not_climb)
{
    enum { GUARDS = 1 };
    u32 seed = 11, pages = 0, most = 0;
    virt_addr_t top = KVA_START;
    struct kva_stats stats;

    kva_stats(&stats);
    if (stats.ranges > 0)
        SKIP("needs kernel ranges that nobody uses");
    NEED_FREE_FRAMES(64, "1 MiB");
    for (u32 i = 0; i < LIVE; i++)
        live[i].start = 0;
    for (u32 i = test_rounds(10000); i > 0; i--) {
        u32 slot = test_random(&seed) % LIVE;
        if (live[slot].start) {
            kva_free(live[slot].start);
            pages -= live[slot].pages + 2 * GUARDS;
        }
        live[slot].pages = 1 + test_random(&seed) % 4;
        live[slot].start = kva_alloc("random", live[slot].pages, 1, GUARDS);
        pages += live[slot].pages + 2 * GUARDS;
        most = max_u32(most, pages);
        top = max_u32(top, live[slot].start);
    }
    EXPECT((top - KVA_START) / PAGE_SIZE < most + most / 4);
    for (u32 i = 0; i < LIVE; i++)
        if (live[i].start)
            kva_free(live[i].start);
}
