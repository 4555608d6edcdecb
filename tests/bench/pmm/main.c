/*
 * main.c - one workload, once, on the allocator that this is linked with.
 *
 *      pmm-ALLOCATOR WORKLOAD FRAMES OPERATIONS SEED
 *
 * Prints words and numbers for tests/bench/bench_pmm.py: operations of either
 * sort, failures, frames that were handed out twice, the share of free memory
 * in free runs of order 9, the bytes that the allocator needs for its tables,
 * and the time of the measured part.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "allocator.h"
#include "workloads.h"

enum { SHARE_ORDER = 9, SHARE_FRAMES = 1 << SHARE_ORDER };

static struct {
    bool taken[FRAMES_MAX]; /* by the allocator, later by the workload, too */
    u32 held[FRAMES_MAX];
} bench;

static const struct workload_sort *sort_called(const char *name)
{
    for (u32 i = 0; i < WORKLOADS; i++)
        if (strcmp(workload_sorts[i].name, name) == 0)
            return &workload_sorts[i];
    fprintf(stderr, "there is no workload \"%s\"\n", name);
    exit(2);
}

/* How many of the frames in [first, end) are free. */
static u32 count_free(u32 first, u32 end)
{
    u32 free_frames = 0;

    for (u32 n = first; n < end; n++)
        free_frames += !bench.taken[n];
    return free_frames;
}

/* Mark what the workload holds. How many of these frames were taken before? */
static u32 take_held(const struct workload *work)
{
    u32 taken_twice = 0;

    for (u32 i = 0; i < work->count; i++) {
        u32 first = held_frame(work->held[i]);
        u32 frames = 1u << held_order(work->held[i]);
        taken_twice += frames - count_free(first, first + frames);
        memset(bench.taken + first, true, frames);
    }
    return taken_twice;
}

/* Of the free frames, how many in a hundred lie in free runs of order 9. */
static double share_of_runs(u32 frames)
{
    u32 in_runs = 0;

    for (u32 n = 0; n + SHARE_FRAMES <= frames; n += SHARE_FRAMES)
        if (count_free(n, n + SHARE_FRAMES) == SHARE_FRAMES)
            in_runs += SHARE_FRAMES;
    return 100.0 * in_runs / count_free(0, frames);
}

static double nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int count, char **words)
{
    if (count != 5) {
        fprintf(stderr, "usage: %s WORKLOAD FRAMES OPERATIONS SEED\n", *words);
        return 2;
    }
    const struct workload_sort *sort = sort_called(words[1]);
    u32 frames = (u32)atoi(words[2]);
    u32 table_bytes = allocator_init(frames, bench.taken);
    struct workload work = { .held = bench.held,
                             .frames = count_free(0, frames),
                             .random = WORKLOAD_SEED * (u32)atoi(words[4]) };

    workload_fill(&work, sort);
    double start = nanoseconds();
    workload_run(&work, sort, (u32)atoi(words[3]));
    double end = nanoseconds();

    u32 twice = take_held(&work);
    printf("allocs %u frees %u failures %u twice %u share %.3f table_bytes %u "
           "ns %.0f\n",
           work.allocs, work.frees, work.failures, twice,
           share_of_runs(frames), table_bytes, end - start);
    return 0;
}
