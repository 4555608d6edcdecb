/*
 * tests/model/slab_work.c - random work on caches of objects.
 *
 * Each object is filled with a byte of its own, which is looked at when the
 * object is freed.
 */
#include "slab_work.h"

#include "lib/mem.h"
#include "mm/pmm.h"
#include "mm/slab.h"

#include "strata_test.h"

enum {
    CACHES = 6,
    LIVE = 384,      /* objects                                          */
    FEW_FRAMES = 16, /* for a slab and its descriptor */
};

struct object {
    u8 *start; /* NULL: none */
    struct slab_cache *cache;
    u8 mark;
};

static struct {
    struct slab_cache caches[CACHES];
    u32 count[CACHES]; /* objects of each; NO_CACHE: it is not there */
    struct object live[LIVE];
    u32 random;
} work;

enum { NO_CACHE = ~0u };

static u32 random_below(u32 limit)
{
    return (u32)((u64)test_random(&work.random) * limit >> 24);
}

static u32 *count_of(const struct slab_cache *cache)
{
    return &work.count[cache - work.caches];
}

static void make_cache(struct slab_cache *cache)
{
    u32 bytes = 1 + random_below(16u << random_below(10));

    slab_cache_create(cache, "random work", bytes, 1u << random_below(13));
    *count_of(cache) = 0;
}

static void destroy_cache(struct slab_cache *cache)
{
    slab_cache_destroy(cache);
    *count_of(cache) = NO_CACHE;
}

static bool is_intact(const struct object *object)
{
    for (u32 i = 0; i < object->cache->object_bytes; i++)
        if (object->start[i] != object->mark)
            return false;
    return true;
}

/* May it be that there is no memory for a slab? */
static bool is_short(const struct slab_cache *cache)
{
    if (test_free_frames() < FEW_FRAMES)
        return true;
    pfn_t run = pmm_alloc_run(ZONE_LOW, cache->order, FRAME_SLAB);
    if (!pfn_is_none(run))
        pmm_free_run(run, cache->order, FRAME_SLAB);
    return pfn_is_none(run);
}

static const char *alloc_one(struct object *object)
{
    struct slab_cache *cache = &work.caches[random_below(CACHES)];

    if (*count_of(cache) == NO_CACHE)
        make_cache(cache);
    u8 *start = slab_cache_alloc(cache);
    if (!start)
        return is_short(cache) ? NULL
                               : "no object, and there is memory enough";
    if ((uintptr_t)start % cache->align != 0)
        return "an object is not aligned as it should be";
    *object = (struct object){ start, cache, (u8)random_below(256) };
    memset(start, object->mark, cache->object_bytes);
    ++*count_of(cache);
    return NULL;
}

static const char *free_one(struct object *object)
{
    struct slab_cache *cache = object->cache;

    if (!is_intact(object))
        return "an object has not kept its content";
    slab_cache_free(cache, object->start);
    object->start = NULL;
    if (--*count_of(cache) != cache->allocs - cache->frees)
        return "a cache counts its objects otherwise";
    if (*count_of(cache) == 0 && random_below(2))
        destroy_cache(cache);
    return NULL;
}

/* All that a cache has, and then the cache. */
static const char *empty_one(struct slab_cache *cache)
{
    const char *words = NULL;

    for (u32 i = 0; i < LIVE && !words; i++)
        if (work.live[i].start && work.live[i].cache == cache)
            words = free_one(&work.live[i]);
    if (!words && *count_of(cache) != NO_CACHE)
        destroy_cache(cache);
    return words;
}

static const char *step(void)
{
    struct object *object = &work.live[random_below(LIVE)];
    u32 odds = random_below(256);

    if (odds == 0) {
        slab_trim();
        return NULL;
    }
    if (odds == 1)
        return empty_one(&work.caches[random_below(CACHES)]);
    return object->start ? free_one(object) : alloc_one(object);
}

const char *slab_work(u32 seed, u32 steps)
{
    const char *words = NULL;

    work.random = seed * 0x9e3779b9;
    for (u32 i = 0; i < CACHES; i++)
        work.count[i] = NO_CACHE;
    for (u32 i = 0; i < steps && !words; i++)
        words = step();
    slab_check();
    for (u32 i = 0; i < CACHES && !words; i++)
        words = empty_one(&work.caches[i]);
    return words;
}
