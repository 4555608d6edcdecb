/*
 * kheap_model.h - what include/mm/kheap.h promises, kept in the plainest way:
 * a list of the blocks that are held, each filled, to the last byte that may
 * be used, with a pattern of its own.
 *
 * The model is told every operation and what the heap answered. A word of
 * it, below, is a sentence that says what is wrong, or NULL if nothing is. Two
 * blocks that overlap are found by their patterns; a refusal is right if
 * the request is beyond what the heap gives, or if memory is short.
 */
#ifndef KHEAP_MODEL_H
#define KHEAP_MODEL_H

#include "mm/kheap.h"

struct model_block {
    u8 *start;
    u32 bytes;  /* asked for                            */
    u32 usable; /* what ksize() said                    */
    u32 align;  /* asked for, or what a move left of it */
    u32 seed;   /* of the pattern                       */
};

struct kheap_model {
    struct model_block *blocks; /* room for `max`, the caller's    */
    u32 count;
    u32 max;
    u32 refusals;               /* since the beginning             */
    u32 seed;                   /* of the last pattern             */
    struct kheap_stats first;   /* what kheap_stats() said         */
    const void *suspect;        /* the block the last words are about */
};

/* Begin; the heap has blocks of others, which nobody touches. */
void kheap_model_begin(struct kheap_model *model, struct model_block *blocks,
                       u32 max);

/* Others have used the heap meanwhile, and given back all: what they were
 * refused is not the model's. */
void kheap_model_resume(struct kheap_model *model);

/* kalloc() and its relatives answered; `align` is what was asked for, else
 * 8. The block, if there is one, is filled. */
const char *kheap_model_alloc(struct kheap_model *model, size_t bytes,
                              size_t align, void *answer);

/* The first `bytes` bytes of what kcalloc() answered are to be 0. */
const char *kheap_model_zeroed(struct kheap_model *model, const void *answer,
                               size_t bytes);

/* krealloc() of the block in this slot answered. The last block takes the
 * slot of one that is freed. */
const char *kheap_model_resize(struct kheap_model *model, u32 slot,
                               size_t bytes, void *answer);

/* The block in this slot is freed; to be looked at before that. */
const char *kheap_model_free(struct kheap_model *model, u32 slot);

/* Is the block in this slot as it was left? */
const char *kheap_model_look(struct kheap_model *model, u32 slot);

/* Does kheap_stats() agree? */
const char *kheap_model_look_at_stats(struct kheap_model *model);

/* Both, and of every block. */
const char *kheap_model_look_at_all(struct kheap_model *model);

#endif
