/*
 * mm/pmm_run.c - L1: runs of 2^order frames, aligned to their size.
 *
 * A run of up to 16 frames lies in one word of a chunk. Folding the word
 * onto itself leaves a bit at each place where a run starts:
 *
 *      free          1 1 0 1 1 1 1 1      order 1, from bit 0 on the right
 *      free >> 1       1 1 0 1 1 1 1
 *      both          0 1 0 0 1 1 1 1      two free frames in a row
 *      and aligned   0 1 0 0 0 1 0 1      ... that start at an even one
 *
 * From 32 frames on it is a run of whole words, found by the same fold in
 * the chunk's mask of full words. 1024 frames are a whole chunk.
 *
 * A word that is partly used is broken up before a full one, and a chunk
 * that is partly used before a whole one.
 */
#include "mm/lock.h"
#include "pmm_internal.h"

/* Where a run of 2^order bits may start. */
static const u32 aligned_starts[ORDER_WORD + 1] = {
    0xffffffff, 0x55555555, 0x11111111, 0x01010101, 0x00010001, 0x00000001,
};

/* A bit at each place in `word` where 2^order set bits in a row start. */
static u32 fold(u32 word, u32 order)
{
    for (u32 k = 0; k < order; k++)
        word &= word >> (1u << k);
    return word & aligned_starts[order];
}

static u32 run_mask(u32 order)
{
    return (1u << (1u << order)) - 1;
}

/* ------------------------------------------------------------------- bits */

/* The bits of full words from `index` on, as taken or given. */
static void store_words(struct chunk *chunk, u32 index, u32 words, u32 value)
{
    for (u32 w = index; w < index + words; w++)
        bitset_set_word(chunk->free, w, value);
    u32 mask = words == 32 ? ~0u : ((1u << words) - 1) << index;
    chunk->full = value ? chunk->full | mask : chunk->full & ~mask;
}

static void store_bits(struct chunk *chunk, u32 frame, u32 order, bool give)
{
    u32 index = frame / 32;
    u32 mask = run_mask(order) << frame % 32;
    u32 word = chunk->free[1 + index];

    word = give ? word | mask : word & ~mask;
    bitset_set_word(chunk->free, index, word);
    chunk->full &= ~(1u << index);
    chunk->full |= (u32)(word == ~0u) << index;
}

static void change_bits(u32 n, u32 order, bool give)
{
    struct chunk *chunk = &pmm.chunks[n / CHUNK_FRAMES];
    u32 frame = n % CHUNK_FRAMES;

    if (order < ORDER_WORD)
        store_bits(chunk, frame, order, give);
    else
        store_words(chunk, frame / 32, 1u << (order - ORDER_WORD),
                    give ? ~0u : 0);
    chunk->count = (u16)(give ? chunk->count + (1u << order)
                              : chunk->count - (1u << order));
    chunk_file(n / CHUNK_FRAMES);
}

void pmm_take_bits(u32 n, u32 order)
{
    change_bits(n, order, false);
}

void pmm_give_bits(u32 n, u32 order)
{
    pmm.chunks[n / CHUNK_FRAMES].fits = CHUNK_ORDER;
    change_bits(n, order, true);
}

/* ----------------------------------------------------------------- search */

/* The first word among `words` with a free run; its place, or NONE. */
static u32 find_in_words(const struct chunk *chunk, u32 words, u32 order)
{
    for (; words; words &= words - 1) {
        u32 index = lowest_bit(words);
        u32 starts = fold(chunk->free[1 + index], order);
        if (starts)
            return index * 32 + lowest_bit(starts);
    }
    return BITSET_NONE;
}

static u32 find_in_chunk(const struct chunk *chunk, u32 order)
{
    if (order == CHUNK_ORDER)
        return chunk->full == ~0u ? 0 : BITSET_NONE;
    if (order >= ORDER_WORD) {
        u32 starts = fold(chunk->full, order - ORDER_WORD);
        return starts ? lowest_bit(starts) * 32 : BITSET_NONE;
    }

    u32 frame = find_in_words(chunk, chunk->free[0] & ~chunk->full, order);
    if (frame == BITSET_NONE && chunk->full)
        frame = lowest_bit(chunk->full) * 32;
    return frame;
}

bool pmm_chunk_has_run(const struct chunk *chunk, u32 order)
{
    return find_in_chunk(chunk, order) != BITSET_NONE;
}

/* The first run in the chunks of a set in a band; its frame, or PFN_NONE.
 * A chunk that has none is remembered as such. */
