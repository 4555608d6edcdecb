/*
 * Tests of mm/slab.c.
 */
#include "lib/mem.h"
#include "mm/kheap.h"
#include "mm/pmm.h"
#include "mm/slab.h"
#include "slab_work.h"

#include "strata_test.h"

static struct slab_cache cache;

static u32 slab_frames(void)
{
    struct slab_stats stats;

    slab_stats(&stats);
    return stats.frames;
}

TEST(slab, an_object_is_aligned_and_comes_back)
{
    static const u32 sizes[] = { 1, 7, 8, 9, 24, 100, 1000, 4096, 5000, 8192 };

    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        for (u32 align = 1; align <= PAGE_SIZE; align *= 8) {
            slab_cache_create(&cache, "test", sizes[i], align);
            u8 *object = slab_cache_alloc(&cache);
            EXPECT(object != NULL);
            EXPECT_EQ((uintptr_t)object % align, 0);
            EXPECT_EQ((uintptr_t)object % 8, 0);
            memset(object, 0xee, sizes[i]);
            EXPECT_EQ(cache.allocs - cache.frees, 1);
            slab_cache_free(&cache, object);
            EXPECT_EQ(cache.allocs, cache.frees);
            slab_cache_destroy(&cache);
        }
    }
}

enum { MANY = 1000 };

static u32 *objects[MANY];

static void alloc_many(void)
{
    for (u32 i = 0; i < MANY; i++) {
        objects[i] = slab_cache_alloc(&cache);
        if (EXPECT(objects[i] != NULL))
            for (u32 k = 0; k < 10; k++)
                objects[i][k] = i;
    }
}

TEST(slab, objects_do_not_overlap_and_keep_their_content)
{
    slab_cache_create(&cache, "test", 40, 8);
    alloc_many();
    slab_check();
    for (u32 i = 0; i < MANY; i++)
        EXPECT(objects[i][0] == i && objects[i][9] == i);
    for (u32 i = 0; i < MANY; i += 2)
        slab_cache_free(&cache, objects[i]);
    slab_check();
    for (u32 i = 1; i < MANY; i += 2) {
        EXPECT(objects[i][0] == i && objects[i][9] == i);
        slab_cache_free(&cache, objects[i]);
    }
    slab_cache_destroy(&cache);
}

TEST(slab, memory_goes_back_when_the_objects_do)
{
    NEED_PLAIN_HEAP();

    slab_trim();
    u32 before = slab_frames();

    slab_cache_create(&cache, "test", 40, 8);
    alloc_many();
    EXPECT(slab_frames() >= before + MANY * 40 / PAGE_SIZE);
    for (u32 i = 0; i < MANY; i++)
        slab_cache_free(&cache, objects[i]);
    EXPECT(slab_frames() <= before + 2 * SLAB_EMPTY_FRAMES);
    u32 kept = slab_frames() - before;
    EXPECT_EQ(slab_trim(), kept);
    EXPECT_EQ(slab_frames(), before);
    slab_cache_destroy(&cache);
}

static void check_loss(const struct slab_cache *each, void *context)
{
    u32 *caches = context;
    u32 slab_bytes = (u32)PAGE_SIZE << each->order;

    EXPECT(slab_bytes % each->slot_bytes <= slab_bytes / 16);
    (*caches)++;
}

TEST(slab, little_is_lost_behind_the_slots_of_any_class)
{
    NEED_PLAIN_HEAP();

    u32 caches = 0;

    slab_each(check_loss, &caches);
    EXPECT(caches >= 64);
}

struct object_count {
    const struct slab_cache *cache;
    u32 count;
};

static void count_object(const struct slab_object *object, void *context)
{
    struct object_count *count = context;

    count->count += object->cache == count->cache && object->in_use;
}

TEST(slab, a_visit_sees_every_object_in_use)
{
    struct object_count count = { &cache, 0 };

    slab_cache_create(&cache, "test", 40, 8);
    alloc_many();
    for (u32 i = 0; i < MANY; i += 3)
        slab_cache_free(&cache, objects[i]);
    slab_each_object(count_object, &count);
    EXPECT_EQ(count.count, cache.allocs - cache.frees);
    for (u32 i = 0; i < MANY; i++)
        if (i % 3)
            slab_cache_free(&cache, objects[i]);
    slab_cache_destroy(&cache);
}

