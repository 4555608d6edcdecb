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
#include "slab_slot.h"

enum {
    NAME_MAX = 12,
    SMALLS = SMALL_MAX / STEP + 1,
    MEDIUMS = SLAB_OBJECT_MAX / LARGE_STEP + 1,
};

static struct {
    struct slab_cache classes[CLASSES];
    char names[CLASSES][NAME_MAX];     /* "8 bytes"                          */
    struct slab_cache *small[SMALLS];  /* the class of n * STEP bytes        */
    struct slab_cache *medium[MEDIUMS]; /* of n * LARGE_STEP                 */
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

static void make_classes(void)
{
    u32 bytes = 0;

    for (u32 i = 0; i < CLASSES; i++) {
        struct slab_cache *class = &heap.classes[i];
        bytes = next_class_bytes(bytes);
        name_class(heap.names[i], bytes);
        slab_cache_create(class, heap.names[i], bytes, SLAB_ALIGN);
        class->kfree_reciprocal = class->reciprocal;
    }
}

/* A slot of the next few classes, a quarter larger at most, is better than a
 * new slab. */
static void find_lenders(void)
{
    for (u32 i = 0; i < CLASSES; i++) {
        u32 bytes = heap.classes[i].slot_bytes, last = i;
        while (last + 1 < CLASSES &&
               heap.classes[last + 1].slot_bytes <= bytes + bytes / 4)
            last++;
        heap.classes[i].lenders = last - i;
    }
}

/* The smallest class for each multiple of `step`. */
static void fill_table(struct slab_cache **table, u32 count, u32 step)
{
    struct slab_cache *class = heap.classes;

    for (u32 i = 0; i < count; i++) {
        while (class->slot_bytes < i * step)
            class++;
        table[i] = class;
    }
}

void kheap_init(void)
{
    memset(&heap, 0, sizeof heap);
    memset(&kheap_large, 0, sizeof kheap_large);
    slab_init();
    make_classes();
    find_lenders();
    fill_table(heap.small, SMALLS, STEP);
    fill_table(heap.medium, MEDIUMS, LARGE_STEP);
    platform_log("kheap: %u size classes from %u to %u bytes; larger blocks "
                 "from whole frames", CLASSES, STEP, SLAB_OBJECT_MAX);
}

/* Of up to SLAB_OBJECT_MAX bytes. */
static struct slab_cache *class_of(u32 bytes)
{
    if (bytes <= SMALL_MAX)
        return heap.small[(bytes + STEP - 1) / STEP];
    return heap.medium[(bytes + LARGE_STEP - 1) / LARGE_STEP];
}

static bool is_class(const struct slab_cache *cache)
{
    return cache >= heap.classes && cache < heap.classes + CLASSES;
}

/* ------------------------------------------------------------------- alloc */

static void *alloc_small(u32 bytes)
{
    struct slab_cache *class = class_of(bytes);
    void *block;

    lock(LOCK_HEAP);
    if (!slab_take(class, &block))
        block = slab_take_slow(class, class->lenders);
    unlock(LOCK_HEAP);
    return block;
}

/* The slots of a class are aligned to what divides their size. Those of the
 * powers of two always do, so the search ends. */
static void *alloc_small_aligned(u32 bytes, u32 align)
{
    struct slab_cache *class = class_of(max_u32(bytes, align));

    while (class->slot_bytes % align != 0)
        class++;
    return slab_cache_alloc(class);
}

static void *alloc_once(size_t bytes, u32 align)
{
    void *block = NULL;

    if (bytes <= SLAB_OBJECT_MAX && align <= PAGE_SIZE)
        block = align <= SLAB_ALIGN ? alloc_small((u32)bytes)
                                    : alloc_small_aligned((u32)bytes, align);
    return block ? block : kheap_large_alloc(bytes, align);
}

/* Once more, if giving back the heap's reserve may help. */
static void *try_block(size_t bytes, u32 align)
{
    void *block = alloc_once(bytes, align);

    if (!block && kheap_trim() > 0)
        block = alloc_once(bytes, align);
    return block;
}

static NOINLINE void *alloc_block(size_t bytes, u32 align)
{
    void *block = try_block(bytes, align);

    heap.failures += block == NULL;
    return block;
}

/* No slot of the block's own class is at hand. */
static NOINLINE void *alloc_slow(size_t bytes)
{
    void *block = NULL;

    if (bytes <= SMALL_MAX) {
        struct slab_cache *class = class_of((u32)bytes);
        lock(LOCK_HEAP);
        block = slab_take_slow(class, class->lenders);
        unlock(LOCK_HEAP);
    }
    return block ? block : alloc_block(bytes, 1);
}

static bool take_small(size_t bytes, void **block)
{
    if (bytes > SMALL_MAX)
        return false;
    lock(LOCK_HEAP);
    bool taken = slab_take(heap.small[(bytes + STEP - 1) / STEP], block);
    unlock(LOCK_HEAP);
    return taken;
}

void *kalloc(size_t bytes)
{
    void *block;

    return take_small(bytes, &block) ? block : alloc_slow(bytes);
}

void *kcalloc(size_t count, size_t bytes)
{
    size_t total;

    if (__builtin_mul_overflow(count, bytes, &total)) {
        heap.failures++;
        return NULL;
    }
    void *block = kalloc(total);
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
    return alloc_block(bytes, (u32)align);
}

/* -------------------------------------------------------------------- free */

NORETURN static void refuse(const char *what, const void *block,
                            const void *caller)
{
    const struct slab_group *slab = slab_of(block);

    if (slab && is_class(slab->cache))
        slab_refuse(what, slab, block, caller);
    CHECK(!slab || hosts_itself(slab->cache),
          "%s of %p, by %p: it is an object of cache '%s'", what, block, caller,
          slab->cache->name);
    CHECK(!slab, "%s of %p, by %p: it is the descriptor of a slab", what, block,
          caller);
    kheap_large_refuse(what, block, caller);
}

static NOINLINE void free_block(void *block, const void *caller)
{
    struct slab_group *slab = slab_of(block);

    if (slab ? !slab_give(slab, slab->cache->kfree_reciprocal, block)
             : !kheap_large_free(block, caller))
        refuse("kfree", block, caller);
    remember_free(block, caller);
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

size_t ksize(const void *block)
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

static bool resize_in_place(const struct kheap_block *block, size_t bytes)
{
    if (slab_of(block->start))
        return slot_may_stay(block, bytes);
    return bytes > SLAB_OBJECT_MAX && kheap_large_resize(block, bytes);
}

/* Move the block; a smaller one may stay where it is if memory is short. */
static void *move_block(const struct kheap_block *block, size_t bytes,
                        const void *caller)
{
    bool shrinks = bytes <= block->bytes;
    void *moved = shrinks ? try_block(bytes, 1) : alloc_block(bytes, 1);

    if (!moved)
        return shrinks ? block->start : NULL;
    memcpy(moved, block->start, shrinks ? bytes : block->bytes);
    free_block(block->start, caller);
    return moved;
}

void *krealloc(void *block, size_t bytes)
{
    if (!block)
        return kalloc(bytes);

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

bool kheap_find(const void *address, struct kheap_block *out)
{
    struct slab_object object;

    if (!slab_find(address, &object))
        return kheap_large_find(address, out);
    if (!is_class(object.cache))
        return false;
    *out = (struct kheap_block){ object.start, object.cache->slot_bytes, "slab",
                                 object.in_use };
    return true;
}

void kheap_stats(struct kheap_stats *out)
{
    *out = kheap_large;
    for (u32 i = 0; i < CLASSES; i++) {
        out->allocs += heap.classes[i].allocs;
        out->frees += heap.classes[i].frees;
    }
    out->failures = heap.failures;
    slab_stats(&out->slabs);
}
