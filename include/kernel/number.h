/*
 * kernel/number.h - numbers as people type them.
 */
#ifndef KERNEL_NUMBER_H
#define KERNEL_NUMBER_H

#include "lib/types.h"

/*
 * Read a whole word as a number: decimal, or hexadecimal after 0x.
 *
 * out:      receives the number; written only if it is one.
 * Returns:  NULL if `word` is a number of at most 32 bits; otherwise what is
 *           wrong with it, to be put behind the word in a sentence: "is not
 *           a number" or "is more than 32 bits".
 * Cost:     O(characters).
 * Context:  any.
 */
NODISCARD const char *number_parse(const char *word, u32 *out);

#endif
