/*
 * Tests of mm/pt_batch.c: what the processor may still remember is owed, and
 * whoever forgets that is told whose flush it is. And of mm/pt_protect.c.
 */
#include "kernel/printf.h"
#include "kernel/symbols.h"
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt.h"

#include "strata_test.h"

static const enum pt_access RW = (enum pt_access)(PT_READ | PT_WRITE);
static const enum pt_access USER_RW =
    (enum pt_access)(PT_READ | PT_WRITE | PT_USER);

static struct page_table space;
static u32 owing_line;
static char words[120];

/* A space in which a page was mapped to a frame and unmapped, not flushed. */
static pfn_t owing_space(void)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, USER_START, frame, USER_RW), OK);
    owing_line = __LINE__ + 1;
    EXPECT_EQ(pt_unmap(&space, USER_START), OK);
    return frame;
}

/* "... frame 0x1f03 ...": what a sentence is to say of a frame. */
static const char *of_frame(const char *format, pfn_t frame)
{
    ksnprintf(words, sizeof words, format, frame.n);
    return words;
}

/* The last sentence says that the flush is owed by that line: the kernel knows
 * its lines, a Linux process does not. */
static void expect_owing_line(void)
{
    struct symbol symbol;

    EXPECT_SENTENCE("a flush is owed, ");
    if (!symbol_find((u32)(uintptr_t)&owing_space, &symbol))
        return;
    ksnprintf(words, sizeof words, "> (tests/unit/test_pt_debt.c:%u)",
              owing_line);
    EXPECT_SENTENCE(words);
}

static void leave(pfn_t frame)
{
    pt_flush();
    pmm_free(frame, FRAME_USER);
    pt_destroy(&space);
}

/* ------------------------------------------------------------ the rules */

TEST(pt, a_page_whose_flush_is_owed_is_not_mapped_again_by_the_checked_build)
{
    if (!CHECKED)
        SKIP("needs the checked build");
    pfn_t frame = owing_space();

    EXPECT_PANIC((void)!pt_map(&space, USER_START, frame, USER_RW),
                 "pt_map: 0x00010000, by");
    EXPECT_SENTENCE(of_frame("remember frame 0x%x there: a flush is owed, by",
                             frame));
    expect_owing_line();
    EXPECT_PANIC((void)!pt_map_range(&space, USER_START, &frame, 1, USER_RW),
                 "a flush is owed, by");
    expect_owing_line();
    EXPECT_EQ(pmm_payload(frame), 2);
    pt_flush();
    EXPECT_EQ(pt_map(&space, USER_START, frame, USER_RW), OK);
    EXPECT_EQ(pt_unmap(&space, USER_START), OK);
    leave(frame);
}

TEST(pt, the_release_build_pays_the_debt_of_a_page_that_is_mapped_again)
{
    if (CHECKED)
        SKIP("the checked build panics instead");
    pfn_t frame = owing_space();

    EXPECT_EQ(pt_map(&space, USER_START, frame, USER_RW), OK);
    EXPECT_EQ(pmm_payload(frame), 2);
    EXPECT_EQ(pt_unmap(&space, USER_START), OK);
    leave(frame);
}

TEST(pt, a_frame_whose_flush_is_owed_is_not_freed)
{
    pfn_t frame = owing_space();

    EXPECT_PANIC(pmm_free(frame, FRAME_USER),
                 of_frame("free of frame 0x%x as ", frame));
    EXPECT_SENTENCE("a mapping of it, at 0x00010000: a flush is owed, by");
    expect_owing_line();
    EXPECT_PANIC(pmm_free_bulk(FRAME_USER, 1, &frame), "a flush is owed, by");
    expect_owing_line();
    leave(frame);
}

TEST(pt, a_space_that_owes_is_neither_left_nor_destroyed)
{
    pfn_t frame = owing_space();

    EXPECT_PANIC(pt_load(pt_kernel()), of_frame("a flush is owed, of 1 pages "
                 "at 0x00010000, frame 0x%x, by", frame));
    expect_owing_line();
    EXPECT_PANIC(pt_destroy(&space), of_frame("a flush is owed, of 1 pages at "
                 "0x00010000, frame 0x%x, by", frame));
    expect_owing_line();
    leave(frame);
}

TEST(pt, tightened_rights_are_owed_too)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, USER_START, frame, USER_RW), OK);
    owing_line = __LINE__ + 1;
    EXPECT_EQ(pt_protect(&space, USER_START, PT_READ), OK);
    EXPECT_PANIC(pt_load(pt_kernel()), of_frame("a flush is owed, of 1 pages "
                 "at 0x00010000, frame 0x%x, by", frame));
    expect_owing_line();
    pt_flush();
    EXPECT(pt_walk(&space, USER_START).mapped);
    EXPECT_EQ(pt_unmap(&space, USER_START), OK);
    leave(frame);
}

/* -------------------------------------------------------------------- batch */

