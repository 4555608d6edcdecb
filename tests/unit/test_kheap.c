/*
 * Tests of mm/kheap.c.
 */
#include "lib/mem.h"
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/pmm.h"

#include "strata_test.h"

TEST(kheap, every_small_size_fits_its_slot)
{
    for (u32 bytes = 1; bytes <= SLAB_OBJECT_MAX; bytes++) {
        void *block = kalloc(bytes);
        if (!EXPECT(block && ksize(block) >= bytes))
            return;
        u32 class = bytes + max_u32(7, bytes / 7);
        EXPECT(ksize(block) <= class + class / 4); /* a lent one, then */
        kfree(block);
    }
}

static void check_class(const struct slab_cache *cache, void *context)
{
    u32 *last = context;

    if (!cache->kfree_reciprocal)
        return;
    u32 lost = cache->slot_bytes - *last - 1;
    EXPECT(lost <= max_u32(7, cache->slot_bytes / 8));
    *last = cache->slot_bytes;
}

TEST(kheap, rounding_up_to_a_class_loses_an_eighth_at_most)
{
    NEED_PLAIN_HEAP();

    u32 last = 0;

    slab_each(check_class, &last);
    EXPECT_EQ(last, SLAB_OBJECT_MAX);
}

TEST(kheap, large_blocks_are_made_of_just_the_frames_they_need)
{
    static const u32 sizes[] = { 8193, 12288, 12289, 100000, 1000000 };

    NEED_PLAIN_HEAP();
    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct pmm_stats before, during, after;
        u32 frames = (sizes[i] + PAGE_SIZE - 1) / PAGE_SIZE;

        NEED_FREE_FRAMES(2 * frames, "2 MiB");
        kheap_trim();
        pmm_stats(&before);
        u8 *block = kalloc(sizes[i]);
        if (!EXPECT(block != NULL))
            return;
        memset(block, 0x5a, sizes[i]);
        pmm_stats(&during);
        u32 taken = before.kinds[FRAME_FREE] - during.kinds[FRAME_FREE];
        if (ptr_is_direct(block))
            EXPECT_EQ(taken, frames);
        else /* memory is in pieces: it is mapped, by a node of kva */
            EXPECT(taken - frames <= 1);
        EXPECT_EQ(ksize(block), frames * PAGE_SIZE);
        kheap_check();
        kfree(block);
        pmm_stats(&after);
        EXPECT_EQ(after.kinds[FRAME_FREE], before.kinds[FRAME_FREE]);
    }
}

TEST(kheap, blocks_of_more_than_a_chunk_are_mapped)
{
    NEED_PLAIN_HEAP();

    struct kheap_block found;
    u32 bytes = CHUNK_SIZE + 1;

    NEED_FREE_FRAMES(2 * CHUNK_FRAMES, "8 MiB");
    u8 *warm = kalloc(bytes); /* the page tables that it needs stay */
    kfree(warm);
    u8 *block = kalloc(bytes);
    EXPECT(block && !ptr_is_direct(block));
    block[0] = 1;
    block[CHUNK_SIZE] = 2;
    EXPECT_EQ(ksize(block), CHUNK_SIZE + PAGE_SIZE);
    EXPECT(kheap_find(block + CHUNK_SIZE, &found));
    EXPECT(found.start == block && found.in_use);
    kheap_check();
    EXPECT_PANIC(kfree(block + PAGE_SIZE), "it is not the start of the block");
    EXPECT_PANIC(block[CHUNK_SIZE + PAGE_SIZE] = 0, "page fault");
    kfree(block);
    EXPECT_PANIC(kfree(block), "it is free already; freed before by");
}

/* 25 frames are runs of 16, 8 and 1. */
TEST(kheap, each_byte_of_a_block_of_frames_leads_to_its_start)
{
    enum { FRAMES = 25 };
    struct kheap_block found;
    u8 *block = kalloc(FRAMES * PAGE_SIZE);
    u8 *behind = block + FRAMES * PAGE_SIZE;

    if (!block || !ptr_is_direct(block)) {
        kfree(block);
        SKIP("needs 32 free frames in a row");
    }
    for (u32 i = 0; i < FRAMES; i++) {
        EXPECT(kheap_find(block + i * PAGE_SIZE + i, &found));
        EXPECT(found.start == block && found.in_use);
        EXPECT_EQ(found.bytes, FRAMES * PAGE_SIZE);
    }
    EXPECT(!kheap_find(behind, &found) || found.start == behind);
    EXPECT(!kheap_find(block - 1, &found) || found.start != block);
    EXPECT_PANIC(kfree(block + 16 * PAGE_SIZE), "it is no block of the heap");
    kfree(block);
    EXPECT(!kheap_find(block + 20 * PAGE_SIZE, &found));
}

