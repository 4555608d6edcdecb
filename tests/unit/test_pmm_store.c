/*
 * Tests of mm/pmm_front.h: what is freed waits, and is never lost.
 *
 * Where much is free, nothing waits. So most of these drain memory first.
 */
#include "lib/mem.h"
#include "mm/kheap.h"
#include "mm/pmm.h"

#include "strata_test.h"

static u32 waiting(void)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return stats.waiting;
}

/* A run that is held while all other memory below 768 MiB is drained; if
 * there is no such run, nothing is. */
static pfn_t run_of_drained_memory(u32 order, enum frame_kind kind)
{
    pfn_t run = pmm_alloc_run(ZONE_LOW, order, kind);

    if (!pfn_is_none(run))
        test_drain(ZONE_LOW, 0);
    return run;
}

#define NEED_RUN(run)                                  \
    do {                                               \
        if (pfn_is_none(run))                          \
            SKIP("needs some free frames in a row");   \
    } while (0)

TEST(pmm, what_was_freed_last_is_given_first)
{
    pfn_t frames[3];

    EXPECT(pmm_alloc_bulk(ZONE_LOW, FRAME_RANGE, 3, frames));
    test_drain(ZONE_LOW, 0);
    for (u32 i = 0; i < 3; i++)
        pmm_free(frames[i], FRAME_RANGE);
    EXPECT_EQ(waiting(), 3);
    for (u32 i = 3; i-- > 0;)
        EXPECT_EQ(pmm_alloc(ZONE_LOW, FRAME_RANGE).n, frames[i].n);
    EXPECT_EQ(waiting(), 0);
    pmm_free_bulk(FRAME_RANGE, 3, frames);
    test_refill();
}

TEST(pmm, a_frame_that_waits_is_free_and_counted_as_such)
{
    struct pmm_stats before, after;
    pfn_t frame = run_of_drained_memory(0, FRAME_RANGE);

    pmm_stats(&before);
    pmm_free(frame, FRAME_RANGE);
    pmm_stats(&after);
    EXPECT_EQ(after.waiting, 1);
    EXPECT_EQ(after.kinds[FRAME_FREE], before.kinds[FRAME_FREE] + 1);
    EXPECT_EQ(after.free[ZONE_LOW], before.free[ZONE_LOW] + 1);
    EXPECT(pmm_is_free(frame) && pmm_waits(frame));
    EXPECT_EQ(pmm_kind(frame), FRAME_FREE);
    EXPECT_PANIC(pmm_free(frame, FRAME_RANGE), "it is free, order 0");
    EXPECT_PANIC(pmm_put(frame), "it is free");
    pmm_check();
    test_refill();
}

TEST(pmm, all_frames_of_a_run_that_waits_are_free)
{
    pfn_t head = run_of_drained_memory(3, FRAME_RANGE);

    NEED_RUN(head);
    EXPECT_EQ(pmm_head(pfn(head.n + 5)).n, head.n);
    EXPECT(!pmm_is_free(pfn(head.n + 5)) && !pmm_waits(pfn(head.n + 5)));
    pmm_free_run(head, 3, FRAME_RANGE);
    EXPECT_EQ(waiting(), 8);
    for (u32 i = 0; i < 8; i++)
        EXPECT(pmm_is_free(pfn(head.n + i)) && pmm_waits(pfn(head.n + i)));
    EXPECT_EQ(pmm_head(pfn(head.n + 5)).n, head.n);
    EXPECT_PANIC(pmm_free(pfn(head.n + 1), FRAME_RANGE), "it is free");
    EXPECT_PANIC(pmm_free_run(head, 3, FRAME_RANGE), "it is free, order 3");
    test_refill();
}

