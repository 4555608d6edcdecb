/*
 * mm/kheap.h - L4, upper half: kalloc and kfree.
 *
 * Memory of any size for the kernel. See mm/kheap.c.
 */
#ifndef MM_KHEAP_H
#define MM_KHEAP_H

#include "mm/slab.h"

/* What one address of the heap leads to. */
struct kheap_block {
    void *start;
    u32 bytes;        /* usable, from start */
    const char *how;  /* "slab", "frames", "mapped" or "guarded" */
    bool in_use;
};

struct kheap_stats {
    struct slab_stats slabs; /* blocks up to SLAB_OBJECT_MAX            */
    u32 large_blocks;        /* blocks of frames                        */
    u32 large_frames;
    u32 mapped_blocks;       /* blocks larger than a chunk              */
    u32 mapped_pages;
    u64 allocs;              /* successful, since boot                  */
    u64 frees;
    u32 failures;            /* allocations that were answered with NULL */
};

/*
 * Make the size classes and print them in a line. Once, at boot.
 *
 * Cost:     O(classes).
 * Context:  boot, after kva_init(); without page tables, after pmm_init().
 */
void kheap_init(void);

/*
 * Allocate `bytes` bytes, aligned to 8. The content is undefined.
 *
 * bytes:    any; 0 gives a block of its own, like 1.
 * Returns:  the block, the caller's until kfree(); NULL if memory or
 *           addresses run out, and nothing has changed but that page tables
 *           made on the way stay.
 * Cost:     O(1) up to SLAB_OBJECT_MAX; a run of frames beyond; O(pages)
 *           beyond a chunk.
 * Context:  thread; takes the lock of L4.
 */
NODISCARD void *kalloc(size_t bytes);

/*
 * Allocate `count` objects of `bytes` bytes each, all bytes 0.
 *
 * Returns:  as kalloc(); NULL too if count * bytes overflows.
 * Cost:     as kalloc(), and the zeroing.
 * Context:  as kalloc().
 */
NODISCARD void *kcalloc(size_t count, size_t bytes);

/*
 * Allocate `bytes` bytes, aligned to `align`.
 *
 * align:    a power of two. Beyond CHUNK_SIZE the answer is NULL; beyond
 *           PAGE_SIZE, too, if `bytes` is more than CHUNK_SIZE.
 * Returns:  as kalloc().
 * Panics:   if `align` is no power of two: that is a bug, not a size.
 * Cost:     as kalloc(); a block aligned to more than a page is made of
 *           whole frames.
 * Context:  as kalloc().
 */
NODISCARD void *kalloc_aligned(size_t bytes, size_t align);

/*
 * Change the size of a block, moving it if need be.
 *
 * block:    from this heap, or NULL: then it is kalloc(bytes).
 * bytes:    0 frees the block, and the answer is NULL.
 * Returns:  the block, old content kept up to the smaller size; NULL if
 *           memory runs out, and the old block is as it was. An alignment
 *           of more than 8 is not kept by a move.
 * Panics:   as kfree().
 * Cost:     O(1) where the block has room; else kalloc(), a copy, kfree().
 * Context:  as kalloc().
 */
NODISCARD void *krealloc(void *block, size_t bytes);

/*
 * Give back a block.
 *
 * block:    what an allocation of this heap gave; NULL does nothing.
 * Panics:   if it is anything else, or free already; the sentence names the
 *           address, what it is, and the caller. With slab_switch(), also if
 *           the bytes around it were written over.
 * Cost:     O(1); O(frames) for large blocks.
 * Context:  thread; takes the lock of L4.
 */
void kfree(void *block);

/*
 * How many bytes of a block may be used: at least what was asked for, and in a
 * checked block no more.
 *
 * block:    as for kfree(); NULL gives 0.
 * Returns:  bytes.
 * Panics:   as kfree().
 * Cost:     O(1); O(ranges) beyond a chunk.
 * Context:  any.
 */
size_t ksize(const void *block);

/*
 * Give back what the heap keeps in reserve. Callers that were refused
 * frames by L1 call it, with no lock held, and try once more.
 *
 * Returns:  how many frames went back to L1.
 * Cost:     O(caches + frames).
 * Context:  thread; takes the lock of L4.
 */
u32 kheap_trim(void);

/*
 * What an address is to the heap. Any pointer may be asked about.
 *
 * Returns:  true, and `*out` filled, if it lies in a block or a slot; else
 *           false.
 * Cost:     O(1); O(ranges) in kva.
 * Context:  any.
 */
bool kheap_find(const void *address, struct kheap_block *out);

/*
 * Call `visit` for each block of the heap that is made of frames or mapped,
 * and for each slab's slot in use.
 *
 * visit:    may not allocate or free.
 * Cost:     O(spanned frames + ranges + slots).
 * Context:  thread.
 */
void kheap_each(void (*visit)(const struct kheap_block *block, void *context),
                void *context);

/*
 * Fill `out` with the counts of the heap.
 *
 * Cost:     O(caches).
 * Context:  any.
 */
void kheap_stats(struct kheap_stats *out);

/*
 * Print who allocated what is in use, of the caches with SLAB_TRACE: for each
 * caller of the heap how many blocks and bytes, most bytes first; and the
 * serial number of the last allocation.
 *
 * since:    only what was allocated after the one with this number; 0: all.
 * Cost:     O(spanned frames + ranges + slots).
 * Context:  thread.
 */
void kheap_dump_leaks(u32 since);

/*
 * Assert every invariant that mm/kheap.c and mm/slab.c list.
 *
 * Panics:   with the first that does not hold.
 * Cost:     O(spanned frames + slabs).
 * Context:  thread.
 */
void kheap_check(void);

/*
 * Claim the same as slab_audit(), and that every frame of a large block is in
 * exactly one, and every range of the heap counted.
 *
 * Cost:     O(spanned frames + ranges).
 * Context:  thread.
 */
void kheap_audit(struct claims *to);

/*
 * Print the heap: caches in use, large blocks, totals.
 *
 * Cost:     O(caches).
 * Context:  thread.
 */
void kheap_dump(void);

#endif
