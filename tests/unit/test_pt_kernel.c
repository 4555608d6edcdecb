/*
 * Tests of mm/pt*.c: the kernel's half, flushes, windows.
 */
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt.h"

#include "strata_test.h"

static const enum pt_access RW = (enum pt_access)(PT_READ | PT_WRITE);

static struct page_table space;

TEST(pt, a_kernel_mapping_made_in_one_space_is_there_in_all)
{
    EXPECT_EQ(pt_create(&space), OK);
    u32 *memory = kva_alloc_pages("test", 1, 0);
    EXPECT(memory != NULL);
    virt_addr_t va = ptr_to_virt(memory);
    EXPECT(pt_walk(&space, va).mapped);
    EXPECT_EQ(pt_walk(&space, va).phys.addr,
              pt_walk(pt_kernel(), va).phys.addr);
    kva_free(va);
    EXPECT(!pt_walk(&space, va).mapped);
    pt_destroy(&space);
}

TEST(pt, the_kernel_goes_on_in_another_space)
{
    EXPECT_EQ(pt_create(&space), OK);
    volatile u32 *memory = kva_alloc_pages("test", 1, 0);
    pt_load(&space);
    *memory = 5;
    EXPECT_EQ(*memory, 5);
    EXPECT_PANIC(pt_destroy(&space), "the loaded one");
    pt_load(pt_kernel());
    EXPECT_EQ(*memory, 5);
    kva_free(ptr_to_virt((const void *)(uintptr_t)memory));
    pt_destroy(&space);
}

TEST(pt, the_direct_map_maps_each_frame_of_ram_at_its_own_place)
{
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_TABLE);
    virt_addr_t va = ptr_to_virt(pfn_to_ptr(frame));
    struct pt_walk walk = pt_walk(pt_kernel(), va + 5);

    EXPECT(walk.mapped);
    EXPECT_EQ(walk.phys.addr, pfn_to_phys(frame).addr + 5);
    EXPECT_EQ(walk.access, RW);
    pmm_free(frame, FRAME_TABLE);
}

TEST(pt, nothing_is_mapped_where_null_pointers_and_no_ram_are)
{
    EXPECT(!pt_walk(pt_kernel(), 0).mapped);
    EXPECT(!pt_walk(pt_kernel(), USER_END - 1).mapped);
    EXPECT(!pt_walk(pt_kernel(), DIRECT_MAP_START).mapped);
    EXPECT(!pt_walk(pt_kernel(), 0xffffffff).mapped);
}

TEST(pt, what_was_unmapped_is_forgotten_after_a_flush)
{
    pfn_t first = pmm_alloc(ZONE_ANY, FRAME_KERNEL);
    pfn_t second = pmm_alloc(ZONE_ANY, FRAME_KERNEL);
    virt_addr_t va = kva_alloc("test", 1, 1, 0);
    volatile u32 *memory = virt_to_ptr(va);

    EXPECT_EQ(pt_map(pt_kernel(), va, first, RW), OK);
    *memory = 1;
    EXPECT_EQ(pt_unmap(pt_kernel(), va), OK);
    pt_flush();
    EXPECT_EQ(pt_map(pt_kernel(), va, second, RW), OK);
    *memory = 2;
    EXPECT_EQ(pt_unmap(pt_kernel(), va), OK);
    pt_flush();
    EXPECT_EQ(pt_map(pt_kernel(), va, first, RW), OK);
    EXPECT_EQ(*memory, 1);
    kva_free(va);
    pmm_free(first, FRAME_KERNEL);
    pmm_free(second, FRAME_KERNEL);
}

TEST(pt, a_write_to_a_page_made_read_only_is_a_fault)
{
    volatile u32 *memory = kva_alloc_pages("test", 1, 1);
    virt_addr_t va = ptr_to_virt((const void *)(uintptr_t)memory);

    *memory = 7;
    EXPECT_EQ(pt_protect(pt_kernel(), va, PT_READ), OK);
    pt_flush();
    EXPECT_PANIC(*memory = 8, "page fault");
    EXPECT_EQ(*memory, 7);
    kva_free(va);
}

TEST(pt, a_batch_larger_than_the_table_flushes_itself)
{
    enum { PAGES = 200 };
    NEED_FREE_FRAMES(2 * PAGES, "2 MiB");
    u8 *memory = kva_alloc_pages("test", PAGES, 0);
    virt_addr_t va = ptr_to_virt(memory);

    EXPECT(memory != NULL);
    for (u32 i = 0; i < PAGES; i++)
        memory[i * PAGE_SIZE] = (u8)i;
    EXPECT_EQ(pt_unmap_range(pt_kernel(), va, PAGES), PAGES);
    pt_flush();
    EXPECT_PANIC(memory[0] = 0, "page fault");
    EXPECT_PANIC(memory[(PAGES - 1) * PAGE_SIZE] = 0, "page fault");
    kva_free(va);
}