TEST(pmm, neighbours_that_wait_are_joined_before_a_run_is_refused)
{
    pfn_t head = run_of_drained_memory(1, FRAME_RANGE);

    NEED_RUN(head);
    pmm_split_run(head, 1, 1, FRAME_RANGE);
    pfn_t other = pmm_alloc(ZONE_LOW, FRAME_RANGE);
    EXPECT_EQ(other.n, head.n + 1);
    pmm_free(head, FRAME_RANGE);
    pmm_free(other, FRAME_RANGE);
    EXPECT_EQ(waiting(), 2);

    EXPECT_EQ(pmm_alloc_run(ZONE_LOW, 1, FRAME_RANGE).n, head.n);
    EXPECT_EQ(waiting(), 0);
    EXPECT(pfn_is_none(pmm_alloc(ZONE_LOW, FRAME_RANGE)));
    pmm_free_run(head, 1, FRAME_RANGE);
    test_refill();
}

TEST(pmm, what_waits_for_one_kind_is_found_by_all_before_they_are_refused)
{
    pfn_t frame = run_of_drained_memory(0, FRAME_USER);
    pfn_t frames[1];

    pmm_free(frame, FRAME_USER);
    EXPECT_EQ(waiting(), 1);
    EXPECT_EQ(pmm_alloc(ZONE_LOW, FRAME_TABLE).n, frame.n);
    pmm_free(frame, FRAME_TABLE);
    EXPECT_EQ(waiting(), 1);
    EXPECT(pmm_alloc_bulk(ZONE_LOW, FRAME_USER, 1, frames));
    EXPECT_EQ(frames[0].n, frame.n);
    pmm_free(frame, FRAME_USER);
    test_refill();
}

/* High frames that tables were made of do not wait for the next table. */
TEST(pmm, no_frame_waits_where_it_does_not_suit)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    if (stats.free[ZONE_ANY] == stats.free[ZONE_LOW])
        SKIP("needs memory above 768 MiB");
    pmm_trim();
    pfn_t high = pmm_alloc(ZONE_ANY, FRAME_TABLE);
    test_drain(ZONE_ANY, 0);
    EXPECT(high.n >= DIRECT_MAP_FRAMES);
    pmm_free(high, FRAME_TABLE);
    EXPECT(pfn_is_none(pmm_alloc(ZONE_LOW, FRAME_TABLE)));
    EXPECT_EQ(pmm_alloc(ZONE_ANY, FRAME_USER).n, high.n);
    pmm_free(high, FRAME_USER);
    EXPECT_EQ(waiting(), 1);
    EXPECT(pfn_is_none(pmm_alloc(ZONE_LOW, FRAME_USER)));
    EXPECT(pfn_is_none(pmm_alloc(ZONE_DMA, FRAME_USER)));
    test_refill();
}

TEST(pmm, nothing_waits_beside_a_large_free_run)
{
    pmm_trim();
    pfn_t single = pmm_alloc(ZONE_LOW, FRAME_RANGE);
    pfn_t run = pmm_alloc_run(ZONE_LOW, ORDER_MAX, FRAME_RANGE);
    if (pfn_is_none(run)) {
        pmm_free(single, FRAME_RANGE);
        SKIP("needs 4 MiB of free frames in a row");
    }
    pmm_split_run(run, ORDER_MAX, 1, FRAME_RANGE);
    EXPECT(pmm_is_free(pfn(run.n + CHUNK_FRAMES - 1)));
    pmm_free(run, FRAME_RANGE);
    EXPECT_EQ(waiting(), 0);
    pmm_free(single, FRAME_RANGE);
}

TEST(pmm, only_so_many_frames_wait)
{
    pfn_t frames[64];

    NEED_FREE_FRAMES(4 * STORE_FRAMES, "16 MiB");
    test_drain(ZONE_LOW, 0);
    test_give_back(2 * (STORE_FRAMES + 512)); /* of which every second waits */
    EXPECT(waiting() <= STORE_FRAMES);
    pmm_check();
    EXPECT(pmm_alloc_bulk(ZONE_LOW, FRAME_TABLE, 64, frames));
    pmm_check();
    pmm_free_bulk(FRAME_TABLE, 64, frames);
    test_refill();
    pmm_check();
    pmm_trim();
    EXPECT_EQ(waiting(), 0);
    pmm_check();
}