static pfn_t find_in_set(const u32 *set, const struct band *band, u32 order)
{
    for (u32 c = bitset_next(set, band->first); c < band->end;
         c = bitset_next(set, c + 1)) {
        struct chunk *chunk = &pmm.chunks[c];
        if (chunk->fits < order)
            continue;
        u32 frame = find_in_chunk(chunk, order);
        if (frame != BITSET_NONE)
            return pfn(c * CHUNK_FRAMES + frame);
        chunk->fits = (u16)(order - 1);
    }
    return PFN_NONE;
}

static pfn_t find_run(enum zone zone, u32 order)
{
    for (u32 b = pmm_zone_band[zone]; b < BANDS; b++) {
        pfn_t run = find_in_set(pmm.partial, &pmm_bands[b], order);
        if (pfn_is_none(run))
            run = find_in_set(pmm.whole, &pmm_bands[b], order);
        if (!pfn_is_none(run))
            return run;
    }
    return PFN_NONE;
}

/* ------------------------------------------------------------ alloc, free */

pfn_t pmm_alloc_run(enum zone zone, u32 order, enum frame_kind kind)
{
    CHECK(kind_is_allocatable(kind) && order <= ORDER_MAX,
          "allocation of 2^%u frames as %s, by %p: nobody may", order,
          pmm_kind_name(kind), CALLER());

    lock(LOCK_PMM);
    pfn_t head = find_run(zone, order);
    if (!pfn_is_none(head)) {
        pmm_take_bits(head.n, order);
        pmm.entries[head.n] = entry_fresh(kind, order);
        pmm.kinds[FRAME_FREE] -= 1u << order;
        pmm.kinds[kind] += 1u << order;
    }
    unlock(LOCK_PMM);
    return head;
}

static bool is_run(pfn_t head, u32 order, enum frame_kind kind)
{
    if (head.n >= pmm.span || order > ORDER_MAX || !kind_is_allocatable(kind))
        return false;
    u32 entry = pmm.entries[head.n];
    return entry_kind(entry) == kind && entry_order(entry) == order &&
           (!kind_has_references(kind) || entry_payload(entry) == 1);
}

/* Have its tails been given the payload, too? */
static bool is_marked(pfn_t head, u32 order)
{
    return order > 0 && pmm.entries[head.n + 1] != FRAME_FREE;
}

void pmm_free_run(pfn_t head, u32 order, enum frame_kind kind)
{
    if (!is_run(head, order, kind))
        pmm_refuse("free", head, kind, order, CALLER());

    lock(LOCK_PMM);
    u32 frames = 1u << order;
    u32 written = is_marked(head, order) ? frames : 1;
    for (u32 i = 0; i < written; i++)
        pmm.entries[head.n + i] = FRAME_FREE;
    pmm.kinds[kind] -= frames;
    pmm.kinds[FRAME_FREE] += frames;
    pmm_give_bits(head.n, order);
    unlock(LOCK_PMM);
}

/* Cut the run into halves as long as `keep` ends inside it; the half behind
 * the end goes back, the half before it is a run of its own. */
void pmm_split_run(pfn_t head, u32 order, u32 keep, enum frame_kind kind)
{
    if (!is_run(head, order, kind) || is_marked(head, order) || keep == 0 ||
        keep > 1u << order)
        pmm_refuse("split", head, kind, order, CALLER());

    lock(LOCK_PMM);
    u32 freed = (1u << order) - keep;
    while (keep != 1u << order) {
        u32 half = 1u << --order;
        if (keep <= half) {
            pmm_give_bits(head.n + half, order);
        } else {
            pmm.entries[head.n] = entry_fresh(kind, order);
            head.n += half;
            keep -= half;
        }
    }
    pmm.entries[head.n] = entry_fresh(kind, order);
    pmm.kinds[kind] -= freed;
    pmm.kinds[FRAME_FREE] += freed;
    unlock(LOCK_PMM);
}

void pmm_set_run_payload(pfn_t head, u32 order, enum frame_kind kind,
                         u32 payload)
{
    if (!is_run(head, order, kind) || payload > PAYLOAD_MAX ||
        kind_has_references(kind))
        pmm_refuse("payload", head, kind, order, CALLER());

    pmm.entries[head.n] = entry_make(kind, order, payload);
    for (u32 i = 1; i < 1u << order; i++)
        pmm.entries[head.n + i] = entry_make(kind, ORDER_TAIL, payload);
}
