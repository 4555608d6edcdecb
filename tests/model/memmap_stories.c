/*
 * tests/model/memmap_stories.c - makes memory maps, good and bad, by number.
 *
 * A made-up story has one theme, such as a comb of a thousand teeth, and
 * besides may have what any loader can get wrong: entries of odd size, an end
 * that is cut off, modules across everything. What all have is that usable
 * means usable: no entry that counts calls usable what lies behind ram_end.
 * And most leave the kernel's place usable, so that it can be booted.
 */
#include "memmap_stories.h"

#include "lib/mem.h"
#include "mm/addr.h"

enum { USABLE = 1, RESERVED = 2, MIB = 1 << 20 };

/* ------------------------------------------------------------------ chance */

static u32 next(struct story *story)
{
    story->random ^= story->random << 13;
    story->random ^= story->random >> 17;
    story->random ^= story->random << 5;
    return story->random;
}

static u32 below(struct story *story, u32 limit)
{
    return (u32)((u64)next(story) * limit >> 32);
}

static bool one_in(struct story *story, u32 n)
{
    return below(story, n) == 0;
}

/* Where things tend to go wrong. */
static const u64 landmarks[] = {
    0,           0x1000,      0x9fc00,    0xa0000,    0x100000,
    0x400000,    0x1000000,   0x30000000, 0x80000000, 0xc0000000,
    0xfffff000,  0x100000000, 1ull << 36, 1ull << 63, ~0ull,
};

static u64 address(struct story *story)
{
    u64 near = landmarks[below(story, ARRAY_SIZE(landmarks))];

    if (one_in(story, 2))
        near = (u64)below(story, 1 << 15) << PAGE_SHIFT; /* below 128 MiB */
    switch (below(story, 4)) {
    case 0:
        return near + below(story, 3) - 1;
    case 1:
        return near + below(story, 3 * PAGE_SIZE);
    case 2:
        return near + ((u64)below(story, 512) << PAGE_SHIFT);
    default:
        return near;
    }
}

static u32 type(struct story *story)
{
    static const u32 types[] = { 1, 1, 1, 1, 2, 2, 3, 4, 5, 0, 20, ~0u };

    return types[below(story, ARRAY_SIZE(types))];
}

/* ------------------------------------------------------------------- bytes */

static void append(struct story *story, u64 start, u64 length, u32 type)
{
    u32 size = 20 + (one_in(story, 8) ? below(story, 41) : 0);
    struct multiboot_entry entry = { size, start, length, type };

    if (story->room - story->map.bytes < size + 4)
        return;
    memset(story->bytes + story->map.bytes, 0xee, size + 4);
    memcpy(story->bytes + story->map.bytes, &entry, sizeof entry);
    story->map.bytes += size + 4;
}

/* Nothing usable where there is no RAM. One that wraps around may say so,
 * as it is not to be believed. */
static void tell_usable(struct story *story, u64 start, u64 end)
{
    if (end >= start && end > story->ram_end)
        end = story->ram_end;
    append(story, start, end - start,
           start <= story->ram_end ? USABLE : RESERVED);
}

static void tell(struct story *story, u64 start, u64 end, u32 type)
{
    u64 last = end < start ? ~0ull : end;

    if (type == USABLE) {
        tell_usable(story, start, end);
        return;
    }
    if (story->spares_kernel && start < story->kernel_end &&
        last > STORY_KERNEL_START) {
        if (start < STORY_KERNEL_START)
            end = STORY_KERNEL_START;
        else
            start = story->kernel_end;
    }
    append(story, start, end - start, type);
}

/* ------------------------------------------------------------------ themes */

/* Whatever comes to mind. */
static void tell_anything(struct story *story)
{
    for (u32 i = below(story, 40); i > 0; i--) {
        u64 start = address(story);

        tell(story, start, one_in(story, 2) ? address(story)
                                            : start + below(story, 64 * MIB),
             type(story));
    }
}

