/*
 * tests/model/memmap_model.c - the memory map by a sweep over all end points.
 *
 *      entries     [== usable ==========)
 *                        [== reserved ==)
 *      points      +     +              --
 *      between     | U   | R            |  nothing
 *
 * Between two neighbouring points nothing changes, so each stretch has one
 * kind: the worst of the entries that are open there. A stretch that begins
 * or ends inside a page is only noted; the page's kind is known when the
 * sweep has left it. mm/memmap.c has no room for all points, and paints.
 */
#include "memmap_model.h"

#include "mm/addr.h"

#define FOUR_GIB (1ull << 32)

enum { ENTRY_BYTES = 24 };

/* The page that the sweep is in the middle of. */
struct page {
    u64 start;
    u32 usable; /* bytes */
    enum memmap_kind worst;
};

/* ----------------------------------------------------------- reading bytes */

static u64 read_number(const u8 *bytes, u32 count)
{
    u64 number = 0;

    while (count-- > 0)
        number = number << 8 | bytes[count];
    return number;
}

static enum memmap_kind kind_of_type(u64 type)
{
    if (type == 1)
        return MEMMAP_USABLE;
    if (type == 3)
        return MEMMAP_ACPI;
    if (type == 4)
        return MEMMAP_NVS;
    return type == 5 ? MEMMAP_BAD : MEMMAP_RESERVED;
}

static void add_entry(struct memmap_model *model, u32 *points, u64 start,
                      u64 end, enum memmap_kind kind)
{
    bool wraps = end < start;

    model->stats.entries++;
    if (wraps && kind != MEMMAP_USABLE)
        end = ~0ull;
    if (end <= start) {
        model->stats.ignored++;
        return;
    }
    if (*points + 2 > model->room.points_max) {
        model->fits = false;
        return;
    }
    model->room.points[(*points)++] =
        (struct model_point){ start, (u8)kind, true };
    model->room.points[(*points)++] =
        (struct model_point){ end, (u8)kind, false };
}

static u32 read_points(struct memmap_model *model,
                       const struct multiboot_map *map)
{
    const u8 *bytes = map->entries;
    u32 left = map->bytes, points = 0;

    while (left >= ENTRY_BYTES) {
        u64 size = read_number(bytes, 4) + 4;
        u64 start = read_number(bytes + 4, 8);

        if (size < ENTRY_BYTES || size > left)
            break;
        add_entry(model, &points, start, start + read_number(bytes + 12, 8),
                  kind_of_type(read_number(bytes + 20, 4)));
        bytes += size;
        left -= (u32)size;
    }
    for (u32 i = 0; i < map->extra_count; i++)
        add_entry(model, &points, map->extra[i].start, map->extra[i].end,
                  map->extra[i].kind);
    return points;
}

/* ----------------------------------------------------------------- sorting */

/* Let points[root] sink to its place in a heap with the highest on top. */
static void sink(struct model_point *points, u32 root, u32 count)
{
    struct model_point sinking = points[root];

    for (u32 child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && points[child].at < points[child + 1].at)
            child++;
        if (points[child].at <= sinking.at)
            break;
        points[root] = points[child];
        root = child;
    }
    points[root] = sinking;
}

static void sort(struct model_point *points, u32 count)
{
    for (u32 i = count / 2; i-- > 0;)
        sink(points, i, count);
    while (count-- > 1) {
        struct model_point highest = points[0];

        points[0] = points[count];
        points[count] = highest;
        sink(points, 0, count);
    }
}

/* ------------------------------------------------------- taking of a range */

/* Who takes the page at `at`? The first one whose pages include it. */
static enum memmap_kind taker_of(const struct memmap_model *model, u64 at)
{
    for (u32 i = 0; i < model->taken_count; i++)
        if (model->taken[i].start < at + PAGE_SIZE &&
            at < model->taken[i].end &&
            model->taken[i].start < model->taken[i].end)
            return model->taken[i].kind;
    return MEMMAP_USABLE;
}

/* The first page behind `at`, up to `end`, that another one may take. */
static u64 next_change(const struct memmap_model *model, u64 at, u64 end)
{
    for (u32 i = 0; i < model->taken_count; i++) {
        u64 first = model->taken[i].start / PAGE_SIZE * PAGE_SIZE;
        u64 behind = (model->taken[i].end / PAGE_SIZE +
                      (model->taken[i].end % PAGE_SIZE != 0)) * PAGE_SIZE;

        if (at < first && first < end)
            end = first;
        if (at < behind && behind < end)
            end = behind;
    }
    return end;
}

static void emit(struct memmap_model *model, u64 start, u64 end,
                 enum memmap_kind kind)
{
    struct memmap_range *last = &model->room.ranges[model->count];

    if (model->count > 0 && last[-1].end == start && last[-1].kind == kind) {
        last[-1].end = end;
    } else if (model->count == model->room.ranges_max) {
        model->fits = false;
    } else {
        *last = (struct memmap_range){ start, end, kind };
        model->count++;
    }
}

static void emit_usable(struct memmap_model *model, u64 start, u64 end)
{
    model->stats.managed += end - start;
    while (start < end) {
        u64 next = next_change(model, start, end);

        emit(model, start, next, taker_of(model, start));
        start = next;
    }
}

/* ---------------------------------------------------------------- sweeping */

/* The sweep leaves the page: what is it? */
static void leave_page(struct memmap_model *model, struct page *page)
{
    if (page->worst)
        emit(model, page->start, page->start + PAGE_SIZE, page->worst);
    else if (page->usable == PAGE_SIZE)
        emit_usable(model, page->start, page->start + PAGE_SIZE);
    if (page->worst || page->usable < PAGE_SIZE)
        model->stats.rounding += page->usable;
    *page = (struct page){ .start = ~0ull };
}

