/*
 * bench_pt.c - what page tables cost, inside the booted kernel.
 *
 * Where the machine counts instructions (QEMU's -icount) a line such as
 * "# bench pt/window 30.1" tells how many an operation takes; the loop around
 * it is measured empty, and subtracted. Elsewhere the numbers are ticks: noisy,
 * but only they show what a flush makes the processor learn again.
 */
#include "strata_test.h"

#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/pt_user.h"
#include "x86/cpu.h"

enum {
    ROUNDS = 1000,
    PAGES = 1024,
    SOME = 256,
    FEW = 32,
    TOUCHED = 64,
    WHOLE = PAGES
};

static const enum pt_access RW = (enum pt_access)(PT_READ | PT_WRITE);

static struct {
    struct page_table space;
    struct page_table child; /* not loaded                  */
    pfn_t frame; /* one to be mapped                        */
    pfn_t *frames; /* PAGES of them                         */
    u32 forgotten; /* pages at a flush; WHOLE: everything   */
} world;

/* ------------------------------------------------------------- operations */

static void nothing(void)
{
    __asm__ volatile("" : : : "memory");
}

/* Page by page; the flush is shared. */
static void map_unmap(void)
{
    for (u32 i = 1; i <= FEW; i++)
        (void)!pt_map(&world.space, USER_START + i * PAGE_SIZE, world.frame,
                      RW);
    for (u32 i = 1; i <= FEW; i++)
        pt_unmap(&world.space, USER_START + i * PAGE_SIZE);
    pt_flush();
}

static void map_unmap_one(void)
{
    (void)!pt_map(&world.space, USER_START + PAGE_SIZE, world.frame, RW);
    pt_unmap(&world.space, USER_START + PAGE_SIZE);
    pt_flush();
}

static void map_unmap_range(void)
{
    (void)!pt_map_range(&world.space, 0x40000000, world.frames, PAGES, RW);
    pt_unmap_range(&world.space, 0x40000000, PAGES);
    pt_flush();
}

static void map_unmap_few(void)
{
    virt_addr_t va = USER_START + PAGE_SIZE;

    (void)!pt_map_range(&world.space, va, world.frames, FEW, RW);
    pt_unmap_range(&world.space, va, FEW);
    pt_flush();
}

static void protect(void)
{
    (void)!pt_protect(&world.space, USER_START, PT_READ);
    pt_flush();
    (void)!pt_protect(&world.space, USER_START, RW);
    pt_flush();
}

/* What a program has written to, as a program has it. */
static void give_and_clear(void)
{
    for (u32 i = 0; i < SOME; i++)
        (void)!pt_map(&world.child, 0x40000000 + i * PAGE_SIZE,
                      pmm_alloc(ZONE_ANY, FRAME_USER),
                      (enum pt_access)(RW | PT_GIVEN));
    pt_unmap_range(&world.child, 0x40000000, SOME);
}

static void make_space(void)
{
    (void)!pt_create(&world.child);
    pt_destroy(&world.child);
}

/* And back. */
static void copy(void)
{
    (void)!pt_copy_range(&world.child, &world.space, 0x40000000, SOME,
                         PT_COPY_PRIVATE);
    pt_flush();
    pt_unmap_range(&world.child, 0x40000000, SOME);
}

static void move(void)
{
    (void)!pt_move_range(&world.space, 0x40000000, 0x50001000, SOME);
    (void)!pt_move_range(&world.space, 0x50001000, 0x40000000, SOME);
}

static void replace(void)
{
    (void)!pt_replace(&world.space, USER_START, world.frame, RW);
}

static void walk(void)
{
    (void)pt_walk(&world.space, USER_START);
}

static void window(void)
{
    for (u32 i = 0; i < FEW; i++)
        window_unmap(window_map(world.frame));
}

/* What a flush costs is also to learn again what it took: the pages that the
 * work at hand goes on with. */
static void touch(void)
{
    for (u32 i = 0; i < TOUCHED; i++)
        *(volatile u32 *)virt_to_ptr(0x40000000 + (FEW + i) * PAGE_SIZE);
}