TEST(pt, pages_in_a_row_are_one_debt_and_others_are_not_lost)
{
    enum { PAGES = 40 };
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    for (u32 i = 0; i < PAGES; i++)
        EXPECT_EQ(pt_map(&space, USER_START + i * PAGE_SIZE, frame, USER_RW),
                  OK);
    EXPECT_EQ(pmm_payload(frame), 1 + PAGES);
    for (u32 i = 0; i < PAGES; i += 2)
        EXPECT_EQ(pt_unmap(&space, USER_START + i * PAGE_SIZE), OK);
    for (u32 i = 1; i < PAGES; i += 2)
        EXPECT_EQ(pt_unmap(&space, USER_START + i * PAGE_SIZE), OK);
    pt_flush();
    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT_EQ(pt_walk(&space, USER_START).pde.bits, 0);
    leave(frame);
}

TEST(pt, a_large_range_owes_nothing)
{
    enum { PAGES = 64 };
    pfn_t frames[PAGES];
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    for (u32 i = 0; i < PAGES; i++)
        frames[i] = frame;
    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map_range(&space, 0x403e0000, frames, PAGES, USER_RW), OK);
    EXPECT_EQ(pt_unmap_range(&space, 0x403e0000, PAGES), PAGES);
    EXPECT_EQ(pmm_payload(frame), 1);
    pt_load(pt_kernel());
    leave(frame);
}

TEST(pt, a_range_that_fails_leaves_not_even_an_empty_table)
{
    pfn_t frames[2] = { pmm_alloc(ZONE_ANY, FRAME_USER), PFN_NONE };
    pfn_t mapped = pmm_alloc(ZONE_ANY, FRAME_USER);
    struct pt_stats before, after;

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, 0x40401000, mapped, USER_RW), OK);
    pt_stats(&before);
    frames[1] = mapped;
    EXPECT_PANIC((void)!pt_map_range(&space, 0x403ff000, (pfn_t[]){ frames[0],
                                     PFN_NONE }, 2, USER_RW), "no such frame");
    EXPECT_EQ(pt_map_range(&space, 0x40400000, frames, 2, USER_RW), ERR_EXIST);
    EXPECT_PANIC((void)!pt_map(&space, 0x50000000, PFN_NONE, USER_RW),
                 "no such frame");
    pt_stats(&after);
    EXPECT_EQ(after.tables, before.tables);
    EXPECT_EQ(pmm_payload(frames[0]), 1);
    EXPECT(!pt_walk(&space, 0x403ff000).mapped);
    EXPECT(!pt_walk(&space, 0x40400000).mapped);
    EXPECT_EQ(pt_unmap(&space, 0x40401000), OK);
    pt_flush();
    pmm_free(mapped, FRAME_USER);
    leave(frames[0]);
}

/* ------------------------------------------------------------------ protect */

/* A chunk of the direct map that one page of 4 MiB maps; 0 if none is free. */
static virt_addr_t large_page(pfn_t *chunk)
{
    *chunk = pmm_alloc_run(ZONE_LOW, CHUNK_ORDER, FRAME_LARGE);
    if (pfn_is_none(*chunk))
        return 0;
    virt_addr_t va = DIRECT_MAP_START + pfn_to_phys(*chunk).addr;
    if (pt_walk(pt_kernel(), va).page_bytes == CHUNK_SIZE)
        return va;
    pmm_free_run(*chunk, CHUNK_ORDER, FRAME_LARGE);
    return 0;
}

TEST(pt, a_large_page_is_split_where_a_part_of_it_gets_other_rights)
{
    pfn_t chunk;
    virt_addr_t va = large_page(&chunk);
    virt_addr_t page = va + 5 * PAGE_SIZE;

    if (va == 0)
        SKIP("needs 4 MiB in a page of 4 MiB");
    test_drain(ZONE_LOW, 0);
    EXPECT_EQ(pt_protect(pt_kernel(), page, PT_READ), ERR_NOMEM);
    EXPECT_EQ(pt_walk(pt_kernel(), page).page_bytes, CHUNK_SIZE);
    test_refill();

    EXPECT_EQ(pt_protect(pt_kernel(), page, PT_READ), OK);
    pt_flush();
    for (u32 i = 0; i < CHUNK_FRAMES; i++) {
        struct pt_walk walk = pt_walk(pt_kernel(), va + i * PAGE_SIZE);
        EXPECT_EQ(walk.phys.addr, pfn_to_phys(chunk).addr + i * PAGE_SIZE);
        EXPECT_EQ(walk.access, i == 5 ? PT_READ : RW);
    }
    pt_check();
    EXPECT_EQ(pt_protect_range(pt_kernel(), va, CHUNK_FRAMES, RW), OK);
    pt_flush();
    EXPECT_EQ(pt_walk(pt_kernel(), page).access, RW);
    pmm_free_run(chunk, CHUNK_ORDER, FRAME_LARGE);
}

TEST(pt, what_cannot_be_protected_panics)
{
    EXPECT_PANIC((void)!pt_protect(pt_kernel(), DIRECT_MAP_START + 1, PT_READ),
                 "cannot be mapped");
    EXPECT_PANIC((void)!pt_protect(pt_kernel(), USER_START, PT_READ),
                 "cannot be mapped");
    EXPECT_PANIC((void)!pt_protect_range(pt_kernel(), DIRECT_MAP_END - 4096, 2,
                                         PT_READ), "2 pages at 0xeffff000");
    EXPECT_PANIC((void)!pt_protect(pt_kernel(), KVA_START, PT_NONE),
                 "without the right to read");
    EXPECT_EQ(pt_protect(pt_kernel(), KVA_END - PAGE_SIZE, PT_READ),
              ERR_ABSENT);
}
