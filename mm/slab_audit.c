/*
 * mm/slab_audit.c - L4: does each frame of a slab name a descriptor that
 * names it? And do the caches know of all that there is?
 *
 *      frame entry  --->  descriptor  --->  base: the frame
 *                             |
 *                             +---------->  cache, in the list of all caches
 *
 * A pointer is followed if what it leads to can be read, and leads back.
 */
#include "mm/platform.h"
#include "slab_slot.h"

/* What all slabs add up to. */
struct sums {
    struct claims *to;
    u32 slabs;
    u32 frames;
    u32 open_groups;
    const struct slab_cache *known[2]; /* the last that were found to be ones */
};

/* Is this a node of a list, so that its neighbour can be asked? */
static bool is_linked(const struct list *node)
{
    return platform_can_read(node, sizeof *node) &&
           platform_can_read(node->next, sizeof *node) &&
           node->next->prev == node;
}

/* Most slabs in a row have the same cache, and its descriptors. */
static bool is_cache(struct sums *sums, const struct slab_cache *cache)
{
    if (cache == sums->known[0] || cache == sums->known[1])
        return true;
    if (!platform_can_read(cache, sizeof *cache) ||
        !is_linked(&cache->node) || !platform_can_read(cache->name, 1))
        return false;
    sums->known[1] = sums->known[0];
    sums->known[0] = cache;
    return true;
}

/* ------------------------------------------------------------------- slabs */

/* The descriptor that a frame names, if that can be one at all. */
static struct slab_group *descriptor_of(pfn_t frame)
{
    struct slab_group *slab = slab_of_frame(frame);
    pfn_t host = phys_to_pfn(phys(pmm_payload(frame) * SLAB_UNIT));

    return host.n < pmm_span() && pmm_kind(host) == FRAME_SLAB ? slab : NULL;
}

/* Does the descriptor describe the run of this head? */
static bool describes(const struct slab_group *slab, pfn_t head)
{
    return slab->base == pfn_to_ptr(head) && slab->order == pmm_order(head) &&
           slab->groups > 0 && slab->groups <= SLAB_GROUPS_MAX;
}

/* Is the descriptor an object in use? */
static bool is_in_use(struct sums *sums, const struct slab_group *slab)
{
    struct slab_group *host = descriptor_of(ptr_to_pfn(slab));

    if (host == slab)
        return slab->base == (const u8 *)slab;
    if (!host || !is_cache(sums, host->cache) || host->cache->slot_bytes == 0)
        return false;
    u32 offset = (u32)((const u8 *)slab - host->base);
    u32 slot = offset / host->cache->slot_bytes;
    return slot < host->slots && offset % host->cache->slot_bytes == 0 &&
           !(host[slot / GROUP_SLOTS].free >> slot % GROUP_SLOTS & 1);
}

static void claim_tails(struct claims *to, pfn_t head, u32 frames)
{
    for (u32 n = head.n + 1; n < head.n + frames; n++)
        CLAIM(to, pmm_payload(pfn(n)) == pmm_payload(head),
              "frame 0x%x: inside the slab of frame 0x%x, but names another "
              "descriptor, %u for %u", n, head.n, pmm_payload(pfn(n)),
              pmm_payload(head));
}

/* The groups of a slab. How many objects they have in use. */
static u32 claim_groups(struct sums *sums, const struct slab_group *slab,
                        pfn_t head)
{
    const struct slab_cache *cache = slab->cache;
    u32 slots = hosts_itself(cache), used = 0;

    for (u32 i = 0; i < slab->groups; i++) {
        const struct slab_group *group = &slab[i];
        CLAIM(sums->to, (group->free & ~group->all) == 0,
              "slab of frame 0x%x, of '%s': group %u has the slots 0x%x, and "
              "of these 0x%x are free", head.n, cache->name, i, group->all,
              group->free);
        CLAIM(sums->to, group->cache == cache,
              "slab of frame 0x%x, of '%s': group %u is another cache's",
              head.n, cache->name, i);
        slots += count_bits(group->all);
        used += count_bits(group->all & ~group->free);
        sums->open_groups += group->free != 0 && slab != cache->spare;
    }
    CLAIM(sums->to, slots == slab->slots &&
                        slots * cache->slot_bytes <=
                            (u32)PAGE_SIZE << slab->order,
          "slab of frame 0x%x, of '%s': it has %u slots, its groups %u",
          head.n, cache->name, slab->slots, slots);
    return used;
}

