/*
 * Tests of mm/pt_user.h: pages that are held, given, not counted, or replaced.
 */
#include "mm/pmm.h"
#include "mm/pt_user.h"

#include "strata_test.h"

enum { AT = 0x40000000 };

static const enum pt_access READ = (enum pt_access)(PT_READ | PT_USER);
static const enum pt_access RW = (enum pt_access)(PT_READ | PT_WRITE | PT_USER);
static const enum pt_access KEEP =
    (enum pt_access)(PT_READ | PT_WRITE | PT_USER | PT_KEEP_WRITE);
static const enum pt_access GIVEN =
    (enum pt_access)(PT_READ | PT_WRITE | PT_USER | PT_GIVEN);
static const enum pt_access ZEROS =
    (enum pt_access)(PT_READ | PT_USER | PT_UNCOUNTED);

static struct page_table space;

/* A space in which a frame, which only that holds, is mapped at AT. */
static pfn_t begin(enum pt_access access)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, AT, frame, access), OK);
    EXPECT(!pmm_put(frame));
    return frame;
}

static void end(void)
{
    pt_clear(&space);
    pt_destroy(&space);
}

static bool is_writable(virt_addr_t va)
{
    return (pt_walk(&space, va).access & PT_WRITE) != 0;
}

/* --------------------------------------------------------------------- held */

TEST(pt, a_page_without_rights_is_held_and_keeps_its_frame)
{
    pfn_t frame = begin(RW);

    EXPECT_EQ(pt_protect(&space, AT, PT_NONE), OK);
    pt_flush();
    struct pt_walk walk = pt_walk(&space, AT + 0x123);
    EXPECT(!walk.mapped);
    EXPECT_EQ(walk.access, PT_NONE);
    EXPECT_EQ(walk.phys.addr, pfn_to_phys(frame).addr + 0x123);
    EXPECT_EQ(pt_entry(&space, AT).bits & (PTE_HELD | PTE_PRESENT), PTE_HELD);
    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT(pt_is_any_mapped(&space, AT, 1));
    EXPECT_AUDIT_CLEAN();
    EXPECT_EQ(pt_protect(&space, AT, RW), OK);
    EXPECT_EQ(pt_walk(&space, AT).access, RW);
    EXPECT_EQ(pt_entry(&space, AT).bits & PTE_HELD, 0);
    end();
}

TEST(pt, holding_a_page_is_owed_and_giving_it_back_is_not)
{
    begin(RW);

    EXPECT_EQ(pt_protect(&space, AT, PT_NONE), OK);
    EXPECT_PANIC(pt_load(pt_kernel()), "a flush is owed, of 1 pages at");
    pt_flush();
    EXPECT_EQ(pt_protect(&space, AT, PT_NONE), OK);
    pt_load(pt_kernel());
    EXPECT_EQ(pt_protect(&space, AT, RW), OK);
    pt_load(pt_kernel());
    EXPECT_EQ(pt_protect(&space, AT, RW), OK);
    pt_load(pt_kernel());
    end();
}

static void hold_and_unmap(u32 pages)
{
    pfn_t frame = begin(RW);
    pfn_t other = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_protect_range(&space, AT, pages, PT_NONE), OK);
    pt_flush();
    EXPECT_EQ(pt_map(&space, AT, other, RW), ERR_EXIST);
    EXPECT_EQ(pt_replace(&space, AT, other, RW), ERR_ABSENT);
    EXPECT_EQ(pt_allow_write(&space, AT), ERR_ABSENT);
    EXPECT_PANIC(pt_destroy(&space), "0x40000000 is still mapped");
    EXPECT(!pmm_is_free(frame));
    EXPECT_EQ(pt_unmap_range(&space, AT, pages), 1);
    EXPECT(pmm_is_free(frame));
    EXPECT_EQ(pt_unmap(&space, AT), ERR_ABSENT);
    pmm_free(other, FRAME_USER);
    end();
}

TEST(pt, a_held_page_is_in_the_way_and_can_be_unmapped)
{
    hold_and_unmap(1);
    hold_and_unmap(CHUNK_FRAMES);
}

/* The page goes through the batch. */
TEST(pt, a_single_held_page_is_unmapped_by_the_flush)
{
    pfn_t frame = begin(RW);

    EXPECT_EQ(pt_protect(&space, AT, PT_NONE), OK);
    EXPECT_EQ(pt_unmap(&space, AT), OK);
    EXPECT(!pmm_is_free(frame));
    pt_flush();
    EXPECT(pmm_is_free(frame));
    EXPECT_EQ(pt_walk(&space, AT).pde.bits, 0);
    end();
}

