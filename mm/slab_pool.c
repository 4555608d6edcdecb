/*
 * mm/slab_pool.c - L4: where slabs come from, and when they go.
 */
#include "slab_record.h"
#include "slab_slot.h"

/* ---------------------------------------------------------------- geometry */

static bool wastes_little(u32 bytes, u32 slot_bytes)
{
    return bytes % slot_bytes <= bytes / 16;
}

/* A frame, if 32 slots go into it. Else the smallest slab from two frames on
 * that has a few slots, and of which no more than 1/16 is lost behind them. */
static u32 choose_order(u32 slot_bytes)
{
    u32 order = slot_bytes * GROUP_SLOTS > PAGE_SIZE;

    while (order < SLAB_ORDER_MAX &&
           ((u32)PAGE_SIZE << order) / slot_bytes < SLAB_SLOTS_MIN)
        order++;
    for (u32 larger = order; larger <= SLAB_ORDER_MAX; larger++)
        if (wastes_little((u32)PAGE_SIZE << larger, slot_bytes))
            return larger;
    return order;
}

void slab_cache_shape(struct slab_cache *cache, const char *name, u32 bytes,
                      u32 align, u32 switches)
{
    u32 slot_bytes = bytes + slab_overhead(align, switches);

    align = max_u32(align, SLAB_ALIGN);
    slot_bytes = round_up(slot_bytes, align);
    *cache = (struct slab_cache){
        .name = name,
        .object_bytes = bytes,
        .align = align,
        .switches = switches,
        .slot_bytes = slot_bytes,
        .reciprocal = switches ? 0 : slab_reciprocal(slot_bytes),
        .order = choose_order(slot_bytes),
    };
    list_init(&cache->open.node);
    list_init(&cache->closed);
    list_init(&cache->spare_node);
    list_append(&slabs.caches, &cache->node);
}

/* ------------------------------------------------------------------- slabs */

/* The bits of group `i` of `slots` slots. */
static u32 group_mask(u32 slots, u32 i)
{
    u32 count = min_u32(slots - i * GROUP_SLOTS, GROUP_SLOTS);

    return ~0u >> (GROUP_SLOTS - count);
}

static void fill_descriptor(struct slab_group *slab, struct slab_cache *cache,
                            u8 *base, u32 order)
{
    u32 slots = ((u32)PAGE_SIZE << order) / cache->slot_bytes;
    u32 groups = (slots + GROUP_SLOTS - 1) / GROUP_SLOTS;

    for (u32 i = 0; i < groups; i++)
        slab[i] = (struct slab_group){
            .free = group_mask(slots, i),
            .all = group_mask(slots, i),
            .base = base + i * GROUP_SLOTS * cache->slot_bytes,
            .cache = cache,
            .slots = slots,
            .order = (u16)order,
            .groups = (u16)groups,
        };
    if (hosts_itself(cache))
        slab->free = slab->all &= ~1u;
}

/* The first group comes first. */
static void open_groups(struct slab_group *slab)
{
    for (u32 i = slab->groups; i-- > 0;)
        list_push(&slab->cache->open.node, &slab[i].node);
}

/* Frames for a slab of the cache. If memory is in pieces, fewer than it should
 * have; `*order` tells. */
static pfn_t alloc_run(const struct slab_cache *cache, u32 *order)
{
    pfn_t head = pmm_alloc_run(ZONE_LOW, cache->order, FRAME_SLAB);

    *order = cache->order;
    while (pfn_is_none(head) && *order > 0 &&
           (u32)PAGE_SIZE << (*order - 1) >= cache->slot_bytes) {
        --*order;
        head = pmm_alloc_run(ZONE_LOW, *order, FRAME_SLAB);
    }
    return head;
}

static void *alloc_descriptor(struct slab_cache *cache, u8 *base)
{
    struct slab_cache *descriptors = cache->descriptors;

    if (hosts_itself(cache))
        return base;
    void *descriptor;
    return slab_take(descriptors, &descriptor) ? descriptor
                                               : slab_take_new(descriptors);
}

