/*
 * Tests of mm/audit.c: references, pages and windows, damaged on purpose.
 */
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt_user.h"

#include "audit_expect.h"

enum {
    SCREEN = 0xb8, /* a frame that is no RAM: the screen's text */
    DEVICE_BITS = SCREEN << PAGE_SHIFT | PTE_PRESENT | PTE_UNCACHED |
                  PTE_WRITE_THROUGH,
};

static const enum pt_access RW = (enum pt_access)(PT_READ | PT_WRITE);
static const enum pt_access RWU =
    (enum pt_access)(PT_READ | PT_WRITE | PT_USER);

static struct page_table space;

static pte_t *slot_of(virt_addr_t va)
{
    return pt_slot(pt_kernel(), va);
}

/* Write an entry that L2 did not, and count it. */
static void add_entry(pte_t *slot, u32 bits)
{
    pfn_t table = ptr_to_pfn(slot);

    audit_damage(&slot->bits, bits);
    audit_damage(&pmm.entries[table.n], pmm.entries[table.n] + 1);
}

/* A range of two pages, of which the first is mapped. */
static virt_addr_t make_range(void)
{
    virt_addr_t va = kva_alloc("test", 2, 1, 0);
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_KERNEL);

    EXPECT_EQ(pt_map(pt_kernel(), va, frame, RW), OK);
    pmm_put(frame);
    return va;
}

static pfn_t frame_at(virt_addr_t va)
{
    return phys_to_pfn(pt_walk(pt_kernel(), va).phys);
}

static u32 entry_bits(pfn_t frame)
{
    return frame.n << PAGE_SHIFT | PTE_PRESENT | PTE_WRITE | PTE_COUNTED;
}

/* -------------------------------------------------------------- references */

TEST(audit, a_reference_that_nobody_holds_is_found)
{
    virt_addr_t va = make_range();
    pfn_t frame = frame_at(va);

    EXPECT(pmm_get(frame));
    EXPECT_CONTRADICTION("frame 0x%x: counted 2, mapped once (at 0x%08x)",
                         frame.n, va);
    EXPECT(!pmm_put(frame));
    kva_free(va);
}

TEST(audit, a_frame_that_is_held_and_not_mapped_is_found)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_CONTRADICTION("frame 0x%x: a user page, counted 1, mapped nowhere",
                         frame.n);
    pmm_free(frame, FRAME_USER);
}

TEST(audit, a_mapping_without_its_reference_is_found)
{
    virt_addr_t va = make_range();
    pfn_t frame = frame_at(va);

    EXPECT_EQ(pt_map(pt_kernel(), va + PAGE_SIZE, frame, RW), OK);
    EXPECT_AUDIT_CLEAN();
    audit_damage(&pmm.entries[frame.n], pmm.entries[frame.n] - 1);
    EXPECT_CONTRADICTION("frame 0x%x: counted 1, mapped twice (at 0x%08x and "
                         "0x%08x)", frame.n, va, va + PAGE_SIZE);
    audit_repair();
    kva_free(va);
}

TEST(audit, a_free_frame_that_is_mapped_is_found)
{
    virt_addr_t va = make_range();
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    pmm_free(frame, FRAME_USER);
    pmm_trim();
    add_entry(slot_of(va + PAGE_SIZE), entry_bits(frame));
    EXPECT_CONTRADICTION("frame 0x%x: free in the bitmap, mapped by the kernel "
                         "at 0x%08x", frame.n, va + PAGE_SIZE);
    audit_repair();
    kva_free(va);
}

TEST(audit, a_waiting_frame_that_a_space_maps_is_found)
{
    EXPECT_EQ(pt_create(&space), OK);
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);
    pfn_t other = pmm_alloc(ZONE_LOW, FRAME_USER);
    bool *joins = &pmm.joins[other.n / CHUNK_FRAMES];
    bool was = *joins;

    EXPECT_EQ(pt_map(&space, 0x400000, frame, RWU), OK);
    pmm_put(frame);
    *joins = false;
    pmm_free(other, FRAME_USER);
    *joins = was;
    add_entry(pt_slot(&space, 0x401000), entry_bits(other) | PTE_USER);
    EXPECT_CONTRADICTION("frame 0x%x: waiting in the store, mapped by "
                         "directory 0x%x at 0x00401000", other.n,
                         space.directory.n);
    audit_repair();
    EXPECT_EQ(pt_unmap(&space, 0x400000), OK);
    pt_flush();
    pt_destroy(&space);
}

