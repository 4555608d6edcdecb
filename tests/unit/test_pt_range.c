/*
 * Tests of mm/pt_map.c: ranges, over the edges of tables, and such as cannot
 * be mapped whole.
 */
#include "lib/mem.h"
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt_user.h"

#include "strata_test.h"

enum { MOST = CHUNK_FRAMES + 1, AT = 0x40000000 };

static const enum pt_access RW = (enum pt_access)(PT_READ | PT_WRITE);
static const enum pt_access DEVICE =
    (enum pt_access)(PT_READ | PT_WRITE | PT_DEVICE);

static struct page_table space;
static pfn_t frames[MOST];

static u32 tables(void)
{
    struct pt_stats stats;

    pt_stats(&stats);
    return stats.tables;
}

/* How many entries are live in the table of the page, as its frame tells. */
static u32 live(virt_addr_t va)
{
    return pmm_payload(phys_to_pfn(phys(pt_walk(&space, va).pde.bits)));
}

/* A space, and one frame that all of `frames` name. */
static pfn_t begin(void)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    for (u32 i = 0; i < MOST; i++)
        frames[i] = frame;
    return frame;
}

static void end(pfn_t frame)
{
    pt_flush();
    EXPECT_EQ(pmm_payload(frame), 1);
    pmm_free(frame, FRAME_USER);
    pt_destroy(&space);
}

/* ---------------------------------------------------------- edges of tables */

static void map_and_unmap(pfn_t frame, virt_addr_t va, u32 pages)
{
    u32 before = tables();
    virt_addr_t last = va + (pages - 1) * PAGE_SIZE;

    EXPECT_EQ(pt_map_range(&space, va, frames, pages, RW), OK);
    EXPECT_EQ(pmm_payload(frame), 1 + pages);
    EXPECT_EQ(tables(), before + last / CHUNK_SIZE - va / CHUNK_SIZE + 1);
    EXPECT(pt_walk(&space, va).mapped);
    EXPECT(pt_walk(&space, last).mapped);
    EXPECT(!pt_walk(&space, va - 1).mapped);
    EXPECT(!pt_walk(&space, last + PAGE_SIZE).mapped);
    pt_check();
    EXPECT_EQ(pt_unmap_range(&space, va, pages), pages);
    pt_flush();
    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT_EQ(tables(), before);
}

TEST(pt, a_range_may_end_before_at_and_behind_the_end_of_a_table)
{
    pfn_t frame = begin();

    for (u32 pages = CHUNK_FRAMES - 1; pages <= MOST; pages++) {
        map_and_unmap(frame, AT, pages);
        map_and_unmap(frame, AT + PAGE_SIZE, pages);
        map_and_unmap(frame, AT + CHUNK_SIZE - PAGE_SIZE, pages);
    }
    map_and_unmap(frame, AT + CHUNK_SIZE - PAGE_SIZE, 1);
    EXPECT_EQ(pt_map_range(&space, AT, frames, 0, RW), OK);
    EXPECT_EQ(pt_unmap_range(&space, AT, 0), 0);
    end(frame);
}

/* The frame that was freed last is the new table: full of what it was. */
TEST(pt, nothing_shines_through_in_a_new_table)
{
    pfn_t frame = begin();
    pfn_t dirty = pmm_alloc(ZONE_LOW, FRAME_TABLE);

    pt_trim();
    memset(pfn_to_ptr(dirty), 0xff, PAGE_SIZE);
    pmm_free(dirty, FRAME_TABLE);
    EXPECT_EQ(pt_map_range(&space, AT + 5 * PAGE_SIZE, frames, 40, RW), OK);
    EXPECT_EQ(pt_walk(&space, AT + 4 * PAGE_SIZE).pte.bits, 0);
    EXPECT_EQ(pt_walk(&space, AT + 45 * PAGE_SIZE).pte.bits, 0);
    EXPECT_EQ(live(AT), 40);
    pt_check();
    EXPECT_EQ(pt_unmap_range(&space, AT, CHUNK_FRAMES), 40);
    end(frame);
}

