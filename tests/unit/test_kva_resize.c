/*
 * Tests of kva_resize_pages() in mm/kva_map.c.
 */
#include "mm/kva.h"
#include "mm/pmm.h"

#include "strata_test.h"

static u32 kernel_frames(void)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return stats.kinds[FRAME_KERNEL];
}

static struct kva_range range_of(virt_addr_t va)
{
    struct kva_range range = { 0 };

    kva_find(va, &range);
    return range;
}

static void fill(u32 *memory, u32 pages)
{
    for (u32 i = 0; i < pages; i++)
        memory[i * PAGE_SIZE / sizeof *memory] = i;
}

static void expect_filled(const u32 *memory, u32 pages)
{
    for (u32 i = 0; i < pages; i++)
        EXPECT_EQ(memory[i * PAGE_SIZE / sizeof *memory], i);
}

TEST(kva, a_range_grows_where_it_is_and_keeps_its_content)
{
    u32 before = kernel_frames();
    u32 *memory = kva_alloc_pages("test", 3, 1);
    virt_addr_t va = ptr_to_virt(memory);

    fill(memory, 3);
    EXPECT(kva_resize_pages(va, 50));
    expect_filled(memory, 3);
    fill(memory, 50);
    expect_filled(memory, 50);
    EXPECT_EQ(kernel_frames(), before + 50);
    EXPECT_EQ(range_of(va).end, va + 50 * PAGE_SIZE);
    EXPECT_EQ(range_of(va).guard_pages, 1);
    EXPECT_PANIC(memory[50 * PAGE_SIZE / sizeof *memory] = 0, "page fault");
    kva_check();
    kva_free(va);
    EXPECT_EQ(kernel_frames(), before);
}

TEST(kva, a_range_that_shrinks_gives_back_its_tail)
{
    u32 before = kernel_frames();
    u32 *memory = kva_alloc_pages("test", 40, 1);
    virt_addr_t va = ptr_to_virt(memory);
    struct kva_place place;

    fill(memory, 40);
    EXPECT(kva_resize_pages(va, 2));
    expect_filled(memory, 2);
    EXPECT_EQ(kernel_frames(), before + 2);
    EXPECT_PANIC(memory[2 * PAGE_SIZE / sizeof *memory] = 0, "page fault");
    kva_locate(va + 30 * PAGE_SIZE, &place);
    EXPECT(place.was_freed && place.freed.name[0] == 't');
    EXPECT(place.freed_by != NULL);
    virt_addr_t behind = kva_alloc("behind", 35, 1, 1);
    EXPECT_EQ(behind, va + 4 * PAGE_SIZE);
    kva_free(behind);
    EXPECT(kva_resize_pages(va, 40));
    expect_filled(memory, 2);
    kva_free(va);
    EXPECT_EQ(kernel_frames(), before);
}

TEST(kva, a_range_grows_up_to_the_guard_of_the_next_and_no_further)
{
    virt_addr_t va = ptr_to_virt(kva_alloc_pages("test", 2, 1));
    virt_addr_t gap = kva_alloc("gap", 5, 1, 0);
    virt_addr_t next = kva_alloc("next", 1, 1, 2);

    EXPECT(!kva_resize_pages(va, 3));
    EXPECT_EQ(range_of(va).end, va + 2 * PAGE_SIZE);
    kva_free(gap);
    EXPECT(!kva_resize_pages(va, 8));
    EXPECT(!kva_resize_pages(va, ~0u));
    EXPECT(kva_resize_pages(va, 7));
    EXPECT_EQ(range_of(va + 7 * PAGE_SIZE).start, va);
    EXPECT_EQ(range_of(va + 8 * PAGE_SIZE).start, next);
    kva_check();
    kva_free(va);
    kva_free(next);
}

TEST(kva, a_range_of_its_own_length_stays_as_it_is)
{
    u32 *memory = kva_alloc_pages("test", 3, 0);
    u32 before = kernel_frames();

    fill(memory, 3);
    EXPECT(kva_resize_pages(ptr_to_virt(memory), 3));
    expect_filled(memory, 3);
    EXPECT_EQ(kernel_frames(), before);
    kva_free(ptr_to_virt(memory));
}

TEST(kva, a_range_that_runs_out_of_frames_half_way_does_not_grow)
{
    u32 *memory = kva_alloc_pages("test", 3, 1);
    virt_addr_t va = ptr_to_virt(memory);
    u32 before = kernel_frames();
    struct kva_stats stats, after;

    fill(memory, 3);
    kva_stats(&stats);
    for (u32 spare = 0; spare < 77; spare += 19) {
        test_drain(ZONE_ANY, spare);
        EXPECT(!kva_resize_pages(va, 3 + 77));
        EXPECT_EQ(kernel_frames(), before);
        kva_stats(&after);
        EXPECT_EQ(after.free, stats.free);
        expect_filled(memory, 3);
        EXPECT(kva_resize_pages(va, 3 + spare));
        fill(memory, 3 + spare);
        EXPECT(kva_resize_pages(va, 3));
        expect_filled(memory, 3);
    }
    test_refill();
    kva_check();
    kva_free(va);
}

/* The frames are there when they are counted, but a page table takes the last
 * ones: so this fails when some pages are mapped already. */
TEST(kva, a_range_that_finds_no_frame_for_a_table_does_not_grow)
{
    enum { INSIDE = 40, MORE = 100 };
    virt_addr_t low = kva_alloc("low", 20 * CHUNK_FRAMES - INSIDE - 1,
                                CHUNK_FRAMES, 0);
    u8 *memory = kva_alloc_pages("test", 1, 0);
    virt_addr_t va = ptr_to_virt(memory);
    virt_addr_t beyond = va + (INSIDE + 1) * PAGE_SIZE;
    u32 before = kernel_frames();

    if (pt_walk(pt_kernel(), beyond).pde.bits != 0) {
        kva_free(va);
        kva_free(low);
        SKIP("needs a page table that is not there yet");
    }
    memory[0] = 7;
    test_drain(ZONE_ANY, MORE);
    EXPECT(!kva_resize_pages(va, 1 + MORE));
    EXPECT_EQ(kernel_frames(), before);
    EXPECT_EQ(range_of(va).end, va + PAGE_SIZE);
    EXPECT(!pt_walk(pt_kernel(), va + PAGE_SIZE).mapped);
    EXPECT_EQ(memory[0], 7);
    test_refill();
    kva_check();
    kva_free(va);
    kva_free(low);
}

TEST(kva, to_resize_what_is_no_start_of_a_range_panics)
{
    virt_addr_t va = kva_alloc("test", 2, 1, 1);

    EXPECT_PANIC((void)!kva_resize_pages(va + PAGE_SIZE, 3),
                 "kva_resize_pages of 0x");
    EXPECT_PANIC((void)!kva_resize_pages(va + 4, 3), "inside 'test'");
    EXPECT_PANIC((void)!kva_resize_pages(KVA_END, 3), "no range starts there");
    EXPECT_PANIC((void)!kva_resize_pages(va, 0), "to 0 pages");
    kva_free(va);
    EXPECT_PANIC((void)!kva_resize_pages(va, 3), "'test' was freed by");
}
