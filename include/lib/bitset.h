/*
 * lib/bitset.h - up to 1024 bits, searched in constant time.
 *
 * A bitset is a plain array of words. Word 0 is the summary, words 1 to 32
 * hold the bits; summary bit w says "bit word w is not 0". To find the first
 * set bit takes two find-first-set instructions, whatever the content:
 *
 *      set[0]    summary   0 0 1 0 1            lowest_bit -> word 0
 *                              |   |
 *      set[1+w]  bits          |   +-- 0 0 1 1 0 0 0 0   lowest_bit -> bit 4
 *                              +------ 1 0 0 0 0 0 0 0
 *
 * It is the mechanism under the chunks of the machine and the slots of a slab.
 *
 * Invariant: summary bit w == (word w != 0), for every word of the set.
 * Cost: every function O(1) but bitset_count(), O(words), and bitset_fill().
 */
#ifndef LIB_BITSET_H
#define LIB_BITSET_H

#include "lib/types.h"

enum {
    BITSET_MAX = 1024,
    BITSET_NONE = BITSET_MAX, /* "no such bit" */
};

#define BITSET_WORDS(bits)    (1 + ((bits) + 31) / 32)
#define BITSET(name, bits)    u32 name[BITSET_WORDS(bits)]

static inline bool bitset_is_empty(const u32 *set)
{
    return set[0] == 0;
}

static inline bool bitset_test(const u32 *set, u32 bit)
{
    return (set[1 + bit / 32] >> (bit % 32) & 1) != 0;
}

static inline void bitset_add(u32 *set, u32 bit)
{
    set[1 + bit / 32] |= 1u << (bit % 32);
    set[0] |= 1u << (bit / 32);
}

static inline void bitset_remove(u32 *set, u32 bit)
{
    u32 word = set[1 + bit / 32] &= ~(1u << (bit % 32));

    if (word == 0)
        set[0] &= ~(1u << (bit / 32));
}

/* Make bit word `index` equal to `word`. */
static inline void bitset_set_word(u32 *set, u32 index, u32 word)
{
    u32 mark = 1u << index;

    set[1 + index] = word;
    set[0] = word ? set[0] | mark : set[0] & ~mark;
}

/* The lowest bit of the set, or BITSET_NONE. */
static inline u32 bitset_first(const u32 *set)
{
    if (set[0] == 0)
        return BITSET_NONE;

    u32 index = lowest_bit(set[0]);
    return index * 32 + lowest_bit(set[1 + index]);
}

/* The lowest bit of the set that is at or above `from`, or BITSET_NONE. */
static inline u32 bitset_next(const u32 *set, u32 from)
{
    if (from >= BITSET_MAX)
        return BITSET_NONE;

    u32 index = from / 32;
    u32 here = set[0] >> index & 1 ? set[1 + index] >> (from % 32) : 0;
    if (here)
        return from + lowest_bit(here);

    u32 above = index == 31 ? 0 : set[0] & ~0u << (index + 1);
    if (above == 0)
        return BITSET_NONE;
    index = lowest_bit(above);
    return index * 32 + lowest_bit(set[1 + index]);
}

/* Make it the set {0, ..., bits - 1}. */
static inline void bitset_fill(u32 *set, u32 bits)
{
    u32 words = (bits + 31) / 32;

    set[0] = words == 32 ? ~0u : (1u << words) - 1;
    for (u32 w = 0; w < words; w++)
        set[1 + w] = ~0u;
    if (bits % 32)
        set[words] = (1u << (bits % 32)) - 1;
}

/* How many of the bits 0 to `bits` - 1 are set. */
static inline u32 bitset_count(const u32 *set, u32 bits)
{
    u32 count = 0;

    for (u32 w = 0; w < (bits + 31) / 32; w++)
        count += count_bits(set[1 + w]);
    return count;
}

/* Does the summary tell the truth about the words of a set of `bits`? */
static inline bool bitset_is_sound(const u32 *set, u32 bits)
{
    u32 words = (bits + 31) / 32;

    for (u32 w = 0; w < words; w++)
        if ((set[0] >> w & 1) != (set[1 + w] != 0))
            return false;
    return words == 32 || set[0] >> words == 0;
}

#endif
