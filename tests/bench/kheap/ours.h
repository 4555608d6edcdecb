/*
 * ours.h - L4 as a heap of the bench.
 */
#ifndef OURS_H
#define OURS_H

#include "heap.h"
#include "mm/kheap.h"

static inline void *heap_alloc(u32 bytes)
{
    return kalloc(bytes);
}

static inline void *heap_resize(void *block, u32 bytes)
{
    return krealloc(block, bytes);
}

static inline void heap_free(void *block)
{
    kfree(block);
}

#endif
