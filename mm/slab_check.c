/*
 * mm/slab_check.c - the caches seen from outside: find, count, check, print.
 */
#include "mm/platform.h"
#include "slab_record.h"
#include "slab_slot.h"

/* An address of the zone around it is not in an object. */
static NOINLINE bool find_checked(const void *address, struct slab_object *out)
{
    const struct slab_record *record = slab_find_record(address);

    if (!record || !record->cache)
        return false;
    u32 offset = (u32)((const u8 *)address - record->object);
    *out = (struct slab_object){
        .cache = record->cache,
        .start = record->object,
        .bytes = record->bytes,
        .offset = offset,
        .in_use = slab_record_is_live(record),
    };
    return offset < max_u32(record->bytes, 1);
}

bool slab_find(const void *address, struct slab_object *out)
{
    const struct slab_group *slab = slab_of(address);

    if (!slab && ptr_is_direct(address))
        return false;
    if (!slab || slab->cache->switches)
        return find_checked(address, out);
    u32 slot_bytes = slab->cache->slot_bytes;
    u32 offset = (u32)((const u8 *)address - slab->base);
    u32 slot = offset / slot_bytes;
    *out = (struct slab_object){
        .cache = slab->cache,
        .start = slab->base + slot * slot_bytes,
        .bytes = slot_bytes,
        .offset = offset % slot_bytes,
        .in_use = slot < slab->slots && !slot_is_free(slab, slot),
    };
    return slot < slab->slots;
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

/* What the slot has in use; false if nothing. */
static bool find_in_slot(const struct slab_group *slab, u32 slot,
                         struct slab_object *out)
{
    const struct slab_cache *cache = slab->cache;
    u8 *start = slab->base + slot * cache->slot_bytes;

    if (slot_is_free(slab, slot))
        return false;
    if (cache->switches) {
        const struct slab_record *record = slab_find_record(start);
        start = record ? record->object : start;
    }
    return slab_find(start, out) && out->in_use;
}

static void visit_slab(const struct slab_group *slab,
                       const struct visitor *visitor)
{
    struct slab_object object;

    for (u32 slot = hosts_itself(slab->cache); slot < slab->slots; slot++)
        if (find_in_slot(slab, slot, &object))
            visitor->visit(&object, visitor->context);
}

static void visit_frames(pfn_t head, u32 frames, enum frame_kind kind,
                         void *context)
{
    (void)frames;
    if (kind == FRAME_SLAB)
        visit_slab(slab_of_frame(head), context);
}

static void visit_guarded(struct slab_record *record, void *context)
{
    const struct visitor *visitor = context;
    struct slab_object object;

    if (slab_record_is_live(record) && find_checked(record->object, &object))
        visitor->visit(&object, visitor->context);
}

void slab_each_object(void (*visit)(const struct slab_object *object,
                                    void *context),
                      void *context)
{
    struct visitor visitor = { visit, context };

    pmm_each(visit_frames, &visitor);
    slab_guard_each(visit_guarded, &visitor);
}

void slab_stats(struct slab_stats *out)
{
    *out = (struct slab_stats){ .frames = slabs.frames,
                                .empty_frames = slabs.spare_frames };
    if (!slabs.caches.next)
        return; /* it is before slab_init() */
    LIST_FOR_EACH(node, &slabs.caches) {
        const struct slab_cache *cache =
            CONTAINER_OF(node, struct slab_cache, node);
        u32 used = cache->allocs - cache->frees;
        out->caches++;
        out->slabs += cache->slabs;
        out->used += used;
        out->used_bytes += used * cache->slot_bytes;
    }
    slab_count_held(out);
}

/* ------------------------------------------------------------------- check */

/* What all slabs add up to. */
struct sums {
    u32 slabs;
    u32 frames;
    u32 open_groups;
};

static bool is_open(const struct slab_group *slab,
                    const struct slab_group *group)
{
    return group->free != 0 && slab != slab->cache->spare;
}

static void check_frames(const struct slab_group *slab)
{
    for (u32 i = 0; i < 1u << slab->order; i++) {
        pfn_t frame = pfn(ptr_to_pfn(slab->base).n + i);
        CHECK(pmm_kind(frame) == FRAME_SLAB && slab_of_frame(frame) == slab,
              "slab invariant 3: frame 0x%x of a slab of '%s' is %s", frame.n,
              slab->cache->name, pmm_kind_name(pmm_kind(frame)));
    }
}

static void check_slab(const struct slab_group *slab, struct sums *sums)
{
    struct slab_cache *cache = slab->cache;
    u32 slots = hosts_itself(cache), used = 0;

    for (u32 i = 0; i < slab->groups; i++) {
        const struct slab_group *group = &slab[i];
        CHECK((group->free & ~group->all) == 0 && group->cache == cache,
              "slab invariant 1: a group of '%s' has slots 0x%x, free 0x%x",
              cache->name, group->all, group->free);
        slots += count_bits(group->all);
        used += count_bits(group->all & ~group->free);
        sums->open_groups += is_open(slab, group);
    }
    CHECK(slots == slab->slots && slots == ((u32)PAGE_SIZE << slab->order) /
                                               cache->slot_bytes,
          "slab invariant 1: a slab of '%s' of %u slots has %u in its groups",
          cache->name, slab->slots, slots);
    CHECK((used == 0) == (slab == cache->spare),
          "slab invariant 2: a slab of '%s' has %u objects, and is %s spare",
          cache->name, used, used == 0 ? "no" : "the");
    check_frames(slab);
    sums->slabs++;
    sums->frames += 1u << slab->order;
    cache->seen += used;
}

static void check_run(pfn_t head, u32 frames, enum frame_kind kind,
                      void *context)
{
    (void)frames;
    if (kind == FRAME_SLAB)
        check_slab(slab_of_frame(head), context);
}

/* How many groups are in the list; they should be. */
static u32 check_list(struct slab_cache *cache)
{
    u32 length = 0;

    CHECK(list_is_empty(cache->switches ? &cache->open.node : &cache->closed),
          "slab invariant 6: cache '%s' has groups in the wrong list",
          cache->name);
    slab_open(cache);
    CHECK(cache->open.free == 0,
          "slab invariant 2: the head of the list of '%s' has free slots",
          cache->name);
    LIST_FOR_EACH(node, &cache->open.node) {
        const struct slab_group *group =
            CONTAINER_OF(node, struct slab_group, node);
        CHECK(group->cache == cache && is_open(slab_of(group->base), group),
              "slab invariant 2: a group that is full, or of a spare, is in "
              "the list of '%s'", cache->name);
        length++;
    }
    slab_close(cache);
    return length;
}

/* Once all slabs were seen. */
static void check_cache(struct slab_cache *cache, struct sums *left)
{
    CHECK(cache->seen + cache->apart == cache->allocs - cache->frees,
          "slab invariant 4: cache '%s' counts %u objects, it has %u",
          cache->name, cache->allocs - cache->frees, cache->seen);
    left->slabs -= cache->slabs;
    left->open_groups -= check_list(cache);
}

static void check_spares(void)
{
    u32 frames = 0;

    LIST_FOR_EACH(node, &slabs.spares)
        frames += 1u << CONTAINER_OF(node, struct slab_cache, spare_node)
                            ->spare->order;
    CHECK(frames == slabs.spare_frames && frames <= SLAB_EMPTY_FRAMES,
          "slab invariant 5: %u frames of spares, counted are %u", frames,
          slabs.spare_frames);
}

void slab_check(void)
{
    struct sums sums = { 0 };

    LIST_FOR_EACH(node, &slabs.caches)
        CONTAINER_OF(node, struct slab_cache, node)->seen = 0;
    pmm_each(check_run, &sums);
    CHECK(sums.frames == slabs.frames,
          "slab invariant 4: %u frames of slabs, counted are %u", sums.frames,
          slabs.frames);
    LIST_FOR_EACH(node, &slabs.caches)
        check_cache(CONTAINER_OF(node, struct slab_cache, node), &sums);
    CHECK(sums.slabs == 0 && sums.open_groups == 0,
          "slab invariants 2, 4: %d slabs and %d open groups more than the "
          "caches know of", (int)sums.slabs, (int)sums.open_groups);
    check_spares();
}

static void dump_cache(const struct slab_cache *cache, void *context)
{
    u32 count = cache->slabs;

    (void)context;
    if (count > 0)
        platform_log("  %6u objects of %4u B in %4u slabs of %2u KiB  %s",
                     cache->allocs - cache->frees, cache->slot_bytes, count,
                     (PAGE_SIZE << cache->order) >> 10, cache->name);
}

void slab_dump(void)
{
    slab_each(dump_cache, NULL);
}
