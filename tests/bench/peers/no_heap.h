/*
 * no_heap.h - a heap that does nothing: what remains is the cost of the
 * workload itself, which is subtracted from everybody's. Its functions are
 * called, as every heap's are: the calls are the workload's own.
 */
#ifndef NO_HEAP_H
#define NO_HEAP_H

#include "../kheap/heap.h"

void *no_alloc(u32 bytes);
void *no_resize(void *block, u32 bytes);
void no_free(void *block);

static inline void *heap_alloc(u32 bytes)
{
    return no_alloc(bytes);
}

static inline void *heap_resize(void *block, u32 bytes)
{
    return no_resize(block, bytes);
}

static inline void heap_free(void *block)
{
    no_free(block);
}

#endif
