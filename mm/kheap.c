/*
 * mm/kheap.c - L4: kalloc and kfree, memory of any size.
 *
 *      bytes                  made of                   found again by
 *      1 .. 8 KiB             a slot of a size class    the frame's entry
 *      .. 4 MiB, a chunk      a run of frames           the frame's entry
 *      beyond                 a mapped kernel range     the list of ranges
 *
 * Size classes are in mm/kheap_classes.h, the larger blocks in
 * mm/kheap_large.c.
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
#include "mm/pmm.h"
#include "kheap_classes.h"
#include "kheap_internal.h"
#include "slab_record.h"
#include "slab_slot.h"

static struct {
    u32 failures;
    u32 switches; /* what is checked in blocks of any size */
} heap;

COLD void kheap_init(void)
{
    memset(&heap, 0, sizeof heap);
    memset(&kheap_large, 0, sizeof kheap_large);
    heap.switches = slab_switches_of("kalloc");
    slab_init();
    kheap_classes_init(heap.switches);
    platform_log("kheap: %u size classes from %u to %u bytes; larger blocks "
                 "from whole frames", CLASSES, STEP, SLAB_OBJECT_MAX);
}

/* ------------------------------------------------------------------- alloc */

/* A checked class gives nothing until it is asked for checks. */
static void *alloc_small(u32 bytes, const void *caller)
{
    struct slab_cache *class = class_of(bytes);
    void *block;

    lock(LOCK_HEAP);
    if (!slab_take(class, &block))
        block = slab_take_slow(class);
    unlock(LOCK_HEAP);
    if (!block && class->switches)
        block = slab_checked_alloc(class, bytes, 1, caller);
    return block;
}

/* The slots of a class are aligned to what divides their size; those of the
 * powers of two always do. In a checked slot there is room to align in. */
static void *alloc_small_aligned(u32 bytes, u32 align, const void *caller)
{
    struct slab_cache *class = class_of(max_u32(bytes, align));
    struct slab_cache *end = kheap_classes.all + CLASSES;

    if (class->switches && bytes + align <= SLAB_OBJECT_MAX)
        class = class_of(bytes + align);
    if (class->switches && class->object_bytes >= bytes + align)
        return slab_checked_alloc(class, bytes, align, caller);
    while (class != end &&
           (class->switches || class->slot_bytes % align != 0))
        class++;
    return class != end ? slab_cache_alloc(class) : NULL;
}

static void *alloc_slot(u32 bytes, u32 align, const void *caller)
{
    return align <= SLAB_ALIGN ? alloc_small(bytes, caller)
                               : alloc_small_aligned(bytes, align, caller);
}

static void *alloc_once(size_t bytes, u32 align, const void *caller)
{
    void *block = NULL;

    if (bytes <= SLAB_OBJECT_MAX && align <= PAGE_SIZE)
        block = alloc_slot((u32)bytes, align, caller);
    if (!block && heap.switches)
        block = kheap_checked_alloc(bytes, align, heap.switches, caller);
    return block ? block : kheap_large_alloc(bytes, align);
}

/* Once more, if giving back the heap's reserve may help. */
static void *try_block(size_t bytes, u32 align, const void *caller)
{
    void *block = alloc_once(bytes, align, caller);

    if (!block && kheap_trim() > 0)
        block = alloc_once(bytes, align, caller);
    return block;
}

static NOINLINE void *alloc_block(size_t bytes, u32 align, const void *caller)
{
    void *block = try_block(bytes, align, caller);

    heap.failures += block == NULL;
    return block;
}

/* No slot of the block's own class is at hand. Not static: so the arguments are
 * on the stack, and `caller`, which is rarely wanted, costs a push. */
void *kheap_alloc_slow(size_t bytes, const void *caller)
{
    void *block = NULL;

    if (bytes <= SMALL_MAX) {
        struct slab_cache *class = class_of((u32)bytes);
        lock(LOCK_HEAP);
        block = slab_take_slow(class);
        unlock(LOCK_HEAP);
    }
    return block ? block : alloc_block(bytes, 1, caller);
}

static bool take_small(size_t bytes, void **block)
{
    if (bytes > SMALL_MAX)
        return false;
    struct slab_cache *class = kheap_classes.small[(bytes + STEP - 1) / STEP];
    lock(LOCK_HEAP);
    bool taken = slab_take(class, block);
    unlock(LOCK_HEAP);
    return taken;
}

void *kalloc(size_t bytes)
{
    void *block;

    return take_small(bytes, &block) ? block
                                     : kheap_alloc_slow(bytes, CALLER());
}

/* kalloc() for another function's caller. */
static NOINLINE void *alloc_for(size_t bytes, const void *caller)
{
    void *block;

    return take_small(bytes, &block) ? block : kheap_alloc_slow(bytes, caller);
}

void *kcalloc(size_t count, size_t bytes)
{
    size_t total;

    if (__builtin_mul_overflow(count, bytes, &total)) {
        heap.failures++;
        return NULL;
    }
    void *block = alloc_for(total, CALLER());
    if (block)
        memset(block, 0, total);
    return block;
}

