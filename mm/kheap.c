/*
 * mm/kheap.c - L4: kalloc and kfree, memory of any size.
 *
 *      bytes                  made of                   found again by
 *      1 .. 8 KiB             a slot of a size class    the frame's entry
 *      .. 4 MiB, a chunk      a run of frames           the frame's entry
 *      beyond                 a mapped kernel range     the list of ranges
 *
 * Size classes are in mm/kheap_classes.h. A block of n frames is cut from
 * a run of 2^k, and the frames behind it go back at once. If there is no such
 * run, memory being in pieces, single frames are mapped into a range instead.
 *
 * No block has a header. What an address belongs to is written in its frame's
 * entry, apart from all data, so kfree() needs no size, and refuses whatever
 * kalloc() did not give.
 *
 * Invariants, checked by kheap_check():
 *   1. large_blocks and large_frames agree with the frames of kind LARGE.
 *   2. mapped_blocks and mapped_pages agree with the ranges of the heap.
 *
 * Cost: O(1) up to 8 KiB; then that of a run of frames, or of a range.
 */
#include "mm/kheap.h"

#include "lib/mem.h"
#include "mm/kva.h"
#include "mm/lock.h"
#include "mm/pmm.h"
#include "kheap_classes.h"

enum { NAME_MAX = 12 };

static const char range_name[] = "heap block";

static struct {
    struct slab_cache classes[CLASSES];
    char names[CLASSES][NAME_MAX]; /* "8 bytes" */
    u32 large_blocks, large_frames;
    u32 mapped_blocks, mapped_pages;
    u64 allocs, frees;
    u32 failures;
} heap;

/* ------------------------------------------------------------ size classes */

static void name_class(char *name, u32 bytes)
{
    char digits[NAME_MAX];
    u32 count = 0;

    for (; bytes; bytes /= 10)
        digits[count++] = (char)('0' + bytes % 10);
    while (count > 0)
        *name++ = digits[--count];
    memcpy(name, " bytes", sizeof " bytes");
}

void kheap_init(void)
{
    memset(&heap, 0, sizeof heap);
    slab_init();
    for (u32 i = 0; i < CLASSES; i++) {
        u32 bytes = class_bytes(i);
        name_class(heap.names[i], bytes);
        slab_cache_create(&heap.classes[i], heap.names[i], bytes, STEP);
    }
    platform_log("kheap: %u size classes from %u to %u bytes; larger blocks "
                 "from whole frames",
                 CLASSES, class_bytes(0), SLAB_OBJECT_MAX);
}

/* ------------------------------------------------------------ large blocks */

static u32 order_for(u32 frames)
{
    return frames == 1 ? 0 : highest_bit(frames - 1) + 1;
}

/* `frames` frames in a row, aligned to 2^align_order of them. */
static void *alloc_frames(u32 frames, u32 align_order)
{
    u32 order = max_u32(order_for(frames), align_order);
    pfn_t head = pmm_alloc_run(ZONE_LOW, order, FRAME_LARGE);

    if (pfn_is_none(head))
        return NULL;
    lock(LOCK_HEAP);
    pmm_split_run(head, order, frames, FRAME_LARGE);
    pmm_set_payload(head, FRAME_LARGE, frames);
    heap.large_blocks++;
    heap.large_frames += frames;
    unlock(LOCK_HEAP);
    return pfn_to_ptr(head);
}

/* A block of n frames is a run for each bit of n, the largest first. */
static void free_frames(pfn_t head, u32 frames)
{
    lock(LOCK_HEAP);
    heap.large_blocks--;
    heap.large_frames -= frames;
    while (frames > 0) {
        u32 order = highest_bit(frames);
        pmm_free_run(head, order, FRAME_LARGE);
        head.n += 1u << order;
        frames -= 1u << order;
    }
    unlock(LOCK_HEAP);
}

static void *alloc_mapped(u32 pages)
{
    void *block = kva_alloc_pages(range_name, pages, 1);

    if (block) {
        heap.mapped_blocks++;
        heap.mapped_pages += pages;
    }
    return block;
}