static void claim_slab(struct sums *sums, struct slab_group *slab, pfn_t head)
{
    struct slab_cache *cache = slab->cache;

    if (!CLAIM(sums->to, is_cache(sums, cache),
               "slab of frame 0x%x: its cache at %p is none", head.n,
               (const void *)cache))
        return;
    u32 used = claim_groups(sums, slab, head);
    CLAIM(sums->to, (used == 0) == (slab == cache->spare),
          "slab of frame 0x%x, of '%s': it has %u objects, and is %s", head.n,
          cache->name, used, used ? "kept as a spare" : "no spare");
    CLAIM(sums->to, is_in_use(sums, slab),
          "slab of frame 0x%x, of '%s': its descriptor at %p is no object in "
          "use", head.n, cache->name, (const void *)slab);
    cache->seen += used;
}

static void claim_run(pfn_t head, u32 frames, void *context)
{
    struct sums *sums = context;
    struct slab_group *slab = descriptor_of(head);

    sums->slabs++;
    sums->frames += frames;
    if (!CLAIM(sums->to, slab && describes(slab, head),
               "frame 0x%x: a slab, but the descriptor that it names, %u, "
               "does not name it", head.n, pmm_payload(head)))
        return;
    claim_tails(sums->to, head, frames);
    claim_slab(sums, slab, head);
}

/* ------------------------------------------------------------------ caches */

/* The groups in the list of those with a free slot. */
static u32 claim_open(struct claims *to, const struct slab_cache *cache)
{
    const struct list *head = cache->switches ? &cache->closed
                                              : &cache->open.node;
    const struct list *node = head;
    u32 length = 0;

    if (node->next == node && node->prev == node)
        return 0;
    for (; is_linked(node) && node->next != head; length++) {
        node = node->next;
        const struct slab_group *group =
            CONTAINER_OF(node, const struct slab_group, node);
        CLAIM(to, group->cache == cache && group->free != 0,
              "cache '%s': a group in its list of open ones, at %p, is full, "
              "or another's", cache->name, (const void *)group);
    }
    CLAIM(to, is_linked(node),
          "cache '%s': its list of open groups breaks off at %p, which leads "
          "to %p", cache->name, (const void *)node,
          (const void *)node->next);
    return length;
}

static void claim_cache(struct sums *sums, const struct slab_cache *cache)
{
    CLAIM(sums->to, cache->seen + cache->apart == cache->allocs - cache->frees,
          "cache '%s': it counts %u objects, its slabs have %u", cache->name,
          cache->allocs - cache->frees, cache->seen);
    sums->slabs -= cache->slabs;
    sums->open_groups -= claim_open(sums->to, cache);
}

static struct slab_cache *cache_of(const struct list *node)
{
    return CONTAINER_OF(node, struct slab_cache, node);
}

static void claim_spares(struct claims *to)
{
    u32 frames = 0;

    LIST_FOR_EACH(node, &slabs.caches) {
        const struct slab_group *spare = cache_of(node)->spare;
        if (spare && platform_can_read(spare, sizeof *spare))
            frames += 1u << spare->order % 32;
    }
    CLAIM(to, frames == slabs.spare_frames && frames <= SLAB_EMPTY_FRAMES,
          "slabs: spares of %u frames, counted are %u, %u may be", frames,
          slabs.spare_frames, SLAB_EMPTY_FRAMES);
}

/* Is the list of caches whole? So far as it is, no object has been seen. */
static bool begin_caches(struct claims *to)
{
    struct list *node = &slabs.caches;

    while (is_linked(node) && node->next != &slabs.caches) {
        node = node->next;
        cache_of(node)->seen = 0;
    }
    return CLAIM(to, is_linked(node),
                 "slabs: the list of caches breaks off at %p, which leads to "
                 "%p", (const void *)node, (const void *)node->next);
}

/* Once a slab is known to be damaged, the sums tell nothing new. */
void slab_audit(struct claims *to)
{
    struct sums sums = { .to = to };
    u32 failed = claims_failed(to);
    bool is_whole = begin_caches(to);

    pmm_each_of(FRAME_SLAB, claim_run, &sums);
    if (!is_whole || claims_failed(to) > failed)
        return;
    CLAIM(to, sums.frames == slabs.frames,
          "slabs: %u frames, counted are %u", sums.frames, slabs.frames);
    LIST_FOR_EACH(node, &slabs.caches)
        claim_cache(&sums, cache_of(node));
    if (claims_failed(to) > failed)
        return;
    CLAIM(to, sums.slabs == 0 && sums.open_groups == 0,
          "slabs: %d slabs and %d open groups more than the caches know of",
          (int)sums.slabs, (int)sums.open_groups);
    claim_spares(to);
}