TEST(slab, a_few_empty_frames_are_kept_over_all_caches)
{
    static struct slab_cache caches[32];
    struct slab_stats stats;

    slab_trim();
    for (u32 i = 0; i < ARRAY_SIZE(caches); i++)
        slab_cache_create(&caches[i], "test", 64, 8);
    for (u32 i = 0; i < ARRAY_SIZE(caches); i++)
        objects[i] = slab_cache_alloc(&caches[i]);
    for (u32 i = 0; i < ARRAY_SIZE(caches); i++) {
        slab_cache_free(&caches[i], objects[i]);
        slab_stats(&stats);
        EXPECT(stats.empty_frames <= SLAB_EMPTY_FRAMES);
    }
    slab_check();
    for (u32 i = 0; i < ARRAY_SIZE(caches); i++)
        slab_cache_destroy(&caches[i]);
}

TEST(slab, freeing_twice_panics)
{
    slab_cache_create(&cache, "victims", 64, 8);
    void *keeper = slab_cache_alloc(&cache);
    void *object = slab_cache_alloc(&cache);

    slab_cache_free(&cache, object);
    EXPECT_PANIC(slab_cache_free(&cache, object), "it is free already");
    slab_cache_free(&cache, keeper);
    EXPECT_PANIC(slab_cache_free(&cache, keeper), "it is free already");
    slab_cache_destroy(&cache);
}

TEST(slab, freeing_the_inside_of_an_object_panics)
{
    slab_cache_create(&cache, "victims", 64, 8);
    u8 *object = slab_cache_alloc(&cache);

    EXPECT_PANIC(slab_cache_free(&cache, object + 8),
                 "8 bytes inside an object of cache 'victims'");
    slab_cache_free(&cache, object);
    slab_cache_destroy(&cache);
}

TEST(slab, freeing_to_another_cache_panics)
{
    static struct slab_cache other;

    slab_cache_create(&cache, "one", 64, 8);
    slab_cache_create(&other, "other", 64, 8);
    void *object = slab_cache_alloc(&cache);
    EXPECT_PANIC(slab_cache_free(&other, object), "it is no object of it");
    EXPECT_PANIC(slab_cache_free(&cache, &other), "it is no object of it");
    EXPECT_PANIC(slab_cache_free(&cache, NULL), "it is no object of it");
    slab_cache_free(&cache, object);
    slab_cache_destroy(&cache);
    slab_cache_destroy(&other);
}

TEST(slab, a_cache_with_objects_cannot_be_destroyed)
{
    slab_cache_create(&cache, "test", 64, 8);
    void *object = slab_cache_alloc(&cache);

    EXPECT_PANIC(slab_cache_destroy(&cache), "1 objects are still in use");
    slab_cache_free(&cache, object);
    slab_cache_destroy(&cache);
}

TEST(slab, a_cache_that_makes_no_sense_panics)
{
    EXPECT_PANIC(slab_cache_create(&cache, "test", 0, 8), "of 0 bytes");
    EXPECT_PANIC(slab_cache_create(&cache, "test", SLAB_OBJECT_MAX + 1, 8),
                 "of 8193 bytes");
    EXPECT_PANIC(slab_cache_create(&cache, "test", 8, 3), "aligned to 3");
    EXPECT_PANIC(slab_cache_create(&cache, "test", 8, 2 * PAGE_SIZE),
                 "aligned to 8192");
}

TEST(slab, an_address_leads_to_its_object)
{
    struct slab_object found;

    slab_cache_create(&cache, "test", 64, 8);
    u8 *object = slab_cache_alloc(&cache);
    EXPECT(slab_find(object + 63, &found));
    EXPECT(found.cache == &cache && found.start == object && found.in_use);
    EXPECT_EQ(found.offset, 63);
    slab_cache_free(&cache, object);
    EXPECT(!slab_find(&found, &found));
    EXPECT(!slab_find(NULL, &found));
    slab_cache_destroy(&cache);
}

TEST(slab, caches_that_come_and_go_by_random_keep_their_objects)
{
    NEED_FREE_FRAMES(400, "2 MiB");
    const char *words = slab_work(test_option("seed", 1), test_rounds(5000));
    if (words)
        test_print("# %s", words);
    EXPECT(!words);
}
