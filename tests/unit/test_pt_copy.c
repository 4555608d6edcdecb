/*
 * Tests of mm/pt_copy.c: ranges that are copied or moved, with their frames.
 */
#include "lib/mem.h"
#include "mm/pmm.h"
#include "mm/pt_user.h"

#include "strata_test.h"

enum { AT = 0x40000000, MOST = CHUNK_FRAMES + 1 };

static const enum pt_access READ = (enum pt_access)(PT_READ | PT_USER);
static const enum pt_access RW = (enum pt_access)(PT_READ | PT_WRITE | PT_USER);
static const enum pt_access ZEROS =
    (enum pt_access)(PT_READ | PT_USER | PT_UNCOUNTED);

static struct page_table space, child;
static pfn_t frames[MOST];

static u32 tables(void)
{
    struct pt_stats stats;

    pt_stats(&stats);
    return stats.tables;
}

/* Two empty spaces, and one frame that all of `frames` name. */
static pfn_t begin(void)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_create(&child), OK);
    for (u32 i = 0; i < MOST; i++)
        frames[i] = frame;
    return frame;
}

static void end(pfn_t frame)
{
    pt_flush();
    pt_clear(&space);
    pt_clear(&child);
    EXPECT_EQ(pmm_payload(frame), 1);
    pmm_free(frame, FRAME_USER);
    pt_destroy(&space);
    pt_destroy(&child);
}

static u32 bits_at(const struct page_table *pt, virt_addr_t va)
{
    return pt_entry(pt, va).bits;
}

/* --------------------------------------------------------------------- copy */

TEST(pt, a_private_copy_can_be_written_to_on_neither_side)
{
    pfn_t frame = begin();

    EXPECT_EQ(pt_map(&space, AT, frame, RW), OK);
    EXPECT_EQ(pt_copy_range(&child, &space, AT, 1, PT_COPY_PRIVATE), OK);
    pt_flush();
    EXPECT_EQ(pt_walk(&space, AT).access, READ);
    EXPECT_EQ(pt_walk(&child, AT).access, READ);
    EXPECT_EQ(pt_walk(&child, AT).phys.addr, pfn_to_phys(frame).addr);
    EXPECT_EQ(pmm_payload(frame), 3);
    pt_check();
    end(frame);
}

TEST(pt, a_shared_copy_has_the_rights_that_there_were)
{
    pfn_t frame = begin();

    EXPECT_EQ(pt_map(&space, AT, frame, RW), OK);
    EXPECT_EQ(pt_map(&space, AT + PAGE_SIZE, frame, READ), OK);
    EXPECT_EQ(pt_copy_range(&child, &space, AT, 2, PT_COPY_SHARED), OK);
    pt_load(pt_kernel());
    EXPECT_EQ(bits_at(&child, AT), bits_at(&space, AT));
    EXPECT_EQ(bits_at(&child, AT + PAGE_SIZE), bits_at(&space, AT + PAGE_SIZE));
    EXPECT_EQ(pt_walk(&child, AT).access, RW);
    EXPECT_EQ(pmm_payload(frame), 5);
    end(frame);
}

TEST(pt, a_private_copy_is_owed_once_for_all)
{
    pfn_t frame = begin();
    struct pt_stats before, after;

    EXPECT_EQ(pt_map(&space, AT, frame, RW), OK);
    EXPECT_EQ(pt_map(&space, AT + CHUNK_SIZE, frame, RW), OK);
    pt_stats(&before);
    EXPECT_EQ(pt_copy_range(&child, &space, AT, 1, PT_COPY_PRIVATE), OK);
    EXPECT_EQ(pt_copy_range(&child, &space, AT + CHUNK_SIZE, 1,
                            PT_COPY_PRIVATE), OK);
    EXPECT_PANIC(pt_load(pt_kernel()),
                 "a flush is owed, of everything, by ");
    pt_flush();
    pt_stats(&after);
    EXPECT_EQ(after.flushes, before.flushes + 1);
    pt_load(pt_kernel());
    end(frame);
}

