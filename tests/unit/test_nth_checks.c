/*
 * Every allocation of L4 once more, with each of its switches on.
 *
 * Guarded objects have a kernel range each. Where high frames are left, they
 * are tried though low ones are scarce: so the range may fail, too. In front of
 * it there is another one, since the first MiB needs no frame for its records.
 */
#include "lib/mem.h"
#include "mm/kheap.h"
#include "mm/kva.h"

#include "nth.h"

static const char *const switches[] = {
    "poison", "redzone", "quarantine", "guard", "guard-before", "trace",
    "poison,redzone,quarantine,trace", "poison,redzone,quarantine,guard,trace",
};

static virt_addr_t below;

static void hold_below(u32 bytes)
{
    (void)bytes;
    below = kva_alloc("below", 2000, 1, 0);
}

/* -------------------------------------------------------------------- slabs */

static struct slab_cache cache;
static void *object;

static bool alloc_object(u32 bytes)
{
    object = slab_cache_alloc(&cache);
    if (object)
        memset(object, 0xa5, bytes);
    return object != NULL;
}

static void free_object(void)
{
    if (object)
        slab_cache_free(&cache, object);
    object = NULL;
    kva_free(below);
}

SWEEP(slab_cache_alloc, of_a_checked_cache_is_refused_without_a_trace)
{
    static const struct nth_operation operation = { .prepare = hold_below,
                                                    .run = alloc_object,
                                                    .undo = free_object };

    for (u32 i = 0; i < ARRAY_SIZE(switches); i++)
        for (u32 bytes = 24; bytes < 3000; bytes *= 5) {
            const char *before = slab_switch(switches[i]);
            slab_cache_create(&cache, "swept", bytes, 8);
            nth_sweep(&operation, bytes);
            nth_sweep_l4(&operation, bytes);
            slab_cache_destroy(&cache);
            slab_switch(before);
        }
}

/* ------------------------------------------------------------------- blocks */

static u8 *block;

static bool keep(u8 *given, u32 bytes)
{
    if (given) {
        block = given;
        memset(block, 0x5a, bytes);
    }
    return given != NULL;
}

static bool alloc(u32 bytes)
{
    return keep(kalloc(bytes), bytes);
}

static bool alloc_zeroed(u32 bytes)
{
    return keep(kcalloc(bytes, 1), bytes);
}

static bool alloc_aligned(u32 bytes)
{
    return keep(kalloc_aligned(bytes, 64), bytes);
}

enum { OLD_BYTES = 100 };

static void alloc_old(u32 bytes)
{
    hold_below(bytes);
    EXPECT(alloc(OLD_BYTES));
}

/* Which may stay where it is if it is to be smaller. */
static bool resize(u32 bytes)
{
    return keep(krealloc(block, bytes), bytes);
}

static void free_block(void)
{
    kfree(block);
    block = NULL;
    kva_free(below);
}

static void sweep_blocks(void (*prepare)(u32), bool (*run)(u32))
{
    static const u32 sizes[] = { 1, 100, 3000, 5 * PAGE_SIZE };
    const struct nth_operation operation = { .prepare = prepare,
                                             .run = run,
                                             .undo = free_block };

    for (u32 i = 0; i < ARRAY_SIZE(switches); i++) {
        const char *before = test_heap_restart(switches[i]);
        for (u32 k = 0; k < ARRAY_SIZE(sizes); k++) {
            nth_sweep(&operation, sizes[k]);
            nth_sweep_l4(&operation, sizes[k]);
        }
        test_heap_restart(before);
    }
}

SWEEP(kalloc, of_checked_blocks_is_refused_without_a_trace)
{
    NEED_UNUSED_HEAP();
    sweep_blocks(hold_below, alloc);
}

SWEEP(kcalloc, of_checked_blocks_is_refused_without_a_trace)
{
    NEED_UNUSED_HEAP();
    sweep_blocks(hold_below, alloc_zeroed);
}

SWEEP(kalloc_aligned, of_checked_blocks_is_refused_without_a_trace)
{
    NEED_UNUSED_HEAP();
    sweep_blocks(hold_below, alloc_aligned);
}

SWEEP(krealloc, of_checked_blocks_is_refused_without_a_trace)
{
    NEED_UNUSED_HEAP();
    sweep_blocks(alloc_old, resize);
}
