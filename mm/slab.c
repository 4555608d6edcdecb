/*
 * mm/slab.c - L4: caches of equal-sized objects.
 *
 * A slab is a run of frames cut into equal slots. Which slots are free is a
 * bitset in the slab's descriptor, which lies apart from the objects: a stray
 * write cannot corrupt the allocator, and freeing a free slot is seen at once.
 *
 *      frame entry of any frame of the slab
 *        | SLAB | descriptor |
 *                    |
 *                    v
 *      +-------------------------+        +------+------+------+- ...
 *      | cache, base, used, bits | -----> | slot | slot | slot |
 *      +-------------------------+        +------+------+------+- ...
 *        bit 1 = free                      objects only, from byte 0
 *
 * A cache serves from its current slab until that is full, then from a
 * partial one, then from its spare, and only then makes a new one. A slab
 * that loses its last object becomes the cache's spare, if it has none and
 * the spares of all caches together stay small; the oldest spare goes first.
 *
 * Descriptors are objects, too. The slabs of the two caches they come from
 * keep their own descriptor in slot 0, which ends the recursion.
 *
 * Invariants, checked by slab_check():
 *   1. slab->used + free bits == slots, less the slot of its own descriptor.
 *   2. A slab is on `partial` iff it has used and free slots, on `full` iff
 *      it has no free one; the spare has no used one; the current one may be
 *      either but not empty.
 *   3. Every frame of a slab has kind SLAB and names its descriptor.
 *   4. cache->used and ->slabs are the sums over its slabs.
 *   5. Spares take at most SLAB_EMPTY_FRAMES frames.
 *
 * Cost: alloc and free O(1), no loop; a new slab costs one pmm_alloc_run().
 * Space: 64 bytes a slab (128 from 321 slots on); behind the last slot at
 * most 1/16 of the slab for the heap's classes up to 2 KiB, 1/5 up to 8 KiB.
 */
#include "mm/slab.h"

#include "lib/bitset.h"
#include "mm/lock.h"
#include "mm/pmm.h"
#include "slab_internal.h"

/* No cache: so that slab_stats() may be asked before slab_init(). */
struct slabs slabs = { .caches = { &slabs.caches, &slabs.caches } };

/* -------------------------------------------------------------- geometry */

static u32 slab_bytes(const struct slab_cache *cache)
{
    return (u32)PAGE_SIZE << cache->order;
}

/* The smallest slab of which no more than 1/16 is lost behind its slots, and
 * which has a few of them; a large one, where there is no such. */
static void choose_order(struct slab_cache *cache)
{
    for (cache->order = 0; cache->order < SLAB_ORDER_MAX; cache->order++) {
        u32 bytes = slab_bytes(cache);
        if (bytes / cache->slot_bytes >= SLAB_SLOTS_MIN &&
            bytes % cache->slot_bytes <= bytes / 16)
            break;
    }
    cache->slots = slab_bytes(cache) / cache->slot_bytes;
}

static void cache_init(struct slab_cache *cache, const char *name, u32 bytes,
                       u32 align)
{
    *cache = (struct slab_cache){
        .name = name,
        .object_bytes = bytes,
        .slot_bytes = round_up(bytes, max_u32(align, SLAB_ALIGN)),
    };
    choose_order(cache);
    list_init(&cache->spare_node);
    list_init(&cache->partial);
    list_init(&cache->full);
    list_append(&slabs.caches, &cache->node);
}

void slab_cache_create(struct slab_cache *cache, const char *name, u32 bytes,
                       u32 align)
{
    CHECK(bytes > 0 && bytes <= SLAB_OBJECT_MAX && is_power_of_two(align) &&
              align <= PAGE_SIZE,
          "slab cache '%s' of %u bytes aligned to %u, by %p", name, bytes,
          align, CALLER());

    lock(LOCK_HEAP);
    cache_init(cache, name, bytes, align);
    cache->descriptors = cache->slots <= SLAB_SMALL_SLOTS
                             ? &slabs.small_descriptors
                             : &slabs.large_descriptors;
    unlock(LOCK_HEAP);
}

