/*
 * Tests of mm/pt.c: map, unmap, protect and walk in a user's half.
 */
#include "mm/pmm.h"
#include "mm/pt.h"
#include "pt_work.h"

#include "strata_test.h"

static const enum pt_access RW = (enum pt_access)(PT_READ | PT_WRITE);
static const enum pt_access USER_RW =
    (enum pt_access)(PT_READ | PT_WRITE | PT_USER);

static struct page_table space; /* one at a time, for all tests */

static u32 tables(void)
{
    struct pt_stats stats;

    pt_stats(&stats);
    return stats.tables;
}

/* ------------------------------------------------------------ a user's half */

TEST(pt, a_mapped_page_is_found_by_a_walk_with_its_rights)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, 0x12345000, frame, USER_RW), OK);
    struct pt_walk walk = pt_walk(&space, 0x12345678);
    EXPECT(walk.mapped);
    EXPECT_EQ(walk.phys.addr, pfn_to_phys(frame).addr + 0x678);
    EXPECT_EQ(walk.page_bytes, PAGE_SIZE);
    EXPECT_EQ(walk.access, USER_RW);
    EXPECT(!pt_walk(&space, 0x12344fff).mapped);
    EXPECT(!pt_walk(&space, 0x12346000).mapped);
    EXPECT(!pt_walk(pt_kernel(), 0x12345000).mapped);

    EXPECT_EQ(pt_unmap(&space, 0x12345000), OK);
    EXPECT(!pt_walk(&space, 0x12345000).mapped);
    pt_flush();
    pmm_free(frame, FRAME_USER);
    pt_destroy(&space);
}

TEST(pt, a_mapping_holds_a_reference_until_the_flush)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, USER_START, frame, USER_RW), OK);
    EXPECT_EQ(pmm_payload(frame), 2);
    EXPECT(!pmm_put(frame));
    EXPECT_EQ(pt_unmap(&space, USER_START), OK);
    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT(!pmm_is_free(frame));
    pt_flush();
    EXPECT(pmm_is_free(frame));
    pt_destroy(&space);
}

TEST(pt, mapping_a_mapped_page_is_refused_and_changes_nothing)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);
    pfn_t other = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, USER_START, frame, USER_RW), OK);
    EXPECT_EQ(pt_map(&space, USER_START, other, USER_RW), ERR_EXIST);
    EXPECT_EQ(pmm_payload(other), 1);
    EXPECT_EQ(pt_walk(&space, USER_START).phys.addr, pfn_to_phys(frame).addr);
    EXPECT_EQ(pt_unmap(&space, USER_START), OK);
    EXPECT_EQ(pt_unmap(&space, USER_START), ERR_ABSENT);
    pt_flush();
    pmm_free(frame, FRAME_USER);
    pmm_free(other, FRAME_USER);
    pt_destroy(&space);
}

TEST(pt, a_users_table_goes_with_its_last_page)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    u32 before = tables();
    EXPECT_EQ(pt_map(&space, 0x40000000, frame, USER_RW), OK);
    EXPECT_EQ(pt_map(&space, 0x403ff000, frame, USER_RW), OK);
    EXPECT_EQ(tables(), before + 1);
    EXPECT_EQ(pt_unmap(&space, 0x40000000), OK);
    EXPECT_EQ(tables(), before + 1);
    EXPECT_EQ(pt_unmap(&space, 0x403ff000), OK);
    pt_flush();
    EXPECT_EQ(tables(), before);
    pmm_free(frame, FRAME_USER);
    pt_destroy(&space);
}

TEST(pt, rights_are_changed_and_the_frame_stays)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);
    enum pt_access read = (enum pt_access)(PT_READ | PT_USER);
    enum pt_access exec = (enum pt_access)(PT_READ | PT_EXEC | PT_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, USER_START, frame, USER_RW), OK);
    EXPECT_EQ(pt_protect(&space, USER_START, read), OK);
    EXPECT_EQ(pt_walk(&space, USER_START).access, read);
    EXPECT_EQ(pt_protect(&space, USER_START, exec), OK);
    EXPECT_EQ(pt_walk(&space, USER_START).access, exec);
    EXPECT_EQ(pmm_payload(frame), 2);
    EXPECT_EQ(pt_protect(&space, USER_START + PAGE_SIZE, read), ERR_ABSENT);
    EXPECT_EQ(pt_unmap(&space, USER_START), OK);
    pt_flush();
    pmm_free(frame, FRAME_USER);
    pt_destroy(&space);
}

TEST(pt, the_first_and_the_last_user_page_can_be_mapped)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, USER_START, frame, USER_RW), OK);
    EXPECT_EQ(pt_map(&space, USER_END - PAGE_SIZE, frame, USER_RW), OK);
    EXPECT_EQ(pt_unmap_range(&space, USER_START, 1), 1);
    EXPECT_EQ(pt_unmap_range(&space, USER_END - PAGE_SIZE, 1), 1);
    pt_flush();
    pmm_free(frame, FRAME_USER);
    pt_destroy(&space);
}