/* ------------------------------------------------------------ what it holds */

TEST(pmm, a_marked_run_waits_without_its_marks)
{
    pfn_t head = run_of_drained_memory(2, FRAME_SLAB);

    NEED_RUN(head);
    pmm_set_run_payload(head, 2, FRAME_SLAB, 7);
    pmm_free_run(head, 2, FRAME_SLAB);
    EXPECT_EQ(waiting(), 4);
    EXPECT_EQ(pmm_alloc_run(ZONE_LOW, 2, FRAME_RANGE).n, head.n);
    EXPECT_EQ(pmm_payload(head), 0);
    EXPECT_EQ(pmm_kind(pfn(head.n + 3)), FRAME_FREE);
    pmm_free_run(head, 2, FRAME_RANGE);
    test_refill();
}

TEST(pmm, the_last_reference_lets_the_frame_wait)
{
    pfn_t frame = run_of_drained_memory(0, FRAME_USER);

    EXPECT(pmm_get(frame));
    EXPECT(!pmm_put(frame));
    EXPECT_EQ(waiting(), 0);
    EXPECT(pmm_put(frame));
    EXPECT_EQ(waiting(), 1);
    test_refill();
}

TEST(pmm, a_zeroed_frame_is_zero_whatever_was_in_it)
{
    pmm_trim();
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_TABLE);
    memset(pfn_to_ptr(frame), 0xa5, PAGE_SIZE);
    pmm_free(frame, FRAME_TABLE);
    pfn_t zeroed = pmm_alloc_zeroed(ZONE_LOW, FRAME_TABLE);
    EXPECT_EQ(zeroed.n, frame.n);
    const u32 *words = pfn_to_ptr(zeroed);
    u32 not_zero = 0;
    for (u32 i = 0; i < PAGE_SIZE / 4; i++)
        not_zero += words[i] != 0;
    EXPECT_EQ(not_zero, 0);
    pmm_free(zeroed, FRAME_TABLE);
    EXPECT_PANIC((void)!pmm_alloc_zeroed(ZONE_ANY, FRAME_USER).n, "direct map");
}

/* --------------------------------------------------------------------- bulk */

TEST(pmm, a_frame_twice_in_a_list_panics_and_the_others_are_free)
{
    pfn_t frames[4];

    EXPECT(pmm_alloc_bulk(ZONE_LOW, FRAME_TABLE, 3, frames));
    pfn_t last = frames[2];
    frames[2] = frames[0];
    frames[3] = last;
    EXPECT_PANIC(pmm_free_bulk(FRAME_TABLE, 4, frames), "it is free");
    EXPECT(pmm_is_free(frames[0]));
    EXPECT(pmm_is_free(frames[1]));
    EXPECT(!pmm_is_free(last));
    pmm_check();
    pmm_free(last, FRAME_TABLE);
}

TEST(pmm, a_list_is_served_from_the_store_and_from_many_words)
{
    enum { MANY = 200 };
    static pfn_t frames[MANY];

    NEED_FREE_FRAMES(MANY + 64, "1 MiB");
    u32 before = test_free_frames();
    for (u32 round = 0; round < 3; round++) {
        EXPECT(pmm_alloc_bulk(ZONE_LOW, FRAME_USER, MANY, frames));
        EXPECT_EQ(test_free_frames(), before - MANY);
        for (u32 i = 0; i < MANY; i++)
            EXPECT_EQ(pmm_payload(frames[i]), 1);
        for (u32 i = 0; i < MANY; i += 7)
            pmm_free(frames[i], FRAME_USER);
        for (u32 i = 0; i < MANY; i += 7)
            frames[i] = pmm_alloc(ZONE_LOW, FRAME_USER);
        pmm_check();
        pmm_free_bulk(FRAME_USER, MANY, frames);
        EXPECT_EQ(test_free_frames(), before);
        pmm_check();
    }
}