/* A descriptor cache keeps a slab's descriptor in its first slot. */
static bool hosts_itself(const struct slab_cache *cache)
{
    return cache->descriptors == NULL;
}

void slab_init(void)
{
    list_init(&slabs.caches);
    list_init(&slabs.spares);
    slabs.frames = 0;
    slabs.spare_frames = 0;
    cache_init(&slabs.small_descriptors, "slab descriptors",
               SLAB_SMALL_DESCRIPTOR, SLAB_SMALL_DESCRIPTOR);
    cache_init(&slabs.large_descriptors, "large slab descriptors",
               SLAB_LARGE_DESCRIPTOR, SLAB_SMALL_DESCRIPTOR);
}

/* ----------------------------------------------------------------- slabs */

static void *take_slot(struct slab *slab)
{
    u32 slot = bitset_first(slab->free);

    bitset_remove(slab->free, slot);
    slab->used++;
    slab->cache->used++;
    return slab->base + slot * slab->cache->slot_bytes;
}

static void *alloc_object(struct slab_cache *cache);
static void free_object(struct slab *slab, u32 slot);

static u32 slot_of(const struct slab *slab, const void *object)
{
    return (u32)((const u8 *)object - slab->base) / slab->cache->slot_bytes;
}

/* A slab of the run of frames at `base`, or NULL if there is no memory for
 * its descriptor. */
static struct slab *make_descriptor(struct slab_cache *cache, u8 *base)
{
    struct slab *slab = hosts_itself(cache) ? (void *)base
                                            : alloc_object(cache->descriptors);

    if (!slab)
        return NULL;
    slab->cache = cache;
    slab->base = base;
    slab->used = 0;
    list_init(&slab->node);
    bitset_fill(slab->free, cache->slots);
    if (hosts_itself(cache))
        bitset_remove(slab->free, 0);
    return slab;
}

static struct slab *make_slab(struct slab_cache *cache)
{
    pfn_t head = pmm_alloc_run(ZONE_LOW, cache->order, FRAME_SLAB);

    if (pfn_is_none(head))
        return NULL;
    struct slab *slab = make_descriptor(cache, pfn_to_ptr(head));
    if (!slab) {
        pmm_free_run(head, cache->order, FRAME_SLAB);
        return NULL;
    }
    pmm_set_run_payload(head, cache->order, FRAME_SLAB,
                        ptr_to_phys(slab).addr / SLAB_SMALL_DESCRIPTOR);
    cache->slabs++;
    slabs.frames += 1u << cache->order;
    return slab;
}

static void destroy_slab(struct slab *slab)
{
    struct slab_cache *cache = slab->cache;
    pfn_t head = ptr_to_pfn(slab->base);

    cache->slabs--;
    slabs.frames -= 1u << cache->order;
    if (!hosts_itself(cache)) {
        struct slab *host = slab_of_frame(ptr_to_pfn(slab));
        free_object(host, slot_of(host, slab));
    }
    pmm_free_run(head, cache->order, FRAME_SLAB);
}

/* ---------------------------------------------------------------- spares */

static struct slab *take_spare(struct slab_cache *cache)
{
    struct slab *slab = cache->spare;

    if (slab) {
        cache->spare = NULL;
        list_remove(&cache->spare_node);
        slabs.spare_frames -= 1u << cache->order;
    }
    return slab;
}

static void drop_oldest_spare(void)
{
    struct list *oldest = slabs.spares.next;

    destroy_slab(
        take_spare(CONTAINER_OF(oldest, struct slab_cache, spare_node)));
}

/* The slab has lost its last object. */
static void retire_slab(struct slab *slab)
{
    struct slab_cache *cache = slab->cache;

    if (cache->current == slab)
        cache->current = NULL;
    list_remove(&slab->node);
    if (cache->spare) {
        destroy_slab(slab);
        return;
    }
    cache->spare = slab;
    list_append(&slabs.spares, &cache->spare_node);
    slabs.spare_frames += 1u << cache->order;
    while (slabs.spare_frames > SLAB_EMPTY_FRAMES)
        drop_oldest_spare();
}

