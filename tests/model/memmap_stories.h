/*
 * memmap_stories.h - memory maps as bytes, as loaders leave them: recorded
 * ones, and made-up ones that are as wrong as can be. Each has a number, its
 * seed, by which it can be made again.
 */
#ifndef MEMMAP_STORIES_H
#define MEMMAP_STORIES_H

#include "memmap_model.h"

enum {
    STORY_TAKEN_MAX = 1 + 16 + 1, /* the kernel, modules, the map itself */
    STORY_RECORDED = 17,          /* the first seeds are recorded maps   */
    STORY_KERNEL_START = 0x100000,
};

struct story {
    /* Set by the caller. */
    u8 *bytes; /* room for the map     */
    u32 room;
    u64 ram_end;    /* nothing is called usable beyond this, if it is true */
    u64 kernel_end; /* some story says that the kernel's place is usable   */
    /* Made. */
    const char *name;
    struct multiboot_map map;
    struct memmap_range taken[STORY_TAKEN_MAX];
    u32 taken_count;
    u32 random;
    bool spares_kernel; /* no entry says worse of the kernel's place */
};

/* One entry of a recorded map. */
struct recorded_entry {
    u64 start, length;
    u32 type;
};

struct recorded_map {
    const char *name;
    const struct recorded_entry *entries;
    u32 count;
};

extern const struct recorded_map recorded_maps[STORY_RECORDED];

/* Make the story with this number. */
void story_make(struct story *story, u32 seed);

/* A story, what memmap.c makes of it, and what the model says. */
struct trial {
    struct story story;
    struct model_room room;
    struct memmap_model model;
    struct memmap map;
};

/* How many bytes of room a trial with so many entries needs. */
u32 trial_bytes(u32 entries);

/* Lay out a trial in trial_bytes(entries) bytes of memory. */
struct trial *trial_begin(void *memory, u32 entries);

/*
 * Build the map of the trial's story, and compare it with the model.
 *
 * Returns: what is wrong, as words; NULL if nothing is.
 */
const char *trial_run(struct trial *trial);

#endif
