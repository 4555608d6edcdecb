/*
 * mm/slab_internal.h - what the files of the slab layer share. For
 * mm/slab*.c only.
 */
#ifndef MM_SLAB_INTERNAL_H
#define MM_SLAB_INTERNAL_H

#include "lib/bitset.h"
#include "mm/pmm.h"
#include "mm/slab.h"

/* A slab's descriptor; the bits go on up to the end of its slot. */
struct slab {
    struct list node; /* in its cache's partial or full list */
    struct slab_cache *cache;
    u8 *base; /* of the first slot */
    u32 used; /* objects           */
    u32 free[];
};

enum {
    SLAB_ALIGN = 8,
    SLAB_ORDER_MAX = 3,
    SLAB_SLOTS_MIN = 4,
    SLAB_SMALL_DESCRIPTOR = 64,
    SLAB_LARGE_DESCRIPTOR = 128,
    SLAB_SMALL_SLOTS =
        (SLAB_SMALL_DESCRIPTOR - sizeof(struct slab) - 4) / 4 * 32,
};

/* A slab of the smallest slots has 512 of them. */
_Static_assert(sizeof(struct slab) + 4 * BITSET_WORDS(PAGE_SIZE / SLAB_ALIGN) <=
                   SLAB_LARGE_DESCRIPTOR,
               "the bits of a slab fit into its descriptor");
/* Every descriptor's number fits into a frame entry's payload. */
_Static_assert((DIRECT_MAP_END - DIRECT_MAP_START) / SLAB_SMALL_DESCRIPTOR <=
                   PAYLOAD_MAX,
               "a descriptor is named by 24 bits");

struct slabs {
    struct list caches;  /* all of them                                 */
    struct list spares;  /* of these, the ones with a spare; oldest first */
    u32 frames;          /* of all slabs */
    u32 spare_frames;    /* of these, in spares */
    struct slab_cache small_descriptors;
    struct slab_cache large_descriptors;
};

extern struct slabs slabs;

/* The slab that a frame of kind SLAB belongs to. */
static inline struct slab *slab_of_frame(pfn_t frame)
{
    return phys_to_ptr(phys(pmm_payload(frame) * SLAB_SMALL_DESCRIPTOR));
}

/* The slab that `address` points into, or NULL. Any pointer may be asked. */
struct slab *slab_of(const void *address);

#endif
