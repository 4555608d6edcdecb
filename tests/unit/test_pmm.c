/*
 * Tests of mm/pmm.c: single frames, zones, references, refusals.
 */
#include "mm/kheap.h"
#include "mm/pmm.h"

#include "strata_test.h"

static struct pmm_stats stats_now(void)
{
    struct pmm_stats stats;

    kheap_trim();
    pmm_trim();
    pmm_stats(&stats);
    return stats;
}

static bool same_stats(const struct pmm_stats *a, const struct pmm_stats *b)
{
    bool same = a->whole_chunks == b->whole_chunks;

    for (u32 kind = 0; kind < FRAME_KINDS; kind++)
        same = same && a->kinds[kind] == b->kinds[kind];
    for (u32 zone = 0; zone < ZONES; zone++)
        same = same && a->free[zone] == b->free[zone];
    return same;
}

TEST(pmm, every_frame_is_free_used_or_reserved)
{
    struct pmm_stats stats = stats_now();
    u32 sum = 0;

    for (u32 kind = 0; kind < FRAME_KINDS; kind++)
        sum += stats.kinds[kind];
    EXPECT_EQ(sum, stats.spanned);
    EXPECT_EQ(stats.free[ZONE_ANY], stats.kinds[FRAME_FREE]);
    EXPECT_EQ(stats.spanned, pmm_span());
}

TEST(pmm, a_frame_is_of_its_kind_until_it_is_freed)
{
    struct pmm_stats before = stats_now();
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_TABLE);

    EXPECT(!pfn_is_none(frame));
    EXPECT_EQ(pmm_kind(frame), FRAME_TABLE);
    EXPECT_EQ(pmm_payload(frame), 0);
    EXPECT(!pmm_is_free(frame));
    pmm_free(frame, FRAME_TABLE);
    EXPECT(pmm_is_free(frame));
    EXPECT_EQ(pmm_kind(frame), FRAME_FREE);

    struct pmm_stats after = stats_now();
    EXPECT(same_stats(&before, &after));
}

TEST(pmm, each_zone_keeps_below_its_ceiling)
{
    static const u32 ceilings[ZONES] = { 16 << 8, DIRECT_MAP_FRAMES,
                                         FRAMES_MAX };

    if (stats_now().free[ZONE_DMA] == 0)
        SKIP("needs memory below 16 MiB");
    for (u32 zone = 0; zone < ZONES; zone++) {
        pfn_t frame = pmm_alloc((enum zone)zone, FRAME_USER);
        EXPECT(frame.n < ceilings[zone]);
        pmm_free(frame, FRAME_USER);
    }
}

TEST(pmm, scarce_low_memory_is_used_last)
{
    struct pmm_stats stats = stats_now();

    if (stats.free[ZONE_LOW] == stats.free[ZONE_DMA])
        SKIP("needs memory above 16 MiB");
    pfn_t low = pmm_alloc(ZONE_LOW, FRAME_USER);
    pfn_t any = pmm_alloc(ZONE_ANY, FRAME_USER);
    EXPECT(low.n >= 16 << 8);
    if (stats.free[ZONE_ANY] != stats.free[ZONE_LOW])
        EXPECT(any.n >= DIRECT_MAP_FRAMES);
    pmm_free(low, FRAME_USER);
    pmm_free(any, FRAME_USER);
}

TEST(pmm, exhaustion_is_an_answer_and_leaves_no_trace)
{
    for (u32 zone = 0; zone < ZONES; zone++) {
        struct pmm_stats before = stats_now();

        EXPECT_EQ(test_drain((enum zone)zone, 0), before.free[zone]);
        EXPECT(pfn_is_none(pmm_alloc((enum zone)zone, FRAME_TABLE)));
        EXPECT(pfn_is_none(pmm_alloc_run((enum zone)zone, 0, FRAME_TABLE)));
        pmm_check();
        test_refill();

        struct pmm_stats after = stats_now();
        EXPECT(same_stats(&before, &after));
    }
}

TEST(pmm, partly_used_chunks_go_before_whole_ones)
{
    struct pmm_stats before = stats_now();

    NEED_FREE_FRAMES(2 * CHUNK_FRAMES, "8 MiB");
    pfn_t frames[64];
    EXPECT(pmm_alloc_bulk(ZONE_LOW, FRAME_TABLE, 64, frames));
    struct pmm_stats during = stats_now();
    EXPECT(before.whole_chunks - during.whole_chunks <= 1);
    pmm_free_bulk(FRAME_TABLE, 64, frames);

    struct pmm_stats after = stats_now();
    EXPECT(same_stats(&before, &after));
}

TEST(pmm, bulk_gives_all_or_nothing)
{
    pfn_t frames[4];
    struct pmm_stats before = stats_now();

    test_drain(ZONE_LOW, 3);
    EXPECT(!pmm_alloc_bulk(ZONE_LOW, FRAME_TABLE, 4, frames));
    EXPECT_EQ(test_free_frames(), 3);
    EXPECT(pmm_alloc_bulk(ZONE_LOW, FRAME_TABLE, 3, frames));
    EXPECT_EQ(test_free_frames(), 0);
    pmm_free_bulk(FRAME_TABLE, 3, frames);
    test_refill();

    struct pmm_stats after = stats_now();
    EXPECT(same_stats(&before, &after));
}

