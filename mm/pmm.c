/*
 * mm/pmm.c - L1: the frame allocator.
 *
 * The bitmap mirrors the page tables: 1024 chunks of 1024 frames, and a chunk
 * is what one page-directory entry maps. A set bit is a free frame; a frame
 * that is no RAM has a clear bit for ever. Two bitsets over the chunks lead
 * to a chunk with something to give, its summary to a word, and the word to a
 * frame: a few find-first-set steps, however full memory is.
 *
 *      partial  0 1 0 0 1 ...  chunks partly free: broken up first
 *      whole    0 0 1 1 0 ...  chunks wholly free: kept for those who need
 *                 |            4 MiB in a row
 *                 v
 *      chunk    [ summary | word 0 | word 1 | ... | word 31 ]
 *
 * Beside the bits there is an entry of 4 bytes a frame:
 *
 *       31                    8 7     4 3    0
 *      +-----------------------+-------+------+
 *      |        payload        | order | kind |
 *      +-----------------------+-------+------+
 *
 * The kind says what the frame is used for, and whoever frees it must know.
 * A run is 2^order frames in a row, aligned to its size: its first frame is
 * the head, the others are tails. Only the head's entry is written. A tail's
 * stays FREE while its bit says used: that is what makes it a tail. (A slab
 * wants all of its frames to lead to it: pmm_set_run_payload() marks the tails
 * by an order that no head can have.)
 *
 * A zone is a ceiling. Memory is three bands of chunks, and a zone is a band
 * and all the bands below it, so that scarce low memory is used last.
 *
 * Invariants, checked by pmm_check():
 *   1. A free frame's entry is FREE, order 0, payload 0.
 *   2. A used frame's bit is clear; its entry is that of a head, or it is a
 *      tail of the head before it.
 *   3. chunk->count, ->full and the summary agree with the bits, and no free
 *      run is of a higher order than chunk->fits, which spares searches.
 *   4. A chunk is in `partial` iff it has free and used frames, in `whole`
 *      iff it has only free ones.
 *   5. kinds[k] is the number of frames of kind k; their sum is `span`.
 *   6. A frame with references has at least one.
 *
 * Cost: a single frame O(1), some 250 instructions for an alloc and a free
 * (make bench-pmm). Space: 140 bytes a chunk and 4 bytes a frame, up to the
 * highest usable frame.
 */
#include "mm/pmm.h"

#include "lib/mem.h"
#include "mm/lock.h"
#include "mm/memmap.h"
#include "pmm_internal.h"

struct pmm pmm;

/* From the highest memory to the lowest. */
const struct band pmm_bands[BANDS] = {
    { DIRECT_MAP_FRAMES / CHUNK_FRAMES, CHUNKS },
    { (16 << 20) / CHUNK_SIZE, DIRECT_MAP_FRAMES / CHUNK_FRAMES },
    { 0, (16 << 20) / CHUNK_SIZE },
};

const u8 pmm_zone_band[ZONES] = {
    [ZONE_ANY] = 0,
    [ZONE_LOW] = 1,
    [ZONE_DMA] = 2,
};

static const char *const kind_names[FRAME_KINDS] = {
    [FRAME_FREE] = "free",           [FRAME_RESERVED] = "reserved",
    [FRAME_BOOT] = "boot memory",    [FRAME_TABLE] = "a page table",
    [FRAME_RANGE] = "range nodes",   [FRAME_SLAB] = "a slab",
    [FRAME_LARGE] = "a large block", [FRAME_KERNEL] = "kernel pages",
    [FRAME_USER] = "a user page",    [FRAME_FILE] = "a file page",
};

const char *pmm_kind_name(enum frame_kind kind)
{
    const char *name = (u32)kind < FRAME_KINDS ? kind_names[kind] : NULL;

    return name ? name : "?";
}

/* ---------------------------------------------------------------- refusals */

NORETURN void pmm_refuse(const char *what, pfn_t frame, enum frame_kind kind,
                         u32 order, const void *caller)
{
    if (frame.n >= pmm.span)
        platform_panic("%s of frame 0x%x as %s, order %u, by %p: there is no "
                       "such frame, the last is 0x%x",
                       what, frame.n, pmm_kind_name(kind), order, caller,
                       pmm.span - 1);

    u32 entry = pmm.entries[frame.n];
    bool is_tail = entry_order(entry) == ORDER_TAIL ||
                   (entry_kind(entry) == FRAME_FREE && !frame_bit(frame.n));
    platform_panic("%s of frame 0x%x as %s, order %u, by %p: it is %s, "
                   "order %u, payload %u",
                   what, frame.n, pmm_kind_name(kind), order, caller,
                   is_tail ? "the inside of a run"
                           : pmm_kind_name(entry_kind(entry)),
                   is_tail ? 0 : entry_order(entry), entry_payload(entry));
}

