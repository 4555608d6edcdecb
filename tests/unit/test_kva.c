/*
 * Tests of mm/kva.c.
 */
#include "mm/kva.h"
#include "mm/pmm.h"

#include "strata_test.h"

static u32 free_pages(void)
{
    struct kva_stats stats;

    kva_stats(&stats);
    return stats.free;
}

TEST(kva, a_freed_range_is_had_again_at_once)
{
    u32 before = free_pages();
    virt_addr_t first = kva_alloc("test", 3, 1, 1);

    EXPECT(first >= KVA_START && first < KVA_END);
    EXPECT_EQ(free_pages(), before - 5);
    kva_free(first);
    EXPECT_EQ(free_pages(), before);
    virt_addr_t again = kva_alloc("test", 3, 1, 1);
    EXPECT_EQ(again, first);
    kva_free(again);
}

TEST(kva, a_range_may_take_all_there_is)
{
    struct kva_stats stats;
    struct kva_range range = { 0 };

    kva_stats(&stats);
    if (stats.gaps != 1)
        SKIP("needs free pages in one gap");
    u32 pages = stats.free;
    virt_addr_t all = kva_alloc("all", pages, 1, 0);

    EXPECT_EQ(all, KVA_END - pages * PAGE_SIZE);
    EXPECT_EQ(free_pages(), 0);
    EXPECT_EQ(kva_alloc("test", 1, 1, 0), 0);
    EXPECT(kva_find(all, &range));
    EXPECT(kva_find(KVA_END - 1, &range));
    EXPECT_EQ(range.end, KVA_END);
    kva_check();
    kva_free(all);
    EXPECT_EQ(kva_alloc("test", pages, 1, 1), 0);
    virt_addr_t guarded = kva_alloc("test", pages - 2, 1, 1);
    EXPECT_EQ(guarded, all + PAGE_SIZE);
    kva_free(guarded);
    EXPECT_EQ(free_pages(), pages);
}

TEST(kva, an_address_leads_to_the_range_that_holds_it)
{
    virt_addr_t low = kva_alloc("low", 3, 1, 0);
    virt_addr_t va = kva_alloc("test", 2, 1, 3);
    struct kva_range range = { 0 };

    for (u32 i = 0; i < 8; i++) {
        range.start = 0;
        EXPECT(kva_find(va + (i - 3) * PAGE_SIZE, &range));
        EXPECT_EQ(range.start, va);
    }
    EXPECT(kva_find(va + 5 * PAGE_SIZE - 1, &range));
    EXPECT_EQ(range.end, va + 2 * PAGE_SIZE);
    EXPECT_EQ(range.guard_pages, 3);
    EXPECT(kva_find(va - 3 * PAGE_SIZE - 1, &range));
    EXPECT_EQ(range.start, low);
    EXPECT(!kva_find(va + 5 * PAGE_SIZE, &range));
    EXPECT(!kva_find(KVA_START - 1, &range));
    EXPECT(!kva_find(KVA_END, &range));
    EXPECT(!kva_find(0, &range));
    EXPECT(!kva_find(0xffffffff, &range));
    kva_free(va);
    EXPECT(!kva_find(va, &range));
    kva_free(low);
}

TEST(kva, too_much_is_refused_and_changes_nothing)
{
    u32 before = free_pages();

    EXPECT_EQ(kva_alloc("test", before + 1, 1, 0), 0);
    EXPECT_EQ(kva_alloc("test", ~0u, 1, 0), 0);
    EXPECT_EQ(kva_alloc("test", 1, 1u << 31, 0), 0);
    EXPECT_EQ(kva_alloc("test", 1, 1, ~0u), 0);
    EXPECT(kva_alloc_pages("test", before + 1, 0) == NULL);
    EXPECT_EQ(free_pages(), before);
}

TEST(kva, requests_that_make_no_sense_panic)
{
    EXPECT_PANIC((void)!kva_alloc("test", 0, 1, 0), "kva_alloc of 0 pages");
    EXPECT_PANIC((void)!kva_alloc("test", 1, 0, 0), "aligned to 0");
    EXPECT_PANIC((void)!kva_alloc("test", 1, 3, 0), "aligned to 3");
    EXPECT_PANIC((void)!kva_alloc_pages("test", 0, 0), "of 0 pages");
    EXPECT_PANIC((void)!kva_alloc_stack("test", 0), "of 0 pages");
    EXPECT_PANIC((void)!kva_map_device("test", phys(0), 0), "of 0 bytes");
    EXPECT_PANIC((void)!kva_map_device("test", phys(0xfffff000), 0x1001),
                 "of 4097 bytes at 0xfffff000");
}