static bool make_slab(struct slab_cache *cache)
{
    u32 order;
    pfn_t head = alloc_run(cache, &order);

    if (pfn_is_none(head))
        return false;
    struct slab_group *slab = alloc_descriptor(cache, pfn_to_ptr(head));
    if (!slab) {
        pmm_free_run(head, order, FRAME_SLAB);
        return false;
    }
    fill_descriptor(slab, cache, pfn_to_ptr(head), order);
    pmm_set_run_payload(head, order, FRAME_SLAB,
                        ptr_to_phys(slab).addr / SLAB_UNIT);
    if (cache->switches)
        slab_forget_records(slab);
    cache->slabs++;
    slabs.frames += 1u << order;
    open_groups(slab);
    return true;
}

static void free_descriptor(struct slab_group *slab);

void slab_destroy(struct slab_group *slab)
{
    pfn_t head = ptr_to_pfn(slab->base);
    u32 order = slab->order;

    slab->cache->slabs--;
    slabs.frames -= 1u << order;
    if (!hosts_itself(slab->cache))
        free_descriptor(slab);
    pmm_free_run(head, order, FRAME_SLAB);
}

/* ------------------------------------------------------------------ spares */

struct slab_group *slab_take_spare(struct slab_cache *cache)
{
    struct slab_group *slab = cache->spare;

    if (slab) {
        cache->spare = NULL;
        list_remove(&cache->spare_node);
        slabs.spare_frames -= 1u << slab->order;
    }
    return slab;
}

void slab_drop_oldest_spare(void)
{
    struct list *oldest = slabs.spares.next;

    slab_destroy(
        slab_take_spare(CONTAINER_OF(oldest, struct slab_cache, spare_node)));
}

/* The slab has lost its last object. */
static void retire(struct slab_group *slab)
{
    struct slab_cache *cache = slab->cache;

    for (u32 i = 0; i < slab->groups; i++)
        list_remove(&slab[i].node);
    if (cache->spare) {
        slab_destroy(slab);
        return;
    }
    cache->spare = slab;
    list_append(&slabs.spares, &cache->spare_node);
    slabs.spare_frames += 1u << slab->order;
    while (slabs.spare_frames > SLAB_EMPTY_FRAMES)
        slab_drop_oldest_spare();
}

void slab_lost_group(struct slab_group *group)
{
    struct slab_group *slab = slab_of(group->base);

    for (u32 i = 0; i < slab->groups; i++)
        if (slab[i].free != slab[i].all)
            return;
    retire(slab);
}

static void free_descriptor(struct slab_group *slab)
{
    struct slab_group *host = slab_of(slab);
    u32 slot = (u32)((u8 *)slab - host->base) / host->cache->slot_bytes;
    struct slab_group *group = host + slot / GROUP_SLOTS;

    if (group->free == 0)
        list_push(&host->cache->open.node, &group->node);
    group->free |= 1u << slot % GROUP_SLOTS;
    host->cache->frees++;
    if (group->free == group->all)
        slab_lost_group(group);
}

/* --------------------------------------------------------------- slow take */

static bool open_spare(struct slab_cache *cache)
{
    struct slab_group *spare = slab_take_spare(cache);

    if (spare)
        open_groups(spare);
    return spare != NULL;
}

/* A slot of the first cache of these that has an open group. */
static void *take_of_lender(struct slab_cache *lender,
                            const struct slab_cache *end)
{
    void *object;

    for (; lender != end; lender++)
        if (slab_take(lender, &object))
            return object;
    return NULL;
}

static NOINLINE void *take_of_new_slab(struct slab_cache *cache)
{
    void *object;

    if (!open_spare(cache) && !make_slab(cache))
        return NULL;
    return slab_take(cache, &object) ? object : NULL;
}

void *slab_take_slow(struct slab_cache *cache)
{
    if (!cache->spare) {
        void *object = take_of_lender(cache + 1, cache + 1 + cache->lenders);
        if (object)
            return object;
    }
    return cache->switches ? NULL : take_of_new_slab(cache);
}

void *slab_take_new(struct slab_cache *cache)
{
    return take_of_new_slab(cache);
}
