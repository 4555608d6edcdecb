/*
 * bench_kheap.c - the workloads of tests/bench/kheap inside the booted kernel,
 * and the longest single calls of kalloc and kfree.
 *
 * Where the machine counts instructions (QEMU's -icount) a line such as
 * "# bench kheap/8-512 75.3" tells how many a pair of kfree and kalloc takes,
 * the workload's own decisions included. Elsewhere the number means nothing.
 */
#include "strata_test.h"

#include "../bench/kheap/workloads.h"
#include "mm/kheap.h"
#include "x86/cpu.h"

enum {
    LIVE = 10000,
    PAIRS = 20000,
    RESIZES = 280,
    SEED = 1,
    FRAMES_MIN = 2048,
};

static struct heap_work work;

/* ------------------------------------------------------------------- means */

static u32 blocks_in_use(void)
{
    struct kheap_stats stats;

    kheap_stats(&stats);
    return (u32)(stats.allocs - stats.frees);
}

static void measure(const struct heap_work_sort *sort)
{
    u32 saved = interrupts_save();
    u64 before = cpu_ticks_since_entry();
    heap_work_run(&work, sort, sort->live_min > 0 ? PAIRS : RESIZES);
    u32 ticks = (u32)(cpu_ticks_since_entry() - before);
    interrupts_restore(saved);

    u32 tenths = ticks / (work.done / 10);
    if (ticks > 0)
        test_print("# bench kheap/%s %u.%u", sort->name, tenths / 10,
                   tenths % 10);
}

TEST(bench, the_heaps_workloads_are_refused_nothing_and_give_everything_back)
{
    NEED_FREE_FRAMES(FRAMES_MIN, "8 MiB");
    struct held_block *held = kalloc(LIVE * sizeof *held);
    if (!held)
        SKIP("needs memory to remember every block");

    u32 before = blocks_in_use();
    for (u32 i = 0; i < HEAP_WORKLOADS; i++) {
        const struct heap_work_sort *sort = &heap_work_sorts[i];

        heap_work_begin(&work, sort, held, LIVE, SEED);
        measure(sort);
        EXPECT(work.done >= (sort->live_min > 0 ? PAIRS : RESIZES));
        EXPECT_EQ(work.failures, 0);
        heap_work_empty(&work);
        EXPECT_EQ(blocks_in_use(), before);
    }
    kfree(held);
}

/* ------------------------------------------------------------ single calls */

/* The longest call of one function, and when that was. */
struct longest {
    u32 ticks;
    u32 bytes; /* of the block */
    u32 step;
    const char *sort;
    const char *phase;
};

static struct {
    struct longest alloc, free;
    const char *sort, *phase; /* now              */
    u32 step;
    u32 empty;                /* ticks of nothing */
} single;

static void note(struct longest *longest, u32 ticks, u32 bytes)
{
    if (ticks <= longest->ticks + single.empty)
        return;
    *longest = (struct longest){ ticks - single.empty, bytes,
                                 single.step, single.sort, single.phase };
}

static void alloc_timed(struct held_block *held, u32 bytes)
{
    u64 before = cpu_ticks_since_entry();
    void *block = kalloc(bytes);
    u32 ticks = (u32)(cpu_ticks_since_entry() - before);

    *held = (struct held_block){ block, bytes };
    work.failures += block == NULL;
    note(&single.alloc, ticks, bytes);
}

static void free_timed(const struct held_block *held)
{
    u64 before = cpu_ticks_since_entry();
    kfree(held->start);
    u32 ticks = (u32)(cpu_ticks_since_entry() - before);

    note(&single.free, ticks, held->bytes);
}

/* One workload that fills, with every call on its own. */
static void time_calls(const struct heap_work_sort *sort,
                       struct held_block *held)
{
    single.sort = sort->name;
    single.phase = "filling";
    for (single.step = 0; single.step < LIVE; single.step++)
        alloc_timed(&held[single.step], sort->size(&work));
    single.phase = "exchanging";
    for (single.step = 0; single.step < PAIRS; single.step++) {
        struct held_block *any =
            &held[(u32)((u64)test_random(&work.random) * LIVE >> 24)];
        free_timed(any);
        alloc_timed(any, sort->size(&work));
    }
    single.phase = "emptying";
    for (single.step = 0; single.step < LIVE; single.step++)
        free_timed(&held[single.step]);
}

static void measure_nothing(void)
{
    u64 before = cpu_ticks_since_entry();

    __asm__ volatile("" : : : "memory");
    single.empty = (u32)(cpu_ticks_since_entry() - before);
}

static void report(const char *function, const char *row,
                   const struct longest *longest)
{
    test_print("# longest %s: %u instructions, %u bytes; %s, %s, step %u",
               function, longest->ticks, longest->bytes, longest->sort,
               longest->phase, longest->step);
    test_print("# bench kheap/%s %u", row, longest->ticks);
}

TEST(bench, no_single_call_of_the_heap_is_refused)
{
    NEED_FREE_FRAMES(FRAMES_MIN, "8 MiB");
    struct held_block *held = kalloc(LIVE * sizeof *held);
    if (!held)
        SKIP("needs memory to remember every block");

    kheap_trim();
    measure_nothing();
    single.alloc.ticks = single.free.ticks = 0;
    u32 saved = interrupts_save();
    for (u32 i = 0; i < HEAP_WORKLOADS; i++) {
        work = (struct heap_work){ .random = SEED };
        if (heap_work_sorts[i].fills)
            time_calls(&heap_work_sorts[i], held);
        EXPECT_EQ(work.failures, 0);
    }
    interrupts_restore(saved);
    if (single.alloc.ticks > 0 && single.free.ticks > 0) {
        report("kalloc", "longest-alloc", &single.alloc);
        report("kfree", "longest-free", &single.free);
    }
    kfree(held);
}
