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
 * Above 4 GiB that is done for the count only, on a canvas of its own. Below,
 * usable ranges are then rounded inwards to whole frames and all others
 * outwards; last, what the kernel knows to be taken is painted over the
 * usable parts that it covers. Where nothing was painted is reserved: so when
 * the table is full, reserved ranges are what is left out first, and a coat
 * that does not fit is scraped off all the same. Some room is kept for what
 * is taken.
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

/* Is there room for one more range, before index *i? If not, a range that is
 * not managed is left out, since what no range covers is reserved, too. */
static bool make_room(struct memmap *map, u32 *i)
{
    if (map->count < map->limit)
        return true;
    map->stats.crowded++;
    for (u32 k = map->count; k-- > 0;)
        if (!memmap_is_managed(map->ranges[k].kind)) {
            remove_at(map, k);
            *i -= k < *i;
            return true;
        }
    return false;
}

/* Put a range before index i; if the table is full, leave it out. */
static void insert_at(struct memmap *map, u32 i, struct memmap_range range)
{
    if (!make_room(map, &i))
        return;
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

/* Cut a hole into range i, which lies on both sides of it. If there is no
 * room for both parts, the larger one stays. */
static void split_at(struct memmap *map, u32 i, u64 start, u64 end)
{
    struct memmap_range left = map->ranges[i];
    struct memmap_range right = map->ranges[i];
    u32 place = i + 1;

    left.end = start;
    right.start = end;
    if (make_room(map, &place)) {
        map->ranges[place - 1] = left;
        insert_at(map, place, right);
    } else {
        map->ranges[i] =
            right.end - end > start - left.start ? right : left;
    }
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

/* The part of the entry that lies in the window; it may be empty. */
static struct memmap_range clip(struct memmap_range entry, u64 start, u64 end)
{
    entry.start = entry.start > start ? entry.start : start;
    entry.end = entry.end < end ? entry.end : end;
    return entry;
}

/* Paint the entries of one kind, as far as they lie in [start, end). */
static void paint_kind(struct memmap *map, const struct memmap_story *story,
                       enum memmap_kind kind, u64 start, u64 end)
{
    struct memmap_range entry;
    u32 cursor = 0;

    while (story->next(story->from, &cursor, &entry)) {
        if (entry.kind != kind || !entry_is_credible(&entry))
            continue;
        entry = clip(entry, start, end);
        if (entry.start < entry.end)
            paint(map, entry);
    }
}

/* Paint a clean canvas with what the story says of [start, end). Returns how
 * many bytes of it are usable in the end. */
static u64 paint_story(struct memmap *map, const struct memmap_story *story,
                       u64 start, u64 end)
{
    map->count = 0;
    paint_kind(map, story, MEMMAP_USABLE, start, end);
    u64 said = managed_bytes(map);

    for (u32 kind = MEMMAP_ACPI; kind <= MEMMAP_BAD; kind++)
        paint_kind(map, story, (enum memmap_kind)kind, start, end);
    u64 left = managed_bytes(map);

    map->stats.said += said;
    map->stats.overruled += said - left;
    return left;
}

static void count_entries(struct memmap *map, const struct memmap_story *story)
{
    struct memmap_range entry;
    u32 cursor = 0;

    while (story->next(story->from, &cursor, &entry)) {
        map->stats.entries++;
        map->stats.ignored += !entry_is_credible(&entry);
    }
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

    if (taken.end <= taken.start)
        return;
    for (u32 i = find_usable(map, start, end); i < map->count;
         i = find_usable(map, start, end)) {
        struct memmap_range part = clip(map->ranges[i], start, end);

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

    *stats = (struct memmap_stats){ 0 };
    count_entries(map, story);
    map->limit = MEMMAP_MAX - MEMMAP_TAKERS;
    stats->beyond = paint_story(map, story, FOUR_GIB, ~0ull);
    u64 usable = paint_story(map, story, 0, FOUR_GIB);

    round_to_pages(map);
    stats->managed = managed_bytes(map);
    stats->rounding = usable - stats->managed;

    map->limit = MEMMAP_MAX;
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
    platform_log("memmap: %u KiB of RAM managed, %u MiB beyond 4 GiB; %u "
                 "entries make %u ranges",
                 (u32)(stats->managed >> 10), (u32)(stats->beyond >> 20),
                 stats->entries, machine.count);
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
        if (machine.count + 2 > MEMMAP_MAX)
            break; /* it could not be recorded */
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
