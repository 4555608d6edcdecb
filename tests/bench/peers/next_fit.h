/*
 * next_fit.h - a peer: one bitmap, searched word by word from the place of
 * the last success. What many first kernels have, done well.
 *
 * A set bit is a free frame. Runs of up to 32 frames are looked for inside a
 * word, larger ones as whole words. No kinds, no counters, no checks.
 */
#ifndef NEXT_FIT_H
#define NEXT_FIT_H

#include "../pmm/allocator.h"

enum { WORD_ORDER = 5 };

static struct {
    u32 bits[FRAMES_MAX / 32];
    u32 words;
    u32 next; /* word to begin with */
} map;

u32 allocator_init(u32 frames, bool *taken)
{
    (void)taken;
    map.words = frames / 32;
    for (u32 w = 0; w < map.words; w++)
        map.bits[w] = ~0u;
    return map.words * 4;
}

static inline pfn_t frame_alloc(void)
{
    u32 w = map.next;

    for (u32 left = map.words; left > 0; left--) {
        u32 word = map.bits[w];
        if (word) {
            map.bits[w] = word & (word - 1);
            map.next = w;
            return pfn(w * 32 + lowest_bit(word));
        }
        w = w + 1 < map.words ? w + 1 : 0;
    }
    return PFN_NONE;
}

static inline void frame_free(pfn_t frame)
{
    map.bits[frame.n / 32] |= 1u << frame.n % 32;
}

/* --------------------------------------------------------------------- runs */

static u32 mask_of(u32 order)
{
    return order == WORD_ORDER ? ~0u : (1u << (1u << order)) - 1;
}

static pfn_t take_in_word(u32 w, u32 order)
{
    u32 mask = mask_of(order);

    for (u32 bit = 0; bit < 32; bit += 1u << order)
        if ((map.bits[w] >> bit & mask) == mask) {
            map.bits[w] &= ~(mask << bit);
            return pfn(w * 32 + bit);
        }
    return PFN_NONE;
}

static pfn_t take_words(u32 first, u32 count)
{
    for (u32 w = first; w < first + count; w++)
        if (map.bits[w] != ~0u)
            return PFN_NONE;
    for (u32 w = first; w < first + count; w++)
        map.bits[w] = 0;
    return pfn(first * 32);
}

static inline pfn_t run_alloc(u32 order)
{
    u32 step = order > WORD_ORDER ? 1u << (order - WORD_ORDER) : 1;
    u32 w = round_down(map.next, step);

    for (u32 left = map.words; left > 0; left -= step) {
        pfn_t head = order > WORD_ORDER ? take_words(w, step)
                                        : take_in_word(w, order);
        if (!pfn_is_none(head)) {
            map.next = w;
            return head;
        }
        w = w + step < map.words ? w + step : 0;
    }
    return PFN_NONE;
}

static inline void run_free(pfn_t head, u32 order)
{
    u32 w = head.n / 32;

    if (order <= WORD_ORDER)
        map.bits[w] |= mask_of(order) << head.n % 32;
    else
        for (u32 i = 0; i < 1u << (order - WORD_ORDER); i++)
            map.bits[w + i] = ~0u;
}

#endif
