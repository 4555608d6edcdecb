/*
 * mm/kheap_large.c - L4: blocks of whole frames, up to a chunk. What is
 * larger, or cannot be had because memory is in pieces, is mapped
 * (mm/kheap_mapped.c).
 *
 * A block of n frames is cut from a run of 2^k, and the frames behind it go
 * back at once. So it is a run for each bit of n, the largest first, and the
 * first one's payload says n.
 */
#include "kheap_internal.h"
#include "mm/lock.h"
#include "mm/pmm.h"
#include "slab_record.h"
#include "slab_slot.h"

struct kheap_stats kheap_large;

/* ------------------------------------------------------------------ frames */

static u32 order_for(u32 frames)
{
    return frames == 1 ? 0 : highest_bit(frames - 1) + 1;
}

static void *alloc_frames(u32 frames, u32 align)
{
    u32 order = order_for(max_u32(frames, align / PAGE_SIZE));
    pfn_t head = pmm_alloc_run(ZONE_LOW, order, FRAME_LARGE);

    if (pfn_is_none(head))
        return NULL;
    lock(LOCK_HEAP);
    pmm_split_run(head, order, frames, FRAME_LARGE);
    pmm_set_payload(head, FRAME_LARGE, frames);
    kheap_large.large_blocks++;
    kheap_large.large_frames += frames;
    unlock(LOCK_HEAP);
    return pfn_to_ptr(head);
}

static void free_frames(pfn_t head, u32 frames)
{
    lock(LOCK_HEAP);
    kheap_large.large_blocks--;
    kheap_large.large_frames -= frames;
    while (frames > 0) {
        u32 order = highest_bit(frames);
        pmm_free_run(head, order, FRAME_LARGE);
        head.n += 1u << order;
        frames -= 1u << order;
    }
    unlock(LOCK_HEAP);
}

/* Keep the first `keep` frames. The run in which they end is split, and the
 * runs behind that one go. */
static void shrink_frames(pfn_t head, u32 frames, u32 keep)
{
    lock(LOCK_HEAP);
    kheap_large.large_frames -= frames - keep;
    pfn_t run = head;
    for (u32 left = keep; frames > 0; frames -= 1u << highest_bit(frames)) {
        u32 order = highest_bit(frames);
        u32 kept = min_u32(left, 1u << order);
        if (kept == 0)
            pmm_free_run(run, order, FRAME_LARGE);
        else if (kept < 1u << order)
            pmm_split_run(run, order, kept, FRAME_LARGE);
        run.n += 1u << order;
        left -= kept;
    }
    pmm_set_payload(head, FRAME_LARGE, keep);
    unlock(LOCK_HEAP);
}

/* The first frame of the block that has this one, or PFN_NONE. A tail of a run
 * says FREE; and of a block's runs, only the first has a payload. */
static pfn_t first_frame(pfn_t frame)
{
    pfn_t head = pmm_kind(frame) == FRAME_FREE ? pmm_head(frame) : frame;

    while (pmm_kind(head) == FRAME_LARGE && pmm_payload(head) == 0)
        head = pmm_head(pfn(head.n - 1));
    return pmm_kind(head) == FRAME_LARGE ? head : PFN_NONE;
}

static bool find_frames(const void *address, struct kheap_block *out)
{
    pfn_t first = first_frame(ptr_to_pfn(address));

    if (pfn_is_none(first))
        return false;
    *out = (struct kheap_block){ pfn_to_ptr(first),
                                 pmm_payload(first) * PAGE_SIZE, "frames",
                                 true };
    return true;
}

/* ------------------------------------------------------------- either kind */

static u32 pages_of(size_t bytes)
{
    return round_up(max_u32((u32)bytes, 1), PAGE_SIZE) / PAGE_SIZE;
}

void *kheap_large_alloc(size_t bytes, u32 align)
{
    if (bytes > KVA_END - KVA_START)
        return NULL;
    u32 pages = pages_of(bytes);
    void *block = pages <= CHUNK_FRAMES ? alloc_frames(pages, align) : NULL;
    if (!block && align <= PAGE_SIZE)
        block = kheap_mapped_alloc(pages);
    kheap_large.allocs += block != NULL;
    return block;
}

/* A block that is not checked. */
static bool find_plain(const void *address, struct kheap_block *out)
{
    return ptr_is_direct(address) ? find_frames(address, out)
                                  : kheap_mapped_find(address, out);
}

bool kheap_large_free(void *block, const void *by)
{
    struct kheap_block found;

    if (!find_plain(block, &found) || found.start != block)
        return false;
    if (ptr_is_direct(block))
        free_frames(ptr_to_pfn(block), found.bytes / PAGE_SIZE);
    else
        kheap_mapped_free(&found, by);
    kheap_large.frees++;
    return true;
}

bool kheap_large_resize(const struct kheap_block *block, size_t bytes)
{
    if (bytes > KVA_END - KVA_START)
        return false;
    if (!ptr_is_direct(block->start))
        return !slab_guard_find(block->start) &&
               kheap_mapped_resize(block, pages_of(bytes));
    if (bytes > block->bytes)
        return false;
    if (pages_of(bytes) < block->bytes / PAGE_SIZE)
        shrink_frames(ptr_to_pfn(block->start), block->bytes / PAGE_SIZE,
                      pages_of(bytes));
    return true;
}

bool kheap_large_find(const void *address, struct kheap_block *out)
{
    return find_plain(address, out) || kheap_checked_find(address, out);
}

static bool is_used(const void *address)
{
    return ptr_is_direct(address) && !pmm_is_free(ptr_to_pfn(address));
}

void kheap_large_refuse(const char *what, const void *block, const void *caller)
{
    struct kheap_block found;
    const void *before = slab_freed_by(block);

    CHECK(ptr_is_direct(block) || !kheap_mapped_find(block, &found),
          "%s of %p, by %p: it is not the start of the block at %p", what,
          block, caller, found.start);
    CHECK(!before || is_used(block),
          "%s of %p, by %p: it is free already; freed before by %p", what,
          block, caller, before);
    CHECK(ptr_is_direct(block), "%s of %p, by %p: it is no memory of the heap",
          what, block, caller);
    pfn_t frame = ptr_to_pfn(block);
    platform_panic("%s of %p, by %p: it is no block of the heap; frame 0x%x "
                   "is %s%s",
                   what, block, caller, frame.n,
                   pmm_kind_name(pmm_kind(frame)),
                   pmm_is_free(frame) ? ", not in use" : "");
}
