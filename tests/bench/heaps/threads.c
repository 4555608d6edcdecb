/*
 * threads.c - what threads do with the heap of the C library, or the one that
 * the loader puts in front of it.
 *
 *      heap-threads WORKLOAD THREADS ROUNDS
 *
 *      private   each thread has 1000 blocks, and 50000 times a round frees
 *                one of them and allocates another one
 *      larson    the same, but with each round a new thread goes on with the
 *                blocks: so what a thread frees, others have allocated
 *      batch     a hundred times a round each thread allocates 1024 blocks,
 *                and frees those of its neighbour
 *
 * Blocks have 8 to 512 bytes. Prints words and numbers for
 * tests/bench/bench_heaps.py.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../kheap/resident.h"

enum {
    THREADS_MAX = 16,
    LIVE = 1000,
    EXCHANGES = 50000,
    BATCH = 1024,
    BATCHES = 100,
    LEAST = 8,
    MOST = 512,
};

/* Of a thread, and of those that follow it. */
struct worker {
    u32 random;
    u8 *blocks[BATCH];
    struct worker *neighbour;
};

static struct {
    struct worker workers[THREADS_MAX];
    u32 threads, rounds;
    pthread_barrier_t together;
} bench;

static u32 random_below(struct worker *worker, u32 limit)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 17;
    worker->random ^= worker->random << 5;
    return (u32)((u64)worker->random * limit >> 32);
}

static u8 *new_block(struct worker *worker)
{
    u32 bytes = LEAST + random_below(worker, MOST - LEAST + 1);
    u8 *block = malloc(bytes);

    if (block == NULL)
        abort();
    *(volatile u8 *)block = 1;
    *(volatile u8 *)(block + bytes - 1) = 1;
    return block;
}

static void free_blocks(struct worker *worker)
{
    for (u32 i = 0; i < BATCH; i++) {
        free(worker->blocks[i]);
        worker->blocks[i] = NULL;
    }
}

/* ---------------------------------------------------------------- workloads */

static void exchange(struct worker *worker)
{
    for (u32 i = 0; i < LIVE; i++)
        if (worker->blocks[i] == NULL)
            worker->blocks[i] = new_block(worker);
    for (u32 n = 0; n < EXCHANGES; n++) {
        u8 **block = &worker->blocks[random_below(worker, LIVE)];

        free(*block);
        *block = new_block(worker);
    }
}

static void *private(void *worker)
{
    for (u32 round = 0; round < bench.rounds; round++)
        exchange(worker);
    return NULL;
}

static void *larson(void *worker)
{
    exchange(worker);
    return NULL;
}

static void *batch(void *argument)
{
    struct worker *worker = argument;

    for (u32 n = 0; n < bench.rounds * BATCHES; n++) {
        for (u32 i = 0; i < BATCH; i++)
            worker->blocks[i] = new_block(worker);
        pthread_barrier_wait(&bench.together);
        free_blocks(worker->neighbour);
        pthread_barrier_wait(&bench.together);
    }
    return NULL;
}

static const struct workload {
    const char *name;
    void *(*work)(void *worker);
    bool anew; /* threads, with each round */
    u32 pairs; /* of malloc and free, by a thread in a round */
} workloads[] = {
    { "private", private, false, EXCHANGES },
    { "larson", larson, true, EXCHANGES },
    { "batch", batch, false, BATCHES * BATCH },
};

/* -------------------------------------------------------------------- bench */

static void run_threads(void *(*work)(void *worker))
{
    pthread_t threads[THREADS_MAX];

    for (u32 i = 0; i < bench.threads; i++)
        if (pthread_create(&threads[i], NULL, work, &bench.workers[i]) != 0)
            abort();
    for (u32 i = 0; i < bench.threads; i++)
        pthread_join(threads[i], NULL);
}

static double nanoseconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void measure(const struct workload *workload)
{
    u32 before = resident_bytes();
    double wall = nanoseconds(CLOCK_MONOTONIC);
    double cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);

    for (u32 n = 0; n < (workload->anew ? bench.rounds : 1); n++)
        run_threads(workload->work);
    wall = nanoseconds(CLOCK_MONOTONIC) - wall;
    cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    u32 peak = peak_bytes() - before;
    for (u32 i = 0; i < bench.threads; i++)
        free_blocks(&bench.workers[i]);
    u32 kept = resident_bytes();
    kept = kept > before ? kept - before : 0;
    printf("pairs %u wall %.0f cpu %.0f peak %u kept %u\n",
           workload->pairs * bench.rounds * bench.threads, wall, cpu, peak,
           kept);
}

static void begin(u32 threads, u32 rounds)
{
    bench.threads = threads;
    bench.rounds = rounds;
    for (u32 i = 0; i < threads; i++) {
        bench.workers[i].random = 2654435761u * (i + 1);
        bench.workers[i].neighbour = &bench.workers[(i + 1) % threads];
    }
    pthread_barrier_init(&bench.together, NULL, threads);
}

int main(int count, char **words)
{
    const struct workload *end = workloads + sizeof workloads / sizeof *end;
    u32 threads = count == 4 ? (u32)atoi(words[2]) : 0;

    for (const struct workload *w = workloads; w < end; w++)
        if (0 < threads && threads <= THREADS_MAX &&
            strcmp(w->name, words[1]) == 0) {
            begin(threads, (u32)atoi(words[3]));
            measure(w);
            return 0;
        }
    fprintf(stderr, "usage: %s WORKLOAD THREADS ROUNDS, THREADS up to %d\n",
            *words, THREADS_MAX);
    return 2;
}