/* Memory cut into pieces, told from both ends. */
static void tell_pieces(struct story *story)
{
    u64 low = 0, high = 256 * MIB;

    for (u32 i = below(story, 60); i > 0 && low < high; i--) {
        u64 piece = below(story, 16 * MIB) & (one_in(story, 4) ? ~0u : ~0xfffu);

        if (one_in(story, 2)) {
            tell(story, low, low + piece, type(story));
            low += piece;
        } else {
            tell(story, high - piece, high, type(story));
            high -= piece;
        }
    }
}

/* Many teeth, on RAM or on nothing; enough of them fill any table. */
static void tell_comb(struct story *story)
{
    u32 teeth = 1 + below(story, 640);
    u32 pitch = one_in(story, 2) ? 2 * PAGE_SIZE : 1 + below(story, 0x8000);
    u32 width = one_in(story, 2) ? PAGE_SIZE : 1 + below(story, pitch);
    u64 start = address(story);
    u32 tooth = type(story);
    bool downwards = one_in(story, 2), jagged = one_in(story, 2);

    if (one_in(story, 2))
        tell(story, 0, story->ram_end, USABLE);
    for (u32 i = 0; i < teeth; i++) {
        u64 at = start + (u64)(downwards ? teeth - i : i) * pitch;

        tell(story, at, at + (jagged ? 1 + below(story, width) : width),
             one_in(story, 50) ? type(story) : tooth);
    }
}

/* Each piece is told several times, each time as something else. */
static void tell_dispute(struct story *story)
{
    for (u32 i = below(story, 12); i > 0; i--) {
        u64 start = address(story), end = start + below(story, 8 * MIB);

        for (u32 k = below(story, 6); k > 0; k--)
            tell(story, start + below(story, 2) * below(story, 0x2000),
                 end + below(story, 2) * below(story, 0x2000), type(story));
    }
}

/* As many crumbs as there is room for, crowded into a few MiB. */
static void tell_crumbs(struct story *story)
{
    u32 spread = 1 + below(story, 8 * MIB);
    u32 width = 1 + below(story, 4 * PAGE_SIZE);

    if (!one_in(story, 4))
        return;
    for (u32 i = story->room / sizeof(struct multiboot_entry); i > 0; i--) {
        u64 start = 2 * MIB + below(story, spread);

        tell(story, start, start + below(story, width), type(story));
    }
}

static void tell_recorded(struct story *story, u32 index)
{
    const struct recorded_map *map = &recorded_maps[index];

    story->name = map->name;
    for (u32 i = 0; i < map->count; i++)
        tell(story, map->entries[i].start,
             map->entries[i].start + map->entries[i].length,
             map->entries[i].type);
}

/* A recorded map, and somebody who disagrees. */
static void tell_recorded_and_more(struct story *story)
{
    tell_recorded(story, below(story, STORY_RECORDED));
    if (one_in(story, 2))
        tell_recorded(story, below(story, STORY_RECORDED));
    for (u32 i = below(story, 8); i > 0; i--) {
        u64 start = address(story);

        tell(story, start, start + below(story, 0x3000), type(story));
    }
}

static const struct {
    const char *name;
    void (*tell)(struct story *story);
} themes[] = {
    { "anything", tell_anything },
    { "pieces", tell_pieces },
    { "a comb", tell_comb },
    { "dispute", tell_dispute },
    { "crumbs", tell_crumbs },
    { "a recorded map and more", tell_recorded_and_more },
};

/* --------------------------------------------------------------- the story */

static void take(struct story *story, u64 start, u64 end,
                 enum memmap_kind kind)
{
    story->taken[story->taken_count++] =
        (struct memmap_range){ start, end, kind };
}

/* Modules anywhere below 4 GiB: inside each other, across holes, and now and
 * then across everything. */
