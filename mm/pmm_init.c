/*
 * mm/pmm_init.c - L1 at boot: built from the memory map.
 */
#include "lib/mem.h"
#include "mm/memmap.h"
#include "pmm_internal.h"

/* Write the entry into `count` entries, doubling what is written: so that it
 * costs an instruction an entry, whatever the compiler makes of a loop. */
static void fill_entries(u32 *to, u32 count, u32 entry)
{
    if (count == 0)
        return;
    to[0] = entry;
    for (u32 done = 1; done < count; done *= 2)
        memcpy(to + done, to, min_u32(done, count - done) * sizeof *to);
}

/* Give [first, end) by the largest pieces that are aligned to their size. */
static void give_frames(u32 first, u32 end)
{
    while (first < end) {
        u32 order = min_u32(highest_bit(end - first),
                            lowest_bit(first | 1u << ORDER_MAX));
        pmm_bitmap_give(first, order);
        first += 1u << order;
    }
}

static void add_frames(u32 first, u32 end, enum frame_kind kind)
{
    fill_entries(pmm.entries + first, end - first, entry_make(kind, 0, 0));
    pmm.taken[kind] += end - first;
    if (kind == FRAME_FREE)
        give_frames(first, end);
}

/* The frame behind the last one that is managed. */
static u32 find_span(const struct memmap *map)
{
    u32 i = map->count;

    while (i > 0 && !memmap_is_managed(map->ranges[i - 1].kind))
        i--;
    return i > 0 ? (u32)(map->ranges[i - 1].end >> PAGE_SHIFT) : 0;
}

static void place_arrays(void)
{
    u32 chunk_bytes = pmm_bitmap_chunk_bytes(pmm.span);
    u32 bytes = chunk_bytes + pmm.span * (u32)sizeof *pmm.entries;
    pfn_t place = memmap_take(bytes, pfn(DIRECT_MAP_FRAMES));

    CHECK(!pfn_is_none(place),
          "pmm: no room below 768 MiB for the %u KiB that describe %u frames",
          bytes >> 10, pmm.span);
    pmm_bitmap_init(pfn_to_ptr(place), pmm.span);
    pmm.entries = (u32 *)(void *)((u8 *)pfn_to_ptr(place) + chunk_bytes);
}

static void empty_stores(void)
{
    for (u32 s = 0; s < STORES; s++)
        for (u32 order = 0; order < ORDER_MAX; order++) {
            pmm.stores[s].head[order] = STORE_END;
            pmm.stores[s].room[order] = STORE_FRAMES >> order;
        }
}

void pmm_init(void)
{
    const struct memmap *map = memmap_get();

    memset(&pmm, 0, sizeof pmm);
    pmm.span = find_span(map);
    place_arrays();
    empty_stores();

    u32 next = 0;
    for (u32 i = 0; i < map->count && next < pmm.span; i++) {
        const struct memmap_range *range = &map->ranges[i];
        u32 first = (u32)(range->start >> PAGE_SHIFT);
        u32 end = (u32)(range->end >> PAGE_SHIFT);

        if (!memmap_is_managed(range->kind))
            continue;
        add_frames(next, first, FRAME_RESERVED);
        add_frames(first, end, range->kind == MEMMAP_USABLE ? FRAME_FREE
                                                            : FRAME_BOOT);
        next = end;
    }
    u32 free_frames = pmm.taken[FRAME_FREE];
    CHECK(free_frames + pmm.taken[FRAME_BOOT] + pmm.taken[FRAME_RESERVED] ==
              pmm.span,
          "pmm: %u frames are spanned, the memory map tells of others",
          pmm.span);
    platform_log("pmm: %u frames spanned = %u free + %u used + %u reserved",
                 pmm.span, free_frames, pmm.taken[FRAME_BOOT],
                 pmm.taken[FRAME_RESERVED]);
    pmm.taken[FRAME_FREE] = 0;
}
