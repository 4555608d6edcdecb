/*
 * mm/kva_row.c - L3: who comes before, and who behind.
 *
 *      start_groups   0 0 1 0 0 1 0 ...      bit for each word that is not 0
 *                         |     |
 *      starts         word 2    word 5       bit for each page
 *
 * Cost: O(1) within 4 MiB, and a step for each 4 MiB where no range starts.
 */
#include "kva_internal.h"

u32 kva_before_word(u32 word)
{
    u32 group = word / 32;
    u32 words = kva.start_groups[group] & ((1u << word % 32) - 1);

    while (!words)
        words = kva.start_groups[--group];
    word = group * 32 + highest_bit(words);
    return word * 32 + highest_bit(kva.starts[word]);
}

/* The first range that starts behind the pages of `word`; or KVA_LIMIT. */
static u32 next_word(u32 word)
{
    u32 group = word / 32;
    u32 words = kva.start_groups[group] & ~1u << word % 32;

    while (!words) {
        if (++group == START_GROUPS)
            return KVA_LIMIT;
        words = kva.start_groups[group];
    }
    word = group * 32 + lowest_bit(words);
    return word * 32 + lowest_bit(kva.starts[word]);
}

u32 kva_next(u32 page)
{
    u32 starts = kva.starts[page / 32] & ~1u << page % 32;

    return starts ? round_down(page, 32) + lowest_bit(starts)
                  : next_word(page / 32);
}
