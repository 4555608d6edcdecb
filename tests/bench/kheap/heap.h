/*
 * heap.h - what every heap of the bench has. Each is a header that the
 * workloads are compiled with, and has beside these functions:
 *
 *      heap_alloc(bytes)  heap_resize(block, bytes)  heap_free(block)
 */
#ifndef HEAP_H
#define HEAP_H

#include "lib/types.h"

/* Begin with a heap in which nothing was ever allocated. */
void heap_init(void);

/* How many bytes it has drawn, since then, from what it is built upon. */
u32 heap_drawn(void);

#endif