TEST(pt, requests_that_make_no_sense_panic)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_PANIC((void)!pt_map(&space, 0x10001, frame, USER_RW), "0x00010001");
    EXPECT_PANIC((void)!pt_map(&space, 0, frame, USER_RW), "cannot be mapped");
    EXPECT_PANIC((void)!pt_map(&space, USER_END, frame, USER_RW),
                 "a user's space");
    EXPECT_PANIC((void)!pt_map(pt_kernel(), USER_START, frame, RW),
                 "kernel space");
    EXPECT_PANIC((void)!pt_map(pt_kernel(), DIRECT_MAP_START, frame, RW),
                 "kernel space");
    EXPECT_PANIC((void)!pt_map(pt_kernel(), WINDOWS_START, frame, RW),
                 "kernel space");
    EXPECT_PANIC(pt_unmap_range(&space, USER_END - PAGE_SIZE, 2), "2 pages");
    EXPECT_PANIC(pt_unmap_range(&space, USER_START, 0x100000),
                 "1048576 pages");
    EXPECT_EQ(pmm_payload(frame), 1);
    pmm_free(frame, FRAME_USER);
    pt_destroy(&space);
}

TEST(pt, frames_that_cannot_be_mapped_panic_before_anything_changes)
{
    pfn_t table = pmm_alloc(ZONE_LOW, FRAME_TABLE);
    pfn_t frames[2] = { pmm_alloc(ZONE_ANY, FRAME_USER), table };
    enum pt_access device = (enum pt_access)(PT_READ | PT_DEVICE);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_PANIC((void)!pt_map(&space, USER_START, table, USER_RW),
                 "a page table, which has no references");
    EXPECT_PANIC((void)!pt_map(&space, USER_START, pfn(FRAMES_MAX), device),
                 "no such frame");
    EXPECT_PANIC((void)!pt_map(&space, USER_START, frames[0], PT_NONE),
                 "without the right to read");
    EXPECT_PANIC((void)!pt_map_range(&space, USER_START, frames, 2, USER_RW),
                 "which has no references");
    EXPECT(!pt_walk(&space, USER_START).mapped);
    EXPECT_EQ(pmm_payload(frames[0]), 1);
    pmm_free(frames[0], FRAME_USER);
    pmm_free(table, FRAME_TABLE);
    pt_destroy(&space);
}

TEST(pt, a_table_whose_last_page_is_owed_serves_the_next_one)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    u32 before = tables();
    EXPECT_EQ(pt_map(&space, 0x40000000, frame, USER_RW), OK);
    EXPECT_EQ(pt_unmap(&space, 0x40000000), OK);
    EXPECT_EQ(tables(), before + 1);
    EXPECT_EQ(pt_map(&space, 0x40001000, frame, USER_RW), OK);
    pt_flush();
    EXPECT_EQ(tables(), before + 1);
    EXPECT_EQ(pt_unmap(&space, 0x40001000), OK);
    pt_flush();
    EXPECT_EQ(tables(), before);
    pmm_free(frame, FRAME_USER);
    pt_destroy(&space);
}

TEST(pt, a_space_in_use_cannot_be_destroyed)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, 0x40000000, frame, USER_RW), OK);
    EXPECT_PANIC(pt_destroy(&space), "0x40000000 is still mapped");
    EXPECT_EQ(pt_unmap(&space, 0x40000000), OK);
    EXPECT_PANIC(pt_destroy(&space), "is owed, of 1 pages at 0x40000000");
    pt_flush();
    EXPECT_PANIC(pt_destroy(pt_kernel()), "the loaded one");
    pt_destroy(&space);
    pmm_free(frame, FRAME_USER);
}

/* ---------------------------------------------------------- out of memory */

TEST(pt, without_a_frame_for_the_table_nothing_changes)
{
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    test_drain(ZONE_LOW, 0);
    EXPECT_EQ(pt_map(&space, USER_START, frame, USER_RW), ERR_NOMEM);
    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT(!pt_walk(&space, USER_START).mapped);
    EXPECT_EQ(pt_walk(&space, USER_START).pde.bits, 0);
    pt_check();
    test_refill();
    pmm_free(frame, FRAME_USER);
    pt_destroy(&space);
}

TEST(pt, a_space_without_a_frame_is_refused)
{
    test_drain(ZONE_LOW, 0);

    EXPECT_EQ(pt_create(&space), ERR_NOMEM);
    pt_check();
    test_refill();
}

TEST(pt, a_range_is_mapped_whole_or_not_at_all)
{
    pfn_t frames[2];

    EXPECT(pmm_alloc_bulk(ZONE_LOW, FRAME_USER, 2, frames));
    EXPECT_EQ(pt_create(&space), OK);
    test_drain(ZONE_LOW, 1); /* two tables are needed */
    EXPECT_EQ(pt_map_range(&space, 0x403ff000, frames, 2, USER_RW),
              ERR_NOMEM);
    test_refill();
    EXPECT(!pt_walk(&space, 0x403ff000).mapped);
    EXPECT_EQ(pmm_payload(frames[0]), 1);
    EXPECT_EQ(pmm_payload(frames[1]), 1);
    EXPECT_EQ(pt_map_range(&space, 0x403ff000, frames, 2, USER_RW), OK);
    EXPECT_EQ(pt_walk(&space, 0x40400000).phys.addr,
              pfn_to_phys(frames[1]).addr);
    EXPECT_EQ(pt_protect_range(&space, 0x403fe000, 4, PT_READ), OK);
    EXPECT_EQ(pt_walk(&space, 0x40400000).access, PT_READ);
    EXPECT_EQ(pt_unmap_range(&space, 0x403fe000, 4), 2);
    pt_flush();
    pmm_free_bulk(FRAME_USER, 2, frames);
    pt_destroy(&space);
}

/* ------------------------------------------------------------- random work */

TEST(pt, random_changes_agree_with_an_array_of_pages)
{
    NEED_FREE_FRAMES(64, "256 KiB");
    const char *words = pt_work(test_option("seed", 1), test_rounds(5000));
    if (words)
        test_print("# %s", words);
    EXPECT(!words);
}
