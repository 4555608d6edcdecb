/*
 * mm/memmap.c - L0: the firmware's story about memory, made consistent.
 *
 * The story may overlap, contradict itself, wrap around, be out of order or
 * be longer than any table. So the map is a canvas: a sorted row of disjoint
 * ranges, on which a later coat of paint hides an earlier one. It is painted
 * kind by kind, from the most usable to the least, so that where entries
 * disagree the less usable one wins, in whatever order they were told:
 *
 *      usable      [============================]
 *      ACPI                     [====]
 *      reserved    [==]                     [=======]
 *                   |  |        |    |      |       |
 *      the map     [R ][ usable ][A ][usable][ R    ]
 *
 * Then what lies beyond 4 GiB is cut off; usable ranges are rounded inwards
 * to whole frames and all others outwards; last, what the kernel knows to be
 * taken is painted over the usable parts that it covers. Where nothing was
 * painted is reserved: so a coat that does not fit into the table is simply
 * left out once what lies below it is scraped off.
 *
 * Invariants, checked by memmap_check():
 *   1. Ranges are sorted, disjoint, not empty, page-aligned, below 4 GiB.
 *   2. Ranges that touch are of different kinds.
 *   3. said == managed + rounding + overruled + beyond, in bytes, and
 *      `managed` is the sum over the ranges.
 *
 * Cost: building takes O(entries * ranges). Space: 24 bytes a range.
 */
#include "mm/memmap.h"

#include "lib/mem.h"

#define FOUR_GIB (1ull << 32)

static struct memmap machine;

bool memmap_is_managed(enum memmap_kind kind)
{
    return kind == MEMMAP_USABLE || kind >= MEMMAP_KERNEL;
}

static u64 managed_bytes(const struct memmap *map)
{
    u64 bytes = 0;

    for (u32 i = 0; i < map->count; i++)
        if (memmap_is_managed(map->ranges[i].kind))
            bytes += map->ranges[i].end - map->ranges[i].start;
    return bytes;
}

/* ------------------------------------------------------------- the canvas */

static void remove_at(struct memmap *map, u32 i)
{
    map->count--;
    memmove(&map->ranges[i], &map->ranges[i + 1],
            (map->count - i) * sizeof map->ranges[0]);
}

/* Put a range before index i; if the table is full, leave it out. */
static void insert_at(struct memmap *map, u32 i, struct memmap_range range)
{
    if (map->count == MEMMAP_MAX) {
        map->stats.crowded++;
        return;
    }
    memmove(&map->ranges[i + 1], &map->ranges[i],
            (map->count - i) * sizeof map->ranges[0]);
    map->ranges[i] = range;
    map->count++;
}

/* The index of the first range that ends behind `where`. */
static u32 first_ending_after(const struct memmap *map, u64 where)
{
    u32 i = 0;

    while (i < map->count && map->ranges[i].end <= where)
        i++;
    return i;
}

/* Cut a hole into range i, which lies on both sides of it. */
static void split_at(struct memmap *map, u32 i, u64 start, u64 end)
{
    struct memmap_range left = map->ranges[i];
    struct memmap_range right = map->ranges[i];

    left.end = start;
    right.start = end;
    if (map->count == MEMMAP_MAX && right.end - end > start - left.start) {
        map->ranges[i] = right; /* no room for both: keep the larger */
        map->stats.crowded++;
        return;
    }
    map->ranges[i] = left;
    insert_at(map, i + 1, right);
}

/* Scrape off whatever is painted in [start, end). */
static void scrape(struct memmap *map, u64 start, u64 end)
{
    u32 i = first_ending_after(map, start);

    while (i < map->count && map->ranges[i].start < end) {
        struct memmap_range *range = &map->ranges[i];

        if (range->start < start && end < range->end) {
            split_at(map, i, start, end);
            return;
        }
        if (range->start < start) {
            range->end = start;
            i++;
        } else if (end < range->end) {
            range->start = end;
            return;
        } else {
            remove_at(map, i);
        }
    }
}

