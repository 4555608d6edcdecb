/*
 * mm/pmm_internal.h - what the files of L1 share: its state, and the small
 * words in which its algorithms are written. For mm/pmm*.c only.
 */
#ifndef MM_PMM_INTERNAL_H
#define MM_PMM_INTERNAL_H

#include "lib/bitset.h"
#include "mm/pmm.h"

enum { CHUNK_WORDS = CHUNK_FRAMES / 32, ORDER_WORD = 5, ORDER_TAIL = 15 };

/* 1024 frames. A set bit is a frame that can be had. */
struct chunk {
    BITSET(free, CHUNK_FRAMES);
    u32 full;  /* bit w: all 32 frames of word w are free      */
    u16 count; /* of free frames                               */
    u16 fits;  /* no run of a higher order is free: the search
                  for one has failed, and nothing was freed since */
};

struct pmm {
    struct chunk *chunks; /* chunk_count of them                     */
    u32 *entries;         /* `span` of them: kind, order, payload    */
    u32 chunk_count;
    u32 span;
    BITSET(partial, CHUNKS); /* chunks with free and with used frames   */
    BITSET(whole, CHUNKS);   /* chunks of which every frame is free     */
    u32 kinds[FRAME_KINDS];  /* frames of each kind                     */
};

extern struct pmm pmm;

/* A stretch of chunks, [first, end). A zone is its own band and all those
 * that follow, tried in this order. */
struct band {
    u32 first, end;
};

enum { BANDS = 3 };

extern const struct band pmm_bands[BANDS];
extern const u8 pmm_zone_band[ZONES];

/* An entry: kind in bits 0-3, order in 4-7, payload in 8-31. */
static inline u32 entry_make(enum frame_kind kind, u32 order, u32 payload)
{
    return (u32)kind | order << 4 | payload << 8;
}

static inline enum frame_kind entry_kind(u32 entry)
{
    return (enum frame_kind)(entry & 15);
}

static inline u32 entry_order(u32 entry)
{
    return entry >> 4 & 15;
}

static inline u32 entry_payload(u32 entry)
{
    return entry >> 8;
}

static inline bool kind_is_allocatable(enum frame_kind kind)
{
    return kind >= FRAME_TABLE && kind < FRAME_KINDS;
}

static inline bool kind_has_references(enum frame_kind kind)
{
    return kind >= FRAME_KERNEL && kind < FRAME_KINDS;
}

/* The entry of an allocation that has just been made. */
static inline u32 entry_fresh(enum frame_kind kind, u32 order)
{
    return entry_make(kind, order, kind_has_references(kind) ? 1 : 0);
}

static inline bool frame_bit(u32 n)
{
    return bitset_test(pmm.chunks[n / CHUNK_FRAMES].free, n % CHUNK_FRAMES);
}

/* File the chunk by how much of it is free. */
static inline void chunk_file(u32 index)
{
    u32 count = pmm.chunks[index].count;

    if (count == CHUNK_FRAMES)
        bitset_add(pmm.whole, index);
    else
        bitset_remove(pmm.whole, index);
    if (count != 0 && count != CHUNK_FRAMES)
        bitset_add(pmm.partial, index);
    else
        bitset_remove(pmm.partial, index);
}

/* Panic: `frame` cannot be freed (or got, or put) as the caller asks. */
NORETURN void pmm_refuse(const char *what, pfn_t frame, enum frame_kind kind,
                         u32 order, const void *caller);

/* Is there a free run of 2^order frames in the chunk? */
bool pmm_chunk_has_run(const struct chunk *chunk, u32 order);

/* Take, or give back, the bits of 2^order frames from `n` on. */
void pmm_take_bits(u32 n, u32 order);
void pmm_give_bits(u32 n, u32 order);

#endif
