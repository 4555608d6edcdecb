/*
 * mm/kheap_unmapped.c - L4 without L2 and L3: in the place of
 * mm/kheap_mapped.c and mm/slab_guard.c, for whoever takes the heap but has no
 * page tables, or others.
 *
 * No block is ever mapped. So a block is a chunk at most, 4 MiB, and needs a
 * run of frames; where mm/kheap_mapped.c would put one together out of single
 * frames, kalloc() answers NULL.
 */
#include "kheap_internal.h"
#include "slab_record.h"

void *kheap_mapped_alloc(u32 pages)
{
    (void)pages;
    return NULL;
}

/* Never called, as nothing is found; nor is the next one. */
void kheap_mapped_free(const struct kheap_block *block, const void *by)
{
    (void)block;
    (void)by;
}

bool kheap_mapped_resize(const struct kheap_block *block, u32 pages)
{
    (void)block;
    (void)pages;
    return false;
}

bool kheap_mapped_find(const void *address, struct kheap_block *out)
{
    (void)address;
    (void)out;
    return false;
}

void kheap_mapped_each(void (*visit)(const struct kheap_block *block,
                                     void *context),
                       void *context)
{
    (void)visit;
    (void)context;
}

/* No object has pages of its own: a checked one is in a slot, and a block
 * larger than any class is not checked. */
struct slab_record *slab_guard_alloc(u32 bytes, u32 align, u32 switches)
{
    (void)bytes;
    (void)align;
    (void)switches;
    return NULL;
}

void slab_guard_unmap(const struct slab_record *record)
{
    (void)record;
}

void slab_guard_free(struct slab_record *record)
{
    (void)record;
}

struct slab_record *slab_guard_find(const void *address)
{
    (void)address;
    return NULL;
}

void slab_guard_each(void (*visit)(struct slab_record *record, void *context),
                     void *context)
{
    (void)visit;
    (void)context;
}