TEST(pt, what_a_large_range_leaves_of_a_table_stays)
{
    pfn_t frame = begin();

    EXPECT_EQ(pt_map_range(&space, AT, frames, 100, RW), OK);
    EXPECT_EQ(pt_unmap_range(&space, AT + PAGE_SIZE, 98), 98);
    EXPECT_EQ(live(AT), 2);
    EXPECT(pt_walk(&space, AT).mapped);
    EXPECT(pt_walk(&space, AT + 99 * PAGE_SIZE).mapped);
    EXPECT_EQ(pt_map_range(&space, AT + PAGE_SIZE, frames, 98, RW), OK);
    EXPECT_EQ(live(AT), 100);
    EXPECT_EQ(pt_unmap_range(&space, AT, 100), 100);
    EXPECT_EQ(pt_walk(&space, AT).pde.bits, 0);
    end(frame);
}

TEST(pt, of_a_large_range_with_holes_what_is_mapped_goes)
{
    pfn_t frame = begin();
    virt_addr_t far = AT + 3 * CHUNK_SIZE;

    EXPECT_EQ(pt_map(&space, AT + 7 * PAGE_SIZE, frame, RW), OK);
    EXPECT_EQ(pt_map(&space, AT + 9 * PAGE_SIZE, pfn(FRAMES_MAX - 1), DEVICE),
              OK);
    EXPECT_EQ(pt_map(&space, far, frame, RW), OK);
    EXPECT_EQ(pt_unmap_range(&space, AT, 3 * CHUNK_FRAMES + 1), 3);
    EXPECT_EQ(pt_unmap_range(&space, AT, 3 * CHUNK_FRAMES + 1), 0);
    EXPECT_EQ(pt_walk(&space, AT).pde.bits, 0);
    EXPECT_EQ(pt_walk(&space, far).pde.bits, 0);
    end(frame);
}

TEST(pt, the_last_reference_goes_with_a_large_range)
{
    enum { PAGES = 40 };

    NEED_FREE_FRAMES(2 * PAGES, "320 KiB");
    pfn_t frame = begin();
    EXPECT(pmm_alloc_bulk(ZONE_ANY, FRAME_USER, PAGES, frames));
    EXPECT_EQ(pt_map_range(&space, AT, frames, PAGES, RW), OK);
    for (u32 i = 0; i < PAGES; i++)
        EXPECT(!pmm_put(frames[i]));
    EXPECT_EQ(pt_unmap_range(&space, AT, PAGES), PAGES);
    for (u32 i = 0; i < PAGES; i++)
        EXPECT(pmm_is_free(frames[i]));
    end(frame);
}

/* What is owed for others is in the way of "present or nothing". */
TEST(pt, a_large_range_closes_the_open_batch)
{
    pfn_t frame = begin();

    EXPECT_EQ(pt_map_range(&space, AT, frames, 100, RW), OK);
    EXPECT_EQ(pt_unmap(&space, AT + 50 * PAGE_SIZE), OK);
    EXPECT_EQ(pt_unmap(&space, AT + 99 * PAGE_SIZE), OK);
    EXPECT_EQ(pt_unmap_range(&space, AT, 90), 89);
    EXPECT_EQ(live(AT), 9);
    EXPECT_EQ(pmm_payload(frame), 1 + 9);
    pt_load(pt_kernel());
    EXPECT_EQ(pt_unmap_range(&space, AT, 100), 9);
    end(frame);
}

/* ---------------------------------------------- what cannot be mapped whole */

enum { STOP = 60, PAGES = 100 };

/* The range over two tables has failed at page STOP of the second one: both
 * are as before, of which the second has one page. */
static void expect_nothing_changed(pfn_t frame, u32 tables_before)
{
    EXPECT_EQ(tables(), tables_before);
    EXPECT_EQ(live(AT), 1);
    EXPECT_EQ(pmm_payload(frame), 2);
    EXPECT(!pt_walk(&space, AT - PAGE_SIZE).mapped);
    EXPECT(!pt_walk(&space, AT).mapped);
    EXPECT_EQ(pt_walk(&space, AT - PAGE_SIZE).pde.bits, 0);
    pt_check();
}

TEST(pt, a_range_that_meets_a_mapped_page_is_undone)
{
    pfn_t frame = begin();
    virt_addr_t start = AT - 20 * PAGE_SIZE;

    EXPECT_EQ(pt_map(&space, AT + STOP * PAGE_SIZE, frame, RW), OK);
    u32 before = tables();
    EXPECT_EQ(pt_map_range(&space, start, frames, PAGES, RW), ERR_EXIST);
    expect_nothing_changed(frame, before);
    EXPECT_EQ(pt_map_range(&space, start, frames, PAGES, DEVICE), ERR_EXIST);
    expect_nothing_changed(frame, before);
    EXPECT_EQ(pt_unmap(&space, AT + STOP * PAGE_SIZE), OK);
    end(frame);
}

