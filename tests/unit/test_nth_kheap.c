/*
 * Every allocation of mm/slab*.c and mm/kheap*.c, with too little memory.
 */
#include "lib/mem.h"
#include "mm/kheap.h"
#include "mm/pmm.h"
#include "nth.h"

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
}

SWEEP(slab_cache_alloc, of_every_shape_leaves_neither_slab_nor_descriptor)
{
    static const u32 sizes[] = { 1, 8, 24, 64, 100, 200, 500, 1000, 1500, 2048,
                                 3000, 4096, 5000, 8192 };
    struct nth_operation operation = { .run = alloc_object,
                                       .undo = free_object };

    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
        for (u32 align = 8; align <= PAGE_SIZE; align *= 8) {
            slab_cache_create(&cache, "swept", sizes[i], align);
            operation.in_a_row = cache.slot_bytes > PAGE_SIZE;
            nth_sweep(&operation, sizes[i]);
            slab_cache_destroy(&cache);
        }
}

/* ------------------------------------------------------------------- blocks */

static u8 *block;
static u32 alignment;

static bool is_given(u32 bytes)
{
    if (block)
        memset(block, 0x5a, bytes);
    return block != NULL;
}

static bool alloc(u32 bytes)
{
    block = kalloc(bytes);
    return is_given(bytes);
}

static bool alloc_zeroed(u32 bytes)
{
    block = kcalloc(bytes, 1);
    for (u32 i = 0; block && i < bytes; i += 1 + bytes / 64)
        EXPECT_EQ(block[i], 0);
    return is_given(bytes);
}

static bool alloc_aligned(u32 bytes)
{
    block = kalloc_aligned(bytes, alignment);
    EXPECT_EQ((uintptr_t)block % alignment, 0);
    return is_given(bytes);
}

static void free_block(void)
{
    kfree(block);
    block = NULL;
}

#define OPERATION(run_it)                                         \
    struct nth_operation operation = { .run = run_it,             \
                                       .undo = free_block,        \
                                       .is_block = true }

static void sweep_class(const struct slab_cache *class, void *context)
{
    if (class->kfree_reciprocal)
        nth_sweep(context, class->slot_bytes);
}

SWEEP(kalloc, of_every_size_class_is_refused_without_a_trace)
{
    OPERATION(alloc);

    slab_each(sweep_class, &operation);
}

SWEEP(kalloc, of_some_frames_is_refused_without_a_trace)
{
    OPERATION(alloc);

    NEED_FREE_FRAMES(128, "512 KiB");
    for (u32 frames = 3; frames <= 40; frames += 1 + frames / 12)
        nth_sweep(&operation, frames * PAGE_SIZE);
}

SWEEP(kalloc, of_a_chunk_and_more_is_refused_without_a_trace)
{
    OPERATION(alloc);

    NEED_FREE_FRAMES(2 * CHUNK_FRAMES + 128, "9 MiB");
    nth_sweep(&operation, 1000000);
    nth_sweep(&operation, CHUNK_SIZE + 1);
}

SWEEP(kcalloc, is_refused_without_a_trace)
{
    static const u32 sizes[] = { 1, 100, 1000, 8192, 8193, 50000, 200000 };
    OPERATION(alloc_zeroed);

    NEED_FREE_FRAMES(128, "512 KiB");
    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
        nth_sweep(&operation, sizes[i]);
}

SWEEP(kalloc_aligned, is_refused_without_a_trace)
{
    static const u32 sizes[] = { 1, 100, 5000, 20000 };
    OPERATION(alloc_aligned);

    NEED_FREE_FRAMES(128, "512 KiB");
    for (alignment = 16; alignment <= 64 * PAGE_SIZE; alignment *= 4)
        for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
            operation.in_a_row = alignment > PAGE_SIZE;
            nth_sweep(&operation, sizes[i]);
        }
}

/* ----------------------------------------------------------------- krealloc */

static u32 old_bytes;

/* Each byte says where it is; in large blocks, one of some. */
static u32 step(void)
{
    return 1 + old_bytes / 65536;
}

static void write_places(u32 bytes)
{
    for (u32 i = 0; i < bytes; i += step())
        block[i] = (u8)(i ^ i >> 8);
}

static bool has_places(u32 bytes)
{
    for (u32 i = 0; i < bytes; i += step())
        if (block[i] != (u8)(i ^ i >> 8))
            return false;
    return true;
}

static void alloc_old(u32 bytes)
{
    (void)bytes;
    block = kalloc(old_bytes);
    if (EXPECT(block != NULL))
        write_places(old_bytes);
}

static bool resize(u32 bytes)
{
    u8 *moved = krealloc(block, bytes);

    if (moved)
        block = moved;
    EXPECT(has_places(min_u32(old_bytes, bytes)));
    return moved != NULL;
}

SWEEP(krealloc, that_finds_no_memory_leaves_the_old_block_as_it_was)
{
    static const u32 sizes[] = { 1, 24, 1000, 8192, 8193, 50000 };
    const struct nth_operation operation = { .prepare = alloc_old,
                                             .run = resize,
                                             .undo = free_block,
                                             .is_block = true };

    NEED_FREE_FRAMES(256, "1 MiB");
    for (u32 from = 0; from < ARRAY_SIZE(sizes); from++)
        for (u32 to = 0; to < ARRAY_SIZE(sizes); to++) {
            old_bytes = sizes[from];
            nth_sweep(&operation, sizes[to]);
        }
}

SWEEP(krealloc, of_a_mapped_block_leaves_it_as_it_was)
{
    static const u32 more[] = { 1, PAGE_SIZE, 100000 };
    const struct nth_operation operation = { .prepare = alloc_old,
                                             .run = resize,
                                             .undo = free_block,
                                             .is_block = true };

    NEED_PLAIN_HEAP();
    NEED_FREE_FRAMES(3 * CHUNK_FRAMES, "12 MiB");
    old_bytes = CHUNK_SIZE + PAGE_SIZE;
    for (u32 i = 0; i < ARRAY_SIZE(more); i++)
        nth_sweep(&operation, old_bytes + more[i]);
}

/* ----------------------------------------------------------- without memory */

TEST(nth, the_heap_gives_its_reserve_before_it_refuses)
{
    NEED_PLAIN_HEAP();
    test_drain(ZONE_ANY, 2);
    void *first = kalloc(64); /* a slab and, maybe, one of descriptors */
    EXPECT(first != NULL);
    pfn_t rest[8];
    u32 count = 0;
    while (test_free_frames() > 0 && count < ARRAY_SIZE(rest))
        rest[count++] = pmm_alloc(ZONE_ANY, FRAME_LARGE);
    kfree(first);
    EXPECT_EQ(test_free_frames(), 0);
    void *other = kalloc(1000);
    EXPECT(other != NULL);
    kfree(other);
    pmm_free_bulk(FRAME_LARGE, count, rest);
    test_refill();
}
