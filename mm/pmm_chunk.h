/*
 * mm/pmm_chunk.h - 1024 frames: which of them are free. For mm/pmm_bitmap.c.
 *
 * "fits" measures a word of 32 frames, or a chunk: it is 1 more than the
 * order of the largest free run in it, 0 if nothing is free. A chunk files
 * its words by that, so that the smallest hole that will do is found at once:
 *
 *      by_fits[0]   1 0 1 0 0 ...    words 0 and 2 are used
 *      by_fits[4]   0 1 0 0 0 ...    in word 1, 8 frames fit, but not 16
 *      by_fits[6]   0 0 0 1 1 ...    words 3 and 4 are free
 *      words[1]     1 1 1 1 1 1 1 1 0 0 0 1 0 ...
 *
 * A run starts at a multiple of its size. Folding a word onto itself leaves a
 * bit at each place where one of 2^k frames does:
 *
 *      word          1 1 0 1 1 1 1 1      k = 1, from bit 0 on the right
 *      word >> 1       1 1 0 1 1 1 1
 *      both          0 1 0 0 1 1 1 1      two free frames in a row
 *      and aligned   0 1 0 0 0 1 0 1      ... that start at an even one
 *
 * Runs of 32 frames and more are folded in by_fits[6]. The bits of the words
 * in it are not kept as well, so that to take or give 1024 frames changes two
 * masks.
 *
 * Invariants, checked by chunk_check():
 *   1. Each word is in exactly one by_fits, the right one.
 *   2. A word that is wholly free, or wholly used, has no bits of its own.
 */
#ifndef MM_PMM_CHUNK_H
#define MM_PMM_CHUNK_H

#include "pmm_internal.h"

enum {
    ORDER_WORD = 5, /* a run of 32 frames */
    WORD_FITS = ORDER_WORD + 1,
    CHUNK_FITS = CHUNK_ORDER + 1,
    CHUNK_WORDS = CHUNK_FRAMES >> ORDER_WORD,
};

struct chunk {
    u32 words[CHUNK_WORDS];     /* a set bit is a free frame  */
    u32 by_fits[WORD_FITS + 1]; /* a set bit is a word        */
};

/* -------------------------------------------------------------------- words */

/* How much fits in a word. */
static inline u32 word_fits(u32 word)
{
    if (word == 0)
        return 0;
    word &= word >> 1 & 0x55555555;
    if (word == 0)
        return 1;
    word &= word >> 2 & 0x11111111;
    if (word == 0)
        return 2;
    word &= word >> 4 & 0x01010101;
    if (word == 0)
        return 3;
    word &= word >> 8 & 0x00010001;
    if (word == 0)
        return 4;
    return word & word >> 16 ? 6 : 5;
}

/* Where a run of 2^order bits may start. */
static const u32 aligned_starts[ORDER_WORD + 1] = {
    0xffffffff, 0x55555555, 0x11111111, 0x01010101, 0x00010001, 0x00000001,
};

/* A run of 2^order bits. */
static const u32 run_mask[ORDER_WORD + 1] = {
    0x00000001, 0x00000003, 0x0000000f, 0x000000ff, 0x0000ffff, 0xffffffff,
};

/* The place of the first run of 2^order set bits in a word that has one. */
static inline u32 word_find(u32 word, u32 order)
{
    for (u32 k = 0; k < order; k++)
        word &= word >> (1u << k);
    return lowest_bit(word & aligned_starts[order]);
}

/* ------------------------------------------------------------------ a chunk */

static inline u32 chunk_word(const struct chunk *chunk, u32 w)
{
    return chunk->by_fits[WORD_FITS] >> w & 1 ? ~0u : chunk->words[w];
}

static inline bool chunk_test(const struct chunk *chunk, u32 frame)
{
    return chunk_word(chunk, frame / 32) >> frame % 32 & 1;
}

/* How many of its frames are free. */
static inline u32 chunk_count(const struct chunk *chunk)
{
    u32 partly = ~chunk->by_fits[0] & ~chunk->by_fits[WORD_FITS];
    u32 count = 32 * count_bits(chunk->by_fits[WORD_FITS]);

    for (; partly; partly &= partly - 1)
        count += count_bits(chunk->words[lowest_bit(partly)]);
    return count;
}

