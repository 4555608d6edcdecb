/*
 * Random work on mm/kva.c, side by side with the model of tests/model: the
 * smallest gap that fits, exactly, and everything is free again in the end.
 */
#include "kva_model.h"
#include "kva_work.h"
#include "mm/kva.h"

#include "strata_test.h"

enum { LIVE = KVA_WORK_LIVE };

/* Nothing is left of it: no gap, and no frame. */
static void do_work(const struct kva_sort *sort, u32 steps)
{
    struct kva_stats before, after;

    kva_stats(&before);
    NEED_FREE_FRAMES(400, "2 MiB");
    const char *words = kva_work(sort, test_option("seed", 1), steps);
    if (words)
        test_print("# %s", words);
    EXPECT(!words);
    kva_check();
    kva_stats(&after);
    EXPECT_EQ(after.ranges, before.ranges);
    EXPECT_EQ(after.free, before.free);
    EXPECT_EQ(after.gaps, before.gaps);
    EXPECT_EQ(after.node_frames, before.node_frames);
}

TEST(kva, small_ranges_by_random_agree_with_the_model)
{
    static const struct kva_sort small = { 3, 0, 1, LIVE, false, false };

    do_work(&small, test_rounds(10000));
}

TEST(kva, aligned_ranges_by_random_agree_with_the_model)
{
    static const struct kva_sort aligned = { 4, 6, 2, LIVE, false, false };

    do_work(&aligned, test_rounds(2000));
}

TEST(kva, ranges_of_all_sizes_by_random_agree_with_the_model)
{
    static const struct kva_sort all_sizes = { 12, 3, 40, 128, false, false };

    do_work(&all_sizes, test_rounds(700));
}

TEST(kva, ranges_that_fill_kva_by_random_agree_with_the_model)
{
    static const struct kva_sort crowded = { 10, 1, 1, LIVE, false, false };

    do_work(&crowded, test_rounds(700));
}

TEST(kva, ranges_that_change_their_length_by_random_agree_with_the_model)
{
    static const struct kva_sort resized = { 2, 1, 1, 24, true, false };

    do_work(&resized, test_rounds(2000));
}

TEST(kva, ranges_with_memory_by_random_keep_their_content)
{
    static const struct kva_sort memory = { 4, 0, 2, 24, true, true };

    do_work(&memory, test_rounds(2000));
}

static struct {
    virt_addr_t start; /* 0: none */
    u32 pages;
} live[LIVE];

/* Every range goes and comes again, of another length, time after time: what
 * they take of kva stays little more than what they hold. */
TEST(kva, ranges_that_come_and_go_do_not_climb)
{
    enum { GUARDS = 1 };
    u32 seed = 11, pages = 0, most = 0;
    struct kva_stats stats;

    kva_stats(&stats);
    if (stats.gaps != 1)
        SKIP("needs free pages in one gap");
    const virt_addr_t bottom = KVA_END - stats.free * PAGE_SIZE;
    virt_addr_t top = bottom;
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
    EXPECT((top - bottom) / PAGE_SIZE < most + most / 4);
    for (u32 i = 0; i < LIVE; i++)
        if (live[i].start)
            kva_free(live[i].start);
}
