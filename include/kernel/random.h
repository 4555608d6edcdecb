/*
 * kernel/random.h - numbers that are hard to foresee, but keep no secret.
 */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

#include "lib/types.h"

/*
 * Fill memory with random bytes.
 *
 * Cost:     O(bytes): some 12 instructions a word.
 * Context:  thread.
 */
void random_fill(void *to, u32 bytes);

#endif