static void free_mapped(const struct kva_range *range)
{
    heap.mapped_blocks--;
    heap.mapped_pages -= (range->end - range->start) / PAGE_SIZE;
    kva_free(range->start);
}

static bool find_mapped(const void *address, struct kva_range *out)
{
    virt_addr_t va = ptr_to_virt(address);

    return !ptr_is_direct(address) && virt_to_ptr(va) == address &&
           kva_find(va, out) && out->name == range_name;
}

static void *alloc_large(size_t bytes, u32 align_order)
{
    if (bytes > KVA_END - KVA_START)
        return NULL;
    u32 pages = round_up((u32)bytes, PAGE_SIZE) / PAGE_SIZE;
    void *block =
        pages <= CHUNK_FRAMES ? alloc_frames(pages, align_order) : NULL;
    if (!block && align_order == 0)
        block = alloc_mapped(pages);
    return block;
}

/* ------------------------------------------------------------------- alloc */

/* A small block takes whole frames if there is no run for a slab. */
static void *alloc_once(size_t bytes, u32 align_order)
{
    void *block = NULL;

    if (bytes <= SLAB_OBJECT_MAX && align_order == 0)
        block = slab_alloc(&heap.classes[class_of((u32)bytes)]);
    return block ? block : alloc_large(bytes, align_order);
}

/* Once more, if giving back the heap's reserve may help. */
static void *try_block(size_t bytes, u32 align_order)
{
    bytes = bytes ? bytes : 1;
    void *block = alloc_once(bytes, align_order);

    if (!block && kheap_trim() > 0)
        block = alloc_once(bytes, align_order);
    heap.allocs += block != NULL;
    return block;
}

static void *alloc_block(size_t bytes, u32 align_order)
{
    void *block = try_block(bytes, align_order);

    heap.failures += block == NULL;
    return block;
}

void *kalloc(size_t bytes)
{
    return alloc_block(bytes, 0);
}

void *kcalloc(size_t count, size_t bytes)
{
    size_t total;

    if (__builtin_mul_overflow(count, bytes, &total)) {
        heap.failures++;
        return NULL;
    }
    void *block = alloc_block(total, 0);
    if (block)
        memset(block, 0, total);
    return block;
}

void *kalloc_aligned(size_t bytes, size_t align)
{
    CHECK(align != 0 && (align & (align - 1)) == 0,
          "kalloc_aligned to %zu bytes, by %p: not a power of two", align,
          CALLER());

    if (align > CHUNK_SIZE || bytes > CHUNK_SIZE) {
        if (align <= PAGE_SIZE)
            return alloc_block(bytes, 0); /* a range: of whole pages */
        heap.failures++;
        return NULL;
    }
    /* A class that holds a multiple of `align` is a multiple of it. */
    u32 whole = round_up(max_u32((u32)bytes, 1), (u32)align);
    if (align <= PAGE_SIZE)
        return alloc_block(whole, 0);
    return alloc_block(bytes, highest_bit((u32)align) - PAGE_SHIFT);
}

/* -------------------------------------------------------------------- free */

/* Is this the first frame of a block of frames? */
static bool is_large_head(const void *address)
{
    if (!ptr_is_direct(address))
        return false;
    pfn_t frame = ptr_to_pfn(address);
    return pmm_kind(frame) == FRAME_LARGE && !pmm_is_free(frame) &&
           pmm_payload(frame) != 0;
}

NORETURN static void refuse(const char *what, const void *block,
                            const void *caller)
{
    struct kva_range range;

    if (find_mapped(block, &range))
        platform_panic("%s of %p, by %p: it is not the start of the block at "
                       "0x%08x", what, block, caller, range.start);
    if (!ptr_is_direct(block))
        platform_panic("%s of %p, by %p: it is no memory of the heap", what,
                       block, caller);
    pfn_t frame = ptr_to_pfn(block);
    platform_panic("%s of %p, by %p: it is no block of the heap; frame 0x%x "
                   "is %s%s",
                   what, block, caller, frame.n,
                   pmm_kind_name(pmm_kind(frame)),
                   pmm_is_free(frame) ? ", not in use" : "");
}

