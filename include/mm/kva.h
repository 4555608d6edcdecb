/*
 * mm/kva.h - L3: kernel virtual ranges.
 *
 * Virtual space of the kernel itself: thread stacks, device mappings, heap
 * blocks larger than a chunk. See mm/kva.c, and mm/kva_gaps.h for how a place
 * is found.
 */
#ifndef MM_KVA_H
#define MM_KVA_H

#include "mm/pt.h"

/* Its guards are part of a range: an address that it holds, but which is below
 * `start` or not below `end`, is in one. */
struct kva_range {
    const char *name;       /* whose; static text                    */
    virt_addr_t start, end; /* [start, end), guards not counted      */
    u32 guard_pages;        /* unmapped, below start and above end   */
};

enum { KVA_FREED = 64 }; /* so many ranges are remembered when freed */

/* Where an address lies that no range holds: for reports. */
struct kva_place {
    bool has_below, has_above;
    struct kva_range below, above; /* the nearest ones                  */
    bool was_freed;                /* did one hold it lately?           */
    struct kva_range freed;        /* that one; the last, if many did   */
    const void *freed_by;          /* where kva_free() was called from  */
};

struct kva_stats {
    u32 ranges; /* allocated                        */
    u32 pages;  /* in these, guards included        */
    u32 free;   /* pages                            */
    u32 gaps;   /* stretches that the free pages form */
    u32 node_frames; /* of kind RANGE, with what is known of ranges */
};

/*
 * Make the space of the kernel's ranges, all free, and print it in a line.
 *
 * Cost:     O(1); no frame.
 * Context:  boot, after pt_init().
 */
void kva_init(void);

/*
 * Allocate a range of addresses. Nothing is mapped there.
 *
 * name:     whose, for people; static text.
 * pages:    at least 1.
 * align:    of the first page, in pages; a power of two.
 * guards:   pages left unmapped on each side, 0 or more.
 * Returns:  its first address, at the bottom of the smallest gap that fits,
 *           the caller's until kva_free(); 0 if none does, or if no frame is
 *           free for what is to be known of it, and nothing has changed. With
 *           `align` above 1, it may be 0 although one fits that has less than
 *           `align` - 1 pages to spare, if 64 smaller ones do not.
 * Panics:   if `pages` is 0 or `align` no power of two.
 * Cost:     O(1): mostly one gap is looked at, 188 at most; at most one frame.
 * Context:  thread; takes the lock of L3.
 */
NODISCARD virt_addr_t kva_alloc(const char *name, u32 pages, u32 align,
                                u32 guards);

/*
 * Give back a range, unmapping what is mapped there; its frames lose their
 * reference. The addresses can be had again at once.
 *
 * start:    what kva_alloc(), kva_alloc_pages() or kva_alloc_stack() gave, or
 *           the start of the page of what kva_map_device() gave.
 * Panics:   if no range starts there; guards aside.
 * Cost:     O(1); O(pages) and a flush if there are page tables. It needs no
 *           memory.
 * Context:  thread; takes the lock of L3.
 */
void kva_free(virt_addr_t start);

/*
 * As kva_free(), on behalf of somebody else.
 *
 * by:       an address in who is to be remembered as having freed it.
 * Panics:   as kva_free().
 * Cost:     as kva_free().
 * Context:  as kva_free().
 */
void kva_free_for(virt_addr_t start, const void *by);

/*
 * Allocate a range with a frame, of kind KERNEL, behind each page.
 *
 * name, pages, guards: as for kva_alloc().
 * Returns:  its memory, content undefined, until kva_free(); NULL if frames
 *           or addresses run out, and nothing has changed but that page
 *           tables made on the way stay.
 * Panics:   as kva_alloc().
 * Cost:     O(pages).
 * Context:  thread.
 */
NODISCARD void *kva_alloc_pages(const char *name, u32 pages, u32 guards);

/*
 * Allocate the stack of a thread: a range with a frame behind each page, and
 * a guard page on each side, so that an overflow is a page fault.
 *
 * name, pages: as for kva_alloc().
 * Returns:  its lowest address; the stack grows down from pages * PAGE_SIZE
 *           above. Otherwise as kva_alloc_pages().
 * Panics:   as kva_alloc().
 * Cost:     O(pages).
 * Context:  thread.
 */
NODISCARD void *kva_alloc_stack(const char *name, u32 pages);

/*
 * Make a range with memory behind it longer or shorter where it is. What stays
 * of it keeps its content; its guards move along.
 *
 * start:    what kva_alloc_pages() gave.
 * pages:    at least 1; guards not counted, as before.
 * Returns:  true; new pages have content undefined, and the frames of pages
 *           that it lost are given back. False if what is behind the range is
 *           not free, or frames run out, and nothing has changed but that page
 *           tables made on the way stay. To make it shorter does not fail.
 * Panics:   if no range starts there, or `pages` is 0.
 * Cost:     O(pages more or less); a flush if it loses pages.
 * Context:  thread; takes the lock of L3.
 */
NODISCARD bool kva_resize_pages(virt_addr_t start, u32 pages);

/*
 * Map the registers or the memory of a device, uncached.
 *
 * start:    physical address; any alignment.
 * bytes:    at least 1; start + bytes stays below 4 GiB.
 * Returns:  where `start` is now, until kva_free() of its page; NULL as for
 *           kva_alloc_pages().
 * Panics:   if `bytes` is 0 or the end lies beyond 4 GiB.
 * Cost:     O(pages).
 * Context:  thread.
 */
NODISCARD void *kva_map_device(const char *name, phys_addr_t start, u32 bytes);

/*
 * The range that holds `va`, guards included.
 *
 * va:       any address.
 * Returns:  true, and `*out` filled; false if no range does.
 * Cost:     O(1), and a step for each 4 MiB around it where no range starts.
 * Context:  any.
 */
bool kva_find(virt_addr_t va, struct kva_range *out);

/*
 * What is known about an address that no range holds: the nearest ranges, and
 * whether it lies, guards included, in one of the last KVA_FREED ranges that
 * were freed.
 *
 * va:       any address; for one that a range holds, the neighbours of that.
 * out:      filled; what there is not is all zero.
 * Cost:     O(KVA_FREED).
 * Context:  any.
 */
void kva_locate(virt_addr_t va, struct kva_place *out);

/*
 * Call `visit` for each allocated range, in rising order.
 *
 * Cost:     O(ranges).
 * Context:  thread.
 */
void kva_each(void (*visit)(const struct kva_range *range, void *context),
              void *context);

/*
 * Call `visit` for each frame in which L3 keeps what it knows of ranges.
 *
 * Cost:     O(MiB of kva).
 * Context:  thread.
 */
void kva_each_frame(void (*visit)(pfn_t frame, void *context), void *context);

/*
 * Fill `out` with the counts of the ranges.
 *
 * Cost:     O(ranges).
 * Context:  any.
 */
void kva_stats(struct kva_stats *out);

/*
 * Assert every invariant that mm/kva*.c list.
 *
 * Panics:   with the first that does not hold.
 * Cost:     O(pages of kva).
 * Context:  thread.
 */
void kva_check(void);

/*
 * Print the ranges, a line each, and how many gaps there are.
 *
 * Cost:     O(ranges).
 * Context:  thread.
 */
void kva_dump(void);

#endif