/* --------------------------------------------------------------- objects */

/* Find the cache another slab with a free slot, and make it the current one. */
static struct slab *next_slab(struct slab_cache *cache)
{
    struct slab *slab;

    if (cache->current) {
        list_push(&cache->full, &cache->current->node);
        cache->current = NULL;
    }
    if (!list_is_empty(&cache->partial)) {
        slab = CONTAINER_OF(cache->partial.next, struct slab, node);
        list_remove(&slab->node);
    } else {
        slab = take_spare(cache);
    }
    if (!slab)
        slab = make_slab(cache);
    cache->current = slab;
    return slab;
}

static void *alloc_object(struct slab_cache *cache)
{
    struct slab *slab = cache->current;

    if (!slab || bitset_is_empty(slab->free)) {
        slab = next_slab(cache);
        if (!slab)
            return NULL;
    }
    cache->allocs++;
    return take_slot(slab);
}

static void free_object(struct slab *slab, u32 slot)
{
    struct slab_cache *cache = slab->cache;
    bool was_full = bitset_is_empty(slab->free);

    bitset_add(slab->free, slot);
    slab->used--;
    cache->used--;
    if (slab->used == 0) {
        retire_slab(slab);
    } else if (was_full && slab != cache->current) {
        list_remove(&slab->node);
        list_push(&cache->partial, &slab->node);
    }
}

void *slab_alloc(struct slab_cache *cache)
{
    lock(LOCK_HEAP);
    void *object = alloc_object(cache);
    unlock(LOCK_HEAP);
    return object;
}

/* Panic unless `object` is one that a caller owns. */
static u32 check_object(const struct slab *slab, const void *object,
                        const void *caller)
{
    const struct slab_cache *cache = slab->cache;
    u32 offset = (u32)((const u8 *)object - slab->base);
    u32 slot = offset / cache->slot_bytes;

    CHECK(slot < cache->slots,
          "free of %p, by %p: it lies behind the last object of a slab of "
          "cache '%s'", object, caller, cache->name);
    CHECK(offset % cache->slot_bytes == 0,
          "free of %p, by %p: it lies %u bytes inside an object of cache '%s'",
          object, caller, offset % cache->slot_bytes, cache->name);
    CHECK(!bitset_test(slab->free, slot),
          "free of %p, by %p: it is free already (slot %u of a slab of cache "
          "'%s')",
          object, caller, slot, cache->name);
    CHECK(slot != 0 || !hosts_itself(cache),
          "free of %p, by %p: it is a slab's own descriptor", object, caller);
    return slot;
}

struct slab *slab_of(const void *address)
{
    if (!ptr_is_direct(address))
        return NULL;
    pfn_t frame = ptr_to_pfn(address);
    return pmm_kind(frame) == FRAME_SLAB ? slab_of_frame(frame) : NULL;
}

void slab_free_for(struct slab_cache *cache, void *object, const void *caller)
{
    struct slab *slab = slab_of(object);

    CHECK(slab && slab->cache == cache,
          "free of %p to cache '%s', by %p: it is no object of it", object,
          cache->name, caller);
    u32 slot = check_object(slab, object, caller);

    lock(LOCK_HEAP);
    free_object(slab, slot);
    unlock(LOCK_HEAP);
}

void slab_free(struct slab_cache *cache, void *object)
{
    slab_free_for(cache, object, CALLER());
}

u32 slab_trim(void)
{
    u32 before = slabs.frames;

    lock(LOCK_HEAP);
    while (!list_is_empty(&slabs.spares))
        drop_oldest_spare();
    unlock(LOCK_HEAP);
    return before - slabs.frames;
}

void slab_cache_destroy(struct slab_cache *cache)
{
    CHECK(cache->used == 0,
          "slab_cache_destroy of '%s', by %p: %u objects are still in use",
          cache->name, CALLER(), cache->used);

    lock(LOCK_HEAP);
    struct slab *spare = take_spare(cache);
    if (spare)
        destroy_slab(spare);
    list_remove(&cache->node);
    unlock(LOCK_HEAP);
}
