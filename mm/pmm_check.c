/*
 * mm/pmm_check.c - L1 seen from outside: visit, count, check and print it.
 */
#include "lib/mem.h"
#include "mm/memmap.h"
#include "pmm_internal.h"

/* How many frames are one thing with `n`, its head. */
static u32 extent_of(u32 n)
{
    if (entry_kind(pmm.entries[n]) == FRAME_FREE)
        return 1;
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

void pmm_stats(struct pmm_stats *out)
{
    *out = (struct pmm_stats){ .spanned = pmm.span };
    memcpy(out->kinds, pmm.kinds, sizeof out->kinds);
    out->table_bytes = pmm.chunk_count * (u32)sizeof *pmm.chunks +
                       pmm.span * (u32)sizeof *pmm.entries;
    for (u32 c = 0; c < pmm.chunk_count; c++) {
        out->whole_chunks += pmm.chunks[c].count == CHUNK_FRAMES;
        for (u32 zone = 0; zone < ZONES; zone++)
            if (c < pmm_bands[pmm_zone_band[zone]].end)
                out->free[zone] += pmm.chunks[c].count;
    }
}

/* ------------------------------------------------------------------ check */

static void check_free(u32 n)
{
    CHECK(pmm.entries[n] == FRAME_FREE,
          "pmm invariant 1: frame 0x%x is free in the bitmap, its entry is "
          "0x%x", n, pmm.entries[n]);
}

/* The frames behind a head have clear bits and the entries of tails. */
static void check_tails(u32 head, u32 frames)
{
    enum frame_kind kind = entry_kind(pmm.entries[head]);

    for (u32 n = head + 1; n < head + frames; n++) {
        u32 entry = pmm.entries[n];
        CHECK(!frame_bit(n) &&
                  (entry == FRAME_FREE ||
                   (entry_kind(entry) == kind &&
                    entry_order(entry) == ORDER_TAIL)),
              "pmm invariant 2: frame 0x%x lies in the run of 0x%x, its bit "
              "says %s, its entry is 0x%x",
              n, head, frame_bit(n) ? "free" : "used", entry);
    }
}

static void check_used(u32 n, u32 frames)
{
    u32 entry = pmm.entries[n];

    CHECK(entry_kind(entry) > FRAME_FREE && entry_kind(entry) < FRAME_KINDS &&
              entry_order(entry) <= ORDER_MAX && n % frames == 0 &&
              n + frames <= pmm.span,
          "pmm invariant 2: frame 0x%x is used, its entry is 0x%x, no head's",
          n, entry);
    CHECK(!kind_has_references(entry_kind(entry)) || entry_payload(entry) > 0,
          "pmm invariant 6: frame 0x%x is %s without a reference", n,
          pmm_kind_name(entry_kind(entry)));
    check_tails(n, frames);
}

static void check_frames(void)
{
    u32 kinds[FRAME_KINDS] = { 0 };

    for (u32 n = 0; n < pmm.span;) {
        u32 frames = frame_bit(n) ? 1 : extent_of(n);

        if (frame_bit(n))
            check_free(n);
        else
            check_used(n, frames);
        kinds[entry_kind(pmm.entries[n])] += frames;
        n += frames;
    }
    for (u32 kind = 0; kind < FRAME_KINDS; kind++)
        CHECK(kinds[kind] == pmm.kinds[kind],
              "pmm invariant 5: %u frames are %s, counted are %u", kinds[kind],
              pmm_kind_name((enum frame_kind)kind), pmm.kinds[kind]);
}

static void check_chunk(u32 index)
{
    const struct chunk *chunk = &pmm.chunks[index];
    u32 full = 0;

    for (u32 w = 0; w < CHUNK_WORDS; w++)
        full |= (u32)(chunk->free[1 + w] == ~0u) << w;
    CHECK(bitset_is_sound(chunk->free, CHUNK_FRAMES) && chunk->full == full &&
              bitset_count(chunk->free, CHUNK_FRAMES) == chunk->count &&
              (chunk->fits == ORDER_MAX ||
               !pmm_chunk_has_run(chunk, chunk->fits + 1u)),
          "pmm invariant 3: chunk %u counts %u free frames, its bits %u; full "
          "words 0x%x, its bits 0x%x; no run above order %u",
          index, chunk->count, bitset_count(chunk->free, CHUNK_FRAMES),
          chunk->full, full, chunk->fits);
    CHECK(bitset_test(pmm.whole, index) == (chunk->count == CHUNK_FRAMES) &&
              bitset_test(pmm.partial, index) ==
                  (chunk->count != 0 && chunk->count != CHUNK_FRAMES),
          "pmm invariant 4: chunk %u has %u free frames and is filed wrongly",
          index, chunk->count);
}

void pmm_check(void)
{
    struct memmap_stats map;

    check_frames();
    for (u32 c = 0; c < pmm.chunk_count; c++)
        check_chunk(c);
    CHECK(bitset_is_sound(pmm.partial, CHUNKS) &&
              bitset_is_sound(pmm.whole, CHUNKS) &&
              bitset_next(pmm.partial, pmm.chunk_count) == BITSET_NONE &&
              bitset_next(pmm.whole, pmm.chunk_count) == BITSET_NONE,
          "pmm invariant 4: the sets of chunks are damaged");

    memmap_stats(&map);
    CHECK(pmm.span - pmm.kinds[FRAME_RESERVED] == map.managed >> PAGE_SHIFT,
          "pmm: %u frames of %u are RAM, the memory map says %llu",
          pmm.span - pmm.kinds[FRAME_RESERVED], pmm.span,
          map.managed >> PAGE_SHIFT);
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
                 "chunks of 4 MiB wholly free",
                 stats.free[ZONE_DMA], stats.free[ZONE_LOW],
                 stats.free[ZONE_ANY], stats.whole_chunks);
}