/* ----------------------------------------------------------------- windows */

TEST(pt, a_window_shows_the_frame_it_was_opened_for)
{
    pfn_t frames[3];

    EXPECT(pmm_alloc_bulk(ZONE_ANY, FRAME_USER, 3, frames));
    for (u32 i = 0; i < 3; i++) {
        u32 *memory = window_map(frames[i]);
        memory[1023] = 100 + i;
        window_unmap(memory);
    }
    u32 *left = window_map(frames[0]);
    u32 *right = window_map(frames[2]);
    EXPECT_EQ(left[1023], 100);
    EXPECT_EQ(right[1023], 102);
    window_unmap(left);
    window_unmap(right);
    pmm_free_bulk(FRAME_USER, 3, frames);
}

/* ------------------------------------------------------------ all of memory */

enum { REACH_FRAMES = 16 * CHUNK_FRAMES, REACHES = FRAMES_MAX / REACH_FRAMES };

/* Hold a run in each stretch of 64 MiB that has a free chunk. The runs are
 * linked by their payloads; what lies between them is held, too. */
static pfn_t hold_all_chunks(void)
{
    pfn_t last = PFN_NONE;

    for (pfn_t run = pmm_alloc_run(ZONE_ANY, CHUNK_ORDER, FRAME_LARGE);
         !pfn_is_none(run);
         run = pmm_alloc_run(ZONE_ANY, CHUNK_ORDER, FRAME_LARGE)) {
        pmm_set_payload(run, FRAME_LARGE,
                        pfn_is_none(last) ? PAYLOAD_MAX : last.n);
        last = run;
    }
    return last;
}

static pfn_t before(pfn_t run)
{
    u32 payload = pmm_payload(run);

    return payload == PAYLOAD_MAX ? PFN_NONE : pfn(payload);
}

static void write_number(pfn_t frame)
{
    u32 *memory = window_map(frame);

    memory[0] = memory[1023] = ~frame.n;
    window_unmap(memory);
}

static bool has_number(pfn_t frame)
{
    u32 *memory = window_map(frame);
    bool same = memory[0] == ~frame.n && memory[1023] == ~frame.n;

    window_unmap(memory);
    return same;
}

static bool is_free_chunk(u32 n)
{
    u32 end = n + CHUNK_FRAMES;

    while (n < end && pmm_is_free(pfn(n)))
        n++;
    return n == end;
}

/* In 64 MiB from there on? Page tables that stay may lie in each chunk. */
static bool has_free_chunk(u32 first)
{
    u32 n = first;

    while (n < first + REACH_FRAMES && !is_free_chunk(n))
        n += CHUNK_FRAMES;
    return n < first + REACH_FRAMES;
}

TEST(pt, a_frame_in_every_64_mib_of_ram_can_be_touched)
{
    u32 touched[REACHES] = { 0 };
    pfn_t last = hold_all_chunks();

    if (pfn_is_none(last))
        SKIP("needs 4 MiB of free frames in a row");
    for (pfn_t run = last; !pfn_is_none(run); run = before(run))
        write_number(run);
    for (pfn_t run = last; !pfn_is_none(run);) {
        pfn_t next = before(run);
        touched[run.n / REACH_FRAMES] += has_number(run);
        pmm_free_run(run, CHUNK_ORDER, FRAME_LARGE);
        run = next;
    }
    for (u32 i = 0; i < (pmm_span() - CHUNK_FRAMES) / REACH_FRAMES; i++)
        EXPECT(touched[i] > 0 || !has_free_chunk(i * REACH_FRAMES));
}

TEST(pt, a_window_onto_no_memory_panics)
{
    EXPECT_PANIC((void)window_map(PFN_NONE), "no frame 0xffffffff");
    EXPECT_PANIC((void)window_map(pfn(FRAMES_MAX - 1)), "no frame 0xfffff");
}

TEST(pt, windows_that_nobody_closes_run_out_with_a_sentence)
{
    struct pmm_stats stats;
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);
    u32 opened = 0;

    pmm_stats(&stats);
    if (frame.n < DIRECT_MAP_FRAMES) {
        pmm_free(frame, FRAME_USER);
        SKIP("needs memory above 768 MiB");
    }
    u8 *first = window_map(frame);
    for (opened = 1; opened < 1024; opened++)
        (void)window_map(frame);
    EXPECT_PANIC((void)window_map(frame), "all 1024 windows are open");
    for (u32 i = 0; i < 1024; i++)
        window_unmap(virt_to_ptr(WINDOWS_START + i * PAGE_SIZE));
    EXPECT_PANIC(window_unmap(first), "no open window");
    pmm_free(frame, FRAME_USER);
}