TEST(kheap, zero_bytes_is_a_block_of_its_own)
{
    void *one = kalloc(0);
    void *other = kalloc(0);

    EXPECT(one && other && one != other);
    kfree(one);
    kfree(other);
    void *zeroed = kcalloc(0, 100);
    EXPECT(zeroed != NULL);
    kfree(zeroed);
}

TEST(kheap, kcalloc_zeroes_and_refuses_what_overflows)
{
    u8 *dirty = kalloc(600);
    memset(dirty, 0xff, 600);
    kfree(dirty);
    u8 *block = kcalloc(3, 200);
    for (u32 i = 0; i < 600; i++)
        EXPECT(block[i] == 0);
    kfree(block);
    EXPECT(kcalloc(SIZE_MAX / 2, 3) == NULL);
    EXPECT(kcalloc(SIZE_MAX, SIZE_MAX) == NULL);
    EXPECT(kcalloc(2, SIZE_MAX / 2 + 1) == NULL);
}

TEST(kheap, absurd_sizes_are_refused_and_change_nothing)
{
    struct pmm_stats before, after;

    kheap_trim();
    pmm_stats(&before);
    EXPECT(kalloc(SIZE_MAX) == NULL);
    EXPECT(kalloc(SIZE_MAX - 4095) == NULL);
    EXPECT(kalloc(0x80000000u) == NULL);
    EXPECT(kalloc(KVA_END - KVA_START) == NULL);
    EXPECT(krealloc(NULL, SIZE_MAX) == NULL);
    pmm_stats(&after);
    EXPECT_EQ(after.kinds[FRAME_FREE], before.kinds[FRAME_FREE]);
}

TEST(kheap, any_power_of_two_is_an_alignment)
{
    static const u32 sizes[] = { 0, 1, 24, 100, 500, 5000, 20000 };

    for (size_t align = 1; align <= CHUNK_SIZE; align *= 2) {
        for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
            u8 *block = kalloc_aligned(sizes[i], align);
            if (!block && align > 64 * PAGE_SIZE) {
                NEED_FREE_FRAMES(4 * CHUNK_FRAMES, "16 MiB");
                NEED_PLAIN_HEAP(); /* page tables lie in every chunk */
            }
            if (!EXPECT(block != NULL))
                return;
            EXPECT_EQ((uintptr_t)block % align, 0);
            EXPECT(ksize(block) >= sizes[i]);
            memset(block, 1, sizes[i]);
            kfree(block);
        }
    }
    EXPECT(kalloc_aligned(1, 2u * CHUNK_SIZE) == NULL);
    EXPECT(kalloc_aligned(SIZE_MAX, 64) == NULL);
    EXPECT_PANIC((void)!kalloc_aligned(1, 0), "not a power of two");
    EXPECT_PANIC((void)!kalloc_aligned(1, 24), "not a power of two");
}

TEST(kheap, who_freed_it_before_is_named_for_the_last_256_frees)
{
    NEED_PLAIN_HEAP();

    static void *others[256];
    void *block = kalloc(72), *keeper = kalloc(72);

    for (u32 i = 0; i < ARRAY_SIZE(others); i++)
        others[i] = kalloc(16);
    kfree(block);
    for (u32 i = 0; i < ARRAY_SIZE(others) - 1; i++)
        kfree(others[i]);
    EXPECT_PANIC(kfree(block), "freed before by");
    kfree(others[255]);
    EXPECT_PANIC(kfree(block), "more than 256 frees ago");
    kfree(keeper);
}

static struct slab_cache private_cache;

TEST(kheap, what_belongs_to_another_cache_is_not_the_heaps_to_free)
{
    NEED_PLAIN_HEAP();

    struct kheap_stats before, after;

    slab_cache_create(&private_cache, "private", 64, 8);
    void *object = slab_cache_alloc(&private_cache);
    void *descriptor = private_cache.open.node.next;
    kheap_stats(&before);
    EXPECT_PANIC(kfree(object), "it is an object of cache 'private'");
    EXPECT_PANIC(kfree(descriptor), "it is the descriptor of a slab");
    EXPECT_PANIC((void)ksize(object), "ksize of");
    kheap_stats(&after);
    EXPECT(after.frees == before.frees);
    slab_cache_free(&private_cache, object);
    slab_cache_destroy(&private_cache);
}

TEST(kheap, freeing_null_does_nothing)
{
    kfree(NULL);
    EXPECT_EQ(ksize(NULL), 0);
}

static u8 static_data[64];

