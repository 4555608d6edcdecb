/*
 * Tests of mm/pmm_run.c: runs of frames.
 */
#include "mm/kheap.h"
#include "mm/pmm.h"

#include "strata_test.h"

static u32 free_frames(void)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return stats.kinds[FRAME_FREE];
}

TEST(pmm, runs_of_every_order_are_aligned_and_come_back)
{
    for (u32 order = 0; order <= ORDER_MAX; order++) {
        u32 before = free_frames();
        pfn_t head = pmm_alloc_run(ZONE_LOW, order, FRAME_LARGE);

        if (pfn_is_none(head)) {
            NEED_FREE_FRAMES(4u << order, "a few runs of every order, 16 MiB");
            EXPECT(!pfn_is_none(head));
            return;
        }
        EXPECT_EQ(head.n % (1u << order), 0);
        EXPECT_EQ(pmm_order(head), order);
        EXPECT_EQ(free_frames(), before - (1u << order));
        for (u32 i = 0; i < 1u << order; i++)
            EXPECT(!pmm_is_free(pfn(head.n + i)));
        pmm_free_run(head, order, FRAME_LARGE);
        EXPECT_EQ(free_frames(), before);
    }
}

TEST(pmm, a_tail_is_no_frame_of_its_own)
{
    pfn_t head = pmm_alloc_run(ZONE_LOW, 2, FRAME_LARGE);
    pfn_t tail = pfn(head.n + 1);

    EXPECT_PANIC(pmm_free(tail, FRAME_LARGE), "inside of a run");
    EXPECT_PANIC(pmm_free_run(tail, 0, FRAME_LARGE), "inside of a run");
    EXPECT_PANIC(pmm_free(head, FRAME_LARGE), "it is a large block, order 2");
    pmm_free_run(head, 2, FRAME_LARGE);
}

TEST(pmm, the_wrong_order_panics)
{
    pfn_t head = pmm_alloc_run(ZONE_LOW, 3, FRAME_LARGE);

    EXPECT_PANIC(pmm_free_run(head, 2, FRAME_LARGE), "order 3");
    EXPECT_PANIC(pmm_free_run(head, 4, FRAME_LARGE), "order 3");
    EXPECT_PANIC(pmm_free_run(head, 11, FRAME_LARGE), "order 11");
    EXPECT_PANIC(pmm_free_run(head, 3, FRAME_SLAB), "as a slab");
    pmm_free_run(head, 3, FRAME_LARGE);
    EXPECT_PANIC(pmm_free_run(head, 3, FRAME_LARGE), "it is free");
    EXPECT_PANIC((void)!pmm_alloc_run(ZONE_LOW, 11, FRAME_LARGE).n,
                 "nobody may");
}

/* Free what pmm_split_run() has left: a run for each bit of `frames`. */
static void free_pieces(pfn_t head, u32 frames)
{
    while (frames) {
        u32 order = highest_bit(frames);
        EXPECT_EQ(pmm_order(head), order);
        pmm_free_run(head, order, FRAME_LARGE);
        head.n += 1u << order;
        frames -= 1u << order;
    }
}

TEST(pmm, a_split_run_keeps_what_was_asked_and_no_frame_more)
{
    for (u32 keep = 1; keep <= 64; keep++) {
        u32 before = free_frames();
        pfn_t head = pmm_alloc_run(ZONE_LOW, 6, FRAME_LARGE);

        if (pfn_is_none(head))
            SKIP("needs 64 free frames in a row");
        pmm_split_run(head, 6, keep, FRAME_LARGE);
        EXPECT_EQ(before - free_frames(), keep);
        EXPECT(!pmm_is_free(pfn(head.n + keep - 1)));
        if (keep < 64)
            EXPECT(pmm_is_free(pfn(head.n + keep)));
        pmm_check();
        free_pieces(head, keep);
        EXPECT_EQ(free_frames(), before);
    }
    pfn_t head = pmm_alloc_run(ZONE_LOW, 1, FRAME_LARGE);
    EXPECT_PANIC(pmm_split_run(head, 1, 0, FRAME_LARGE), "split of frame");
    EXPECT_PANIC(pmm_split_run(head, 1, 3, FRAME_LARGE), "split of frame");
    pmm_free_run(head, 1, FRAME_LARGE);
}

TEST(pmm, every_frame_of_a_marked_run_leads_to_its_payload)
{
    pfn_t head = pmm_alloc_run(ZONE_LOW, 3, FRAME_SLAB);

    pmm_set_run_payload(head, 3, FRAME_SLAB, 0xabcdef);
    for (u32 i = 0; i < 8; i++) {
        EXPECT_EQ(pmm_kind(pfn(head.n + i)), FRAME_SLAB);
        EXPECT_EQ(pmm_payload(pfn(head.n + i)), 0xabcdef);
    }
    EXPECT_PANIC(pmm_free(pfn(head.n + 1), FRAME_SLAB), "inside of a run");
    EXPECT_PANIC(pmm_set_payload(pfn(head.n + 1), FRAME_SLAB, 1), "payload of");
    EXPECT_PANIC(pmm_split_run(head, 3, 5, FRAME_SLAB), "split of");
    pmm_check();
    pmm_free_run(head, 3, FRAME_SLAB);
    EXPECT_EQ(pmm_kind(pfn(head.n + 7)), FRAME_FREE);
}

TEST(pmm, one_frame_in_use_does_not_hide_the_other_half_of_its_run)
{
    pfn_t head = pmm_alloc_run(ZONE_LOW, 5, FRAME_LARGE);

    pmm_split_run(head, 5, 1, FRAME_LARGE);
    EXPECT(!pmm_is_free(head));
    for (u32 i = 1; i < 32; i++)
        EXPECT(pmm_is_free(pfn(head.n + i)));
    pmm_free(head, FRAME_LARGE);
}

/* ------------------------------------------------------------------ visits */

struct visit_sums {
    u32 next;
    u32 kinds[FRAME_KINDS];
};

static void add_visit(pfn_t head, u32 frames, enum frame_kind kind,
                      void *context)
{
    struct visit_sums *sums = context;

    EXPECT_EQ(head.n, sums->next);
    sums->next = head.n + frames;
    sums->kinds[kind] += frames;
}

TEST(pmm, a_visit_sees_every_frame_once)
{
    struct visit_sums sums = { 0 };
    struct pmm_stats stats;
    pfn_t head = pmm_alloc_run(ZONE_LOW, 4, FRAME_LARGE);

    pmm_each(add_visit, &sums);
    pmm_stats(&stats);
    EXPECT_EQ(sums.next, stats.spanned);
    for (u32 kind = 0; kind < FRAME_KINDS; kind++)
        EXPECT_EQ(sums.kinds[kind], stats.kinds[kind]);
    pmm_free_run(head, 4, FRAME_LARGE);
}
