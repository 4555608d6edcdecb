/*
 * lib/mem.h - bytes in bulk.
 */
#ifndef LIB_MEM_H
#define LIB_MEM_H

#include "lib/types.h"

/* The four functions that a compiler may call on its own, as the C standard
 * defines them. */
void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
int memcmp(const void *left, const void *right, size_t bytes);

#endif
