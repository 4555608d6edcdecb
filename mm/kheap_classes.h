/*
 * mm/kheap_classes.h - the size classes of small blocks. For mm/kheap*.c only.
 *
 * Up to 128 bytes there is a class every 8; from there on, eight to each
 * doubling, so that rounding up to the next class loses at most 1/8:
 *
 *      8 16 24 ... 128   144 160 ... 256   288 320 ... 512   ...   8192
 *      every 8           every 16          every 32          ...   every 512
 */
#ifndef MM_KHEAP_CLASSES_H
#define MM_KHEAP_CLASSES_H

#include "mm/slab.h"

enum {
    STEP = 8,
    LINEAR_MAX = 128,
    LINEAR_CLASSES = LINEAR_MAX / STEP,
    PER_DOUBLING = 8,
    DOUBLINGS = 6,
    CLASSES = LINEAR_CLASSES + DOUBLINGS * PER_DOUBLING,
};

_Static_assert(SLAB_OBJECT_MAX == LINEAR_MAX << DOUBLINGS,
               "the last class is that of the largest objects");

/* The class of the smallest slots that hold `bytes`, 1 to SLAB_OBJECT_MAX. */
static inline u32 class_of(u32 bytes)
{
    u32 last = bytes - 1;

    if (bytes <= LINEAR_MAX)
        return last / STEP;
    u32 shift = highest_bit(last) - 3; /* a class every 2^shift bytes */
    return LINEAR_CLASSES + (shift - 4) * PER_DOUBLING + (last >> shift) -
           PER_DOUBLING;
}

/* The bytes of a slot of class `index`, 0 to CLASSES - 1. */
static inline u32 class_bytes(u32 index)
{
    if (index < LINEAR_CLASSES)
        return (index + 1) * STEP;
    u32 start = (u32)LINEAR_MAX << (index - LINEAR_CLASSES) / PER_DOUBLING;
    return start + (index % PER_DOUBLING + 1) * (start / PER_DOUBLING);
}

#endif
