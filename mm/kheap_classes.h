/*
 * mm/kheap_classes.h - the size classes of small blocks. For mm/kheap*.c only.
 *
 * Up to 256 bytes there is a class every 8. From there on a class is what a
 * slab can be cut into without a rest worth speaking of: n slots of a run of
 * 8 KiB up to 512 bytes, from 1 KiB on of 8 slots' size:
 *
 *      slab       slots      classes, in bytes
 *      4 KiB      512 .. 32  8 16 24 ... 128
 *      8 KiB      60 .. 32   136 144 ... 256
 *      8 KiB      31 .. 16   264 272 280 288 296 312 ... 448 480 512
 *      8 KiB      15 .. 8    544 584 624 ... 904 1024
 *      16 KiB     15 .. 8    1088 1152 ... 2048
 *      32, 64 KiB 15 .. 8    2176 ... 4096, 4352 ... 8192
 *
 * Rounding up to the next class loses 7 bytes, or 1/8, at most.
 */
#ifndef MM_KHEAP_CLASSES_H
#define MM_KHEAP_CLASSES_H

#include "mm/slab.h"

enum {
    STEP = 8,         /* between the smallest classes                     */
    LINEAR_MAX = 256,
    FINE_MAX = 512,   /* up to here 16 classes, then 8, to each doubling  */
    FINE_RUN = 2 * PAGE_SIZE,
    SMALL_MAX = 1024, /* up to here a table has an entry every STEP bytes */
    LARGE_STEP = 64,  /* beyond, one every so many                        */
    CLASSES = LINEAR_MAX / STEP + 16 + 4 * 8,
    SMALLS = SMALL_MAX / STEP + 1,
    MEDIUMS = SLAB_OBJECT_MAX / LARGE_STEP + 1,
    CLASS_NAME_MAX = 12,
};

struct kheap_classes {
    struct slab_cache all[CLASSES];         /* the smallest first */
    char names[CLASSES][CLASS_NAME_MAX];    /* "8 bytes"          */
    struct slab_cache *small[SMALLS];       /* the class of n * STEP bytes */
    struct slab_cache *medium[MEDIUMS];     /* of n * LARGE_STEP           */
};

extern struct kheap_classes kheap_classes;

/* Make them; `switches` are on for each, its own aside. */
void kheap_classes_init(u32 switches);

_Static_assert(SLAB_OBJECT_MAX == FINE_MAX << 4,
               "the last class is that of the largest objects");

/* The classes in rising order: from the size of one to that of the next, by
 * one slot less in a run; the next run is twice as large. */
static inline u32 next_class_bytes(u32 bytes)
{
    if (bytes < LINEAR_MAX)
        return bytes + STEP;
    u32 run = FINE_RUN;
    while (bytes >= FINE_MAX && run / 8 <= bytes)
        run *= 2;
    u32 unit = bytes < SMALL_MAX ? STEP : LARGE_STEP;
    return round_down(run / (run / bytes - 1), unit);
}

/* Of up to SLAB_OBJECT_MAX bytes. */
static inline struct slab_cache *class_of(u32 bytes)
{
    if (bytes <= SMALL_MAX)
        return kheap_classes.small[(bytes + STEP - 1) / STEP];
    return kheap_classes.medium[(bytes + LARGE_STEP - 1) / LARGE_STEP];
}

static inline bool is_class(const struct slab_cache *cache)
{
    return cache >= kheap_classes.all && cache < kheap_classes.all + CLASSES;
}

#endif