TEST(kheap, freeing_what_is_no_block_panics_and_says_what_it_is)
{
    NEED_PLAIN_HEAP();

    u8 *keeper = kalloc(100);
    u8 *block = kalloc(100);
    pfn_t table = pmm_alloc(ZONE_LOW, FRAME_TABLE);
    u8 *large = kalloc(20000);

    kfree(block);
    EXPECT_PANIC(kfree(block), "it is free already");
    EXPECT_PANIC(kfree(keeper + 8), "8 bytes inside an object");
    EXPECT_PANIC(kfree(static_data), "heap");
    EXPECT_PANIC(kfree(pfn_to_ptr(table)), "is a page table");
    EXPECT_PANIC(kfree(large + 1), "is a large block");
    EXPECT_PANIC(kfree(large + PAGE_SIZE), "no block of the heap");
    EXPECT_PANIC(kfree((void *)16), "no memory of the heap");
    EXPECT_PANIC((void)ksize(keeper + 8), "ksize of");
    EXPECT_PANIC((void)!krealloc(block, 10), "krealloc of");
    kfree(large);
    EXPECT_PANIC(kfree(large), "it is free already; freed before by");
    kfree(keeper);
    pmm_free(table, FRAME_TABLE);
}

TEST(kheap, out_of_memory_is_null_and_everything_comes_back)
{
    void **chain = NULL;
    struct kheap_stats before, after;

    NEED_FREE_FRAMES(16, "64 KiB");
    kheap_trim();
    kheap_stats(&before);
    for (void **block = kalloc(4096); block; block = kalloc(4096)) {
        *block = chain;
        chain = block;
    }
    test_drain(ZONE_ANY, 0);
    EXPECT(kalloc(4096) == NULL);
    EXPECT(kalloc(100000) == NULL);
    EXPECT(kalloc(CHUNK_SIZE + 1) == NULL);
    kheap_check();
    test_refill();
    while (chain) {
        void **next = *chain;
        kfree(chain);
        chain = next;
    }
    kheap_trim();
    kheap_stats(&after);
    EXPECT_EQ(after.failures, before.failures + 4);
    EXPECT_EQ(after.slabs.used, before.slabs.used);
}

TEST(kheap, memory_in_pieces_still_gives_blocks_of_any_size)
{
    NEED_PLAIN_HEAP();

    enum { FRAMES = 128 };
    static pfn_t frames[FRAMES];
    static const u32 sizes[] = { 1100, 5000, 8192, 50000 };

    NEED_FREE_FRAMES(2 * FRAMES, "1 MiB");
    void *warm = kva_alloc_pages("test", 1, 0); /* the table that it needs */
    test_drain(ZONE_ANY, FRAMES);
    EXPECT(pmm_alloc_bulk(ZONE_ANY, FRAME_TABLE, FRAMES, frames));
    for (u32 i = 0; i < FRAMES; i++)
        if (frames[i].n % 2) /* no two in a row */
            pmm_free(frames[i], FRAME_TABLE);
    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        u8 *block = kalloc(sizes[i]);
        if (EXPECT(block != NULL))
            memset(block, 0x77, sizes[i]);
        EXPECT(ptr_is_direct(block) == (sizes[i] <= PAGE_SIZE));
        kfree(block);
    }
    for (u32 i = 0; i < FRAMES; i++)
        if (frames[i].n % 2 == 0)
            pmm_free(frames[i], FRAME_TABLE);
    test_refill();
    kva_free(ptr_to_virt(warm));
}

/* ------------------------------------------------------------- random work */

enum { LIVE = 200 };

static struct {
    u8 *block;
    u32 bytes;
    u8 mark;
} live[LIVE];

static bool is_intact(u32 i)
{
    for (u32 k = 0; k < live[i].bytes; k++)
        if (live[i].block[k] != live[i].mark)
            return false;
    return true;
}

static u32 random_size(u32 *seed)
{
    u32 limit = 16u << test_random(seed) % 11;

    return test_random(seed) % limit;
}

static void random_step(u32 *seed)
{
    u32 i = test_random(seed) % LIVE;
    u32 bytes = random_size(seed);

    if (live[i].block && test_random(seed) % 2) {
        EXPECT(is_intact(i));
        kfree(live[i].block);
        live[i].block = NULL;
        return;
    }
    u32 kept = live[i].block ? min_u32(bytes, live[i].bytes) : 0;
    u8 *block = krealloc(live[i].block, bytes);
    if (!block && (!live[i].block || bytes > 0))
        return; /* out of memory: the old block is as it was */
    live[i].block = block;
    for (u32 k = 0; k < kept; k++)
        EXPECT(block[k] == live[i].mark);
    live[i].bytes = bytes;
    live[i].mark = (u8)test_random(seed);
    if (block)
        memset(block, live[i].mark, bytes);
}

TEST(kheap, random_work_keeps_every_blocks_content)
{
    u32 seed = 11;

    for (u32 i = 0; i < LIVE; i++)
        live[i].block = NULL;
    for (u32 i = 0; i < test_rounds(5000); i++)
        random_step(&seed);
    kheap_check();
    for (u32 i = 0; i < LIVE; i++) {
        if (live[i].block)
            EXPECT(is_intact(i));
        kfree(live[i].block);
    }
}