TEST(pt, the_right_to_write_is_kept_and_not_given_if_that_is_asked_for)
{
    begin(RW);

    EXPECT_EQ(pt_protect(&space, AT, PT_NONE), OK);
    EXPECT_EQ(pt_protect(&space, AT, KEEP), OK);
    EXPECT(is_writable(AT));
    EXPECT_EQ(pt_protect(&space, AT, READ), OK);
    EXPECT_EQ(pt_protect(&space, AT, KEEP), OK);
    EXPECT(!is_writable(AT));
    EXPECT_EQ(pt_protect(&space, AT, (enum pt_access)(KEEP | PT_EXEC)), OK);
    EXPECT_EQ(pt_walk(&space, AT).access, READ | PT_EXEC);
    EXPECT_EQ(pt_protect(&space, AT, PT_NONE), OK);
    EXPECT_EQ(pt_protect(&space, AT, KEEP), OK);
    EXPECT(!is_writable(AT));
    EXPECT_EQ(pt_protect(&space, AT, RW), OK);
    EXPECT(is_writable(AT));
    end();
}

/* --------------------------------------------------- given, and not counted */

TEST(pt, a_given_reference_is_the_entrys)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);
    volatile u32 unknown = GIVEN; /* to the compiler */

    begin(RW);
    EXPECT_EQ(pt_map(&space, AT, frame, GIVEN), ERR_EXIST);
    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT_EQ(pt_map(&space, AT + PAGE_SIZE, frame, GIVEN), OK);
    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT_EQ(pt_walk(&space, AT + PAGE_SIZE).access, RW);
    EXPECT_AUDIT_CLEAN();
    EXPECT_EQ(pt_unmap_range(&space, AT + PAGE_SIZE, 1), 1);
    EXPECT(pmm_is_free(frame));

    frame = pmm_alloc(ZONE_ANY, FRAME_USER);
    EXPECT_EQ(pt_map(&space, AT + CHUNK_SIZE, frame, (enum pt_access)unknown),
              OK);
    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT_EQ(pt_walk(&space, AT + CHUNK_SIZE).access, RW);
    end();
    EXPECT(pmm_is_free(frame));
}

TEST(pt, without_a_table_what_was_to_be_given_is_the_callers)
{
    pfn_t frames[2];

    EXPECT(pmm_alloc_bulk(ZONE_LOW, FRAME_USER, 2, frames));
    EXPECT_EQ(pt_create(&space), OK);
    test_drain(ZONE_LOW, 0);
    EXPECT_EQ(pt_map(&space, AT, frames[0], GIVEN), ERR_NOMEM);
    EXPECT_EQ(pmm_payload(frames[0]), 1);
    test_give_back(1);
    EXPECT_EQ(pt_map_range(&space, AT - PAGE_SIZE, frames, 2, GIVEN),
              ERR_NOMEM);
    EXPECT_EQ(pmm_payload(frames[0]), 1);
    EXPECT_EQ(pmm_payload(frames[1]), 1);
    test_refill();
    EXPECT_EQ(pt_map_range(&space, AT - PAGE_SIZE, frames, 2, GIVEN), OK);
    EXPECT_EQ(pmm_payload(frames[0]), 1);
    EXPECT_AUDIT_CLEAN();
    end();
    EXPECT(pmm_is_free(frames[0]) && pmm_is_free(frames[1]));
}

TEST(pt, a_page_that_is_not_counted_can_be_read_and_not_written_to)
{
    pfn_t zeros = pmm_alloc_zeroed(ZONE_LOW, FRAME_KERNEL);
    enum pt_access never = (enum pt_access)(ZEROS | PT_WRITE);
    volatile u32 unknown = ZEROS; /* to the compiler */

    begin(RW);
    EXPECT_EQ(pt_map(&space, AT + PAGE_SIZE, zeros, ZEROS), OK);
    EXPECT_EQ(pt_map(&space, AT + CHUNK_SIZE, zeros, (enum pt_access)unknown),
              OK);
    EXPECT_EQ(pmm_payload(zeros), 1);
    EXPECT_EQ(pt_walk(&space, AT + PAGE_SIZE).access, READ);
    EXPECT_EQ(pt_walk(&space, AT + CHUNK_SIZE).access, READ);
    EXPECT_PANIC((void)!pt_map(&space, AT + 2 * PAGE_SIZE, zeros, never),
                 "it would be written to");
    pt_check();
    EXPECT_EQ(pt_protect(&space, AT + PAGE_SIZE, PT_NONE), OK);
    pt_flush();
    pt_check();
    EXPECT_EQ(pt_unmap_range(&space, AT + PAGE_SIZE, CHUNK_FRAMES), 2);
    EXPECT_EQ(pmm_payload(zeros), 1);
    pmm_free(zeros, FRAME_KERNEL);
    end();
}

