/*
 * mm/memmap.c - L0: the firmware's story about memory, made consistent.
 *
 * The story may overlap, contradict itself, wrap around, be out of order or
 * be longer than any table. So the map is a canvas (mm/memmap_canvas.c): a
 * sorted row of disjoint ranges, on which a later coat of paint hides an
 * earlier one. It is painted kind by kind, from the most usable to the least,
 * so that where entries disagree the less usable one wins, in whatever order
 * they were told:
 *
 *      usable      [============================]
 *      ACPI                     [====]
 *      reserved    [==]                     [=======]
 *                   |  |        |    |      |       |
 *      the map     [R ][ usable ][A ][usable][ R    ]
 *
 * What lies beyond 4 GiB is painted first, counted, and wiped off: it takes
 * no room from the rest. Then comes what lies below; usable ranges are
 * rounded inwards to whole frames and all others outwards; last, what the
 * kernel knows to be taken is painted over the usable parts that it covers.
 *
 * Invariants, checked by memmap_check():
 *   1. Ranges are sorted, disjoint, not empty, page-aligned, below 4 GiB.
 *   2. Ranges that touch are of different kinds.
 *   3. said == managed + rounding + overruled + beyond, in bytes, and
 *      `managed` is the sum over the ranges.
 *
 * Cost: building takes O(entries * ranges). Space: 24 bytes a range.
 */
#include "memmap_internal.h"

#define FOUR_GIB (1ull << 32)

static const u64 in_page = PAGE_SIZE - 1;
static struct memmap machine;

static u64 min_u64(u64 a, u64 b)
{
    return a < b ? a : b;
}

static u64 managed_bytes(const struct memmap *map)
{
    u64 bytes = 0;

    for (u32 i = 0; i < map->count; i++)
        if (memmap_is_managed(map->ranges[i].kind))
            bytes += map->ranges[i].end - map->ranges[i].start;
    return bytes;
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

static void count_entries(struct memmap_stats *stats,
                          const struct memmap_story *story)
{
    struct memmap_range entry;
    u32 cursor = 0;

    while (story->next(story->from, &cursor, &entry)) {
        stats->entries++;
        stats->ignored += !entry_is_credible(&entry);
    }
}

/* Paint what the entries of one kind say of [from, to). */
static void paint_kind(struct memmap *map, const struct memmap_story *story,
                       enum memmap_kind kind, u64 from, u64 to)
{
    struct memmap_range entry;
    u32 cursor = 0;

    while (story->next(story->from, &cursor, &entry)) {
        if (entry.kind != kind || !entry_is_credible(&entry))
            continue;
        if (entry.start < from)
            entry.start = from;
        entry.end = min_u64(entry.end, to);
        if (entry.start < entry.end)
            memmap_paint(map, entry);
    }
}

/* Paint what the whole story says of [from, to) on an empty canvas. */
static void paint_story(struct memmap *map, const struct memmap_story *story,
                        u64 from, u64 to)
{
    map->count = 0;
    paint_kind(map, story, MEMMAP_USABLE, from, to);
    u64 said = managed_bytes(map);
    for (u32 kind = MEMMAP_ACPI; kind <= MEMMAP_BAD; kind++)
        paint_kind(map, story, (enum memmap_kind)kind, from, to);
    map->stats.said += said;
    map->stats.overruled += said - managed_bytes(map);
}

/* The index of the first usable range that meets [start, end), or count. */
static u32 find_usable(const struct memmap *map, u64 start, u64 end)
{
    u32 i = memmap_first_ending_after(map, start);

    while (i < map->count && map->ranges[i].kind != MEMMAP_USABLE)
        i++;
    return i < map->count && map->ranges[i].start < end ? i : map->count;
}

/* Take [start, end) of what is usable there; leave the rest as it is. */
static void paint_taken(struct memmap *map, struct memmap_range taken)
{
    if (taken.start >= taken.end)
        return;

    u64 start = taken.start & ~in_page;
    u64 end = (min_u64(taken.end, FOUR_GIB) + in_page) & ~in_page;
    u32 i;

    while ((i = find_usable(map, start, end)) < map->count) {
        struct memmap_range part = map->ranges[i];

        part.start = part.start > start ? part.start : start;
        part.end = min_u64(part.end, end);
        part.kind = taken.kind;
        memmap_paint(map, part);
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

    *stats = (struct memmap_stats){ 0 };
    count_entries(stats, story);

    paint_story(map, story, FOUR_GIB, ~0ull);
    stats->beyond = managed_bytes(map);

    paint_story(map, story, 0, FOUR_GIB);
    u64 usable = managed_bytes(map);
    round_to_pages(map);
    stats->rounding = usable - managed_bytes(map);

    stats->managed = managed_bytes(map);
    for (u32 i = 0; i < story->taken_count; i++)
        paint_taken(map, story->taken[i]);
    recount_managed(map);
}

/* ------------------------------------------------------- the machine's map */

pfn_t memmap_probe(pfn_t *spare)
{
    (void)spare;
    return pfn(MEMMAP_PROBE_ANSWER);
}

void memmap_init_machine(const struct memmap_story *story)
{
    const struct memmap_stats *stats = &machine.stats;

    memmap_build(&machine, story);
    memmap_check(&machine);
    CHECK(find_usable(&machine, 0, FOUR_GIB) < machine.count,
          "memmap: no usable memory in %u entries of the memory map",
          stats->entries);
    platform_log("memmap: %u KiB of RAM managed, %u MiB beyond 4 GiB; %u "
                 "entries make %u ranges",
                 (u32)(stats->managed >> 10), (u32)(stats->beyond >> 20),
                 stats->entries, machine.count);
    if (stats->crowded)
        platform_log("memmap: %u more ranges did not fit, and are reserved",
                     stats->crowded);
}

pfn_t memmap_take(u32 bytes, pfn_t ceiling)
{
    u64 size = ((u64)bytes + PAGE_SIZE - 1) & ~(u64)(PAGE_SIZE - 1);
    u64 limit = (u64)ceiling.n << PAGE_SHIFT;

    for (u32 i = machine.count; i-- > 0;) {
        struct memmap_range place = machine.ranges[i];

        place.end = min_u64(place.end, limit);
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
