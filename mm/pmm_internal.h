/*
 * mm/pmm_internal.h - what the files of L1 share. For mm/pmm*.c only.
 */
#ifndef MM_PMM_INTERNAL_H
#define MM_PMM_INTERNAL_H

#include "mm/claim.h"
#include "mm/pmm.h"

/* ---------------------------------------------------------------- entries */

/* The order of a tail that pmm_set_run_payload() has marked. */
enum { ORDER_TAIL = 15 };

/* FREE, order 0, payload 0: of a frame that is free in the bitmap, and of a
 * tail that is not marked. */
#define ENTRY_FREE  ((u32)FRAME_FREE << ENTRY_KIND_SHIFT)

static inline u32 entry_make(enum frame_kind kind, u32 order, u32 payload)
{
    return (u32)kind << ENTRY_KIND_SHIFT | order << ENTRY_ORDER_SHIFT |
           payload;
}

/* Is it the entry of the head of a run that waits in the store? */
static inline bool entry_waits(u32 entry)
{
    return entry >> ENTRY_KIND_SHIFT == 0;
}

static inline enum frame_kind entry_kind(u32 entry)
{
    return entry_waits(entry) ? FRAME_FREE
                              : (enum frame_kind)(entry >> ENTRY_KIND_SHIFT);
}

static inline u32 entry_order(u32 entry)
{
    return entry >> ENTRY_ORDER_SHIFT & 15;
}

static inline u32 entry_payload(u32 entry)
{
    return entry & PAYLOAD_MAX;
}

/* Is it the entry of what is a thing of its own, in use or waiting? That of a
 * tail is not, nor that of a frame that is free in the bitmap. */
static inline bool entry_is_head(u32 entry)
{
    return entry != ENTRY_FREE && entry_order(entry) != ORDER_TAIL;
}

static inline bool kind_is_allocatable(enum frame_kind kind)
{
    return kind >= FRAME_TABLE && kind < FRAME_KINDS;
}

/* ----------------------------------------- the bitmap: mm/pmm_bitmap.c */

/* "No frame", where a frame's number is expected. */
#define NO_FRAME  (~0u)

/* How many bytes the chunks of so many frames take. */
u32 pmm_bitmap_chunk_bytes(u32 frames);

/* Begin with so many frames of which none is free. `place` is room for their
 * chunks, and is written. */
void pmm_bitmap_init(void *place, u32 frames);

/* Is the frame free in the bitmap? */
bool pmm_bitmap_test(u32 n);

/* Take a run from the zone, by best fit. Its head, or NO_FRAME. */
u32 pmm_bitmap_take(enum zone zone, u32 order);

/* Take up to `most` frames that lie in one word of 32. The first frame of
 * the word, and what was taken of it as a mask; or NO_FRAME. */
u32 pmm_bitmap_take_some(enum zone zone, u32 most, u32 *mask);

/* Give back a run, or the frames of a mask in the word of frame `n`. */
void pmm_bitmap_give(u32 n, u32 order);
void pmm_bitmap_give_some(u32 n, u32 mask);

/* The bits of the 32 frames from `n` on, a multiple of 32. */
u32 pmm_bitmap_word(u32 n);

/* How many frames are free below the zone's ceiling. */
u32 pmm_bitmap_count(enum zone zone);

/* How many chunks are wholly free. */
u32 pmm_bitmap_whole(void);

/* How many bytes the bitmap takes. */
u32 pmm_bitmap_bytes(void);

/* Claim the invariants of mm/pmm_bitmap.c. */
void pmm_bitmap_audit(struct claims *to);

/* ------------------------------------------------ questions: mm/pmm.c */

/* Assert that this can be asked for. */
void pmm_check_request(u32 order, enum frame_kind kind, const void *caller);

/* Is it a run in use, of this order and kind, with one reference at most? */
static inline bool pmm_is_run(pfn_t head, u32 order, enum frame_kind kind)
{
    if (head.n >= pmm.span || order > ORDER_MAX || !kind_is_allocatable(kind))
        return false;
    u32 entry = pmm.entries[head.n];
    return entry_kind(entry) == kind && entry_order(entry) == order &&
           (!kind_is_counted(kind) || entry_payload(entry) == 1);
}

/* Have the tails of the run been given its payload, too? */
bool pmm_is_marked(pfn_t head, u32 order);

/* Panic: `frame` cannot be freed (or got, or put) as the caller asks. */
NORETURN void pmm_refuse(const char *what, pfn_t frame, enum frame_kind kind,
                         u32 order, const void *caller);

#endif