/* Do the ranges i and i + 1 belong together? Then make one of them. */
static void merge_at(struct memmap *map, u32 i)
{
    struct memmap_range *left = &map->ranges[i];

    if (i + 1 < map->count && left[0].end == left[1].start &&
        left[0].kind == left[1].kind) {
        left[0].end = left[1].end;
        remove_at(map, i + 1);
    }
}

/* Try to widen a neighbour of the same kind, which takes no room. */
static bool join_at(struct memmap *map, u32 i, struct memmap_range range)
{
    struct memmap_range *right = &map->ranges[i];

    if (i > 0 && right[-1].end == range.start && right[-1].kind == range.kind) {
        right[-1].end = range.end;
        merge_at(map, i - 1);
        return true;
    }
    if (i < map->count && range.end == right->start &&
        right->kind == range.kind) {
        right->start = range.start;
        return true;
    }
    return false;
}

static void paint(struct memmap *map, struct memmap_range range)
{
    u32 i = first_ending_after(map, range.start);
    const struct memmap_range *below = &map->ranges[i];

    if (i < map->count && below->kind == range.kind &&
        below->start <= range.start && range.end <= below->end)
        return;
    scrape(map, range.start, range.end);
    i = first_ending_after(map, range.start);
    if (!join_at(map, i, range))
        insert_at(map, i, range);
}

/* --------------------------------------------------------------- painting */

/* Make sense of an entry by itself. An entry that wraps around and says
 * "usable" is not believed; a reserved one counts up to the very end. */
static bool entry_is_credible(struct memmap_range *entry)
{
    if (entry->end < entry->start) {
        if (entry->kind == MEMMAP_USABLE)
            return false;
        entry->end = ~0ull;
    }
    return entry->start < entry->end;
}

static void paint_usable(struct memmap *map, const struct memmap_story *story)
{
    struct memmap_range entry;
    u32 cursor = 0;
    u64 crowded_out = 0;

    while (story->next(story->from, &cursor, &entry)) {
        map->stats.entries++;
        if (!entry_is_credible(&entry)) {
            map->stats.ignored++;
        } else if (entry.kind == MEMMAP_USABLE) {
            u32 crowded = map->stats.crowded;

            paint(map, entry);
            if (map->stats.crowded != crowded)
                crowded_out += entry.end - entry.start;
        }
    }
    map->stats.overruled = crowded_out;
}

static void paint_kind(struct memmap *map, const struct memmap_story *story,
                       enum memmap_kind kind)
{
    struct memmap_range entry;
    u32 cursor = 0;

    while (story->next(story->from, &cursor, &entry))
        if (entry.kind == kind && entry_is_credible(&entry))
            paint(map, entry);
}

/* The index of the first usable range that meets [start, end), or count. */
static u32 find_usable(const struct memmap *map, u64 start, u64 end)
{
    u32 i = first_ending_after(map, start);

    while (i < map->count && map->ranges[i].kind != MEMMAP_USABLE)
        i++;
    return i < map->count && map->ranges[i].start < end ? i : map->count;
}

/* Take [start, end) of what is usable there; leave the rest as it is. */
static void paint_taken(struct memmap *map, struct memmap_range taken)
{
    const u64 in_page = PAGE_SIZE - 1;
    u64 start = taken.start & ~in_page;
    u64 end = (taken.end + in_page) & ~in_page;

    for (u32 i = find_usable(map, start, end); i < map->count;
         i = find_usable(map, start, end)) {
        struct memmap_range part = map->ranges[i];

        part.start = part.start > start ? part.start : start;
        part.end = part.end < end ? part.end : end;
        part.kind = taken.kind;
        paint(map, part);
    }
}

/* Append `range` to the `count` ranges done so far; rounding outwards may
 * have made it share a page with the last of them: the less usable wins. */
