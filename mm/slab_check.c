/*
 * mm/slab_check.c - the caches seen from outside: find, count, check, print.
 */
#include "mm/platform.h"
#include "slab_internal.h"

bool slab_find(const void *address, struct slab_object *out)
{
    const struct slab *slab = slab_of(address);

    if (!slab)
        return false;
    u32 offset = (u32)((const u8 *)address - slab->base);
    u32 slot = offset / slab->cache->slot_bytes;
    *out = (struct slab_object){
        .cache = slab->cache,
        .start = slab->base + slot * slab->cache->slot_bytes,
        .offset = offset % slab->cache->slot_bytes,
        .in_use = slot < slab->cache->slots && !bitset_test(slab->free, slot),
    };
    return slot < slab->cache->slots;
}

void slab_each(void (*visit)(const struct slab_cache *cache, void *context),
               void *context)
{
    LIST_FOR_EACH(node, &slabs.caches)
        visit(CONTAINER_OF(node, struct slab_cache, node), context);
}

struct visitor {
    void (*visit)(const struct slab_object *object, void *context);
    void *context;
};

static void visit_slab(const struct slab *slab, const struct visitor *visitor)
{
    const struct slab_cache *cache = slab->cache;

    for (u32 slot = cache->descriptors == NULL; slot < cache->slots; slot++) {
        struct slab_object object;
        if (bitset_test(slab->free, slot))
            continue;
        slab_find(slab->base + slot * cache->slot_bytes, &object);
        visitor->visit(&object, visitor->context);
    }
}

static void visit_frames(pfn_t head, u32 frames, enum frame_kind kind,
                         void *context)
{
    (void)frames;
    if (kind == FRAME_SLAB)
        visit_slab(slab_of_frame(head), context);
}

void slab_each_object(void (*visit)(const struct slab_object *object,
                                    void *context),
                      void *context)
{
    struct visitor visitor = { visit, context };

    pmm_each(visit_frames, &visitor);
}

void slab_stats(struct slab_stats *out)
{
    *out = (struct slab_stats){ .frames = slabs.frames,
                                .empty_frames = slabs.spare_frames };
    LIST_FOR_EACH(node, &slabs.caches) {
        const struct slab_cache *cache =
            CONTAINER_OF(node, struct slab_cache, node);
        out->caches++;
        out->slabs += cache->slabs;
        out->used += cache->used;
        out->used_bytes += cache->used * cache->slot_bytes;
    }
}

/* ------------------------------------------------------------------- check */

/* What the slabs of a cache add up to. */
struct sums {
    u32 slabs;
    u32 used;
};

static void check_slab(const struct slab *slab, struct sums *sums)
{
    const struct slab_cache *cache = slab->cache;
    u32 own = cache->descriptors == NULL;
    u32 free = bitset_count(slab->free, cache->slots);

    CHECK(bitset_is_sound(slab->free, cache->slots) &&
              slab->used + free + own == cache->slots,
          "slab invariant 1: a slab of '%s' has %u used and %u free of %u "
          "slots", cache->name, slab->used, free, cache->slots);
    for (u32 i = 0; i < 1u << cache->order; i++) {
        pfn_t frame = pfn(ptr_to_pfn(slab->base).n + i);
        CHECK(pmm_kind(frame) == FRAME_SLAB && slab_of_frame(frame) == slab,
              "slab invariant 3: frame 0x%x of a slab of '%s' is %s", frame.n,
              cache->name, pmm_kind_name(pmm_kind(frame)));
    }
    sums->slabs++;
    sums->used += slab->used;
}

static void check_list(const struct slab_cache *cache, const struct list *head,
                       bool full, struct sums *sums)
{
    for (struct list *node = head->next; node != head; node = node->next) {
        const struct slab *slab = CONTAINER_OF(node, struct slab, node);
        CHECK(slab->cache == cache && slab->used > 0 &&
                  bitset_is_empty(slab->free) == full,
              "slab invariant 2: a slab with %u objects of '%s' is on the "
              "wrong list", slab->used, cache->name);
        check_slab(slab, sums);
    }
}

static void check_cache(const struct slab_cache *cache)
{
    struct sums sums = { 0 };

    check_list(cache, &cache->partial, false, &sums);
    check_list(cache, &cache->full, true, &sums);
    if (cache->current)
        check_slab(cache->current, &sums);
    if (cache->spare)
        check_slab(cache->spare, &sums);
    CHECK((!cache->current || cache->current->used > 0) &&
              (!cache->spare || cache->spare->used == 0),
          "slab invariant 2: cache '%s': the current slab is empty, or the "
          "spare is not", cache->name);
    CHECK(sums.slabs == cache->slabs && sums.used == cache->used,
          "slab invariant 4: cache '%s' counts %u slabs and %u objects, it "
          "has %u and %u", cache->name, cache->slabs, cache->used, sums.slabs,
          sums.used);
}

void slab_check(void)
{
    u32 spare_frames = 0, frames = 0;

    LIST_FOR_EACH(node, &slabs.caches) {
        const struct slab_cache *cache =
            CONTAINER_OF(node, struct slab_cache, node);
        check_cache(cache);
        frames += cache->slabs << cache->order;
        spare_frames += cache->spare ? 1u << cache->order : 0;
    }
    CHECK(frames == slabs.frames,
          "slab invariant 4: %u frames of slabs, counted are %u", frames,
          slabs.frames);
    CHECK(spare_frames == slabs.spare_frames &&
              spare_frames <= SLAB_EMPTY_FRAMES,
          "slab invariant 5: %u frames of spares, counted are %u",
          spare_frames, slabs.spare_frames);
}

static void dump_cache(const struct slab_cache *cache, void *context)
{
    (void)context;
    if (cache->slabs > 0)
        platform_log("  %6u objects of %4u B in %4u slabs of %2u KiB  %s",
                     cache->used, cache->slot_bytes, cache->slabs,
                     (PAGE_SIZE << cache->order) >> 10, cache->name);
}

void slab_dump(void)
{
    slab_each(dump_cache, NULL);
}