TEST(kva, freeing_what_is_no_start_of_a_range_panics)
{
    virt_addr_t va = kva_alloc("test", 2, 1, 1);

    EXPECT_PANIC(kva_free(va + PAGE_SIZE), "no range starts there: it is "
                 "inside 'test'");
    EXPECT_PANIC(kva_free(va + 4), "inside 'test'");
    EXPECT_PANIC(kva_free(va - PAGE_SIZE), "in a guard page of 'test'");
    EXPECT_PANIC(kva_free(va + 2 * PAGE_SIZE), "in a guard page of 'test'");
    EXPECT_PANIC(kva_free(DIRECT_MAP_START), "no range starts there");
    EXPECT_PANIC(kva_free(KVA_END), "no range starts there");
    EXPECT_PANIC(kva_free(0), "no range starts there");
    kva_free(va);
    EXPECT_PANIC(kva_free(va), "'test' was freed by");
}

TEST(kva, pages_have_memory_and_guards_have_none)
{
    u8 *memory = kva_alloc_pages("test", 3, 1);
    virt_addr_t va = ptr_to_virt(memory);
    struct kva_range range = { 0 };

    EXPECT(memory != NULL);
    for (u32 i = 0; i < 3 * PAGE_SIZE; i++)
        memory[i] = (u8)i;
    EXPECT_EQ(memory[2 * PAGE_SIZE + 255], 255);
    EXPECT_PANIC(memory[-1] = 0, "page fault");
    EXPECT_PANIC(memory[3 * PAGE_SIZE] = 0, "page fault");
    EXPECT(kva_find(va - 1, &range));
    EXPECT_EQ(range.start, va);
    EXPECT_EQ(range.end, va + 3 * PAGE_SIZE);
    EXPECT_EQ(range.guard_pages, 1);
    EXPECT(!kva_find(va + 4 * PAGE_SIZE, &range) || range.start != va);
    kva_free(va);
    EXPECT_PANIC(memory[0] = 0, "page fault");
}

static u32 kernel_frames(void)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return stats.kinds[FRAME_KERNEL];
}

TEST(kva, a_range_that_runs_out_of_frames_leaves_none_behind)
{
    u32 before = kernel_frames(), pages = free_pages();

    for (u32 spare = 0; spare < 20; spare++) {
        test_drain(ZONE_ANY, spare);
        EXPECT(kva_alloc_pages("test", 20, 1) == NULL);
        EXPECT_EQ(kernel_frames(), before);
        EXPECT_EQ(free_pages(), pages);
    }
    test_refill();
}

TEST(kva, a_range_that_finds_no_frame_for_its_record_changes_nothing)
{
    virt_addr_t first = kva_alloc("first", 2000, 1, 0);
    struct kva_stats before, after;

    kva_stats(&before);
    test_drain(ZONE_ANY, 0);
    EXPECT_EQ(kva_alloc("test", 1, 1, 0), 0);
    EXPECT_EQ(kva_alloc("test", 100, 1, 3), 0);
    EXPECT(kva_alloc_pages("test", 1, 0) == NULL);
    EXPECT(kva_map_device("test", phys(0xfee00000), 4) == NULL);
    kva_stats(&after);
    EXPECT_EQ(after.ranges, before.ranges);
    EXPECT_EQ(after.free, before.free);
    kva_check();
    test_give_back(1);
    virt_addr_t second = kva_alloc("second", 1, 1, 0);
    EXPECT_EQ(second, first + 2000 * PAGE_SIZE);
    kva_free(first);
    kva_free(second);
    test_refill();
}

TEST(kva, a_device_that_finds_no_frame_for_a_table_changes_nothing)
{
    u32 before = free_pages();
    virt_addr_t low = kva_alloc("low", 60000, 1, 0);
    virt_addr_t high = kva_alloc("high", 1, 1, 0); /* makes the sheet */

    if (pt_walk(pt_kernel(), high).pde.bits != 0) {
        kva_free(low);
        kva_free(high);
        SKIP("needs a page table that is not there yet");
    }
    test_drain(ZONE_ANY, 0);
    EXPECT(kva_map_device("test", phys(0xfee00000), 4) == NULL);
    EXPECT_EQ(free_pages(), before - 60001);
    test_refill();
    kva_free(low);
    kva_free(high);
    EXPECT_EQ(free_pages(), before);
}