TEST(pt, a_range_that_meets_a_frame_which_cannot_be_mapped_is_undone)
{
    pfn_t frame = begin();
    pfn_t run = pmm_alloc_run(ZONE_ANY, 1, FRAME_USER);
    pfn_t table = pmm_alloc(ZONE_LOW, FRAME_TABLE);
    const pfn_t wrong[] = { table, run, pfn(run.n + 1), PFN_NONE,
                            pfn(pmm_span()) };

    EXPECT_EQ(pt_map(&space, AT + PAGES * PAGE_SIZE, frame, RW), OK);
    u32 before = tables();
    for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
        frames[20 + STOP] = wrong[i];
        EXPECT_PANIC((void)!pt_map_range(&space, AT - 20 * PAGE_SIZE, frames,
                                         PAGES, RW), "by ");
        expect_nothing_changed(frame, before);
    }
    EXPECT_EQ(pmm_payload(table), 0);
    EXPECT_EQ(pmm_payload(run), 1);
    pmm_free(table, FRAME_TABLE);
    pmm_free_run(run, 1, FRAME_USER);
    EXPECT_EQ(pt_unmap(&space, AT + PAGES * PAGE_SIZE), OK);
    end(frame);
}

/* The first page of a new table fails: the table does not even enter. */
TEST(pt, a_table_of_which_nothing_can_be_mapped_is_not_made)
{
    pfn_t frame = begin();
    u32 before = tables();

    frames[0] = PFN_NONE;
    frames[1] = PFN_NONE;
    EXPECT_PANIC((void)!pt_map_range(&space, AT, frames, 2, RW), "no such");
    EXPECT_PANIC((void)!pt_map_range(&space, AT, frames, 2, DEVICE), "no such");
    EXPECT_PANIC((void)!pt_map(pt_kernel(), KVA_END - PAGE_SIZE, PFN_NONE, RW),
                 "no such");
    EXPECT_EQ(tables(), before);
    EXPECT_EQ(pt_walk(&space, AT).pde.bits, 0);
    end(frame);
}

/* ------------------------------------------------------------------ devices */

TEST(pt, pages_of_a_device_are_mapped_and_not_counted)
{
    pfn_t frame = begin();
    virt_addr_t va = AT - 20 * PAGE_SIZE;
    u32 before = tables();

    frames[PAGES - 1] = pfn(FRAMES_MAX - 1);
    EXPECT_EQ(pt_map_range(&space, va, frames, PAGES, DEVICE), OK);
    EXPECT_EQ(live(AT), PAGES - 20);
    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT_EQ(pt_walk(&space, AT).access, DEVICE);
    EXPECT_EQ(pt_walk(&space, AT + (PAGES - 21) * PAGE_SIZE).phys.addr,
              0xfffff000);
    EXPECT_EQ(pt_unmap_range(&space, va, 10), 10);
    EXPECT_EQ(pt_unmap_range(&space, va, PAGES), PAGES - 10);
    pt_flush();
    EXPECT_EQ(tables(), before);
    end(frame);
}

/* ------------------------------------------------------------ is there any? */

TEST(pt, a_range_of_which_a_page_is_mapped_or_owed_is_told_from_others)
{
    pfn_t frame = begin();
    virt_addr_t va = AT + CHUNK_SIZE;

    EXPECT(!pt_has_table(&space, AT, MOST));
    EXPECT(!pt_is_any_mapped(&space, AT, MOST));
    EXPECT_EQ(pt_map(&space, va, frame, RW), OK);
    EXPECT(pt_has_table(&space, AT, MOST));
    EXPECT(!pt_has_table(&space, AT, CHUNK_FRAMES));
    EXPECT(pt_is_any_mapped(&space, AT, MOST));
    EXPECT(!pt_is_any_mapped(&space, AT, CHUNK_FRAMES));
    EXPECT(pt_is_any_mapped(&space, va, 1));
    EXPECT(!pt_is_any_mapped(&space, va, 0));
    EXPECT(!pt_is_any_mapped(&space, va + PAGE_SIZE, 2 * CHUNK_FRAMES));
    EXPECT_EQ(pt_unmap(&space, va), OK);
    EXPECT(pt_is_any_mapped(&space, va, 1));
    pt_flush();
    EXPECT(!pt_is_any_mapped(&space, va, 1));
    end(frame);
}
