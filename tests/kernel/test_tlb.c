/*
 * Tests of what the processor remembers. Kernel pages are global: a load of
 * CR3 does not make it forget them. QEMU does forget them then; Bochs, like a
 * true processor, does not: tests/boot/test_bochs.py.
 */
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt_user.h"

#include "strata_test.h"

static const enum pt_access RW = (enum pt_access)(PT_READ | PT_WRITE);

/* More than are forgotten one by one: mm/pt_batch.c. */
enum { MANY = 64, FEW = 4 };

static struct {
    pfn_t frames[2][MANY];
    virt_addr_t start;
} world;

/* The word which stands in one frame, and in no other. */
static u32 mark(u32 set, u32 i)
{
    return 0x7a500000 + set * MANY + i;
}

static bool enter(void)
{
    world.start = kva_alloc("a test's range", MANY, 1, 0);
    if (!world.start)
        return false;
    for (u32 set = 0; set < 2; set++) {
        if (!pmm_alloc_bulk(ZONE_LOW, FRAME_KERNEL, MANY, world.frames[set]))
            return false;
        for (u32 i = 0; i < MANY; i++)
            *(volatile u32 *)pfn_to_ptr(world.frames[set][i]) = mark(set, i);
    }
    return true;
}

static void leave(void)
{
    for (u32 set = 0; set < 2; set++)
        for (u32 i = 0; i < MANY; i++)
            pmm_put(world.frames[set][i]);
    kva_free(world.start);
}

static virt_addr_t page(u32 i)
{
    return world.start + i * PAGE_SIZE;
}

/* Map one set of frames, as global pages, and touch it; what is read there? */
static void map_and_read(u32 set, u32 pages)
{
    u32 wrong = 0;

    EXPECT_EQ(pt_map_range(pt_kernel(), world.start, world.frames[set], pages,
                           RW), OK);
    EXPECT_EQ(pt_walk(pt_kernel(), world.start).pte.bits & PTE_GLOBAL,
              pt_kernel()->bits & PTE_GLOBAL);
    for (u32 i = 0; i < pages; i++)
        wrong += *(volatile u32 *)virt_to_ptr(page(i)) != mark(set, i);
    EXPECT_EQ(wrong, 0);
}

static void unmap_at_once(u32 pages)
{
    EXPECT_EQ(pt_unmap_range(pt_kernel(), world.start, pages), pages);
    pt_flush();
}

/* All of them are one debt. */
static void unmap_in_a_row(u32 pages)
{
    for (u32 i = 0; i < pages; i++)
        EXPECT_EQ(pt_unmap(pt_kernel(), page(i)), OK);
    pt_flush();
}

/* Each of them is a debt of its own. */
static void unmap_scattered(u32 pages)
{
    for (u32 i = 0; i < pages; i += 2)
        EXPECT_EQ(pt_unmap(pt_kernel(), page(i)), OK);
    for (u32 i = 1; i < pages; i += 2)
        EXPECT_EQ(pt_unmap(pt_kernel(), page(i)), OK);
    pt_flush();
}

static void remap(void (*unmap)(u32 pages), u32 pages)
{
    NEED_FREE_FRAMES(2 * MANY + 16, "600 KiB");
    if (!EXPECT(enter()))
        return;
    for (u32 set = 0; set < 2; set++) {
        map_and_read(set, pages);
        unmap(pages);
    }
    leave();
}

TEST(tlb, a_global_page_that_is_mapped_to_another_frame_is_read_from_there)
{
    remap(unmap_at_once, 1);
}

TEST(tlb, so_are_a_few_pages_that_are_forgotten_singly)
{
    remap(unmap_at_once, FEW);
    remap(unmap_scattered, FEW);
}

TEST(tlb, so_are_many_pages_whose_flush_is_a_whole_one)
{
    remap(unmap_at_once, MANY);
}

TEST(tlb, so_are_many_pages_whose_debts_are_paid_by_a_whole_flush)
{
    remap(unmap_in_a_row, MANY);
}

/* ----------------------------------------------------------- a user's space */

static volatile u32 *const word = (volatile u32 *)0x40000000;

/* The processor remembers the page before it changes. */
TEST(tlb, a_page_that_is_held_copied_or_replaced_is_not_used_as_it_was)
{
    struct page_table space, child;
    pfn_t old = pmm_alloc_zeroed(ZONE_LOW, FRAME_USER);
    pfn_t frame = pmm_alloc_zeroed(ZONE_LOW, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_create(&child), OK);
    EXPECT_EQ(pt_map(&space, 0x40000000, old, RW), OK);
    pt_load(&space);
    *word = 1;
    EXPECT_EQ(pt_protect(&space, 0x40000000, PT_NONE), OK);
    pt_flush();
    EXPECT_PANIC((void)*word, "use of a page that is held");
    EXPECT_EQ(pt_protect(&space, 0x40000000, RW), OK);
    *word = 2;
    EXPECT_EQ(pt_copy_range(&child, &space, 0x40000000, 1, PT_COPY_PRIVATE),
              OK);
    pt_flush();
    EXPECT_EQ(*word, 2);
    EXPECT_PANIC(*word = 3, "write to a read-only page");
    EXPECT_EQ(pt_replace(&space, 0x40000000, frame, RW), OK);
    EXPECT_EQ(*word, 0);
    EXPECT_EQ(pt_move_range(&space, 0x40000000, 0x40001000, 1), OK);
    EXPECT_PANIC((void)*word, "0x40000000");
    EXPECT_EQ(word[PAGE_SIZE / sizeof *word], 0);
    pt_load(pt_kernel());
    pt_clear(&space);
    pt_clear(&child);
    pt_destroy(&space);
    pt_destroy(&child);
    EXPECT_EQ(*(u32 *)pfn_to_ptr(old), 2);
    pmm_free(old, FRAME_USER);
    pmm_free(frame, FRAME_USER);
}

TEST(tlb, a_page_that_may_be_written_to_now_needs_no_flush)
{
    struct page_table space;
    pfn_t frame = pmm_alloc_zeroed(ZONE_LOW, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, 0x40000000, frame, PT_READ), OK);
    pt_load(&space);
    EXPECT_EQ(*word, 0);
    EXPECT_PANIC(*word = 3, "write to a read-only page");
    EXPECT_EQ(pt_allow_write(&space, 0x40000000), OK);
    *word = 3;
    EXPECT_EQ(*word, 3);
    pt_load(pt_kernel());
    pt_clear(&space);
    pt_destroy(&space);
    pmm_free(frame, FRAME_USER);
}