/* How much fits in the chunk, which is known to be at most `most`. */
static inline u32 chunk_fits(const struct chunk *chunk, u32 most)
{
    u32 fits = min_u32(most, ORDER_WORD);

    if (chunk->by_fits[WORD_FITS])
        return ORDER_WORD + word_fits(chunk->by_fits[WORD_FITS]);
    while (fits > 0 && chunk->by_fits[fits] == 0)
        fits--;
    return fits;
}

/* Change word `w`, in which `was` fits. What fits in it now. */
static inline u32 chunk_set_word(struct chunk *chunk, u32 w, u32 was, u32 word)
{
    u32 fits = word_fits(word);

    chunk->words[w] = word == ~0u ? 0 : word;
    chunk->by_fits[was] ^= 1u << w;
    chunk->by_fits[fits] ^= 1u << w;
    return fits;
}

/* Take, or give back, a run of whole words. */
static inline void chunk_flip_words(struct chunk *chunk, u32 w, u32 order)
{
    u32 mask = run_mask[order - ORDER_WORD] << w;

    chunk->by_fits[0] ^= mask;
    chunk->by_fits[WORD_FITS] ^= mask;
}

/* The least that fits in a word in which 2^order frames do; there is one. */
static inline u32 chunk_smallest(const struct chunk *chunk, u32 order)
{
    u32 fits = order + 1;

    while (chunk->by_fits[fits] == 0)
        fits++;
    return fits;
}

/* Take a run from a chunk that has one: by best fit if it is less than a
 * word. The first of its frames in the chunk. */
static inline u32 chunk_take(struct chunk *chunk, u32 order)
{
    if (order >= ORDER_WORD) {
        u32 w = word_find(chunk->by_fits[WORD_FITS], order - ORDER_WORD);
        chunk_flip_words(chunk, w, order);
        return w * 32;
    }
    u32 fits = chunk_smallest(chunk, order);
    u32 w = lowest_bit(chunk->by_fits[fits]);
    u32 word = chunk_word(chunk, w);
    u32 bit = word_find(word, order);
    chunk_set_word(chunk, w, fits, word & ~(run_mask[order] << bit));
    return w * 32 + bit;
}

/* Take up to `most` frames from the most broken word. The first frame of the
 * word, and what was taken of it. */
static inline u32 chunk_take_some(struct chunk *chunk, u32 most, u32 *mask)
{
    u32 fits = chunk_smallest(chunk, 0);
    u32 w = lowest_bit(chunk->by_fits[fits]);
    u32 was = chunk_word(chunk, w);
    u32 word = was;

    for (; most > 0 && word; most--)
        word &= word - 1;
    chunk_set_word(chunk, w, fits, word);
    *mask = was & ~word;
    return w * 32;
}

/* Give back the frames of a mask in the word of frame `frame`. What fits in
 * the chunk now, in which `was` did. */
static inline u32 chunk_give_some(struct chunk *chunk, u32 frame, u32 mask,
                                  u32 was)
{
    u32 w = frame / 32;
    u32 word = chunk->words[w];
    u32 fits = chunk_set_word(chunk, w, word_fits(word), word | mask);

    if (fits == WORD_FITS)
        fits = chunk_fits(chunk, CHUNK_FITS);
    return max_u32(was, fits);
}

/* Give back a run of frames. What fits in the chunk now. */
static inline u32 chunk_give(struct chunk *chunk, u32 frame, u32 order,
                             u32 was)
{
    if (order < ORDER_WORD)
        return chunk_give_some(chunk, frame, run_mask[order] << frame % 32,
                               was);
    chunk_flip_words(chunk, frame / 32, order);
    return chunk_fits(chunk, CHUNK_FITS);
}

/* Claim the invariants. `index` is for the sentence. */
static inline void chunk_check(struct claims *to, const struct chunk *chunk,
                               u32 index)
{
    for (u32 w = 0; w < CHUNK_WORDS; w++) {
        u32 word = chunk_word(chunk, w);
        u32 filed = 0;
        for (u32 f = 0; f <= WORD_FITS; f++)
            filed += chunk->by_fits[f] >> w & 1;
        CLAIM(to, filed == 1 && chunk->by_fits[word_fits(word)] >> w & 1,
              "pmm chunk invariant 1: word %u of chunk %u is 0x%x, and filed "
              "wrongly, in %u places", w, index, word, filed);
        CLAIM(to, word != ~0u || chunk->words[w] == 0,
              "pmm chunk invariant 2: word %u of chunk %u is free, but has "
              "the bits 0x%x", w, index, chunk->words[w]);
    }
}

#endif
