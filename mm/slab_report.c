/*
 * mm/slab_report.c - L4: why an object cannot be freed.
 */
#include "slab_slot.h"

struct slab_free slab_frees[FREES];
u8 slab_next_free;

const void *slab_freed_by(const void *object)
{
    for (u32 age = 1; age <= FREES; age++) {
        const struct slab_free *last =
            &slab_frees[(slab_next_free - age) % FREES];
        if (last->object == object)
            return last->by;
    }
    return NULL;
}

NORETURN static void refuse_free(const char *what,
                                 const struct slab_group *slab,
                                 const void *object, u32 slot,
                                 const void *caller)
{
    const void *before = slab_freed_by(object);

    if (before)
        platform_panic("%s of %p, by %p: it is free already (slot %u of slab "
                       "%p of cache '%s'); freed before by %p", what, object,
                       caller, slot, slab->base, slab->cache->name, before);
    platform_panic("%s of %p, by %p: it is free already (slot %u of slab %p "
                   "of cache '%s'), freed more than 256 frees ago", what,
                   object, caller, slot, slab->base, slab->cache->name);
}

void slab_refuse(const char *what, const struct slab_group *slab,
                 const void *object, const void *caller)
{
    const struct slab_cache *cache = slab->cache;
    u32 offset = (u32)((const u8 *)object - slab->base);
    u32 slot = offset / cache->slot_bytes;

    CHECK(slot < slab->slots,
          "%s of %p, by %p: it lies behind the last object of slab %p of cache "
          "'%s'", what, object, caller, slab->base, cache->name);
    CHECK(offset % cache->slot_bytes == 0,
          "%s of %p, by %p: it lies %u bytes inside an object of cache '%s'",
          what, object, caller, offset % cache->slot_bytes, cache->name);
    CHECK(slot > 0 || !hosts_itself(cache),
          "%s of %p, by %p: it is a slab's own descriptor", what, object,
          caller);
    refuse_free(what, slab, object, slot, caller);
}
