/*
 * tests/model/kheap_model.c - the heap as a list of blocks.
 *
 * The pattern of a block is a sequence of words that begins with the block's
 * seed: so a block that was moved, or that another one reaches into, does not
 * look like itself any more.
 */
#include "kheap_model.h"

#include "mm/kva.h"
#include "mm/pmm.h"

enum {
    ALIGNED = 8,        /* every block                                      */
    FEW_FRAMES = 16,    /* what a block may need beside its own: a slab's
                           descriptor, page tables, the record of a range  */
};

#define STEP 0x9e3779b9u

static const char *about(struct kheap_model *model, const void *block,
                         const char *words)
{
    model->suspect = block;
    return words;
}

/* ---------------------------------------------------------------- patterns */

static u32 *words_of(u8 *bytes)
{
    return (u32 *)(void *)bytes;
}

static u8 byte_of(u32 seed, u32 offset)
{
    return (u8)((seed + offset / 4 * STEP) >> offset % 4 * 8);
}

static void fill(u8 *start, u32 bytes, u32 seed)
{
    u32 whole = bytes / 4;

    for (u32 i = 0; i < whole; i++)
        words_of(start)[i] = seed + i * STEP;
    for (u32 k = whole * 4; k < bytes; k++)
        start[k] = byte_of(seed, k);
}

static bool is_filled(u8 *start, u32 bytes, u32 seed)
{
    u32 whole = bytes / 4;

    for (u32 i = 0; i < whole; i++)
        if (words_of(start)[i] != seed + i * STEP)
            return false;
    for (u32 k = whole * 4; k < bytes; k++)
        if (start[k] != byte_of(seed, k))
            return false;
    return true;
}

/* --------------------------------------------------------------- refusals */

/* What the heap never gives. */
static bool is_beyond(size_t bytes, size_t align)
{
    return bytes > KVA_END - KVA_START || align > CHUNK_SIZE ||
           (bytes > CHUNK_SIZE && align > PAGE_SIZE);
}

/* So many frames below 768 MiB suffice, in whatever pieces they are; but a
 * block that is aligned to more than a page takes a run. */
static bool is_short(size_t bytes, size_t align)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return align > PAGE_SIZE ||
           stats.free[ZONE_LOW] < bytes / PAGE_SIZE + 1 + FEW_FRAMES;
}

static const char *refused(struct kheap_model *model, size_t bytes,
                           size_t align)
{
    model->refusals++;
    return is_beyond(bytes, align) || is_short(bytes, align)
               ? NULL
               : about(model, NULL, "a refusal, and there is memory enough");
}

/* ----------------------------------------------------------------- blocks */

/* What is new in a block's record is true of the block; fill it. */
static const char *settle(struct kheap_model *model, struct model_block *block)
{
    if ((uintptr_t)block->start % block->align != 0)
        return about(model, block->start, "not aligned as it should be");
    size_t usable = ksize(block->start);
    if (usable < block->bytes)
        return about(model, block->start, "fewer bytes than were asked for");
    block->usable = (u32)usable;
    block->seed = ++model->seed * STEP;
    fill(block->start, block->usable, block->seed);
    return NULL;
}

static void forget(struct kheap_model *model, u32 slot)
{
    model->blocks[slot] = model->blocks[--model->count];
}

void kheap_model_begin(struct kheap_model *model, struct model_block *blocks,
                       u32 max)
{
    *model = (struct kheap_model){ .blocks = blocks, .max = max };
    kheap_stats(&model->first);
}

const char *kheap_model_alloc(struct kheap_model *model, size_t bytes,
                              size_t align, void *answer)
{
    if (!answer)
        return refused(model, bytes, align);
    if (is_beyond(bytes, align))
        return about(model, answer, "given what cannot be given");
    CHECK(model->count < model->max, "the test has no room for a block");
    struct model_block *block = &model->blocks[model->count++];
    *block = (struct model_block){ .start = answer, .bytes = (u32)bytes,
                                   .align = max_u32((u32)align, ALIGNED) };
    return settle(model, block);
}

const char *kheap_model_zeroed(struct kheap_model *model, const void *answer,
                               size_t bytes)
{
    const u8 *start = answer;

    for (size_t k = 0; answer && k < bytes; k++)
        if (start[k] != 0)
            return about(model, answer, "kcalloc() gives what is not zeroed");
    return NULL;
}

const char *kheap_model_resize(struct kheap_model *model, u32 slot,
                               size_t bytes, void *answer)
{
    struct model_block *block = &model->blocks[slot];

    if (bytes == 0) {
        forget(model, slot);
        return answer ? about(model, answer, "krealloc() to 0 gives a block")
                      : NULL;
    }
    if (!answer) {
        const char *words = refused(model, bytes, ALIGNED);
        return words ? words : kheap_model_look(model, slot);
    }
    if (is_beyond(bytes, ALIGNED))
        return about(model, answer, "given what cannot be given");
    if (answer != block->start)
        block->align = ALIGNED;
    block->start = answer;
    if (!is_filled(answer, min_u32(block->bytes, (u32)bytes), block->seed))
        return about(model, answer, "krealloc() does not keep the content");
    block->bytes = (u32)bytes;
    return settle(model, block);
}

const char *kheap_model_free(struct kheap_model *model, u32 slot)
{
    if (slot >= model->count)
        return about(model, NULL, "the test does not hold this, and frees it");
    forget(model, slot);
    return NULL;
}

/* ----------------------------------------------------------------- looking */

const char *kheap_model_look(struct kheap_model *model, u32 slot)
{
    struct model_block *block = &model->blocks[slot];

    if (ksize(block->start) != block->usable)
        return about(model, block->start, "ksize() tells of another size");
    if (!is_filled(block->start, block->usable, block->seed))
        return about(model, block->start, "another one's data are in it");
    return NULL;
}

void kheap_model_resume(struct kheap_model *model)
{
    struct kheap_stats stats;

    kheap_stats(&stats);
    model->first.failures = stats.failures - model->refusals;
}

const char *kheap_model_look_at_stats(struct kheap_model *model)
{
    struct kheap_stats stats;
    const struct kheap_stats *first = &model->first;

    kheap_stats(&stats);
    u64 held = stats.allocs - stats.frees - (first->allocs - first->frees);
    if (held != model->count)
        return about(model, NULL, "kheap_stats() counts blocks otherwise");
    if (stats.failures - first->failures != model->refusals)
        return about(model, NULL, "kheap_stats() counts refusals otherwise");
    return NULL;
}

const char *kheap_model_look_at_all(struct kheap_model *model)
{
    const char *words = kheap_model_look_at_stats(model);

    for (u32 slot = 0; slot < model->count && !words; slot++)
        words = kheap_model_look(model, slot);
    return words;
}