static void take_modules(struct story *story)
{
    static const u32 sizes[] = { 1, 0x1000, 0x3001, 4 * MIB, 16 * MIB };

    for (u32 i = below(story, 17); i > 0; i--) {
        u64 start = (u32)address(story);
        u64 bytes = one_in(story, 100)
                        ? ~0u
                        : below(story, sizes[below(story, ARRAY_SIZE(sizes))]);
        u64 end = start + bytes;

        take(story, start, end < ~0u ? end : ~0u, MEMMAP_MODULE);
    }
}

static void tell_kernel(struct story *story)
{
    tell(story, STORY_KERNEL_START,
         story->kernel_end + below(story, 4) * (u64)below(story, 8 * MIB),
         USABLE);
}

static void make_up(struct story *story)
{
    u32 theme = below(story, ARRAY_SIZE(themes));
    bool kernel_first = one_in(story, 2);

    story->spares_kernel = !one_in(story, 16);
    story->name = themes[theme].name;
    if (kernel_first)
        tell_kernel(story);
    themes[theme].tell(story);
    if (!kernel_first)
        tell_kernel(story);
    if (one_in(story, 2))
        take_modules(story);
    if (one_in(story, 8) && story->map.bytes > 0)
        story->map.bytes -= below(story, min_u32(story->map.bytes, 100));
}

void story_make(struct story *story, u32 seed)
{
    story->random = (seed + 1) * 2654435761u | 1;
    for (u32 i = 0; i < 8; i++)
        next(story);
    story->map = (struct multiboot_map){ .entries = story->bytes };
    story->map.extra[story->map.extra_count++] =
        (struct memmap_range){ 0, PAGE_SIZE, MEMMAP_RESERVED };
    story->map.extra[story->map.extra_count++] =
        (struct memmap_range){ 0xa0000, 0x100000, MEMMAP_RESERVED };
    story->taken_count = 0;
    story->spares_kernel = false;
    take(story, STORY_KERNEL_START, story->kernel_end, MEMMAP_KERNEL);
    if (seed < STORY_RECORDED)
        tell_recorded(story, seed);
    else
        make_up(story);
}

/* ------------------------------------------------------------------ trials */

enum { EXTRA = MULTIBOOT_MAP_EXTRA };

/* The parts of a trial's memory, all of a size that keeps 8 aligned. */
static u32 points_of(u32 entries)
{
    return 2 * (entries + EXTRA);
}

static u32 ranges_of(u32 entries)
{
    return 4 * (entries + EXTRA) + 2 * STORY_TAKEN_MAX + 4;
}

static u32 story_bytes_of(u32 entries)
{
    return entries * (u32)sizeof(struct multiboot_entry);
}

u32 trial_bytes(u32 entries)
{
    return (u32)sizeof(struct trial) +
           points_of(entries) * (u32)sizeof(struct model_point) +
           ranges_of(entries) * (u32)sizeof(struct memmap_range) +
           story_bytes_of(entries);
}

struct trial *trial_begin(void *memory, u32 entries)
{
    struct trial *trial = memory;
    struct memmap_range *ranges = (void *)(trial + 1);
    struct model_point *points = (void *)(ranges + ranges_of(entries));

    trial->room = (struct model_room){
        .points = points,
        .points_max = points_of(entries),
        .ranges = ranges,
        .ranges_max = ranges_of(entries),
    };
    trial->story = (struct story){
        .bytes = (u8 *)(points + points_of(entries)),
        .room = story_bytes_of(entries),
        .ram_end = ~0ull,
        .kernel_end = STORY_KERNEL_START + 0x40000,
    };
    return trial;
}

const char *trial_run(struct trial *trial)
{
    const struct story *story = &trial->story;
    const struct memmap_story told = { multiboot_next_entry, &story->map,
                                       story->taken, story->taken_count };

    memmap_build(&trial->map, &told);
    memmap_check(&trial->map);
    memmap_model_build(&trial->model, &trial->room, &story->map, story->taken,
                       story->taken_count);
    return memmap_model_objection(&trial->model, &trial->map);
}
