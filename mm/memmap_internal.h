/*
 * memmap_internal.h - what the files of L0 share; see mm/memmap_canvas.c.
 */
#ifndef MEMMAP_INTERNAL_H
#define MEMMAP_INTERNAL_H

#include "mm/memmap.h"

/* The index of the first range that ends behind `where`; count if none. */
u32 memmap_first_ending_after(const struct memmap *map, u64 where);

/* Make all of [range.start, range.end), which is not empty, of its kind. */
void memmap_paint(struct memmap *map, struct memmap_range range);

#endif
