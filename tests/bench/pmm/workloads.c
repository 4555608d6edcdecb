/*
 * workloads.c - what a frame allocator is made to do when it is measured.
 *
 *      steady   fill to N %; then free a random frame, allocate one, ...
 *      burst    fill to 90 %; then free 1024 random ones, allocate 1024, ...
 *      orders   fill to 70 % with runs of 2^0 to 2^9 frames; then alloc or
 *               free, by the flip of a coin, between 68 and 72 %. Either all
 *               orders are equally likely, or each half as likely as the
 *               one before.
 *
 * Compiled for the kernel's self-tests and for the programs of tests/bench,
 * once for each allocator: ALLOCATOR is the header that has it, inline, as
 * ours is for everybody. As long
 * as no allocation fails, what is decided here does not depend on what the
 * allocator answers: so each of them does the same work, and the peer that
 * does nothing shows what the decisions cost by themselves.
 */
#include "workloads.h"

#ifndef ALLOCATOR
#define ALLOCATOR "ours.h"
#endif
#include ALLOCATOR

enum { BURST = 1024, ORDERS = 10, LEAST_USED = 68, MOST_USED = 72 };

/* ------------------------------------------------------------- decisions */

static u32 random_bits(struct workload *work)
{
    work->random ^= work->random << 13;
    work->random ^= work->random >> 17;
    work->random ^= work->random << 5;
    return work->random;
}

static u32 random_below(struct workload *work, u32 limit)
{
    return (u32)((u64)random_bits(work) * limit >> 32);
}

static u32 uniform_order(struct workload *work)
{
    return random_below(work, ORDERS);
}

static u32 skewed_order(struct workload *work)
{
    return lowest_bit(random_bits(work) | 1u << (ORDERS - 1));
}

static u32 percent_of(const struct workload *work, u32 percent)
{
    return work->frames / 100 * percent;
}

/* ----------------------------------------------------------- single frames */

/* Always inline, so that what is subtracted is the same code. */
static ALWAYS_INLINE void alloc_frame(struct workload *work)
{
    pfn_t frame = frame_alloc();

    if (pfn_is_none(frame))
        work->failures++;
    else
        work->held[work->count++] = frame.n;
}

static ALWAYS_INLINE void free_random_frame(struct workload *work)
{
    u32 i = random_below(work, work->count);
    u32 frame = work->held[i];

    work->held[i] = work->held[--work->count];
    frame_free(pfn(frame));
}

static void fill_frames(struct workload *work, u32 percent)
{
    for (u32 left = percent_of(work, percent); left > 0; left--)
        alloc_frame(work);
}

static void steady(struct workload *work, u32 operations)
{
    for (u32 i = 0; i < operations; i++) {
        free_random_frame(work);
        alloc_frame(work);
    }
    work->allocs = work->frees = operations;
}

static void bursts(struct workload *work, u32 operations)
{
    for (u32 i = 0; i < operations; i += BURST) {
        for (u32 k = 0; k < BURST; k++)
            free_random_frame(work);
        for (u32 k = 0; k < BURST; k++)
            alloc_frame(work);
        work->allocs = work->frees += BURST;
    }
}

/* -------------------------------------------------------------------- runs */

static ALWAYS_INLINE void alloc_run(struct workload *work, u32 order)
{
    pfn_t head = run_alloc(order);

    work->allocs++;
    if (pfn_is_none(head)) {
        work->failures++;
        return;
    }
    work->held[work->count++] = head.n | order << 20;
    work->used += 1u << order;
}

static ALWAYS_INLINE void free_random_run(struct workload *work)
{
    u32 i = random_below(work, work->count);
    u32 entry = work->held[i];

    work->frees++;
    work->held[i] = work->held[--work->count];
    work->used -= 1u << held_order(entry);
    run_free(pfn(held_frame(entry)), held_order(entry));
}

/* With as many failures as that, memory is full before it should be. */
static void fill_runs(struct workload *work, u32 percent,
                      u32 (*pick)(struct workload *work))
{
    u32 enough = percent_of(work, percent);

    while (work->used < enough && work->failures < enough)
        alloc_run(work, pick(work));
}

static ALWAYS_INLINE void flip_coins(struct workload *work, u32 flips,
                              u32 (*pick)(struct workload *work))
{
    u32 least = percent_of(work, LEAST_USED);
    u32 most = percent_of(work, MOST_USED);

    for (; flips > 0; flips--) {
        bool heads = random_bits(work) >> 31;
        if (work->used < least || (heads && work->used < most))
            alloc_run(work, pick(work));
        else
            free_random_run(work);
    }
}

static void fill_uniform(struct workload *work, u32 percent)
{
    fill_runs(work, percent, uniform_order);
}

static void fill_skewed(struct workload *work, u32 percent)
{
    fill_runs(work, percent, skewed_order);
}

static void flip_uniform(struct workload *work, u32 operations)
{
    flip_coins(work, operations, uniform_order);
}

static void flip_skewed(struct workload *work, u32 operations)
{
    flip_coins(work, operations, skewed_order);
}

/* --------------------------------------------------------------- the sorts */

const struct workload_sort workload_sorts[WORKLOADS] = {
    { "steady-50", 50, fill_frames, steady },
    { "steady-90", 90, fill_frames, steady },
    { "steady-99", 99, fill_frames, steady },
    { "burst-90", 90, fill_frames, bursts },
    { "orders-uniform", 70, fill_uniform, flip_uniform },
    { "orders-skewed", 70, fill_skewed, flip_skewed },
};

void workload_fill(struct workload *work, const struct workload_sort *sort)
{
    sort->fill(work, sort->percent);
    work->allocs = 0;
}

void workload_run(struct workload *work, const struct workload_sort *sort,
                  u32 operations)
{
    sort->step(work, operations);
}

/* Frames that were allocated singly are all of order 0, and of no run. */
void workload_empty(struct workload *work)
{
    bool runs = work->used > 0;

    while (work->count > 0) {
        u32 entry = work->held[--work->count];
        if (runs)
            run_free(pfn(held_frame(entry)), held_order(entry));
        else
            frame_free(pfn(entry));
    }
    work->used = 0;
}