static void check_kind(enum frame_kind kind, const void *caller)
{
    CHECK(kind_is_allocatable(kind),
          "allocation of frames as %s (kind %u), by %p: nobody may",
          pmm_kind_name(kind), kind, caller);
}

/* ---------------------------------------------------------- single frames */

/* A chunk of the zone with a free frame, or BITSET_NONE. */
static u32 find_chunk(enum zone zone)
{
    for (u32 b = pmm_zone_band[zone]; b < BANDS; b++) {
        u32 chunk = bitset_next(pmm.partial, pmm_bands[b].first);
        if (chunk < pmm_bands[b].end)
            return chunk;
        chunk = bitset_next(pmm.whole, pmm_bands[b].first);
        if (chunk < pmm_bands[b].end)
            return chunk;
    }
    return BITSET_NONE;
}

static u32 take_frame(u32 index)
{
    struct chunk *chunk = &pmm.chunks[index];
    u32 frame = bitset_first(chunk->free);

    bitset_remove(chunk->free, frame);
    chunk->full &= ~(1u << frame / 32);
    chunk->count--;
    if (chunk->count == 0 || chunk->count == CHUNK_FRAMES - 1)
        chunk_file(index);
    return index * CHUNK_FRAMES + frame;
}

static void give_frame(u32 n)
{
    u32 index = n / CHUNK_FRAMES;
    u32 frame = n % CHUNK_FRAMES;
    struct chunk *chunk = &pmm.chunks[index];

    bitset_add(chunk->free, frame);
    if (chunk->free[1 + frame / 32] == ~0u)
        chunk->full |= 1u << frame / 32;
    chunk->fits = CHUNK_ORDER;
    chunk->count++;
    if (chunk->count == 1 || chunk->count == CHUNK_FRAMES)
        chunk_file(index);
}

pfn_t pmm_alloc(enum zone zone, enum frame_kind kind)
{
    check_kind(kind, CALLER());

    lock(LOCK_PMM);
    u32 chunk = find_chunk(zone);
    pfn_t frame = PFN_NONE;
    if (chunk != BITSET_NONE) {
        frame = pfn(take_frame(chunk));
        pmm.entries[frame.n] = entry_fresh(kind, 0);
        pmm.kinds[FRAME_FREE]--;
        pmm.kinds[kind]++;
    }
    unlock(LOCK_PMM);
    return frame;
}

/* Is this the entry of a single frame that may be freed as `kind`? */
static bool is_single(u32 entry, enum frame_kind kind)
{
    if (kind_has_references(kind))
        return entry == entry_fresh(kind, 0);
    return kind_is_allocatable(kind) && (entry & 0xff) == (u32)kind;
}

static void release_frame(pfn_t frame, enum frame_kind kind)
{
    lock(LOCK_PMM);
    pmm.entries[frame.n] = FRAME_FREE;
    pmm.kinds[kind]--;
    pmm.kinds[FRAME_FREE]++;
    give_frame(frame.n);
    unlock(LOCK_PMM);
}

void pmm_free(pfn_t frame, enum frame_kind kind)
{
    if (frame.n >= pmm.span || !is_single(pmm.entries[frame.n], kind))
        pmm_refuse("free", frame, kind, 0, CALLER());
    release_frame(frame, kind);
}

void pmm_free_bulk(enum frame_kind kind, u32 count, const pfn_t *frames)
{
    for (u32 i = 0; i < count; i++) {
        if (frames[i].n >= pmm.span ||
            !is_single(pmm.entries[frames[i].n], kind))
            pmm_refuse("free", frames[i], kind, 0, CALLER());
        release_frame(frames[i], kind);
    }
}

bool pmm_alloc_bulk(enum zone zone, enum frame_kind kind, u32 count,
                    pfn_t *frames)
{
    check_kind(kind, CALLER());

    for (u32 i = 0; i < count; i++) {
        frames[i] = pmm_alloc(zone, kind);
        if (pfn_is_none(frames[i])) {
            pmm_free_bulk(kind, i, frames);
            return false;
        }
    }
    return true;
}

