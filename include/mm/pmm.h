/*
 * mm/pmm.h - L1: frames. Alloc, free, share.
 *
 * A frame has at any time exactly one kind, which says who holds it. A run
 * is 2^order frames in a row, aligned to its own size. See mm/pmm.c.
 */
#ifndef MM_PMM_H
#define MM_PMM_H

#include "mm/addr.h"
#include "mm/claim.h"

/* What a frame is used for. Who frees it must know, and is checked. */
enum frame_kind {
    FRAME_FREE = 1,
    FRAME_RESERVED, /* not RAM, or the firmware's: never given out        */
    FRAME_BOOT,     /* kernel image, modules, this layer's own arrays     */
    FRAME_TABLE,    /* a page table or directory; payload: live entries   */
    FRAME_RANGE,    /* nodes of kernel ranges                             */
    FRAME_SLAB,     /* slots of a slab; payload: its descriptor           */
    FRAME_LARGE,    /* a heap block of whole frames; payload: how many    */
    FRAME_KERNEL,   /* mapped in a kernel range; payload: references      */
    FRAME_USER,     /* a program's page; payload: references              */
    FRAME_FILE,     /* a page of a file; payload: references              */
    FRAME_KINDS,
};

/* A zone is a ceiling, and what to try first below it. What has just been
 * freed, and waits in the store, may go before that. */
enum zone {
    ZONE_DMA, /* below 16 MiB: for old devices                           */
    ZONE_LOW, /* below 768 MiB, in the direct map; above 16 MiB first    */
    ZONE_ANY, /* below 4 GiB; above 768 MiB first                        */
    ZONES,
};

enum {
    ORDER_MAX = CHUNK_ORDER,
    PAYLOAD_MAX = (1 << 24) - 1,
    REFERENCES_MAX = 1 << 23, /* a frame has no more of them */
    PMM_TOLD = 1 << 20,       /* beyond the payload of a table       */
};

/* Conservation law, checked by pmm_check():
 *   spanned == kinds[FRAME_FREE] + ... + kinds[FRAME_FILE] */
struct pmm_stats {
    u32 spanned;            /* frames below the end of the highest usable */
    u32 kinds[FRAME_KINDS]; /* frames of each kind                        */
    u32 free[ZONES];        /* free frames below each zone's ceiling      */
    u32 waiting;            /* of the free ones: those in the store       */
    u32 whole_chunks;       /* chunks that are wholly free in the bitmap  */
    u32 table_bytes;        /* what this layer needs for itself           */
};

/*
 * Build the allocator from the memory map and print it in a line. Once, at
 * boot, after memmap_init().
 *
 * Panics:   if the map has no room below 768 MiB for the arrays.
 * Cost:     about an instruction a frame spanned.
 * Context:  boot.
 */
void pmm_init(void);

/*
 * Allocate a frame. Its content is undefined.
 *
 * zone:     where it may lie.
 * kind:     what for; not FREE, RESERVED or BOOT. The entry's payload is 1
 *           for a kind with references, else 0.
 * Returns:  the frame, the caller's own; PFN_NONE if the zone is exhausted,
 *           and nothing has changed.
 * Panics:   if `kind` is not one that can be allocated.
 * Cost:     O(1).
 * Context:  thread; takes the lock of L1.
 */
NODISCARD static inline pfn_t pmm_alloc(enum zone zone, enum frame_kind kind);

/*
 * Allocate a frame and fill it with zeros: for page tables and the like.
 *
 * zone:     ZONE_LOW or ZONE_DMA, whose frames L1 can reach. A frame from
 *           beyond needs a window (mm/pt.h) to be zeroed.
 * Returns:  as pmm_alloc().
 * Panics:   as pmm_alloc(), and if the zone is ZONE_ANY.
 * Cost:     O(1), 1024 stores of a word among it.
 * Context:  thread; takes the lock of L1.
 */
NODISCARD pfn_t pmm_alloc_zeroed(enum zone zone, enum frame_kind kind);

/*
 * Give back a single frame: from pmm_alloc(), pmm_alloc_bulk(), or a run of
 * order 0, which is the same.
 *
 * kind:     what it was allocated for.
 * Panics:   if the frame is free, out of range, of another kind, part of a
 *           run, or has references beside the caller's.
 * Cost:     O(1).
 * Context:  thread; takes the lock of L1. No page maps the frame, and no
 *           TLB still remembers that one did.
 */
static inline void pmm_free(pfn_t frame, enum frame_kind kind);

/*
 * Allocate 2^order frames in a row, aligned to their size.
 *
 * order:    0 to ORDER_MAX.
 * kind:     as for pmm_alloc().
 * Returns:  the first frame, its entry standing for the whole run; PFN_NONE
 *           if there is no such run in the zone, and nothing has changed.
 * Panics:   if `order` or `kind` is out of range.
 * Cost:     O(1). The smallest free run that is large enough is broken up
 *           for it, so whole chunks stay whole as long as possible. Before a
 *           refusal, what pmm_trim() does, once.
 * Context:  thread; takes the lock of L1.
 */