/* Objects of other caches, and the slabs' descriptors, are not the heap's. */
static bool is_class(const struct slab_cache *cache)
{
    return cache >= heap.classes && cache < heap.classes + CLASSES;
}

static void free_block(void *block, const void *caller)
{
    struct slab_object object;
    struct kva_range range;

    if (slab_find(block, &object) && is_class(object.cache))
        slab_free_for(object.cache, block, caller);
    else if (is_large_head(block) && (uintptr_t)block % PAGE_SIZE == 0)
        free_frames(ptr_to_pfn(block), pmm_payload(ptr_to_pfn(block)));
    else if (find_mapped(block, &range) && virt_to_ptr(range.start) == block)
        free_mapped(&range);
    else
        refuse("kfree", block, caller);
    heap.frees++;
}

void kfree(void *block)
{
    if (block)
        free_block(block, CALLER());
}

static size_t size_of(const void *block, const char *what, const void *caller)
{
    struct kheap_block found;

    if (!kheap_find(block, &found) || found.start != block || !found.in_use)
        refuse(what, block, caller);
    return found.bytes;
}

size_t ksize(const void *block)
{
    return block ? size_of(block, "ksize", CALLER()) : 0;
}

/* Is there room in the block, and would a new one not be much smaller? */
static bool may_stay(size_t old, size_t bytes)
{
    if (bytes > old)
        return false;
    if (bytes > old / 2)
        return true;
    return old <= SLAB_OBJECT_MAX &&
           class_of((u32)bytes) == class_of((u32)old);
}

/* Move the block; a smaller one may stay where it is if memory is short. */
static void *move_block(void *block, size_t old, size_t bytes,
                        const void *caller)
{
    void *moved = bytes <= old ? try_block(bytes, 0) : alloc_block(bytes, 0);

    if (!moved)
        return bytes <= old ? block : NULL;
    memcpy(moved, block, bytes < old ? bytes : old);
    free_block(block, caller);
    return moved;
}

void *krealloc(void *block, size_t bytes)
{
    if (!block)
        return kalloc(bytes);

    size_t old = size_of(block, "krealloc", CALLER());
    if (bytes == 0) {
        free_block(block, CALLER());
        return NULL;
    }
    if (may_stay(old, bytes))
        return block;
    return move_block(block, old, bytes, CALLER());
}

u32 kheap_trim(void)
{
    return slab_trim();
}

/* ------------------------------------------------------------------- find */

static bool find_large(const void *address, struct kheap_block *out)
{
    if (!is_large_head(address))
        return false;
    pfn_t frame = ptr_to_pfn(address);
    *out = (struct kheap_block){ pfn_to_ptr(frame),
                                 pmm_payload(frame) * PAGE_SIZE, "frames",
                                 true };
    return true;
}

bool kheap_find(const void *address, struct kheap_block *out)
{
    struct slab_object object;
    struct kva_range range;

    if (slab_find(address, &object)) {
        if (!is_class(object.cache))
            return false;
        *out = (struct kheap_block){ object.start, object.cache->slot_bytes,
                                     "slab", object.in_use };
        return true;
    }
    if (find_large(address, out))
        return true;
    if (!find_mapped(address, &range) ||
        ptr_to_virt(address) < range.start || ptr_to_virt(address) >= range.end)
        return false;
    *out = (struct kheap_block){ virt_to_ptr(range.start),
                                 range.end - range.start, "mapped", true };
    return true;
}

void kheap_stats(struct kheap_stats *out)
{
    *out = (struct kheap_stats){
        .large_blocks = heap.large_blocks,
        .large_frames = heap.large_frames,
        .mapped_blocks = heap.mapped_blocks,
        .mapped_pages = heap.mapped_pages,
        .allocs = heap.allocs,
        .frees = heap.frees,
        .failures = heap.failures,
    };
    slab_stats(&out->slabs);
}
