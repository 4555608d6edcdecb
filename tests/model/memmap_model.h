/*
 * memmap_model.h - what mm/memmap.c should make of a loader's map, found in
 * another way: all end points at once, sorted, and one sweep over them.
 */
#ifndef MEMMAP_MODEL_H
#define MEMMAP_MODEL_H

#include "kernel/multiboot.h"

/* Where an entry begins or ends. */
struct model_point {
    u64 at;
    u8 kind;
    bool begins;
};

/* Room for the model to work in: the caller's. For n entries and t taken
 * ranges, 2n points and 4n + 2t + 4 ranges. */
struct model_room {
    struct model_point *points;
    u32 points_max;
    struct memmap_range *ranges;
    u32 ranges_max;
};

/* As struct memmap, without an end to the table. */
struct memmap_model {
    struct model_room room;
    const struct memmap_range *taken;
    u32 taken_count;
    u32 count; /* of room.ranges */
    struct memmap_stats stats;
    bool fits; /* into the room; otherwise nothing else here is right */
};

/*
 * The true map of these bytes, and of what is told and taken besides. Does
 * not use kernel/multiboot.c to read them.
 */
void memmap_model_build(struct memmap_model *model,
                        const struct model_room *room,
                        const struct multiboot_map *bytes,
                        const struct memmap_range *taken, u32 taken_count);

/*
 * What is wrong with `map`, as words; NULL if nothing is. A map that was
 * crowded need not be equal, but nothing may be usable in it that is not so
 * in the model.
 */
const char *memmap_model_objection(const struct memmap_model *model,
                                   const struct memmap *map);

#endif
