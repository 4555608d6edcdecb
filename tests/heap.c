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

/* The heap's own are called "8 bytes" and "slab descriptors". */
static void count_foreign(const struct slab_cache *cache, void *context)
{
    u32 *count = context;

    *count += cache->kfree_reciprocal == 0 && cache->lenders == 0 &&
              cache->descriptors != NULL && cache->switches == 0;
}

bool test_heap_is_unused(void)
{
    struct kheap_stats stats;
    u32 foreign = 0;

    kheap_trim();
    kheap_stats(&stats);
    slab_each(count_foreign, &foreign);
    return foreign == 0 && stats.slabs.frames == 0 &&
           stats.large_blocks == 0 && stats.mapped_blocks == 0;
}

const char *test_heap_restart(const char *switches)
{
    EXPECT(test_heap_is_unused());
    const char *before = slab_switch(switches);
    kheap_init();
    return before;
}
