/*
 * tests/heap.c - for tests, what the heap is checked for, and a heap made anew
 * with other switches.
 */
#include "strata_test.h"

#include "mm/kheap.h"

static void add_switches(const struct slab_cache *cache, void *context)
{
    u32 *switches = context;

    *switches |= cache->switches;
}

bool test_heap_is_checked(void)
{
    u32 switches = 0;

    slab_each(add_switches, &switches);
    return switches != 0;
}

/* Caches of others, which have no slab at the moment. */
static struct {
    struct slab_cache *caches[8];
    u32 count;
    u32 in_use; /* of which one has a slab, or too many */
} others;

/* The heap's own are called "8 bytes" and "slab descriptors": two words. */
static bool is_heaps_own(const struct slab_cache *cache)
{
    const char *letter = cache->name;

    while (*letter != '\0' && *letter != ' ')
        letter++;
    return *letter == ' ';
}

static void note_other(const struct slab_cache *cache, void *context)
{
    (void)context;
    if (is_heaps_own(cache))
        return;
    if (cache->slabs > 0 || others.count == ARRAY_SIZE(others.caches))
        others.in_use++;
    else
        others.caches[others.count++] =
            CONTAINER_OF(&cache->name, struct slab_cache, name);
}

bool test_heap_is_unused(void)
{
    struct kheap_stats stats;

    test_trim();
    kheap_trim();
    kheap_stats(&stats);
    others.count = others.in_use = 0;
    slab_each(note_other, NULL);
    return others.in_use == 0 && stats.slabs.frames == 0 &&
           stats.large_blocks == 0 && stats.mapped_blocks == 0;
}

const char *test_heap_restart(const char *switches)
{
    EXPECT(test_heap_is_unused());
    const char *before = slab_switch(switches);
    kheap_init();
    for (u32 i = 0; i < others.count; i++) {
        struct slab_cache *cache = others.caches[i];
        slab_cache_create(cache, cache->name, cache->object_bytes,
                          cache->align);
    }
    return before;
}
