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

TEST(kva, the_lowest_gap_that_fits_is_taken)
{
    virt_addr_t a = kva_alloc("a", 4, 1, 0);
    virt_addr_t b = kva_alloc("b", 2, 1, 0);
    virt_addr_t c = kva_alloc("c", 4, 1, 0);

    kva_free(a);
    kva_free(b);
    virt_addr_t six = kva_alloc("six", 6, 1, 0);
    EXPECT_EQ(six, a);
    kva_free(six);
    virt_addr_t seven = kva_alloc("seven", 7, 1, 0);
    EXPECT(seven > c);
    kva_free(seven);
    kva_free(c);
}

TEST(kva, ranges_are_aligned_as_asked_guards_aside)
{
    for (u32 align = 1; align <= 1024; align *= 4) {
        virt_addr_t odd = kva_alloc("odd", 1, 1, 0);
        virt_addr_t va = kva_alloc("aligned", 2, align, 1);
        EXPECT_EQ(va % (align * PAGE_SIZE), 0);
        kva_free(va);
        kva_free(odd);
    }
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
    EXPECT_PANIC((void)!kva_map_device("test", phys(0), 0), "of 0 bytes");
    EXPECT_PANIC((void)!kva_map_device("test", phys(0xfffff000), 0x1001),
                 "of 4097 bytes at 0xfffff000");
}

TEST(kva, freeing_what_is_no_start_of_a_range_panics)
{
    virt_addr_t va = kva_alloc("test", 2, 1, 1);

    EXPECT_PANIC(kva_free(va + PAGE_SIZE), "no range starts there");
    EXPECT_PANIC(kva_free(va - PAGE_SIZE), "no range starts there");
    EXPECT_PANIC(kva_free(DIRECT_MAP_START), "no range starts there");
    kva_free(va);
    EXPECT_PANIC(kva_free(va), "no range starts there");
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
    kva_free(round_down(ptr_to_virt(registers), PAGE_SIZE));
    registers = kva_map_device("test", phys(0xfffffff0), 16);
    EXPECT_EQ(pt_walk(pt_kernel(), ptr_to_virt(registers)).phys.addr,
              0xfffffff0);
    kva_free(round_down(ptr_to_virt(registers), PAGE_SIZE));
}

enum { LIVE = 100 };

static virt_addr_t live[LIVE];

TEST(kva, random_work_does_not_drift)
{
    struct kva_stats before, after;
    u32 seed = 5;

    kva_stats(&before);
    for (u32 i = 0; i < LIVE; i++)
        live[i] = 0;
    for (u32 i = 0; i < test_rounds(5000); i++) {
        virt_addr_t *slot = &live[test_random(&seed) % LIVE];
        u32 pages = 1 + test_random(&seed) % 4;
        if (*slot) {
            kva_free(*slot);
            *slot = 0;
        } else {
            *slot = kva_alloc("random", pages, 1u << test_random(&seed) % 3,
                              test_random(&seed) % 2);
            EXPECT(*slot != 0);
        }
    }
    kva_check();
    for (u32 i = 0; i < LIVE; i++)
        if (live[i])
            kva_free(live[i]);
    kva_stats(&after);
    EXPECT_EQ(after.free, before.free);
    EXPECT_EQ(after.gaps, before.gaps);
    EXPECT_EQ(after.node_frames, before.node_frames);
}
