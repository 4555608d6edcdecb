/*
 * tests/heap_anew.c - see heap_anew.h.
 */
#include "heap_anew.h"

#include "mm/kheap.h"

/* The heap's own are called "8 bytes" and "slab descriptors". */
static void count_foreign(const struct slab_cache *cache, void *context)
{
    u32 *count = context;

    *count += cache->kfree_reciprocal == 0 && cache->lenders == 0 &&
              cache->descriptors != NULL && cache->switches == 0;
}

bool heap_is_unused(void)
{
    struct kheap_stats stats;
    u32 foreign = 0;

    kheap_trim();
    kheap_stats(&stats);
    slab_each(count_foreign, &foreign);
    return foreign == 0 && stats.slabs.frames == 0 &&
           stats.large_blocks == 0 && stats.mapped_blocks == 0;
}

const char *heap_restart(const char *text)
{
    EXPECT(heap_is_unused());
    const char *before = slab_switch(text);
    kheap_init();
    return before;
}