TEST(kva, a_stack_has_a_guard_on_each_side)
{
    u8 *stack = kva_alloc_stack("stack of test", 2);
    struct kva_range range = { 0 };

    EXPECT(stack != NULL);
    stack[0] = 1;
    stack[2 * PAGE_SIZE - 1] = 2;
    EXPECT_PANIC(stack[-1] = 0, "page fault");
    EXPECT_PANIC(stack[2 * PAGE_SIZE] = 0, "page fault");
    EXPECT(kva_find(ptr_to_virt(stack) - 1, &range));
    EXPECT(ptr_to_virt(stack) - 1 < range.start);
    EXPECT_EQ(range.guard_pages, 1);
    kva_free(ptr_to_virt(stack));
}

TEST(kva, a_large_allocation_is_mapped_from_single_frames)
{
    enum { PAGES = 1100 }; /* more than a page table maps */
    u32 before = kernel_frames();

    NEED_FREE_FRAMES(PAGES + 64, "5 MiB");
    u8 *memory = kva_alloc_pages("test", PAGES, 1);
    if (EXPECT(memory != NULL)) {
        for (u32 i = 0; i < PAGES; i++)
            memory[i * PAGE_SIZE + i] = (u8)i;
        for (u32 i = 0; i < PAGES; i++)
            EXPECT_EQ(memory[i * PAGE_SIZE + i], (u8)i);
        EXPECT_EQ(kernel_frames(), before + PAGES);
        kva_free(ptr_to_virt(memory));
    }
    EXPECT_EQ(kernel_frames(), before);
}

/* Map a page of a range of chunks that have no table yet: is it gone with the
 * range? */
static void map_and_free(pfn_t frame, u32 chunks_below, u32 chunks, u32 chunk)
{
    virt_addr_t low = kva_alloc("low", chunks_below * CHUNK_FRAMES, 1, 0);
    virt_addr_t va = kva_alloc("test", chunks * CHUNK_FRAMES, 1, 0);
    virt_addr_t page = va + chunk * CHUNK_SIZE + 7 * PAGE_SIZE;

    EXPECT_EQ(pt_map(pt_kernel(), page, frame, PT_READ), OK);
    EXPECT_EQ(pmm_payload(frame), 2);
    kva_free(va);
    EXPECT(!pt_walk(pt_kernel(), page).mapped);
    EXPECT_EQ(pmm_payload(frame), 1);
    kva_free(low);
}

TEST(kva, a_page_that_somebody_mapped_is_unmapped_with_the_range)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_KERNEL);
    u32 below = 40;

    for (u32 chunks = 1; chunks <= 4; chunks++)
        for (u32 chunk = 0; chunk < chunks; chunk++) {
            map_and_free(frame, below, chunks, chunk);
            map_and_free(frame, below, chunks, chunk);
            below += chunks > 2 ? 1 : 2;
        }
    pmm_free(frame, FRAME_KERNEL);
}

TEST(kva, a_device_is_mapped_to_the_byte_and_not_counted)
{
    u32 before = kernel_frames();
    u8 *registers = kva_map_device("test", phys(0xfee00ffe), 4);
    struct pt_walk walk = pt_walk(pt_kernel(), ptr_to_virt(registers) + 2);

    EXPECT(registers != NULL);
    EXPECT(walk.mapped);
    EXPECT_EQ(walk.phys.addr, 0xfee01000);
    EXPECT(walk.access & PT_DEVICE);
    EXPECT_EQ(kernel_frames(), before);
    EXPECT(pt_walk(pt_kernel(), ptr_to_virt(registers)).access & PT_DEVICE);
    EXPECT_EQ(pt_walk(pt_kernel(), ptr_to_virt(registers)).phys.addr,
              0xfee00ffe);
    kva_free(round_down(ptr_to_virt(registers), PAGE_SIZE));
    registers = kva_map_device("test", phys(0xfffffff0), 16);
    EXPECT_EQ(pt_walk(pt_kernel(), ptr_to_virt(registers)).phys.addr,
              0xfffffff0);
    kva_free(round_down(ptr_to_virt(registers), PAGE_SIZE));
}
