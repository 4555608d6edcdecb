/*
 * mm/pmm_check.c - L1 seen from outside: visit, count, check and print it.
 */
#include "lib/mem.h"
#include "mm/memmap.h"
#include "pmm_internal.h"

/* How many frames are one thing with `n`, its head. */
static u32 extent_of(u32 n)
{
    return 1u << entry_order(pmm.entries[n]);
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

/* ------------------------------------------------------------------ check */

/* What check_frames() has counted. */
struct census {
    u32 kinds[FRAME_KINDS]; /* frames                                   */
    u32 waiting[ORDER_MAX]; /* heads of runs that say that they wait    */
};

static void check_free(u32 n)
{
    CHECK(pmm.entries[n] == ENTRY_FREE,
          "pmm invariant 1: frame 0x%x is free in the bitmap, its entry is "
          "0x%x", n, pmm.entries[n]);
}

/* The frames behind a head have clear bits and the entries of tails. */
static void check_tails(u32 head, u32 frames)
{
    enum frame_kind kind = entry_kind(pmm.entries[head]);

    for (u32 n = head + 1; n < head + frames; n++) {
        u32 entry = pmm.entries[n];
        bool is_free = pmm_bitmap_test(n);
        CHECK(!is_free && (entry == ENTRY_FREE ||
                           (entry_kind(entry) == kind &&
                            entry_order(entry) == ORDER_TAIL)),
              "pmm invariant 2: frame 0x%x lies in the run of 0x%x, its bit "
              "says %s, its entry is 0x%x",
              n, head, is_free ? "free" : "used", entry);
    }
}

static void check_head(u32 n, u32 frames)
{
    u32 entry = pmm.entries[n];
    enum frame_kind kind = entry_kind(entry);

    CHECK(entry_is_head(entry) && kind >= FRAME_FREE && kind < FRAME_KINDS &&
              entry_order(entry) <= ORDER_MAX && n % frames == 0 &&
              n + frames <= pmm.span,
          "pmm invariant 2: frame 0x%x is used, its entry is 0x%x, no head's",
          n, entry);
    CHECK(!kind_is_counted(kind) || entry_payload(entry) > 0,
          "pmm invariant 5: frame 0x%x is %s without a reference", n,
          pmm_kind_name(kind));
    check_tails(n, frames);
}

/* Go over all frames, a thing at a time, and count. */
static void check_frames(struct census *census)
{
    for (u32 n = 0; n < pmm.span;) {
        bool is_free = pmm_bitmap_test(n);
        u32 frames = is_free ? 1 : extent_of(n);

        if (is_free)
            check_free(n);
        else
            check_head(n, frames);
        if (entry_waits(pmm.entries[n]))
            census->waiting[entry_order(pmm.entries[n])]++;
        census->kinds[entry_kind(pmm.entries[n])] += frames;
        n += frames;
    }
    for (u32 kind = FRAME_RESERVED; kind < FRAME_KINDS; kind++)
        CHECK(census->kinds[kind] == pmm.taken[kind] - pmm.given[kind],
              "pmm invariant 4: %u frames are %s, counted are %u",
              census->kinds[kind], pmm_kind_name((enum frame_kind)kind),
              pmm.taken[kind] - pmm.given[kind]);
}

/* Go along a list of the store. How many runs are on it. */
static u32 check_list(u32 s, u32 order)
{
    const struct pmm_store *store = &pmm.stores[s];
    u32 most = (STORE_FRAMES >> order) - (u32)store->room[order];
    u32 end = s == STORE_LOW ? DIRECT_MAP_FRAMES : FRAMES_MAX;
    u32 count = 0;

    for (u32 n = store->head[order]; n != STORE_END;
         n = entry_payload(pmm.entries[n])) {
        CHECK(n < min_u32(pmm.span, end) && entry_waits(pmm.entries[n]) &&
                  entry_order(pmm.entries[n]) == order,
              "pmm invariant 3: store %u has frame 0x%x among its runs of "
              "order %u, where it does not belong", s, n, order);
        count++;
        CHECK(count <= most,
              "pmm invariant 3: store %u has more than %u runs of order %u", s,
              most, order);
    }
    return count;
}

static void check_stores(const struct census *census)
{
    for (u32 order = 0; order < ORDER_MAX; order++) {
        u32 listed = 0;

        for (u32 s = 0; s < STORES; s++)
            listed += check_list(s, order);
        CHECK(listed == census->waiting[order],
              "pmm invariant 3: %u runs of order %u say that they wait, %u "
              "are in the store", census->waiting[order], order, listed);
    }
}

void pmm_check(void)
{
    struct census census = { { 0 }, { 0 } };
    struct memmap_stats map;

    pmm_bitmap_check();
    check_frames(&census);
    check_stores(&census);

    memmap_stats(&map);
    u32 ram = pmm.span - pmm.taken[FRAME_RESERVED];
    CHECK(ram == map.managed >> PAGE_SHIFT,
          "pmm: %u frames of %u are RAM, the memory map says %llu", ram,
          pmm.span, map.managed >> PAGE_SHIFT);
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