NODISCARD static inline pfn_t pmm_alloc_run(enum zone zone, u32 order,
                                            enum frame_kind kind);

/*
 * Give back a run that pmm_alloc_run() gave, or a piece of one that
 * pmm_split_run() made.
 *
 * order:    as it was allocated.
 * Panics:   as pmm_free(), and if the order is another.
 * Cost:     O(1); O(2^order) for one that pmm_set_run_payload() has marked.
 * Context:  as pmm_free().
 */
static inline void pmm_free_run(pfn_t head, u32 order, enum frame_kind kind);

/*
 * Keep only the first `keep` frames of a run, and give back the rest.
 *
 * keep:     1 to 2^order. What is kept is from now on several runs, the
 *           largest first, one for each bit set in `keep`: 13 frames are
 *           runs of 8, 4 and 1. Their payloads are as after allocation, even
 *           if all is kept.
 * Panics:   as pmm_free_run(), if `keep` is out of range, or if the run is
 *           marked.
 * Cost:     O(order).
 * Context:  thread; takes the lock of L1.
 */
void pmm_split_run(pfn_t head, u32 order, u32 keep, enum frame_kind kind);

/*
 * Allocate `count` frames, anywhere in the zone.
 *
 * count:    0 or more.
 * frames:   receives them, count entries; in no order.
 * Returns:  true; false if there are not so many, and nothing has changed.
 * Panics:   as pmm_alloc().
 * Cost:     O(count).
 * Context:  thread; takes the lock of L1.
 */
NODISCARD bool pmm_alloc_bulk(enum zone zone, enum frame_kind kind, u32 count,
                              pfn_t *frames);

/*
 * Give back `count` frames.
 *
 * Panics:   as pmm_free(), for the first that is wrong; those before it are
 *           free by then.
 * Cost:     O(count).
 * Context:  as pmm_free().
 */
void pmm_free_bulk(enum frame_kind kind, u32 count, const pfn_t *frames);

/*
 * Take one more reference of a frame of kind KERNEL, USER or FILE.
 *
 * Returns:  true; false if the count is at REFERENCES_MAX, and nothing has
 *           changed.
 * Panics:   if the frame has no references: free, of another kind, or part
 *           of a run of more than one frame.
 * Cost:     O(1).
 * Context:  thread; takes the lock of L1.
 */
NODISCARD bool pmm_get(pfn_t frame);

/*
 * Drop a reference of a frame of kind KERNEL, USER or FILE; the last one
 * frees it.
 *
 * Returns:  true if the frame is free now.
 * Panics:   as pmm_get().
 * Cost:     O(1).
 * Context:  as pmm_free(), if it may be the last.
 */
bool pmm_put(pfn_t frame);

/* Is a frame of that kind, which has references, and is there one only?
 * Returns: so; false of any frame else. Cost: O(1). Context: any. */
bool pmm_is_sole(pfn_t frame, enum frame_kind kind);

/*
 * Take every free frame out of the store, into the bitmap, where it joins
 * its neighbours. L1 does so itself before it refuses anything.
 *
 * Cost:     O(frames that wait), some 2000 at most.
 * Context:  thread; takes the lock of L1.
 */
void pmm_trim(void);

/*
 * The kind of a frame, as its entry tells. A tail of a run says FREE, unless
 * pmm_set_run_payload() has marked it.
 *
 * Returns:  the kind; FRAME_RESERVED for a frame that is not spanned.
 * Cost:     O(1).
 * Context:  any.
 */
enum frame_kind pmm_kind(pfn_t frame);

/*
 * Can the frame be had?
 *
 * Returns:  true if so, whether it is free in the bitmap or waits in the
 *           store; false too for a frame that is not spanned.
 * Cost:     O(1).
 * Context:  any.
 */
bool pmm_is_free(pfn_t frame);

/*
 * Is it a free frame that waits in the store?
 *
 * Returns:  true if so; false for one that is free in the bitmap, is used, or
 *           not spanned.
 * Cost:     O(ORDER_MAX).
 * Context:  any.
 */
bool pmm_waits(pfn_t frame);

/*
 * The first frame of the run that a frame lies in.
 *
 * Returns:  the head, be the run in use or waiting in the store; the frame
 *           itself if it is in no run.
 * Cost:     O(ORDER_MAX).
 * Context:  any; the frame is spanned.
 */
pfn_t pmm_head(pfn_t frame);

/* The order of the run whose head the frame is. Returns: 0 to ORDER_MAX; 0 of a
 * single one. Cost: O(1). Context: any; it is the head of an allocation. */