TEST(audit, a_reference_of_a_frame_that_has_none_is_found)
{
    virt_addr_t va = make_range();
    pfn_t table = ptr_to_pfn(slot_of(va));

    add_entry(slot_of(va + PAGE_SIZE), entry_bits(table));
    EXPECT_CONTRADICTION("0x%08x: holds a reference of frame 0x%x, which is a "
                         "page table", va + PAGE_SIZE, table.n);
    audit_repair();
    kva_free(va);
}

TEST(audit, a_mapping_that_is_not_counted_is_found)
{
    virt_addr_t va = make_range();
    pfn_t frame = frame_at(va);

    add_entry(slot_of(va + PAGE_SIZE),
              frame.n << PAGE_SHIFT | PTE_PRESENT | PTE_WRITE);
    EXPECT_CONTRADICTION("0x%08x: maps frame 0x%x, without a reference",
                         va + PAGE_SIZE, frame.n);
    audit_repair();
    kva_free(va);
}

TEST(audit, a_page_that_is_not_counted_and_can_be_written_to_is_found)
{
    pfn_t zeros = pmm_alloc_zeroed(ZONE_LOW, FRAME_KERNEL);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, 0x400000, zeros,
                     (enum pt_access)(PT_READ | PT_USER | PT_UNCOUNTED)), OK);
    EXPECT_CONTRADICTION("frame 0x%x: kernel pages, counted 1, mapped nowhere",
                         zeros.n);
    pte_t *slot = pt_slot(&space, 0x400000);
    audit_damage(&slot->bits, slot->bits | PTE_WRITE);
    EXPECT_AMONG(2, "0x00400000: maps frame 0x%x, without a reference",
                 zeros.n);
    audit_repair();
    EXPECT_EQ(pt_unmap(&space, 0x400000), OK);
    pt_flush();
    pmm_free(zeros, FRAME_KERNEL);
    pt_destroy(&space);
}

TEST(audit, a_held_page_that_is_none_is_found)
{
    virt_addr_t va = make_range();
    pte_t *slot = slot_of(va);

    audit_damage(&slot->bits, (slot->bits | PTE_HELD) & ~(u32)PTE_PRESENT);
    EXPECT_CONTRADICTION("0x%08x: held, in the kernel half (0x%x)", va,
                         slot->bits);
    audit_repair();
    kva_free(va);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, 0x400000, pmm_alloc(ZONE_ANY, FRAME_USER),
                     (enum pt_access)(RWU | PT_GIVEN)), OK);
    slot = pt_slot(&space, 0x400000);
    audit_damage(&slot->bits, slot->bits | PTE_HELD);
    EXPECT_CONTRADICTION("0x00400000: held, but present, too (0x%x)",
                         slot->bits);
    audit_repair();
    EXPECT_EQ(pt_unmap(&space, 0x400000), OK);
    pt_flush();
    pt_destroy(&space);
}

/* ------------------------------------------------------------- direct map */

static u32 *kernel_pde(virt_addr_t va)
{
    return &pt_kernel()->entries[va >> CHUNK_SHIFT].bits;
}

TEST(audit, a_page_of_the_direct_map_in_the_wrong_place_is_found)
{
    pte_t *slot = slot_of(0xc0002000);

    audit_damage(&slot->bits, slot->bits ^ 0x1000);
    EXPECT_CONTRADICTION("0xc0002000: the direct map maps frame 0x3, not 0x2");
    audit_repair();
}

TEST(audit, a_page_of_the_direct_map_that_is_no_ram_is_found)
{
    add_entry(slot_of(0xc00a5000), 0xa5000 | PTE_PRESENT);
    EXPECT_CONTRADICTION("0xc00a5000: the direct map has frame 0xa5, which is "
                         "no RAM");
    audit_repair();
}

