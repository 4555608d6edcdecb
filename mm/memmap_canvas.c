/*
 * mm/memmap_canvas.c - the row of ranges that the memory map is painted on.
 *
 *      before      [ usable                ][ ACPI  ]
 *      the brush            [ reserved ]
 *      after       [ usable ][ reserved ][ u][ ACPI  ]
 *
 * A coat of paint scrapes off what was there, joins a neighbour of the same
 * kind, or else takes a place of its own in the row. The row has room for
 * MEMMAP_MAX ranges. Where nothing is painted is reserved; so when it is
 * full, one range can be left out and the map is still true. It is the
 * smallest of those that are not managed anyway; or else the smallest usable
 * one. So no swarm of crumbs displaces the machine's RAM.
 *
 * Cost: O(ranges) a coat.
 */
#include "memmap_internal.h"

#include "lib/mem.h"

static void remove_at(struct memmap *map, u32 i)
{
    map->count--;
    memmove(&map->ranges[i], &map->ranges[i + 1],
            (map->count - i) * sizeof map->ranges[0]);
}

/* What is taken must stay in the table, and what is not managed need not be
 * there at all; between equals, bytes count. */
static u32 rank(enum memmap_kind kind)
{
    return kind >= MEMMAP_KERNEL ? 2u : kind == MEMMAP_USABLE;
}

static bool is_worth_less(const struct memmap_range *a,
                          const struct memmap_range *b)
{
    if (rank(a->kind) != rank(b->kind))
        return rank(a->kind) < rank(b->kind);
    return a->end - a->start < b->end - b->start;
}

static u32 find_least(const struct memmap *map)
{
    u32 least = 0;

    for (u32 i = 1; i < map->count; i++)
        if (is_worth_less(&map->ranges[i], &map->ranges[least]))
            least = i;
    return least;
}

/* Put a range before index i. If the table is full, the range that is worth
 * least stays outside, be it this one. */
static void insert_at(struct memmap *map, u32 i, struct memmap_range range)
{
    if (map->count == MEMMAP_MAX) {
        u32 least = find_least(map);

        map->stats.crowded++;
        if (!is_worth_less(&map->ranges[least], &range))
            return;
        remove_at(map, least);
        i -= least < i;
    }
    memmove(&map->ranges[i + 1], &map->ranges[i],
            (map->count - i) * sizeof map->ranges[0]);
    map->ranges[i] = range;
    map->count++;
}

u32 memmap_first_ending_after(const struct memmap *map, u64 where)
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
    map->ranges[i] = left;
    insert_at(map, i + 1, right);
}

/* Scrape off whatever is painted in [start, end). */
static void scrape(struct memmap *map, u64 start, u64 end)
{
    u32 i = memmap_first_ending_after(map, start);

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

void memmap_paint(struct memmap *map, struct memmap_range range)
{
    u32 i = memmap_first_ending_after(map, range.start);
    const struct memmap_range *below = &map->ranges[i];

    if (i < map->count && below->kind == range.kind &&
        below->start <= range.start && range.end <= below->end)
        return;
    scrape(map, range.start, range.end);
    i = memmap_first_ending_after(map, range.start);
    if (!join_at(map, i, range))
        insert_at(map, i, range);
}