u32 pmm_order(pfn_t frame);

/*
 * The payload of a frame's entry: 24 bits whose meaning the kind gives.
 *
 * Returns:  0 to PAYLOAD_MAX; nothing in particular for a free frame.
 * Cost:     O(1).
 * Context:  any; the frame is spanned.
 */
u32 pmm_payload(pfn_t frame);

/*
 * Set the payload of an allocation's head.
 *
 * kind:     its kind; not one with references.
 * payload:  0 to PAYLOAD_MAX.
 * Panics:   if the frame is free or of another kind.
 * Cost:     O(1).
 * Context:  thread; the caller holds the frame.
 */
void pmm_set_payload(pfn_t head, enum frame_kind kind, u32 payload);

/*
 * Give every frame of a run the payload, so that each of them leads to it;
 * the tails are marked as tails of this kind until the run is freed.
 *
 * order, kind, payload: as for pmm_alloc_run() and pmm_set_payload().
 * Panics:   as pmm_free_run().
 * Cost:     O(2^order).
 * Context:  thread; the caller holds the run.
 */
void pmm_set_run_payload(pfn_t head, u32 order, enum frame_kind kind,
                         u32 payload);

/*
 * Let the layer above tell of a frame, and give some back before a refusal.
 *
 * owed_by:  answers who owes the flush of a mapping of the frame, by a return
 *           address, and in `va` where that was; NULL if nobody does.
 * trim:     frees the frames it keeps in stock, and answers how many.
 * Cost:     O(1).
 * Context:  boot.
 */
void pmm_set_hooks(const void *(*owed_by)(pfn_t frame, virt_addr_t *va),
                   u32 (*trim)(void));

/*
 * One more than the highest frame that L1 knows.
 *
 * Returns:  frames; 0 before pmm_init().
 * Cost:     O(1).
 * Context:  any.
 */
u32 pmm_span(void);

/*
 * The name of a kind, for people.
 *
 * Returns:  a word, static; "?" for what is no kind.
 * Cost:     O(1).
 * Context:  any.
 */
const char *pmm_kind_name(enum frame_kind kind);

/*
 * Call `visit` for every run and single frame that is in use, and for every
 * free frame, in rising order.
 *
 * visit:    `frames` in a row from `head` on, of one kind; a run is one call,
 *           one that waits in the store, too. May not allocate or free frames.
 * Cost:     O(spanned).
 * Context:  thread.
 */
void pmm_each(void (*visit)(pfn_t head, u32 frames, enum frame_kind kind,
                            void *context),
              void *context);

/*
 * Call `visit` for every run and single frame in use as `kind`, in rising
 * order, however damaged other entries are.
 *
 * visit:    as for pmm_each().
 * Cost:     O(spanned), 6 instructions each.
 * Context:  thread.
 */
void pmm_each_of(enum frame_kind kind,
                 void (*visit)(pfn_t head, u32 frames, void *context),
                 void *context);

/*
 * Fill `out` with the counts of the frames.
 *
 * Cost:     O(spanned / 32).
 * Context:  any.
 */
void pmm_stats(struct pmm_stats *out);

/*
 * Assert every invariant that mm/pmm.c lists.
 *
 * Panics:   with the first that does not hold.
 * Cost:     O(spanned).
 * Context:  thread.
 */
void pmm_check(void);

/*
 * Claim every invariant that mm/pmm.c lists, and that what the memory map
 * tells of each frame agrees with it.
 *
 * Cost:     O(spanned).
 * Context:  thread.
 */
void pmm_audit(struct claims *to);

/*
 * For the audit: subtract from the payload of a frame's entry what its owner
 * tells of it: 1 for a reference, PMM_TOLD for "it is a table, or has nodes,
 * of mine". Nobody else may use L1 until all is taken back: told with a minus.
 * The frame is spanned.
 *
 * Cost:     O(1).
 * Context:  thread, interrupts off.
 */
static inline void pmm_tell(pfn_t frame, u32 story);

/*
 * Has the frame references, of which can be told?
 *
 * Returns:  true if so; false too if it is not spanned, or in a run.
 * Cost:     O(1).
 * Context:  any.
 */
static inline bool pmm_may_tell(pfn_t frame);

/*
 * Call `visit` for each frame of kind TABLE or RANGE that was not told of
 * exactly once, and each with references of which not all were told.
 *
 * Cost:     O(spanned).
 * Context:  between pmm_tell() and taking that back.
 */
void pmm_each_untold(void (*visit)(pfn_t frame, void *context), void *context);

/*
 * Print the counts: by kind, by zone, whole chunks.
 * Cost:     as pmm_stats().
 * Context:  thread.
 */
void pmm_dump(void);

#include "mm/pmm_front.h"

#endif
