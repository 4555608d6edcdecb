/*
 * workloads.c - what a heap is made to do when it is measured.
 *
 *      64x64      allocate 64 blocks of 64 bytes, free them, last to first
 *      8-512      among many blocks of 8 to 512 bytes, every size equally
 *                 likely, free a random one, allocate one of a new size
 *      power      the same, of min(65536, 8 / u) bytes, u in (0, 1]: half of
 *                 the blocks are smaller than 16 bytes
 *      batch-1024 allocate 1024 blocks of 8 to 512 bytes, free them in random
 *                 order
 *      grow-half  a block of 16 bytes grows by a half of itself, again and
 *                 again, up to 1 MiB
 *      grow-64    the same, by 64 bytes, up to 64 KiB
 *
 * The first and the last byte of each block are written to. Compiled for the
 * kernel's self-tests and for the programs of tests/bench, once for each
 * heap: HEAP is the header that has it, ours for everybody else. As long as
 * nothing fails, what is decided here does not depend on what the heap
 * answers: so each of them does the same work, and the peer that does nothing
 * shows what the decisions cost by themselves.
 */
#include "workloads.h"

#ifndef HEAP
#define HEAP "ours.h"
#endif
#include HEAP

enum {
    DEEP = 64,
    DEEP_BYTES = 64,
    UNIFORM_LEAST = 8,
    UNIFORM_MOST = 512,
    POWER_MOST = 65536,
    BATCH = 1024,
    GROWS_FROM = 16,
    GROWS_BY = 64,
    GROWS_BY_UP_TO = 64 << 10,
    GROWS_HALF_UP_TO = 1 << 20,
};

/* ------------------------------------------------------------- decisions */

static u32 random_bits(struct heap_work *work)
{
    work->random ^= work->random << 13;
    work->random ^= work->random >> 17;
    work->random ^= work->random << 5;
    return work->random;
}

static u32 random_below(struct heap_work *work, u32 limit)
{
    return (u32)((u64)random_bits(work) * limit >> 32);
}

static u32 equal_size(struct heap_work *work)
{
    (void)work;
    return DEEP_BYTES;
}

static u32 uniform_size(struct heap_work *work)
{
    return UNIFORM_LEAST +
           random_below(work, UNIFORM_MOST - UNIFORM_LEAST + 1);
}

/* u is a fraction of 2^29, so 8 / u is 2^32 by its numerator. */
static u32 power_size(struct heap_work *work)
{
    u32 bytes = ~0u / (random_bits(work) >> 3 | 1);

    return bytes < POWER_MOST ? bytes : POWER_MOST;
}

/* ----------------------------------------------------------------- blocks */

/* Always inline, so that what is subtracted is the same code. */
static ALWAYS_INLINE void touch(u8 *block, u32 bytes)
{
    *(volatile u8 *)block = 1;
    *(volatile u8 *)(block + bytes - 1) = 1;
}

static ALWAYS_INLINE void alloc_block(struct heap_work *work,
                                      struct held_block *held, u32 bytes)
{
    held->bytes = bytes;
    held->start = heap_alloc(bytes);
    if (held->start)
        touch(held->start, bytes);
    else
        work->failures++;
}

static ALWAYS_INLINE void free_block(const struct held_block *held)
{
    if (held->start)
        heap_free(held->start);
}

/* Free a random block; the last one takes its place. */
static ALWAYS_INLINE void free_random_block(struct heap_work *work)
{
    u32 i = random_below(work, work->count);

    free_block(&work->held[i]);
    work->held[i] = work->held[--work->count];
}

/* ------------------------------------------------------------------ steps */

static void deep(struct heap_work *work, u32 operations)
{
    for (; work->done < operations; work->done += DEEP) {
        for (u32 i = 0; i < DEEP; i++)
            alloc_block(work, &work->held[i], DEEP_BYTES);
        for (u32 i = DEEP; i > 0; i--)
            free_block(&work->held[i - 1]);
    }
}

static ALWAYS_INLINE void exchange(struct heap_work *work, u32 operations,
                            u32 (*size)(struct heap_work *work))
{
    for (; work->done < operations; work->done++) {
        struct held_block *held =
            &work->held[random_below(work, work->count)];

        free_block(held);
        alloc_block(work, held, size(work));
    }
}

static void exchange_uniform(struct heap_work *work, u32 operations)
{
    exchange(work, operations, uniform_size);
}

static void exchange_power(struct heap_work *work, u32 operations)
{
    exchange(work, operations, power_size);
}

static void batches(struct heap_work *work, u32 operations)
{
    for (; work->done < operations; work->done += BATCH) {
        while (work->count < BATCH)
            alloc_block(work, &work->held[work->count++], uniform_size(work));
        while (work->count > 0)
            free_random_block(work);
    }
}

/* One block grows until it has `most` bytes. */
static ALWAYS_INLINE void grow(struct heap_work *work, u32 most,
                        u32 (*next)(u32 bytes))
{
    struct held_block block;

    alloc_block(work, &block, GROWS_FROM);
    while (block.start && block.bytes < most) {
        block.bytes = next(block.bytes);
        u8 *moved = heap_resize(block.start, block.bytes);
        work->done++;
        if (!moved)
            break;
        block.start = moved;
        touch(moved, block.bytes);
    }
    work->failures += block.bytes < most;
    free_block(&block);
}

static u32 half_more(u32 bytes)
{
    u32 more = bytes + bytes / 2;

    return more < GROWS_HALF_UP_TO ? more : GROWS_HALF_UP_TO;
}

static u32 some_more(u32 bytes)
{
    u32 more = bytes + GROWS_BY;

    return more < GROWS_BY_UP_TO ? more : GROWS_BY_UP_TO;
}

static void grow_by_halves(struct heap_work *work, u32 operations)
{
    while (work->done < operations && !work->failures)
        grow(work, GROWS_HALF_UP_TO, half_more);
}

static void grow_by_64(struct heap_work *work, u32 operations)
{
    while (work->done < operations && !work->failures)
        grow(work, GROWS_BY_UP_TO, some_more);
}

/* --------------------------------------------------------------- the sorts */

const struct heap_work_sort heap_work_sorts[HEAP_WORKLOADS] = {
    { "64x64", equal_size, deep, false, DEEP },
    { "8-512", uniform_size, exchange_uniform, true, 1 },
    { "power", power_size, exchange_power, true, 1 },
    { "batch-1024", uniform_size, batches, false, BATCH },
    { "grow-half", equal_size, grow_by_halves, false, 0 },
    { "grow-64", equal_size, grow_by_64, false, 0 },
};

void heap_work_begin(struct heap_work *work, const struct heap_work_sort *sort,
                     struct held_block *held, u32 live, u32 seed)
{
    *work = (struct heap_work){ .held = held, .live = live,
                                .random = seed * 2654435761u };
    while (sort->fills && work->count < live)
        alloc_block(work, &held[work->count++], sort->size(work));
}

void heap_work_run(struct heap_work *work, const struct heap_work_sort *sort,
                   u32 operations)
{
    work->done = 0;
    sort->step(work, operations);
}

u32 heap_work_bytes(const struct heap_work *work)
{
    u32 bytes = 0;

    for (u32 i = 0; i < work->count; i++)
        bytes += work->held[i].start ? work->held[i].bytes : 0;
    return bytes;
}

void heap_work_empty(struct heap_work *work)
{
    while (work->count > 0)
        free_block(&work->held[--work->count]);
}