/* A stretch that lies in one page and does not fill it. */
static void add_to_page(struct memmap_model *model, struct page *page,
                        u64 start, u64 end, enum memmap_kind kind)
{
    u64 at = start / PAGE_SIZE * PAGE_SIZE;

    if (page->start != at) {
        leave_page(model, page);
        page->start = at;
    }
    if (kind == MEMMAP_USABLE)
        page->usable += (u32)(end - start);
    else if (kind > page->worst)
        page->worst = kind;
}

/* A stretch [start, end) below 4 GiB in which all bytes are of one kind: its
 * whole pages, and what it has of those at its ends. */
static void add_stretch(struct memmap_model *model, struct page *page,
                        u64 start, u64 end, enum memmap_kind kind)
{
    u64 whole = (start + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    u64 tail = end / PAGE_SIZE * PAGE_SIZE;

    if (whole > tail) {
        add_to_page(model, page, start, end, kind);
        return;
    }
    if (start < whole)
        add_to_page(model, page, start, whole, kind);
    if (whole < tail) {
        leave_page(model, page);
        if (kind == MEMMAP_USABLE)
            emit_usable(model, whole, tail);
        else
            emit(model, whole, tail, kind);
    }
    if (tail < end)
        add_to_page(model, page, tail, end, kind);
}

static void sweep(struct memmap_model *model, u32 count)
{
    const struct model_point *points = model->room.points;
    u32 open[MEMMAP_KINDS] = { 0 };
    struct page page = { .start = ~0ull };

    for (u32 i = 0; i + 1 < count; i++) {
        u64 start = points[i].at, end = points[i + 1].at;
        u32 worst = MEMMAP_BAD;

        open[points[i].kind] += points[i].begins ? 1 : ~0u;
        while (worst > 0 && open[worst] == 0)
            worst--;
        if (open[MEMMAP_USABLE]) {
            model->stats.said += end - start;
            if (worst > MEMMAP_USABLE)
                model->stats.overruled += end - start;
            else if (end > FOUR_GIB)
                model->stats.beyond +=
                    end - (start > FOUR_GIB ? start : FOUR_GIB);
        }
        if (end > FOUR_GIB)
            end = FOUR_GIB;
        if (worst > 0 && start < end)
            add_stretch(model, &page, start, end, (enum memmap_kind)worst);
    }
    leave_page(model, &page);
}

void memmap_model_build(struct memmap_model *model,
                        const struct model_room *room,
                        const struct multiboot_map *bytes,
                        const struct memmap_range *taken, u32 taken_count)
{
    *model = (struct memmap_model){ .room = *room,
                                    .taken = taken,
                                    .taken_count = taken_count,
                                    .fits = true };
    u32 points = read_points(model, bytes);

    sort(model->room.points, points);
    sweep(model, points);
}

/* --------------------------------------------------------------- comparing */

static bool same_range(const struct memmap_range *a,
                       const struct memmap_range *b)
{
    return a->start == b->start && a->end == b->end && a->kind == b->kind;
}

static const char *objection_to_whole(const struct memmap_model *model,
                                      const struct memmap *map)
{
    const struct memmap_stats *is = &map->stats, *should = &model->stats;

    if (map->count != model->count)
        return "another number of ranges";
    for (u32 i = 0; i < map->count; i++)
        if (!same_range(&map->ranges[i], &model->room.ranges[i]))
            return "another range";
    if (is->said != should->said)
        return "another sum of bytes said usable";
    if (is->managed != should->managed)
        return "another sum of managed bytes";
    if (is->rounding != should->rounding)
        return "another sum of bytes lost to rounding";
    if (is->overruled != should->overruled)
        return "another sum of overruled bytes";
    return is->beyond != should->beyond ? "another sum beyond 4 GiB" : NULL;
}

/* May `kind` stand in a crowded map where the model has `truth`? Only what
 * is not managed may be of another kind, since worse ones were left out. */
static bool is_safe(enum memmap_kind kind, enum memmap_kind truth)
{
    if (memmap_is_managed(kind))
        return kind == truth;
    return !memmap_is_managed(truth) && kind <= truth;
}

/* Is each page of `range` in the model, with a kind that makes it safe? */
static bool range_is_safe(const struct memmap_model *model,
                          const struct memmap_range *range)
{
    u64 at = range->start;

    for (u32 i = 0; i < model->count && at < range->end; i++) {
        const struct memmap_range *truth = &model->room.ranges[i];

        if (truth->end <= at)
            continue;
        if (truth->start > at || !is_safe(range->kind, truth->kind))
            return false;
        at = truth->end;
    }
    return at >= range->end;
}

static const char *objection_to_crowded(const struct memmap_model *model,
                                        const struct memmap *map)
{
    const struct memmap_stats *is = &map->stats, *should = &model->stats;

    if (2 * (is->entries + model->taken_count) < MEMMAP_MAX)
        return "crowded, but so few entries cannot fill the table";
    if (is->said > should->said || is->managed > should->managed ||
        is->beyond > should->beyond)
        return "more bytes than there are";
    for (u32 i = 0; i < map->count; i++)
        if (!range_is_safe(model, &map->ranges[i]))
            return "a range that is not safe";
    return NULL;
}

const char *memmap_model_objection(const struct memmap_model *model,
                                   const struct memmap *map)
{
    if (!model->fits)
        return "too large for the room that the model was given";
    if (map->stats.entries != model->stats.entries ||
        map->stats.ignored != model->stats.ignored)
        return "another number of entries";
    return map->stats.crowded ? objection_to_crowded(model, map)
                              : objection_to_whole(model, map);
}
