/*
 * no_heap.c - a heap that does nothing.
 */
#include "no_heap.h"

enum { LARGEST_BLOCK = 1 << 20 };

/* What is always answered. */
static u8 some_bytes[LARGEST_BLOCK];

void heap_init(void)
{
}

u32 heap_drawn(void)
{
    return 0;
}

void *no_alloc(u32 bytes)
{
    (void)bytes;
    return some_bytes;
}

void *no_resize(void *block, u32 bytes)
{
    (void)bytes;
    return block;
}

void no_free(void *block)
{
    (void)block;
}
