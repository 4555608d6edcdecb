/*
 * mm/pmm_bitmap.c - L1: which frames are free, and where a run of them is.
 *
 * Best fit at two levels. In a chunk, mm/pmm_chunk.h finds the smallest hole
 * that is large enough; and a band files its chunks by the same measure: by
 * what fits, which is 1 more than the order of the largest free run. So a
 * request takes a few find-first-set steps, however full memory is:
 *
 *      band     filed         0 1 0 0 1 0      something is filed under 1, 4
 *                                   |
 *               by_fits[4]    0 0 1 0 0 ...    chunk 2 is: 8 frames fit
 *                                 |
 *      chunk 2  by_fits[4]    0 1 0 0 0 ...    in its word 1
 *                               |
 *               words[1]      1 1 1 1 1 1 1 1 0 0 0 1 0 ...
 *
 * A zone is a ceiling. Memory is three bands, and a zone is a band and all
 * those below it, tried in this order: so scarce low memory is used last.
 *
 * Invariants, claimed by pmm_bitmap_audit():
 *   1. Each chunk is sound (chunk_check()).
 *   2. fits[c] tells the truth about chunk c, which is filed under that in
 *      its band, and nowhere if it is 0.
 *   3. Bit f of `filed` is set iff by_fits[f] is not empty.
 *   4. pmm.joins[c] tells that much fits in c, which is not `current`.
 *
 * Cost: everything O(1). Space: 156 bytes a chunk, and 7 KiB.
 */
#include "lib/bitset.h"
#include "lib/mem.h"
#include "pmm_chunk.h"

enum {
    BANDS = 3,
    JOIN_FITS = 5, /* with as much, a chunk may soon be whole */
};

struct band {
    u32 filed;
    BITSET(by_fits[CHUNK_FITS + 1], CHUNKS);
};

static struct {
    struct chunk *chunks;
    u32 chunk_count;
    struct band bands[BANDS];
    u8 fits[CHUNKS];
    u32 current; /* the chunk that single frames are taken from */
} bitmap;

/* The first chunk of each band, from the highest memory to the lowest. */
static const u16 band_first[BANDS] = {
    DIRECT_MAP_FRAMES / CHUNK_FRAMES,
    (16 << 20) / CHUNK_SIZE,
    0,
};

static const u8 zone_band[ZONES] = {
    [ZONE_ANY] = 0,
    [ZONE_LOW] = 1,
    [ZONE_DMA] = 2,
};

/* -------------------------------------------------------------------- bands */

static struct band *band_of(u32 index)
{
    if (index >= band_first[0])
        return &bitmap.bands[0];
    return &bitmap.bands[index >= band_first[1] ? 1 : 2];
}

/* Should what is freed in the chunk join its neighbours at once? Not while
 * single frames come from it: there it would be broken up again. */
static bool should_join(u32 index)
{
    return bitmap.fits[index] >= JOIN_FITS && index != bitmap.current;
}

static void set_current(u32 index)
{
    u32 was = bitmap.current;

    bitmap.current = index;
    pmm.joins[was] = should_join(was);
    pmm.joins[index] = should_join(index);
}

static void move_chunk(u32 index, u32 was, u32 fits)
{
    struct band *band = band_of(index);

    bitmap.fits[index] = (u8)fits;
    pmm.joins[index] = should_join(index);
    if (was > 0) {
        bitset_remove(band->by_fits[was], index);
        if (bitset_is_empty(band->by_fits[was]))
            band->filed &= ~(1u << was);
    }
    if (fits > 0) {
        bitset_add(band->by_fits[fits], index);
        band->filed |= 1u << fits;
    }
}

/* So much fits in the chunk now: file it under that. */
static inline void file_chunk(u32 index, u32 fits)
{
    if (fits != bitmap.fits[index])
        move_chunk(index, bitmap.fits[index], fits);
}

/* The chunk with the smallest run of at least 2^order frames, in the first
 * of the zone's bands that has one; its index, or BITSET_NONE. */
static u32 find_chunk(enum zone zone, u32 order)
{
    for (u32 b = zone_band[zone]; b < BANDS; b++) {
        const struct band *band = &bitmap.bands[b];
        u32 filed = band->filed & ~0u << (order + 1);
        if (filed)
            return bitset_first(band->by_fits[lowest_bit(filed)]);
    }
    return BITSET_NONE;
}

/* ------------------------------------------------------------- take, give */

u32 pmm_bitmap_take(enum zone zone, u32 order)
{
    u32 index = find_chunk(zone, order);

    if (index == BITSET_NONE)
        return NO_FRAME;
    struct chunk *chunk = &bitmap.chunks[index];
    u32 frame = chunk_take(chunk, order);
    file_chunk(index, chunk_fits(chunk, bitmap.fits[index]));
    if (order == 0 && index != bitmap.current)
        set_current(index);
    return index * CHUNK_FRAMES + frame;
}