/* Held, not counted, absent, and unmapped but not yet flushed. */
TEST(pt, whatever_a_page_is_its_copy_is_too)
{
    pfn_t frame = begin();
    pfn_t zeros = pmm_alloc_zeroed(ZONE_LOW, FRAME_KERNEL);

    EXPECT_EQ(pt_map_range(&space, AT, frames, 3, RW), OK);
    EXPECT_EQ(pt_protect(&space, AT, PT_NONE), OK);
    EXPECT_EQ(pt_map(&space, AT + 4 * PAGE_SIZE, zeros, ZEROS), OK);
    EXPECT_EQ(pt_unmap(&space, AT + PAGE_SIZE), OK);
    EXPECT_EQ(pt_copy_range(&child, &space, AT, 5, PT_COPY_PRIVATE), OK);
    for (u32 i = 0; i < 6; i++)
        EXPECT_EQ(bits_at(&child, AT + i * PAGE_SIZE),
                  bits_at(&space, AT + i * PAGE_SIZE));
    EXPECT_EQ(bits_at(&child, AT) & (PTE_HELD | PTE_WRITE), PTE_HELD);
    EXPECT_EQ(bits_at(&child, AT + PAGE_SIZE), 0);
    EXPECT_EQ(pmm_payload(frame), 5);
    EXPECT_EQ(pmm_payload(zeros), 1);
    pt_check();
    end(frame);
    pmm_free(zeros, FRAME_KERNEL);
}

/* The frame that was freed last is the new table: full of what it was. */
TEST(pt, a_copy_is_of_its_range_only)
{
    pfn_t frame = begin();
    pfn_t dirty = pmm_alloc(ZONE_LOW, FRAME_TABLE);
    virt_addr_t last = AT + CHUNK_SIZE - PAGE_SIZE;

    EXPECT_EQ(pt_map_range(&space, AT - PAGE_SIZE, frames, MOST, RW), OK);
    pt_trim();
    memset(pfn_to_ptr(dirty), 0xff, PAGE_SIZE);
    pmm_free(dirty, FRAME_TABLE);
    EXPECT_EQ(pt_copy_range(&child, &space, AT + 5 * PAGE_SIZE, 40,
                            PT_COPY_PRIVATE), OK);
    EXPECT_EQ(bits_at(&child, AT + 4 * PAGE_SIZE), 0);
    EXPECT(bits_at(&child, AT + 5 * PAGE_SIZE) != 0);
    EXPECT_EQ(bits_at(&child, AT + 45 * PAGE_SIZE), 0);
    EXPECT_EQ(pt_walk(&space, AT).access, RW);
    EXPECT_EQ(pt_walk(&space, AT + 44 * PAGE_SIZE).access, READ);
    pt_check();
    EXPECT_EQ(pt_copy_range(&child, &space, last, 1, PT_COPY_SHARED), OK);
    EXPECT_EQ(bits_at(&child, last), bits_at(&space, last));
    EXPECT_EQ(pmm_payload(frame), 1 + MOST + 41);
    end(frame);
}

TEST(pt, of_a_range_without_pages_no_table_is_copied)
{
    pfn_t frame = begin();

    EXPECT_EQ(pt_map(&space, AT, frame, RW), OK);
    u32 before = tables();
    EXPECT_EQ(pt_copy_range(&child, &space, AT + PAGE_SIZE, MOST,
                            PT_COPY_PRIVATE), OK);
    EXPECT_EQ(pt_copy_range(&child, &space, AT, 0, PT_COPY_PRIVATE), OK);
    EXPECT_EQ(tables(), before);
    pt_load(pt_kernel());
    end(frame);
}

TEST(pt, without_a_frame_for_a_table_a_copy_ends)
{
    pfn_t frame = begin();

    EXPECT_EQ(pt_map_range(&space, AT - PAGE_SIZE, frames, 2, RW), OK);
    test_drain(ZONE_LOW, 1); /* two are needed */
    EXPECT_EQ(pt_copy_range(&child, &space, AT - PAGE_SIZE, 2,
                            PT_COPY_PRIVATE), ERR_NOMEM);
    pt_check();
    EXPECT_EQ(pmm_payload(frame), 4);
    EXPECT(pt_walk(&space, AT).mapped);
    EXPECT_EQ(bits_at(&child, AT), 0);
    EXPECT_EQ(pt_clear(&child), 1);
    test_refill();
    EXPECT_EQ(pmm_payload(frame), 3);
    EXPECT_EQ(pt_copy_range(&child, &space, AT - PAGE_SIZE, 2,
                            PT_COPY_PRIVATE), OK);
    end(frame);
}

