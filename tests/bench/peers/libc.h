/*
 * libc.h - the heap of the C library that the program is started with:
 * glibc's, or another one that is put in front of it.
 */
#ifndef LIBC_H
#define LIBC_H

#include "../kheap/heap.h"
#include "../kheap/resident.h"

void *malloc(size_t bytes);
void *realloc(void *block, size_t bytes);
void free(void *block);

static u32 at_first;

void heap_init(void)
{
    at_first = resident_bytes();
}

u32 heap_drawn(void)
{
    return resident_bytes() - at_first;
}

static inline void *heap_alloc(u32 bytes)
{
    return malloc(bytes);
}

static inline void *heap_resize(void *block, u32 bytes)
{
    return realloc(block, bytes);
}

static inline void heap_free(void *block)
{
    free(block);
}

#endif