/* --------------------------------------------------- replaced, and writable */

TEST(pt, a_page_gets_another_frame_and_the_old_one_loses_a_reference)
{
    pfn_t old = begin(READ);
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_replace(&space, AT + PAGE_SIZE, frame, RW), ERR_ABSENT);
    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT_EQ(pt_replace(&space, AT, frame, RW), OK);
    EXPECT(pmm_is_free(old));
    EXPECT_EQ(pmm_payload(frame), 2);
    EXPECT_EQ(pt_walk(&space, AT).phys.addr, pfn_to_phys(frame).addr);
    EXPECT_EQ(pt_walk(&space, AT).access, RW);

    pfn_t next = pmm_alloc(ZONE_ANY, FRAME_USER);
    EXPECT_EQ(pt_replace(&space, AT, next, GIVEN), OK);
    EXPECT_EQ(pmm_payload(next), 1);
    EXPECT_EQ(pmm_payload(frame), 1);
    pmm_free(frame, FRAME_USER);
    EXPECT_AUDIT_CLEAN();
    end();
}

TEST(pt, a_page_that_was_not_counted_is_replaced_by_one_that_is)
{
    pfn_t zeros = pmm_alloc_zeroed(ZONE_LOW, FRAME_KERNEL);
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    begin(RW);
    EXPECT_EQ(pt_map(&space, AT + PAGE_SIZE, zeros, ZEROS), OK);
    EXPECT_EQ(pt_replace(&space, AT + PAGE_SIZE, frame, GIVEN), OK);
    EXPECT_EQ(pmm_payload(zeros), 1);
    pmm_free(zeros, FRAME_KERNEL);
    EXPECT_AUDIT_CLEAN();
    end();
    EXPECT(pmm_is_free(frame));
}

TEST(pt, a_frame_that_cannot_be_mapped_replaces_none)
{
    pfn_t old = begin(READ);
    pfn_t full = pmm_alloc(ZONE_ANY, FRAME_USER);
    pfn_t table = pmm_alloc(ZONE_LOW, FRAME_TABLE);

    pmm.entries[full.n] += REFERENCES_MAX - 1;
    EXPECT_EQ(pt_replace(&space, AT, full, RW), ERR_NOMEM);
    pmm.entries[full.n] -= REFERENCES_MAX - 1;
    EXPECT_PANIC((void)!pt_replace(&space, AT, table, RW), "is a page table");
    EXPECT_PANIC((void)!pt_replace(&space, AT + 1, full, RW),
                 "cannot be mapped");
    EXPECT_EQ(pt_walk(&space, AT).phys.addr, pfn_to_phys(old).addr);
    pmm_free(full, FRAME_USER);
    pmm_free(table, FRAME_TABLE);
    end();
}

TEST(pt, a_page_that_is_there_may_be_written_to_when_that_is_allowed)
{
    begin(READ);

    EXPECT_EQ(pt_allow_write(&space, AT + 5), OK);
    EXPECT_EQ(pt_walk(&space, AT).access, RW);
    EXPECT_EQ(pt_allow_write(&space, AT + PAGE_SIZE), ERR_ABSENT);
    EXPECT_EQ(pt_allow_write(&space, AT + CHUNK_SIZE), ERR_ABSENT);
    pt_load(pt_kernel());
    end();
}

/* -------------------------------------------------------- the way to ring 3 */

TEST(pt, who_owes_a_flush_does_not_return_to_ring_3_in_the_checked_build)
{
    begin(RW);

    pt_check_paid("return to ring 3");
    EXPECT_EQ(pt_protect(&space, AT, READ), OK);
    if (CHECKED)
        EXPECT_PANIC(pt_check_paid("return to ring 3"),
                     "return to ring 3, by");
    else
        pt_check_paid("return to ring 3");
    pt_flush();
    pt_check_paid("return to ring 3");
    end();
}