TEST(pt, a_frame_that_cannot_be_shared_once_more_ends_a_copy)
{
    pfn_t frame = begin();
    pfn_t full = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_map(&space, AT, full, RW), OK);
    EXPECT_EQ(pt_map(&space, AT + PAGE_SIZE, frame, RW), OK);
    pmm.entries[full.n] += REFERENCES_MAX - 2;
    u32 before = tables();
    EXPECT_EQ(pt_copy_range(&child, &space, AT, 1, PT_COPY_PRIVATE),
              ERR_NOMEM);
    EXPECT_EQ(tables(), before);
    EXPECT_EQ(pt_copy_range(&child, &space, AT, 2, PT_COPY_PRIVATE),
              ERR_NOMEM);
    EXPECT_EQ(pmm_payload(full), REFERENCES_MAX);
    pmm.entries[full.n] -= REFERENCES_MAX - 2;
    pt_check();
    EXPECT_EQ(bits_at(&child, AT), 0);
    EXPECT_EQ(pt_clear(&space), 2);
    EXPECT_EQ(pt_clear(&child), 1);
    pmm_free(full, FRAME_USER);
    end(frame);
}

TEST(pt, a_copy_over_something_panics_in_the_checked_build)
{
    if (!CHECKED)
        SKIP("needs the checked build");
    pfn_t frame = begin();

    EXPECT_EQ(pt_map(&space, AT, frame, RW), OK);
    EXPECT_EQ(pt_map(&child, AT, frame, RW), OK);
    EXPECT_PANIC((void)!pt_copy_range(&child, &space, AT, 1, PT_COPY_SHARED),
                 "something is mapped of 1 pages at 0x40000000");
    EXPECT_PANIC((void)!pt_move_range(&space, AT, AT, 1),
                 "something is mapped of 1 pages at 0x40000000");
    end(frame);
}

/* --------------------------------------------------------------------- move */

static void move_there_and_back(pfn_t frame, virt_addr_t to, u32 pages)
{
    u32 before = tables();
    u32 first = bits_at(&space, AT);
    u32 last = bits_at(&space, AT + (pages - 1) * PAGE_SIZE);

    EXPECT_EQ(pt_move_range(&space, AT, to, pages), OK);
    EXPECT_EQ(bits_at(&space, to), first);
    EXPECT_EQ(bits_at(&space, to + (pages - 1) * PAGE_SIZE), last);
    EXPECT(!pt_is_any_mapped(&space, AT, pages));
    EXPECT_EQ(pmm_payload(frame), 1 + pages);
    pt_check();
    EXPECT_EQ(pt_move_range(&space, to, AT, pages), OK);
    EXPECT_EQ(bits_at(&space, AT), first);
    EXPECT_EQ(tables(), before);
}

TEST(pt, a_range_moves_over_the_edges_of_tables)
{
    static const u32 counts[] = { 1, 5, CHUNK_FRAMES, MOST };
    pfn_t frame = begin();

    for (u32 i = 0; i < ARRAY_SIZE(counts); i++) {
        EXPECT_EQ(pt_map_range(&space, AT, frames, counts[i], RW), OK);
        EXPECT_EQ(pt_protect(&space, AT, PT_NONE), OK);
        move_there_and_back(frame, AT + 4 * CHUNK_SIZE, counts[i]);
        move_there_and_back(frame, AT + 4 * CHUNK_SIZE - PAGE_SIZE, counts[i]);
        move_there_and_back(frame, AT - counts[i] * PAGE_SIZE, counts[i]);
        EXPECT_EQ(pt_unmap_range(&space, AT, counts[i]), counts[i]);
        pt_flush();
    }
    end(frame);
}

TEST(pt, only_what_is_mapped_moves_and_no_table_is_left_empty)
{
    pfn_t frame = begin();
    virt_addr_t to = AT + 8 * CHUNK_SIZE - 3 * PAGE_SIZE;

    EXPECT_EQ(pt_map(&space, AT + 2 * PAGE_SIZE, frame, RW), OK);
    EXPECT_EQ(pt_map(&space, AT + 9 * PAGE_SIZE, frame, READ), OK);
    u32 before = tables();
    EXPECT_EQ(pt_move_range(&space, AT, to, 9), OK);
    EXPECT_EQ(tables(), before + 1);
    EXPECT_EQ(pt_walk(&space, to + 2 * PAGE_SIZE).access, RW);
    EXPECT_EQ(pt_walk(&space, AT + 9 * PAGE_SIZE).access, READ);
    pt_check();
    pt_load(pt_kernel());
    end(frame);
}

