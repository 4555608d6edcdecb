/*
 * mm/slab_slot.h - what the files of the heap share: how a slot is taken
 * and given back. For mm/slab*.c and mm/kheap*.c only.
 */
#ifndef MM_SLAB_SLOT_H
#define MM_SLAB_SLOT_H

#include "mm/lock.h"
#include "mm/pmm.h"
#include "mm/slab.h"

enum {
    SLAB_ALIGN = 8,
    SLAB_ORDER_MAX = 4,
    SLAB_SLOTS_MIN = 8,  /* in a slab, if it is as large as it should be */
    GROUP_SLOTS = 32,
    SLAB_GROUPS_MAX = PAGE_SIZE / SLAB_ALIGN / GROUP_SLOTS,
    SLAB_UNIT = 64,      /* descriptors begin at multiples of it         */
    DESCRIPTOR_SIZES = 4,
    FREES = 1 << 8,      /* the last ones are remembered                 */
};

/* Every descriptor's number fits into a frame entry's payload. */
_Static_assert((DIRECT_MAP_END - DIRECT_MAP_START) / SLAB_UNIT <= PAYLOAD_MAX,
               "a descriptor is named by 24 bits");

/* Who freed what. */
struct slab_free {
    const void *object, *by;
};

struct slabs {
    struct list caches;  /* all of them                                   */
    struct list spares;  /* of these, the ones with a spare; oldest first */
    u32 frames;          /* of all slabs                                  */
    u32 spare_frames;    /* of these, in spares                           */
    struct slab_cache descriptors[DESCRIPTOR_SIZES];
};

extern struct slabs slabs;

/* Who freed what last. */
extern struct slab_free slab_frees[FREES];
extern u8 slab_next_free; /* where the next one is to stand */

/* The slab that a frame of kind SLAB belongs to. */
static inline struct slab_group *slab_of_frame(pfn_t frame)
{
    return phys_to_ptr(phys(pmm_payload(frame) * SLAB_UNIT));
}

/* The entry of the frame at `address`, less what those of kind SLAB have more:
 * so the descriptor's number, and the order, are left of them, and of others
 * what is NO_SLAB at least. Any pointer may be asked about. */
enum { NO_SLAB = 1u << ENTRY_KIND_SHIFT };

static inline u32 slab_entry(const void *address)
{
    uintptr_t frame =
        ((uintptr_t)address - (uintptr_t)platform_direct_map) >> PAGE_SHIFT;

    if (frame >= pmm.span)
        return NO_SLAB;
    return pmm.entries[frame] - ((u32)FRAME_SLAB << ENTRY_KIND_SHIFT);
}

static inline struct slab_group *slab_of_entry(u32 entry)
{
    return phys_to_ptr(phys((entry & PAYLOAD_MAX) * SLAB_UNIT));
}

/* The slab that `address` points into, or NULL. Any pointer may be asked. */
static inline struct slab_group *slab_of(const void *address)
{
    u32 entry = slab_entry(address);

    return entry < NO_SLAB ? slab_of_entry(entry) : NULL;
}

static inline bool slot_is_free(const struct slab_group *slab, u32 slot)
{
    return slab[slot / GROUP_SLOTS].free >> slot % GROUP_SLOTS & 1;
}

/* Does the address lie in a slot that is free, or in none? */
static inline bool slab_is_free(const struct slab_group *slab,
                                const void *address)
{
    u32 offset = (u32)((const u8 *)address - slab->base);
    u32 slot = offset / slab->cache->slot_bytes;

    return slot >= slab->slots || slot_is_free(slab, slot);
}

/* A slab with no descriptor elsewhere keeps it in its first slot. */
static inline bool hosts_itself(const struct slab_cache *cache)
{
    return cache->descriptors == NULL;
}

static inline void remember_free(const void *object, const void *by)
{
    slab_frees[slab_next_free++] = (struct slab_free){ object, by };
}

/* --------------------------------------------------- take and give a slot */

/* The first free slot of the cache's first open group, if it has one. */
static inline bool slab_take(struct slab_cache *cache, void **object)
{
    struct slab_group *group =
        CONTAINER_OF(cache->open.node.next, struct slab_group, node);
    u32 free = group->free;

    if (free == 0) /* that is the list's head: there is no open group */
        return false;
    u32 slot = lowest_bit(free);
    free &= ~(1u << slot);
    group->free = free;
    if (free == 0)
        list_pop(&cache->open.node, &group->node);
    cache->allocs++;
    *object = group->base + slot * cache->slot_bytes;
    return true;
}

/* mm/slab_pool.c. No slot of the group is in use any more. */
void slab_lost_group(struct slab_group *group);

/*
 * Give back a slot, if it is the start of one in use; else nothing is done,
 * and the answer is false. The product of offset and reciprocal has the
 * slot's number above bit 32; what is below is less than the reciprocal for
 * the slot's first byte only.
 */
static inline bool slab_give(struct slab_group *slab, u32 reciprocal,
                             const void *object)
{
    struct slab_cache *cache = slab->cache;
    u64 product = (u64)((u32)((const u8 *)object - slab->base)) *
                  reciprocal;
    u32 slot = (u32)(product >> 32);

    if ((u32)product >= reciprocal || slot >= slab->slots)
        return false;
    struct slab_group *group = slab + slot / GROUP_SLOTS;
    u32 free = group->free;
    u32 free_now = free | 1u << slot % GROUP_SLOTS;
    if (free_now == free)
        return false;
    lock(LOCK_HEAP);
    group->free = free_now;
    cache->frees++;
    if (free == 0)
        list_push(&cache->open.node, &group->node);
    if (free_now == group->all)
        slab_lost_group(group);
    unlock(LOCK_HEAP);
    return true;
}

/* ----------------------------------------------------------- other rooms */

/* mm/slab_pool.c. When no group is open: a slot of the cache's spare slab; of
 * one of its lenders; of a new slab. NULL if there is no memory for that, or if
 * the cache is a checked one. */
void *slab_take_slow(struct slab_cache *cache);

/* The same without lenders, of any cache. */
void *slab_take_new(struct slab_cache *cache);
void slab_destroy(struct slab_group *slab);
struct slab_group *slab_take_spare(struct slab_cache *cache);
void slab_drop_oldest_spare(void);

/* Prepare a cache without descriptors of its own. */
void slab_cache_shape(struct slab_cache *cache, const char *name, u32 bytes,
                      u32 align, u32 switches);

/* mm/slab.c: slab_cache_create() with switches. */
void slab_create(struct slab_cache *cache, const char *name, u32 bytes,
                 u32 align, u32 switches);

/* mm/slab_report.c: panic, as the object cannot be freed. `what` was called
 * for it, by `caller`. */
NORETURN void slab_refuse(const char *what, const struct slab_group *slab,
                          const void *object, const void *caller);

#endif
