/*
 * Tests of what the processor notes in the page tables: that a page was used,
 * and that it was written to.
 */
#include "strata_test.h"

#include "mm/kva.h"
#include "mm/pt.h"

static const enum pt_access RW = (enum pt_access)(PT_READ | PT_WRITE);
static const u32 NOTES = PTE_ACCESSED | PTE_DIRTY;

static void expect_notes(struct page_table *pt, virt_addr_t va, bool accessed,
                         bool dirty)
{
    struct pt_walk walk = pt_walk(pt, va);

    EXPECT(walk.mapped);
    EXPECT_EQ(pt_is_accessed(&walk), accessed);
    EXPECT_EQ(pt_is_dirty(&walk), dirty);
}

static void read_page(virt_addr_t va)
{
    (void)*(volatile u32 *)virt_to_ptr(va);
}

static void write_page(virt_addr_t va)
{
    *(volatile u32 *)virt_to_ptr(va) = 1;
}

/* The page has just been mapped, or what was noted cleared. */
static void use_page(struct page_table *pt, virt_addr_t va)
{
    expect_notes(pt, va, false, false);
    read_page(va);
    expect_notes(pt, va, true, false);
    write_page(va);
    expect_notes(pt, va, true, true);
}

static void use_and_clear(struct page_table *pt, virt_addr_t va)
{
    use_page(pt, va);
    EXPECT_EQ(pt_test_and_clear(pt, va, PTE_DIRTY), PTE_DIRTY);
    pt_flush();
    expect_notes(pt, va, true, false);
    write_page(va);
    expect_notes(pt, va, true, true);
    EXPECT_EQ(pt_test_and_clear(pt, va, NOTES), NOTES);
    EXPECT_EQ(pt_test_and_clear(pt, va, NOTES), 0);
    pt_flush();
    use_page(pt, va);
}

TEST(pt, a_page_of_a_space_is_noted_as_accessed_and_dirty)
{
    struct page_table space;
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, USER_START, frame, RW), OK);
    EXPECT_EQ(pt_map(&space, USER_START + PAGE_SIZE, frame, RW), OK);
    pt_load(&space);
    use_and_clear(&space, USER_START);
    expect_notes(&space, USER_START + PAGE_SIZE, false, false);
    pt_load(pt_kernel());
    EXPECT_EQ(pt_unmap_range(&space, USER_START, 2), 2);
    pt_flush();
    pmm_free(frame, FRAME_USER);
    pt_destroy(&space);
}

TEST(pt, a_page_of_a_kernel_range_is_noted_as_accessed_and_dirty)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_KERNEL);
    virt_addr_t va = kva_alloc("test", 1, 1, 0);

    EXPECT_EQ(pt_map(pt_kernel(), va, frame, RW), OK);
    pmm_put(frame);
    use_and_clear(pt_kernel(), va);
    kva_free(va);
}

/* Nobody clears what is noted of the direct map: the test does it by hand. */
TEST(pt, a_page_of_4_mib_is_noted_as_accessed_and_dirty)
{
    pfn_t chunk = pmm_alloc_run(ZONE_LOW, CHUNK_ORDER, FRAME_LARGE);

    if (pfn_is_none(chunk))
        SKIP("needs 4 MiB of free frames in a row");
    virt_addr_t va = ptr_to_virt(pfn_to_ptr(chunk));
    bool is_large = pt_walk(pt_kernel(), va).page_bytes == CHUNK_SIZE;
    if (is_large) {
        pt_kernel()->entries[va >> CHUNK_SHIFT].bits &= ~NOTES;
        platform_flush_all();
        use_page(pt_kernel(), va + 5 * PAGE_SIZE);
        expect_notes(pt_kernel(), va, true, true);
    }
    pmm_free_run(chunk, CHUNK_ORDER, FRAME_LARGE);
    if (!is_large)
        SKIP("needs 4 MiB in a page of 4 MiB");
}

TEST(pt, only_what_is_noted_can_be_cleared)
{
    EXPECT_PANIC(pt_test_and_clear(pt_kernel(), KVA_START, PTE_PRESENT),
                 "not only accessed and dirty");
    EXPECT_PANIC(pt_test_and_clear(pt_kernel(), DIRECT_MAP_START, PTE_DIRTY),
                 "cannot be mapped");
    EXPECT_EQ(pt_test_and_clear(pt_kernel(), KVA_END - PAGE_SIZE, NOTES), 0);
    struct pt_walk walk = pt_walk(pt_kernel(), KVA_END - PAGE_SIZE);
    EXPECT(!pt_is_accessed(&walk) && !pt_is_dirty(&walk));
}