/* -------------------------------------------------------------- references */

static void check_references(const char *what, pfn_t frame, const void *caller)
{
    if (frame.n >= pmm.span || frame_bit(frame.n) ||
        !kind_has_references(entry_kind(pmm.entries[frame.n])) ||
        entry_order(pmm.entries[frame.n]) != 0)
        pmm_refuse(what, frame, pmm_kind(frame), 0, caller);
}

bool pmm_get(pfn_t frame)
{
    check_references("get", frame, CALLER());

    if (entry_payload(pmm.entries[frame.n]) == PAYLOAD_MAX)
        return false;
    lock(LOCK_PMM);
    pmm.entries[frame.n] += entry_make(0, 0, 1);
    unlock(LOCK_PMM);
    return true;
}

bool pmm_put(pfn_t frame)
{
    check_references("put", frame, CALLER());

    if (entry_payload(pmm.entries[frame.n]) == 1) {
        release_frame(frame, entry_kind(pmm.entries[frame.n]));
        return true;
    }
    lock(LOCK_PMM);
    pmm.entries[frame.n] -= entry_make(0, 0, 1);
    unlock(LOCK_PMM);
    return false;
}

/* ----------------------------------------------------------------- entries */

u32 pmm_span(void)
{
    return pmm.span;
}

enum frame_kind pmm_kind(pfn_t frame)
{
    return frame.n < pmm.span ? entry_kind(pmm.entries[frame.n])
                              : FRAME_RESERVED;
}

bool pmm_is_free(pfn_t frame)
{
    return frame.n < pmm.span && frame_bit(frame.n);
}

u32 pmm_order(pfn_t frame)
{
    return entry_order(pmm.entries[frame.n]);
}

u32 pmm_payload(pfn_t frame)
{
    return entry_payload(pmm.entries[frame.n]);
}

void pmm_set_payload(pfn_t head, enum frame_kind kind, u32 payload)
{
    if (head.n >= pmm.span || kind_has_references(kind) ||
        !kind_is_allocatable(kind) || payload > PAYLOAD_MAX ||
        pmm_kind(head) != kind || pmm_order(head) == ORDER_TAIL)
        pmm_refuse("payload", head, kind, 0, CALLER());
    pmm.entries[head.n] =
        entry_make(kind, entry_order(pmm.entries[head.n]), payload);
}

/* -------------------------------------------------------------------- boot */

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
static void free_frames(u32 first, u32 end)
{
    while (first < end) {
        u32 order = min_u32(highest_bit(end - first),
                            lowest_bit(first | 1u << ORDER_MAX));
        pmm_give_bits(first, order);
        first += 1u << order;
    }
}

static void add_frames(u32 first, u32 end, enum frame_kind kind)
{
    fill_entries(pmm.entries + first, end - first, entry_make(kind, 0, 0));
    pmm.kinds[kind] += end - first;
    if (kind == FRAME_FREE)
        free_frames(first, end);
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
    u32 chunk_bytes = pmm.chunk_count * (u32)sizeof *pmm.chunks;
    u32 bytes = chunk_bytes + pmm.span * (u32)sizeof *pmm.entries;
    pfn_t place = memmap_take(bytes, pfn(DIRECT_MAP_FRAMES));

    CHECK(!pfn_is_none(place),
          "pmm: no room below 768 MiB for the %u KiB that describe %u frames",
          bytes >> 10, pmm.span);
    pmm.chunks = pfn_to_ptr(place);
    pmm.entries = (u32 *)(void *)((u8 *)pmm.chunks + chunk_bytes);
    memset(pmm.chunks, 0, chunk_bytes);
}

void pmm_init(void)
{
    const struct memmap *map = memmap_get();

    pmm = (struct pmm){ .span = find_span(map) };
    pmm.chunk_count = (pmm.span + CHUNK_FRAMES - 1) / CHUNK_FRAMES;
    place_arrays();

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
    CHECK(pmm.kinds[FRAME_FREE] + pmm.kinds[FRAME_BOOT] +
                  pmm.kinds[FRAME_RESERVED] == pmm.span,
          "pmm: %u frames are spanned, the memory map tells of others",
          pmm.span);
    platform_log("pmm: %u frames spanned = %u free + %u used + %u reserved",
                 pmm.span, pmm.kinds[FRAME_FREE], pmm.kinds[FRAME_BOOT],
                 pmm.kinds[FRAME_RESERVED]);
}