TEST(pt, without_a_frame_for_a_table_nothing_moves)
{
    pfn_t frame = begin();

    EXPECT_EQ(pt_map_range(&space, AT, frames, 2, RW), OK);
    u32 before = tables();
    test_drain(ZONE_LOW, 1); /* two are needed */
    u32 drained = tables();
    EXPECT_EQ(pt_move_range(&space, AT, AT + 4 * CHUNK_SIZE - PAGE_SIZE, 2),
              ERR_NOMEM);
    EXPECT_EQ(tables(), drained);
    test_refill();
    EXPECT_EQ(tables(), before);
    EXPECT(pt_walk(&space, AT + PAGE_SIZE).mapped);
    pt_check();
    end(frame);
}

/* -------------------------------------------------------- clear, and stock */

TEST(pt, a_cleared_space_is_empty)
{
    pfn_t frame = begin();
    u32 before = tables();

    EXPECT_EQ(pt_map_range(&space, AT - PAGE_SIZE, frames, MOST, RW), OK);
    EXPECT_EQ(pt_map(&space, USER_START, frame, READ), OK);
    EXPECT_EQ(pt_map(&space, USER_END - PAGE_SIZE, frame, READ), OK);
    EXPECT_EQ(pt_protect(&space, AT, PT_NONE), OK);
    EXPECT_EQ(pt_unmap(&space, AT - PAGE_SIZE), OK);
    EXPECT_EQ(pt_clear(&space), MOST + 1);
    EXPECT_EQ(tables(), before);
    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT_EQ(pt_clear(&space), 0);
    EXPECT_PANIC(pt_clear(pt_kernel()), "the kernel's space");
    end(frame);
}

static u32 stock(void)
{
    struct pt_stats stats;

    pt_stats(&stats);
    return stats.stock;
}

TEST(pt, what_a_space_leaves_behind_serves_the_next_one)
{
    pfn_t frame = begin();

    pt_trim();
    EXPECT_EQ(stock(), 0);
    EXPECT_EQ(pt_map_range(&child, AT, frames, 5, RW), OK);
    pfn_t table = ptr_to_pfn(pt_slot(&child, AT));
    pfn_t directory = child.directory;
    EXPECT_EQ(pt_unmap_range(&child, AT, 5), 5);
    pt_destroy(&child);
    EXPECT_EQ(stock(), 2);
    pt_check();

    EXPECT_EQ(pt_create(&child), OK);
    EXPECT_EQ(child.directory.n, directory.n);
    EXPECT_EQ(pt_map(&child, AT + 5 * PAGE_SIZE, frame, RW), OK);
    EXPECT_EQ(ptr_to_pfn(pt_slot(&child, AT)).n, table.n);
    EXPECT_EQ(bits_at(&child, AT), 0);
    EXPECT_EQ(stock(), 0);
    end(frame);
}

/* A table of the kernel half is made while a spare space waits. */
TEST(pt, a_spare_space_has_the_kernel_half_of_all)
{
    pfn_t frame = begin();
    virt_addr_t va = KVA_START;

    pt_destroy(&child);
    while (va < KVA_END && pt_walk(pt_kernel(), va).pde.bits != 0)
        va += CHUNK_SIZE;
    if (va < KVA_END) {
        EXPECT_EQ(pt_map(pt_kernel(), va, frame,
                         (enum pt_access)(PT_READ | PT_WRITE)), OK);
        EXPECT_EQ(pt_create(&child), OK);
        EXPECT_EQ(pt_walk(&child, va).pde.bits,
                  pt_walk(pt_kernel(), va).pde.bits);
        EXPECT_EQ(pt_unmap(pt_kernel(), va), OK);
        pt_flush();
    } else {
        EXPECT_EQ(pt_create(&child), OK);
    }
    end(frame);
}

TEST(pt, what_is_in_stock_is_given_back_before_a_frame_is_refused)
{
    pfn_t frame = begin();

    EXPECT_EQ(pt_map(&space, AT, frame, RW), OK);
    EXPECT_EQ(pt_unmap(&space, AT), OK);
    pt_flush();
    pt_destroy(&child);
    EXPECT(stock() > 1);
    test_drain(ZONE_LOW, 0);
    EXPECT_EQ(stock(), 0);
    EXPECT_EQ(pt_create(&child), ERR_NOMEM);
    test_refill();
    EXPECT_EQ(pt_create(&child), OK);
    end(frame);
}
