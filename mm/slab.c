/*
 * mm/slab.c - L4: caches of equal-sized objects.
 *
 * A slab is a run of frames cut into equal slots. Which slots are free is in
 * the slab's descriptor, which lies apart from the objects: a stray write
 * cannot corrupt the allocator, and freeing a free slot is seen at once.
 *
 *      frame entry of any frame of the slab
 *        | SLAB | descriptor |
 *                    |
 *                    v
 *      +--------------+------------------+------------------+
 *      | cache, slots | group: 0110...   | group: 0000...   |
 *      +--------------+---|--------------+---|--------------+
 *        bit 1 = free     v                  v
 *                       +------+------+- ...  +------+------+- ...
 *                       | slot | slot |  32   | slot | slot |
 *                       +------+------+- ...  +------+------+- ...
 *
 * 32 slots are a group, and the groups with a free slot form a list, the
 * cache's open groups: allocation takes the lowest free slot of the first.
 * The group that was last full comes first, so that the others may empty.
 *
 * If no group is open, the cache takes back its spare slab, or has a slot
 * lent by a neighbour whose slots are a little larger, or makes a slab
 * (mm/slab_pool.c). A slab that loses its last object becomes the cache's
 * spare, if it has none and the spares of all caches together stay small; the
 * oldest spare goes first.
 *
 * Descriptors are objects, too. The slabs of the caches they come from keep
 * their own descriptor in slot 0, which ends the recursion.
 *
 * Invariants, checked by slab_check():
 *   1. A group's free slots are among its slots; all groups together have the
 *      slots of the slab, less the one of its own descriptor.
 *   2. A group is in its cache's list iff a slot of it is free and its slab is
 *      no spare; a slab without a used slot is a spare.
 *   3. Every frame of a slab has kind SLAB and names its descriptor.
 *   4. allocs - frees of a cache are the objects in use: the used slots of its
 *      slabs, less those in the quarantine, and what has pages of its own.
 *   5. Spares take at most SLAB_EMPTY_FRAMES frames.
 *   6. The open groups of a checked cache are in its list `closed`, those of
 *      others in `open` (mm/slab_record.h).
 *
 * Cost: alloc and free O(1), no loop but over lenders and over the groups of
 * a slab that is made or emptied; a new slab costs one pmm_alloc_run().
 * Space: 64 bytes for a slab of up to 64 slots; behind the last slot of the
 * heap's classes at most 1/16 of the slab.
 */
#include "mm/slab.h"

#include "mm/lock.h"
#include "mm/pmm.h"
#include "slab_record.h"
#include "slab_slot.h"

struct slabs slabs;

/* ------------------------------------------------------------------ caches */

static u32 descriptor_bytes(u32 groups)
{
    return groups * sizeof(struct slab_group);
}

/* Descriptors for up to so many groups. */
static const u32 descriptor_groups[DESCRIPTOR_SIZES] = { 2, 4, 8,
                                                         SLAB_GROUPS_MAX };

static const char descriptor_name[] = "slab descriptors";

COLD void slab_init(void)
{
    list_init(&slabs.caches);
    list_init(&slabs.spares);
    slabs.frames = 0;
    slabs.spare_frames = 0;
    for (u32 i = 0; i < DESCRIPTOR_SIZES; i++)
        slab_cache_shape(&slabs.descriptors[i], descriptor_name,
                         descriptor_bytes(descriptor_groups[i]), SLAB_UNIT, 0);
}

COLD void slab_create(struct slab_cache *cache, const char *name, u32 bytes,
                      u32 align, u32 switches)
{
    lock(LOCK_HEAP);
    slab_cache_shape(cache, name, bytes, align, switches);
    u32 slots = ((u32)PAGE_SIZE << cache->order) / cache->slot_bytes;
    u32 size = 0;
    while (descriptor_groups[size] * GROUP_SLOTS < slots)
        size++;
    cache->descriptors = &slabs.descriptors[size];
    unlock(LOCK_HEAP);
}

COLD void slab_cache_create(struct slab_cache *cache, const char *name,
                            u32 bytes,
                            u32 align)
{
    CHECK(bytes > 0 && bytes <= SLAB_OBJECT_MAX && is_power_of_two(align) &&
              align <= PAGE_SIZE,
          "slab cache '%s' of %u bytes aligned to %u, by %p", name, bytes,
          align, CALLER());

    slab_create(cache, name, bytes, align, slab_switches_of(name));
}

COLD void slab_cache_destroy(struct slab_cache *cache)
{
    CHECK(cache->allocs == cache->frees,
          "slab_cache_destroy of '%s', by %p: %u objects are still in use",
          cache->name, CALLER(), cache->allocs - cache->frees);

    if (cache->switches)
        slab_empty_quarantine();
    lock(LOCK_HEAP);
    struct slab_group *spare = slab_take_spare(cache);
    if (spare)
        slab_destroy(spare);
    list_remove(&cache->node);
    unlock(LOCK_HEAP);
}

/* ----------------------------------------------------------------- objects */

/* No group is open: the cache is a checked one, or needs a slab. */
static NOINLINE void *alloc_slow(struct slab_cache *cache, const void *caller)
{
    if (cache->switches)
        return slab_checked_alloc(cache, cache->object_bytes, 1, caller);
    lock(LOCK_HEAP);
    void *object = slab_take_new(cache);
    unlock(LOCK_HEAP);
    return object;
}

static bool take(struct slab_cache *cache, void **object)
{
    lock(LOCK_HEAP);
    bool taken = slab_take(cache, object);
    unlock(LOCK_HEAP);
    return taken;
}

void *slab_cache_alloc(struct slab_cache *cache)
{
    void *object;

    return take(cache, &object) ? object : alloc_slow(cache, CALLER());
}

/* The cache is a checked one, or this is no object of it that can be freed. */
static NOINLINE void free_slow(struct slab_cache *cache, void *object,
                               const void *caller)
{
    const struct slab_group *slab = slab_of(object);

    CHECK(slab_owner(object) == cache,
          "free of %p to cache '%s', by %p: it is no object of it", object,
          cache->name, caller);
    if (!cache->switches)
        slab_refuse("free", slab, object, caller);
    slab_checked_free("free", object, caller);
}

void slab_cache_free(struct slab_cache *cache, void *object)
{
    struct slab_group *slab = slab_of(object);

    if (slab && slab->cache == cache &&
        slab_give(slab, cache->reciprocal, object))
        remember_free(object, CALLER());
    else
        free_slow(cache, object, CALLER());
}

COLD u32 slab_trim(void)
{
    u32 before = slabs.frames;
    u32 pages = slab_empty_quarantine();

    lock(LOCK_HEAP);
    while (!list_is_empty(&slabs.spares))
        slab_drop_oldest_spare();
    unlock(LOCK_HEAP);
    return before - slabs.frames + pages;
}
