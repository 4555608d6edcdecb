/*
 * mm/pmm_check.c - L1 seen from outside: visit, count and print it.
 */
#include "lib/mem.h"
#include "pmm_internal.h"

/* How many frames are one thing with `n`, its head; 1 if that is no head. */
static u32 extent_of(u32 n)
{
    u32 order = entry_order(pmm.entries[n]);

    return order <= ORDER_MAX ? 1u << order : 1;
}

void pmm_each(void (*visit)(pfn_t head, u32 frames, enum frame_kind kind,
                            void *context),
              void *context)
{
    for (u32 n = 0; n < pmm.span;) {
        u32 frames = extent_of(n);

        visit(pfn(n), frames, entry_kind(pmm.entries[n]), context);
        n += frames;
    }
}

void pmm_each_of(enum frame_kind kind,
                 void (*visit)(pfn_t head, u32 frames, void *context),
                 void *context)
{
    const u32 *entries = pmm.entries;
    const u32 span = pmm.span;

    for (u32 n = 0; n < span; n++)
        if (entries[n] >> ENTRY_KIND_SHIFT == (u32)kind &&
            entry_order(entries[n]) <= ORDER_MAX)
            visit(pfn(n), extent_of(n), context);
}

/* ------------------------------------------------------------------ counts */

static const u32 ceilings[ZONES] = {
    [ZONE_DMA] = (16 << 20) / PAGE_SIZE,
    [ZONE_LOW] = DIRECT_MAP_FRAMES,
    [ZONE_ANY] = FRAMES_MAX,
};

/* Count the frames of a list in the store: all, and those below each zone's
 * ceiling. (A run of frames lies on one side of a ceiling.) */
static void count_list(u32 n, u32 order, struct pmm_stats *out)
{
    for (; n != STORE_END; n = entry_payload(pmm.entries[n])) {
        out->waiting += 1u << order;
        for (u32 zone = 0; zone < ZONES; zone++)
            if (n < ceilings[zone])
                out->free[zone] += 1u << order;
    }
}

void pmm_stats(struct pmm_stats *out)
{
    memset(out, 0, sizeof *out);
    out->spanned = pmm.span;
    out->whole_chunks = pmm_bitmap_whole();
    out->table_bytes = pmm_bitmap_bytes() + (u32)sizeof pmm +
                       pmm.span * (u32)sizeof *pmm.entries;
    for (u32 zone = 0; zone < ZONES; zone++)
        out->free[zone] = pmm_bitmap_count((enum zone)zone);
    for (u32 s = 0; s < STORES; s++)
        for (u32 order = 0; order < ORDER_MAX; order++)
            count_list(pmm.stores[s].head[order], order, out);

    out->kinds[FRAME_FREE] = pmm.span;
    for (u32 kind = FRAME_RESERVED; kind < FRAME_KINDS; kind++) {
        out->kinds[kind] = pmm.taken[kind] - pmm.given[kind];
        out->kinds[FRAME_FREE] -= out->kinds[kind];
    }
}

/* ------------------------------------------------------------------- dump */

void pmm_dump(void)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    platform_log("  %u frames spanned, of 4 KiB each:", stats.spanned);
    for (u32 kind = FRAME_FREE; kind < FRAME_KINDS; kind++)
        platform_log("  %8u  %s", stats.kinds[kind],
                     pmm_kind_name((enum frame_kind)kind));
    platform_log("  free below 16 MiB %u, below 768 MiB %u, in all %u; %u "
                 "chunks of 4 MiB wholly free; %u frames wait in the store",
                 stats.free[ZONE_DMA], stats.free[ZONE_LOW],
                 stats.free[ZONE_ANY], stats.whole_chunks, stats.waiting);
}
