/*
 * bench_pmm.c - the workloads of tests/bench/pmm inside the booted kernel.
 *
 * Where the machine counts instructions (QEMU's -icount) a line such as
 * "# bench pmm/steady-90 75.3" tells how many a pair of alloc and free takes,
 * the workload's own decisions included. Elsewhere the number means nothing.
 */
#include "strata_test.h"

#include "../bench/pmm/workloads.h"
#include "mm/kheap.h"
#include "x86/cpu.h"

enum { PAIRS = 50000, FRAMES_MIN = 1024 };

static u32 free_frames(void)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return stats.kinds[FRAME_FREE];
}

static void measure(struct workload *work, const struct workload_sort *sort)
{
    u32 saved = interrupts_save();
    u64 before = cpu_ticks_since_entry();
    workload_run(work, sort, PAIRS);
    u32 ticks = (u32)(cpu_ticks_since_entry() - before);
    interrupts_restore(saved);

    u32 tenths = ticks / ((work->allocs + work->frees) / 20);
    if (ticks > 0)
        test_print("# bench pmm/%s %u.%u", sort->name, tenths / 10,
                   tenths % 10);
}

TEST(bench, the_workloads_do_all_their_work_and_give_everything_back)
{
    u32 before = free_frames();
    if (before < FRAMES_MIN)
        SKIP("needs 4 MiB of free memory");
    u32 *held = kalloc(before * sizeof *held);
    if (!held)
        SKIP("needs memory to remember every free frame");

    u32 frames = free_frames();
    for (u32 i = 0; i < WORKLOADS; i++) {
        struct workload work = { .held = held, .frames = frames,
                                 .random = WORKLOAD_SEED };
        workload_fill(&work, &workload_sorts[i]);
        measure(&work, &workload_sorts[i]);
        EXPECT(work.allocs + work.frees >= PAIRS);
        workload_empty(&work);
        EXPECT_EQ(free_frames(), frames);
    }
    kfree(held);
}
