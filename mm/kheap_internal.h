/*
 * mm/kheap_internal.h - what the files of the heap's upper half share. For
 * mm/kheap*.c only.
 */
#ifndef MM_KHEAP_INTERNAL_H
#define MM_KHEAP_INTERNAL_H

#include "mm/kheap.h"

/* What is counted of large and mapped blocks, in terms of the public counts:
 * `allocs` are theirs only. */
extern struct kheap_stats kheap_large;

/* mm/kheap.c: kalloc(), where that is more than to take a slot. */
NOINLINE void *kheap_alloc_slow(size_t bytes, const void *caller);

/* mm/kheap_large.c: blocks of whole frames, or mapped. They answer as kalloc()
 * and kheap_find() do; a free, whether there was such a block; a resize,
 * whether it was done, in place. */
void *kheap_large_alloc(size_t bytes, u32 align);
bool kheap_large_free(void *block, const void *by);
bool kheap_large_resize(const struct kheap_block *block, size_t bytes);
bool kheap_large_find(const void *address, struct kheap_block *out);

/* mm/kheap_mapped.c: the same for blocks that are mapped; addresses that are
 * not in the direct map. */
void *kheap_mapped_alloc(u32 pages);
void kheap_mapped_free(const struct kheap_block *block, const void *by);
bool kheap_mapped_resize(const struct kheap_block *block, u32 pages);
bool kheap_mapped_find(const void *address, struct kheap_block *out);
void kheap_mapped_each(void (*visit)(const struct kheap_block *block,
                                     void *context),
                       void *context);

/* mm/kheap_checked.c: the same for checked blocks that are larger than any
 * class; a free is for any checked block. */
void *kheap_checked_alloc(size_t bytes, u32 align, u32 switches,
                          const void *caller);
void kheap_checked_free(void *block, const void *caller);
bool kheap_checked_find(const void *address, struct kheap_block *out);
void kheap_checked_each(void (*visit)(const struct kheap_block *block,
                                      void *context),
                        void *context);

/* Panic: this is no block, or `what` was not asked of its start. */
NORETURN void kheap_large_refuse(const char *what, const void *block,
                                 const void *caller);

#endif