TEST(pmm, frames_do_not_overlap)
{
    pfn_t frames[64];

    NEED_FREE_FRAMES(64, "256 KiB");
    EXPECT(pmm_alloc_bulk(ZONE_LOW, FRAME_TABLE, 64, frames));
    for (u32 i = 0; i < 64; i++)
        for (u32 word = 0; word < PAGE_SIZE / 4; word++)
            ((u32 *)pfn_to_ptr(frames[i]))[word] = i;
    for (u32 i = 0; i < 64; i++) {
        u32 wrong = 0;
        for (u32 word = 0; word < PAGE_SIZE / 4; word++)
            wrong += ((u32 *)pfn_to_ptr(frames[i]))[word] != i;
        EXPECT_EQ(wrong, 0);
    }
    pmm_free_bulk(FRAME_TABLE, 64, frames);
}

/* -------------------------------------------------------------- references */

TEST(pmm, the_last_reference_frees_the_frame)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT(pmm_get(frame));
    EXPECT(pmm_get(frame));
    EXPECT_EQ(pmm_payload(frame), 3);
    EXPECT(!pmm_put(frame));
    EXPECT(!pmm_put(frame));
    EXPECT(!pmm_is_free(frame));
    EXPECT(pmm_put(frame));
    EXPECT(pmm_is_free(frame));
}

TEST(pmm, a_frame_that_others_refer_to_cannot_be_freed)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT(pmm_get(frame));
    EXPECT_PANIC(pmm_free(frame, FRAME_USER), "payload 2");
    EXPECT(!pmm_put(frame));
    pmm_free(frame, FRAME_USER);
}

TEST(pmm, references_of_frames_that_have_none_panic)
{
    pfn_t table = pmm_alloc(ZONE_LOW, FRAME_TABLE);

    EXPECT_PANIC((void)!pmm_get(table), "get of frame");
    EXPECT_PANIC(pmm_put(table), "it is a page table");
    pmm_free(table, FRAME_TABLE);
    EXPECT_PANIC(pmm_put(table), "it is free");
    EXPECT_PANIC((void)!pmm_get(pfn(pmm_span())), "no such frame");
}

/* ---------------------------------------------------------------- refusals */

TEST(pmm, freeing_a_free_frame_panics)
{
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_USER);

    pmm_free(frame, FRAME_USER);
    EXPECT_PANIC(pmm_free(frame, FRAME_USER), "it is free");
}

TEST(pmm, free_of_a_frame_that_became_a_page_table_panics)
{
    pmm_trim();
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_RANGE);
    pmm_free(frame, FRAME_RANGE);
    pfn_t again = pmm_alloc(ZONE_LOW, FRAME_TABLE);
    EXPECT_EQ(again.n, frame.n);
    EXPECT_PANIC(pmm_free(frame, FRAME_RANGE), "it is a page table");
    pmm_free(frame, FRAME_TABLE);
}

TEST(pmm, freeing_what_is_no_memory_panics)
{
    EXPECT_PANIC(pmm_free(pfn(0), FRAME_USER), "it is reserved");
    EXPECT_PANIC(pmm_free(pfn(0), FRAME_RESERVED), "it is reserved");
    EXPECT_PANIC(pmm_free(pfn(pmm_span()), FRAME_USER), "no such frame");
    EXPECT_PANIC(pmm_free(PFN_NONE, FRAME_USER), "no such frame");
}

TEST(pmm, a_refusal_changes_nothing)
{
    struct pmm_stats before = stats_now();

    EXPECT_PANIC(pmm_free(pfn(0), FRAME_TABLE), "reserved");
    struct pmm_stats after = stats_now();
    EXPECT(same_stats(&before, &after));
}

TEST(pmm, kinds_that_nobody_may_allocate_panic)
{
    EXPECT_PANIC((void)!pmm_alloc(ZONE_LOW, FRAME_FREE).n, "nobody may");
    EXPECT_PANIC((void)!pmm_alloc(ZONE_LOW, FRAME_BOOT).n, "nobody may");
    EXPECT_PANIC((void)!pmm_alloc(ZONE_LOW, FRAME_KINDS).n, "nobody may");
    EXPECT_PANIC((void)!pmm_alloc(ZONE_LOW, (enum frame_kind)0).n,
                 "nobody may");
}

TEST(pmm, a_payload_is_kept_for_whoever_holds_the_frame)
{
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_TABLE);

    pmm_set_payload(frame, FRAME_TABLE, PAYLOAD_MAX);
    EXPECT_EQ(pmm_payload(frame), PAYLOAD_MAX);
    EXPECT_EQ(pmm_kind(frame), FRAME_TABLE);
    EXPECT_PANIC(pmm_set_payload(frame, FRAME_SLAB, 1), "payload of frame");
    EXPECT_PANIC(pmm_set_payload(frame, FRAME_TABLE, PAYLOAD_MAX + 1),
                 "payload of frame");
    pmm_free(frame, FRAME_TABLE);
}