/* A chunk of 4 MiB that nobody uses, as nobody is to look there. */
TEST(audit, a_large_page_of_the_direct_map_that_is_wrong_is_found)
{
    pfn_t chunk = pmm_alloc_run(ZONE_LOW, CHUNK_ORDER, FRAME_LARGE);

    if (pfn_is_none(chunk))
        SKIP("needs a free chunk");
    pmm_free_run(chunk, CHUNK_ORDER, FRAME_LARGE);
    virt_addr_t va = ptr_to_virt(pfn_to_ptr(chunk));
    u32 bits = *kernel_pde(va);
    if (!(bits & PTE_LARGE))
        SKIP("needs a page of 4 MiB");
    audit_damage(kernel_pde(va), bits | PTE_USER);
    EXPECT_CONTRADICTION("0x%08x: programs may use the direct map", va);
    audit_repair();
    audit_damage(kernel_pde(va), bits ^ CHUNK_SIZE);
    EXPECT_CONTRADICTION("0x%08x: the direct map maps frame 0x%x, not 0x%x",
                         va, chunk.n ^ CHUNK_FRAMES, chunk.n);
    audit_repair();
}

/* ----------------------------------------------------- windows and flushes */

TEST(audit, a_window_left_open_is_found)
{
    audit_damage(&pt_windows.table[5].bits,
                 0x123000 | PTE_PRESENT | PTE_WRITE);
    EXPECT_CONTRADICTION("window 0x%08x: left open, on frame 0x123",
                         WINDOWS_START + 5 * PAGE_SIZE);
    audit_repair();
}

TEST(audit, a_flush_that_is_owed_at_rest_is_found)
{
    virt_addr_t va = make_range();

    EXPECT_EQ(pt_unmap(pt_kernel(), va), OK);
    EXPECT_CONTRADICTION("0x%08x: a flush is owed, of 1 pages, by %p", va,
                         pt_batch.debts[0].by);
    kva_free(va);
}

TEST(audit, a_flush_of_everything_that_is_owed_at_rest_is_found)
{
    struct page_table child;
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_create(&child), OK);
    EXPECT_EQ(pt_map(&space, 0x400000, frame, RWU), OK);
    pmm_put(frame);
    EXPECT_EQ(pt_copy_range(&child, &space, 0x400000, 1, PT_COPY_PRIVATE), OK);
    EXPECT_CONTRADICTION("a flush is owed, of everything, by %p",
                         pt_batch.all_by);
    pt_clear(&space);
    pt_clear(&child);
    pt_destroy(&space);
    pt_destroy(&child);
}

TEST(audit, an_unmapped_page_that_nobody_will_flush_is_found)
{
    virt_addr_t va = make_range();
    pte_t *slot = slot_of(va);
    u32 bits = slot->bits & ~(u32)PTE_PRESENT;

    audit_damage(&slot->bits, bits);
    EXPECT_CONTRADICTION("0x%08x: unmapped, but the flush is in no batch "
                         "(0x%x)", va, bits);
    audit_repair();
    kva_free(va);
}

TEST(audit, a_page_of_the_kernel_for_programs_is_found)
{
    virt_addr_t va = make_range();

    audit_damage(&slot_of(va)->bits, slot_of(va)->bits | PTE_USER);
    EXPECT_CONTRADICTION("0x%08x: programs may use it, in the kernel half",
                         va);
    audit_repair();
    kva_free(va);
}

TEST(audit, a_page_below_the_user_half_is_found)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, USER_START, frame, RWU), OK);
    pmm_put(frame);
    add_entry(pt_slot(&space, 0x1000), DEVICE_BITS | PTE_USER);
    EXPECT_CONTRADICTION("0x00001000: mapped below the user half, where null "
                         "pointers point");
    audit_repair();
    EXPECT_EQ(pt_unmap(&space, USER_START), OK);
    pt_flush();
    pt_destroy(&space);
}

TEST(audit, a_page_of_the_user_half_that_programs_may_not_use_is_found)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, USER_START, frame, RW), OK);
    pmm_put(frame);
    EXPECT_CONTRADICTION("0x00010000: programs may not use it, in the user "
                         "half");
    EXPECT_EQ(pt_unmap(&space, USER_START), OK);
    pt_flush();
    pt_destroy(&space);
}
