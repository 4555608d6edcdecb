/*
 * sizes.h - sizes that cannot be, and a look at blocks.
 */
#ifndef SIZES_H
#define SIZES_H

#include <stdint.h>
#include <string.h>

#include "lib/types.h"

/* Sizes at which something might wrap around, or be taken for negative. */
static const size_t impossible[] = {
    SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 14, SIZE_MAX - 15, SIZE_MAX - 16,
    SIZE_MAX - 4094, SIZE_MAX - 4095, SIZE_MAX - 4096, SIZE_MAX - 8191,
    SIZE_MAX - (1 << 20), SIZE_MAX - (4 << 20), SIZE_MAX / 2 + 1,
    SIZE_MAX / 2 + 2, SIZE_MAX / 2 + 4096,
};

static inline bool is_aligned(const void *block, size_t to)
{
    return ((uintptr_t)block & (to - 1)) == 0;
}

/* All of it can be used. */
static inline void use(void *block, size_t bytes)
{
    memset(block, 0x3c, bytes);
}

static inline bool holds(const u8 *block, size_t bytes, u8 value)
{
    for (size_t i = 0; i < bytes; i++)
        if (block[i] != value)
            return false;
    return true;
}

#endif
