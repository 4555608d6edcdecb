/*
 * main.c - one workload, once, on the heap that this is linked with.
 *
 *      kheap-HEAP WORKLOAD LIVE OPERATIONS SEED
 *
 * LIVE is how many blocks there are at once; a workload that has a count of
 * its own takes that. Prints words and numbers for tests/bench/bench_kheap.py:
 * operations, failures, the bytes that are asked for and live at the end,
 * what the heap then has drawn, by its own account and as resident memory of
 * the process, and at most, what it keeps of it when all blocks are free
 * again, and the processor's time for the measured part.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "heap.h"
#include "resident.h"
#include "workloads.h"

enum { LIVE_MAX = 1 << 20 };

static struct held_block held[LIVE_MAX];

static const struct heap_work_sort *sort_called(const char *name)
{
    for (u32 i = 0; i < HEAP_WORKLOADS; i++)
        if (strcmp(heap_work_sorts[i].name, name) == 0)
            return &heap_work_sorts[i];
    fprintf(stderr, "there is no workload \"%s\"\n", name);
    exit(2);
}

static double nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* printf() may allocate: nothing is said before everything is measured. */
static void measure(const struct heap_work_sort *sort, u32 live,
                    u32 operations, u32 seed)
{
    struct heap_work work;

    heap_init();
    u32 before = resident_bytes();
    heap_work_begin(&work, sort, held, live, seed);
    double ns = nanoseconds();
    heap_work_run(&work, sort, operations);
    ns = nanoseconds() - ns;
    u32 bytes = heap_work_bytes(&work);
    u32 drawn = heap_drawn();
    u32 resident = resident_bytes() - before;
    u32 peak = peak_bytes() - before;
    heap_work_empty(&work);
    u32 kept = heap_drawn();
    u32 resident_kept = resident_bytes() - before;
    printf("done %u failures %u live %u drawn %u resident %u kept %u "
           "resident_kept %u peak %u ns %.0f\n",
           work.done, work.failures, bytes, drawn, resident, kept,
           resident_kept, peak, ns);
}

int main(int count, char **words)
{
    if (count != 5) {
        fprintf(stderr, "usage: %s WORKLOAD LIVE OPERATIONS SEED\n", *words);
        return 2;
    }
    const struct heap_work_sort *sort = sort_called(words[1]);
    u32 live = (u32)atoi(words[2]);

    if (live > LIVE_MAX || live < sort->live_min) {
        fprintf(stderr, "LIVE is from %u to %u\n", sort->live_min, LIVE_MAX);
        return 2;
    }
    memset(held, 1, sizeof held); /* touched before anything is measured */
    measure(sort, live, (u32)atoi(words[3]), (u32)atoi(words[4]));
    return 0;
}
