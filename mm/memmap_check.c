/*
 * mm/memmap_check.c - L0 seen from outside: visit, name, check and print it.
 */
#include "mm/claim.h"
#include "mm/memmap.h"

static const char *const kind_names[MEMMAP_KINDS] = {
    [MEMMAP_USABLE] = "usable",     [MEMMAP_ACPI] = "ACPI tables",
    [MEMMAP_NVS] = "ACPI NVS",      [MEMMAP_RESERVED] = "reserved",
    [MEMMAP_BAD] = "bad RAM",       [MEMMAP_KERNEL] = "kernel",
    [MEMMAP_MODULE] = "module",     [MEMMAP_BOOT] = "boot information",
};

bool memmap_is_managed(enum memmap_kind kind)
{
    return kind == MEMMAP_USABLE || kind >= MEMMAP_KERNEL;
}

const char *memmap_kind_name(enum memmap_kind kind)
{
    const char *name = (u32)kind < MEMMAP_KINDS ? kind_names[kind] : NULL;

    return name ? name : "?";
}

void memmap_each(void (*visit)(const struct memmap_range *range, void *context),
                 void *context)
{
    const struct memmap *map = memmap_get();

    for (u32 i = 0; i < map->count; i++)
        visit(&map->ranges[i], context);
}

void memmap_stats(struct memmap_stats *out)
{
    *out = memmap_get()->stats;
}

/* ------------------------------------------------------------------ check */

static void claim_range(struct claims *to, const struct memmap *map, u32 i)
{
    const struct memmap_range *range = &map->ranges[i];

    CLAIM(to, range->start < range->end && range->end <= 1ull << 32 &&
              (range->start | range->end) % PAGE_SIZE == 0,
          "memmap invariant 1: range %u is [%llx, %llx)", i, range->start,
          range->end);
    CLAIM(to, (u32)range->kind < MEMMAP_KINDS && kind_names[range->kind],
          "memmap invariant 1: range %u has the kind %u", i, range->kind);
    if (i == 0)
        return;
    CLAIM(to, range[-1].end <= range->start,
          "memmap invariant 1: range %u ends at %llx, the next starts at %llx",
          i - 1, range[-1].end, range->start);
    CLAIM(to, range[-1].end < range->start || range[-1].kind != range->kind,
          "memmap invariant 2: ranges %u and %u should be one", i - 1, i);
}

void memmap_audit(struct claims *to, const struct memmap *map)
{
    const struct memmap_stats *stats = &map->stats;
    u64 managed = 0;

    if (!CLAIM(to, map->count <= MEMMAP_MAX,
               "memmap invariant 1: %u ranges in a table of %u", map->count,
               MEMMAP_MAX))
        return;
    for (u32 i = 0; i < map->count; i++) {
        claim_range(to, map, i);
        if (memmap_is_managed(map->ranges[i].kind))
            managed += map->ranges[i].end - map->ranges[i].start;
    }
    CLAIM(to, stats->managed == managed &&
              stats->said == stats->managed + stats->rounding +
                                 stats->overruled + stats->beyond,
          "memmap invariant 3: %llu bytes said usable are not %llu managed + "
          "%llu rounding + %llu overruled + %llu beyond",
          stats->said, stats->managed, stats->rounding, stats->overruled,
          stats->beyond);
}

void memmap_check(const struct memmap *map)
{
    memmap_audit(NULL, map);
}

void memmap_dump(void)
{
    const struct memmap *map = memmap_get();
    const struct memmap_stats *stats = &map->stats;

    for (u32 i = 0; i < map->count; i++) {
        const struct memmap_range *range = &map->ranges[i];
        u64 bytes = range->end - range->start;

        platform_log("  %08x-%08x  %7u KiB  %s", (u32)range->start,
                     (u32)(range->end - 1), (u32)(bytes >> 10),
                     memmap_kind_name(range->kind));
    }
    platform_log("  %llu bytes said usable = %llu managed + %llu rounding + "
                 "%llu overruled + %llu beyond 4 GiB",
                 stats->said, stats->managed, stats->rounding,
                 stats->overruled, stats->beyond);
}