static u32 append_rounded(struct memmap_range *done, u32 count,
                          struct memmap_range range)
{
    struct memmap_range *last = count > 0 ? &done[count - 1] : NULL;

    if (last && range.start < last->end) {
        if (range.kind <= last->kind)
            range.start = last->end;
        else
            last->end = range.start;
        if (last->start == last->end)
            return append_rounded(done, count - 1, range);
    }
    if (range.start >= range.end)
        return count;
    if (last && last->end == range.start && last->kind == range.kind) {
        last->end = range.end;
        return count;
    }
    done[count] = range;
    return count + 1;
}

static void round_to_pages(struct memmap *map)
{
    const u64 in_page = PAGE_SIZE - 1;
    u32 count = 0;

    for (u32 i = 0; i < map->count; i++) {
        struct memmap_range range = map->ranges[i];
        bool inwards = range.kind == MEMMAP_USABLE;

        range.start = (range.start + (inwards ? in_page : 0)) & ~in_page;
        range.end = (range.end + (inwards ? 0 : in_page)) & ~in_page;
        count = append_rounded(map->ranges, count, range);
    }
    map->count = count;
}

/* What was taken is still managed, unless it was crowded out. */
static void recount_managed(struct memmap *map)
{
    u64 managed = managed_bytes(map);

    map->stats.overruled += map->stats.managed - managed;
    map->stats.managed = managed;
}

void memmap_build(struct memmap *map, const struct memmap_story *story)
{
    struct memmap_stats *stats = &map->stats;

    map->count = 0;
    *stats = (struct memmap_stats){ 0 };

    paint_usable(map, story);
    u64 usable = managed_bytes(map);
    stats->said = usable + stats->overruled;

    for (u32 kind = MEMMAP_ACPI; kind <= MEMMAP_BAD; kind++)
        paint_kind(map, story, (enum memmap_kind)kind);
    stats->overruled = stats->said - managed_bytes(map);

    usable = managed_bytes(map);
    scrape(map, FOUR_GIB, ~0ull);
    stats->beyond = usable - managed_bytes(map);

    usable = managed_bytes(map);
    round_to_pages(map);
    stats->rounding = usable - managed_bytes(map);

    stats->managed = managed_bytes(map);
    for (u32 i = 0; i < story->taken_count; i++)
        paint_taken(map, story->taken[i]);
    recount_managed(map);
}

/* ------------------------------------------------------- the machine's map */

void memmap_init(const struct memmap_story *story)
{
    const struct memmap_stats *stats = &machine.stats;

    memmap_build(&machine, story);
    memmap_check(&machine);
    CHECK(find_usable(&machine, 0, FOUR_GIB) < machine.count,
          "memmap: no usable memory in %u entries of the memory map",
          stats->entries);
    platform_log("memmap: %u KiB of RAM managed; %u KiB overruled, %llu B "
                 "lost to rounding, %u MiB beyond 4 GiB; %u entries make %u "
                 "ranges",
                 (u32)(stats->managed >> 10), (u32)(stats->overruled >> 10),
                 stats->rounding, (u32)(stats->beyond >> 20), stats->entries,
                 machine.count);
}

pfn_t memmap_take(u32 bytes, pfn_t ceiling)
{
    u64 size = ((u64)bytes + PAGE_SIZE - 1) & ~(u64)(PAGE_SIZE - 1);
    u64 limit = (u64)ceiling.n << PAGE_SHIFT;

    for (u32 i = machine.count; i-- > 0;) {
        struct memmap_range place = machine.ranges[i];

        if (place.end > limit)
            place.end = limit;
        if (place.kind != MEMMAP_USABLE || place.end < place.start + size)
            continue;
        place.start = place.end - size;
        paint_taken(&machine, (struct memmap_range){ place.start, place.end,
                                                     MEMMAP_KERNEL });
        recount_managed(&machine);
        return pfn((u32)(place.start >> PAGE_SHIFT));
    }
    return PFN_NONE;
}

const struct memmap *memmap_get(void)
{
    return &machine;
}