static void forget_and_touch(void)
{
    if (world.forgotten == WHOLE)
        platform_flush_all();
    else
        platform_flush_pages(0x40000000, world.forgotten);
    touch();
}

/* ------------------------------------------------------------------ measure */

static u32 ticks_of(void (*operation)(void), u32 rounds)
{
    u32 saved = interrupts_save();
    u64 before = cpu_ticks_since_entry();

    for (u32 i = 0; i < rounds; i++)
        operation();
    u32 ticks = (u32)(cpu_ticks_since_entry() - before);
    interrupts_restore(saved);
    return ticks;
}

/* Print what `operation` takes, for each of its `units`. */
static void measure(const char *row, void (*operation)(void), u32 rounds,
                    u32 units)
{
    u32 empty = ticks_of(nothing, rounds);
    u32 ticks = ticks_of(operation, rounds);
    u32 tenths = (ticks - empty) / (rounds / 10 * units);

    test_print("# bench pt/%s %u.%u", row, tenths / 10, tenths % 10);
}

/* What it takes to flush so many of the mapped pages singly, or everything. */
static void measure_flush(const char *row, u32 pages)
{
    world.forgotten = pages;
    u32 empty = ticks_of(touch, ROUNDS);
    u32 tenths = (ticks_of(forget_and_touch, ROUNDS) - empty) / (ROUNDS / 10);

    test_print("# bench pt/%s %u.%u", row, tenths / 10, tenths % 10);
}

static void measure_flushes(void)
{
    (void)!pt_map_range(&world.space, 0x40000000, world.frames, PAGES, RW);
    measure_flush("flush-1", 1);
    measure_flush("flush-8", 8);
    measure_flush("flush-32", 32);
    measure_flush("flush-whole", WHOLE);
    pt_unmap_range(&world.space, 0x40000000, PAGES);
}

/* A program that has touched SOME pages forks, and they exit. */
static void measure_spaces(void)
{
    measure("create", make_space, ROUNDS, 1);
    (void)!pt_create(&world.child);
    measure("given", give_and_clear, 100, SOME);
    (void)!pt_map_range(&world.space, 0x40000000, world.frames, SOME, RW);
    measure("copy", copy, 100, SOME);
    measure("move", move, 100, 2 * SOME);
    pt_unmap_range(&world.space, 0x40000000, SOME);
    pt_destroy(&world.child);
}

static void measure_all(void)
{
    measure("map-unmap", map_unmap, ROUNDS, FEW);
    measure("map-unmap-flush", map_unmap_one, ROUNDS, 1);
    measure("range-1024", map_unmap_range, 20, PAGES);
    measure("range-32", map_unmap_few, ROUNDS, FEW);
    measure("protect", protect, ROUNDS, 2);
    measure("replace", replace, ROUNDS, 1);
    measure("walk", walk, ROUNDS, 1);
    measure("window", window, ROUNDS, FEW);
    measure_flushes();
    measure_spaces();
}

TEST(bench, page_tables_give_everything_back)
{
    NEED_FREE_FRAMES(2 * PAGES, "8 MiB");
    pfn_t other = pmm_alloc(ZONE_ANY, FRAME_USER);
    world.frames = kalloc(PAGES * sizeof *world.frames);
    EXPECT(world.frames &&
           pmm_alloc_bulk(ZONE_ANY, FRAME_USER, PAGES, world.frames));
    world.frame = pmm_alloc(ZONE_ANY, FRAME_USER);
    EXPECT_EQ(pt_create(&world.space), OK);
    /* A table that has one more page is not dropped by each round. */
    EXPECT_EQ(pt_map(&world.space, USER_START, other, RW), OK);
    pt_load(&world.space);
    measure_all();
    pt_load(pt_kernel());
    EXPECT_EQ(pt_unmap(&world.space, USER_START), OK);
    pt_flush();
    pt_destroy(&world.space);
    pmm_free(world.frame, FRAME_USER);
    pmm_free(other, FRAME_USER);
    pmm_free_bulk(FRAME_USER, PAGES, world.frames);
    kfree(world.frames);
}