u32 pmm_bitmap_take_some(enum zone zone, u32 most, u32 *mask)
{
    u32 index = find_chunk(zone, 0);

    if (index == BITSET_NONE)
        return NO_FRAME;
    struct chunk *chunk = &bitmap.chunks[index];
    u32 frame = chunk_take_some(chunk, most, mask);
    file_chunk(index, chunk_fits(chunk, bitmap.fits[index]));
    return index * CHUNK_FRAMES + frame;
}

void pmm_bitmap_give(u32 n, u32 order)
{
    u32 index = n / CHUNK_FRAMES;

    file_chunk(index, chunk_give(&bitmap.chunks[index], n % CHUNK_FRAMES,
                                 order, bitmap.fits[index]));
}

void pmm_bitmap_give_some(u32 n, u32 mask)
{
    u32 index = n / CHUNK_FRAMES;

    file_chunk(index, chunk_give_some(&bitmap.chunks[index], n % CHUNK_FRAMES,
                                      mask, bitmap.fits[index]));
}

/* ---------------------------------------------------------------- questions */

bool pmm_bitmap_test(u32 n)
{
    return chunk_test(&bitmap.chunks[n / CHUNK_FRAMES], n % CHUNK_FRAMES);
}

u32 pmm_bitmap_word(u32 n)
{
    return chunk_word(&bitmap.chunks[n / CHUNK_FRAMES],
                      n % CHUNK_FRAMES / 32);
}

u32 pmm_bitmap_count(enum zone zone)
{
    u32 band = zone_band[zone];
    u32 end = band == 0 ? CHUNKS : band_first[band - 1];
    u32 count = 0;

    for (u32 c = 0; c < min_u32(end, bitmap.chunk_count); c++)
        count += chunk_count(&bitmap.chunks[c]);
    return count;
}

u32 pmm_bitmap_whole(void)
{
    u32 count = 0;

    for (u32 b = 0; b < BANDS; b++)
        count += bitset_count(bitmap.bands[b].by_fits[CHUNK_FITS], CHUNKS);
    return count;
}

u32 pmm_bitmap_bytes(void)
{
    return bitmap.chunk_count * (u32)sizeof *bitmap.chunks +
           (u32)sizeof bitmap;
}

/* -------------------------------------------------------------------- check */

static void check_chunk(struct claims *to, u32 index)
{
    const struct chunk *chunk = &bitmap.chunks[index];
    u32 fits = chunk_fits(chunk, CHUNK_FITS);

    chunk_check(to, chunk, index);
    CLAIM(to, bitmap.fits[index] == fits,
          "pmm bitmap invariant 2: %u orders fit in chunk %u, not %u", fits,
          index, bitmap.fits[index]);
    for (u32 f = 1; f <= CHUNK_FITS; f++)
        CLAIM(to, bitset_test(band_of(index)->by_fits[f], index) == (f == fits),
              "pmm bitmap invariant 2: %u orders fit in chunk %u, and under "
              "%u it is %sfiled", fits, index, f, f == fits ? "not " : "");
    CLAIM(to, pmm.joins[index] == should_join(index),
          "pmm bitmap invariant 4: what is freed in chunk %u, where %u orders "
          "fit, %s join", index, fits, pmm.joins[index] ? "must not" : "must");
}

/* Every chunk that is filed anywhere is one that there is. */
static void check_band(struct claims *to, u32 b)
{
    const struct band *band = &bitmap.bands[b];
    u32 end = b == 0 ? CHUNKS : band_first[b - 1];

    end = min_u32(end, bitmap.chunk_count);
    for (u32 f = 0; f <= CHUNK_FITS; f++) {
        const u32 *set = band->by_fits[f];
        bool is_empty = bitset_is_empty(set);
        CLAIM(to, (band->filed >> f & 1) == !is_empty &&
                  bitset_is_sound(set, CHUNKS) &&
                  (is_empty || bitset_first(set) >= band_first[b]) &&
                  bitset_next(set, end) == BITSET_NONE,
              "pmm bitmap invariant 3: what is filed under %u in band %u is "
              "damaged", f, b);
    }
}

void pmm_bitmap_audit(struct claims *to)
{
    for (u32 c = 0; c < bitmap.chunk_count; c++)
        check_chunk(to, c);
    for (u32 b = 0; b < BANDS; b++)
        check_band(to, b);
}

/* --------------------------------------------------------------------- boot */

static u32 chunks_of(u32 frames)
{
    return (frames + CHUNK_FRAMES - 1) / CHUNK_FRAMES;
}

u32 pmm_bitmap_chunk_bytes(u32 frames)
{
    return chunks_of(frames) * (u32)sizeof *bitmap.chunks;
}

void pmm_bitmap_init(void *place, u32 frames)
{
    memset(&bitmap, 0, sizeof bitmap);
    memset(place, 0, pmm_bitmap_chunk_bytes(frames));
    bitmap.chunks = place;
    bitmap.chunk_count = chunks_of(frames);
    for (u32 c = 0; c < bitmap.chunk_count; c++)
        bitmap.chunks[c].by_fits[0] = ~0u;
}