void *kalloc_aligned(size_t bytes, size_t align)
{
    CHECK(align != 0 && (align & (align - 1)) == 0,
          "kalloc_aligned to %zu bytes, by %p: not a power of two", align,
          CALLER());

    if (align > CHUNK_SIZE) {
        heap.failures++;
        return NULL;
    }
    return alloc_block(bytes, (u32)align, CALLER());
}

/* -------------------------------------------------------------------- free */

/* Is it one of this heap's checked blocks, or in the middle of one? */
static bool is_checked(const void *block)
{
    const struct slab_group *slab = slab_of(block);

    if (slab)
        return slab->cache->switches && is_class(slab->cache);
    if (ptr_is_direct(block))
        return false;
    const struct slab_record *record = slab_guard_find(block);
    return record && (!record->cache || is_class(record->cache));
}

NORETURN static COLD void refuse(const char *what, const void *block,
                                 const void *caller)
{
    const struct slab_group *slab = slab_of(block);
    const struct slab_cache *cache = slab_owner(block);

    if (is_checked(block))
        slab_checked_find(what, block, caller);
    if (slab && is_class(cache))
        slab_refuse(what, slab, block, caller);
    CHECK(!cache || hosts_itself(cache),
          "%s of %p, by %p: it is an object of cache '%s'", what, block, caller,
          cache->name);
    CHECK(!slab, "%s of %p, by %p: it is the descriptor of a slab", what, block,
          caller);
    kheap_large_refuse(what, block, caller);
}

static NOINLINE void free_block(void *block, const void *caller)
{
    struct slab_group *slab = slab_of(block);

    if (slab ? slab_give(slab, slab->cache->kfree_reciprocal, block)
             : kheap_large_free(block, caller))
        remember_free(block, caller);
    else if (is_checked(block))
        kheap_checked_free(block, caller);
    else
        refuse("kfree", block, caller);
}

void kfree(void *block)
{
    u32 entry = slab_entry(block);

    if (entry < NO_SLAB) {
        struct slab_group *slab = slab_of_entry(entry);
        if (slab_give(slab, slab->cache->kfree_reciprocal, block)) {
            remember_free(block, CALLER());
            return;
        }
    }
    if (block)
        free_block(block, CALLER());
}

static struct kheap_block block_of(const void *block, const char *what,
                                   const void *caller)
{
    struct kheap_block found;

    if (!kheap_find(block, &found) || found.start != block || !found.in_use)
        refuse(what, block, caller);
    return found;
}

COLD size_t ksize(const void *block)
{
    return block ? block_of(block, "ksize", CALLER()).bytes : 0;
}

/* ----------------------------------------------------------------- realloc */

/* A slot stays if it has room, and a new one would not be much smaller. */
static bool slot_may_stay(const struct kheap_block *block, size_t bytes)
{
    if (bytes > block->bytes)
        return false;
    return bytes > block->bytes / 2 ||
           class_of((u32)bytes) == slab_of(block->start)->cache;
}

/* A checked block always moves: who uses an address from before is found. */
static bool resize_in_place(const struct kheap_block *block, size_t bytes)
{
    const struct slab_group *slab = slab_of(block->start);

    if (slab)
        return !slab->cache->switches && slot_may_stay(block, bytes);
    return bytes > SLAB_OBJECT_MAX && kheap_large_resize(block, bytes);
}

/* Move the block; a smaller one may stay where it is if memory is short. */
static void *move_block(const struct kheap_block *block, size_t bytes,
                        const void *caller)
{
    bool shrinks = bytes <= block->bytes;
    void *moved = shrinks ? try_block(bytes, 1, caller)
                          : alloc_for(bytes, caller);

    if (!moved)
        return shrinks ? block->start : NULL;
    memcpy(moved, block->start, shrinks ? bytes : block->bytes);
    free_block(block->start, caller);
    return moved;
}

COLD void *krealloc(void *block, size_t bytes)
{
    if (!block)
        return alloc_for(bytes, CALLER());

    struct kheap_block old = block_of(block, "krealloc", CALLER());
    if (bytes == 0) {
        free_block(block, CALLER());
        return NULL;
    }
    return resize_in_place(&old, bytes) ? block
                                        : move_block(&old, bytes, CALLER());
}

u32 kheap_trim(void)
{
    return slab_trim();
}

/* ------------------------------------------------------------------- find */

COLD bool kheap_find(const void *address, struct kheap_block *out)
{
    struct slab_object object;

    if (!slab_find(address, &object))
        return kheap_large_find(address, out);
    if (!is_class(object.cache))
        return false;
    *out = (struct kheap_block){ object.start, object.bytes,
                                 ptr_is_direct(address) ? "slab" : "guarded",
                                 object.in_use };
    return true;
}

COLD void kheap_stats(struct kheap_stats *out)
{
    *out = kheap_large;
    for (u32 i = 0; i < CLASSES; i++) {
        out->allocs += kheap_classes.all[i].allocs;
        out->frees += kheap_classes.all[i].frees;
    }
    out->failures = heap.failures;
    slab_stats(&out->slabs);
}
