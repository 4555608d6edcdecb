/*
 * mm/kheap_mapped.c - L4: blocks of single frames that are mapped into a
 * kernel range: any size that L3 has addresses for, and a fault behind each.
 *
 * The only file of the heap that needs L2 and L3. Whoever takes the heap
 * without them takes mm/kheap_unmapped.c in its place.
 */
#include "kheap_internal.h"
#include "mm/kva.h"

static const char range_name[] = "heap block";

static bool is_block(const struct kva_range *range)
{
    return range->name == range_name;
}

static struct kheap_block block_of(const struct kva_range *range)
{
    return (struct kheap_block){ virt_to_ptr(range->start),
                                 range->end - range->start, "mapped", true };
}

void *kheap_mapped_alloc(u32 pages)
{
    void *block = kva_alloc_pages(range_name, pages, 1);

    if (block) {
        kheap_large.mapped_blocks++;
        kheap_large.mapped_pages += pages;
    }
    return block;
}

void kheap_mapped_free(const struct kheap_block *block, const void *by)
{
    kheap_large.mapped_blocks--;
    kheap_large.mapped_pages -= block->bytes / PAGE_SIZE;
    kva_free_for(ptr_to_virt(block->start), by);
}

bool kheap_mapped_resize(const struct kheap_block *block, u32 pages)
{
    if (!kva_resize_pages(ptr_to_virt(block->start), pages))
        return false;
    kheap_large.mapped_pages += pages - block->bytes / PAGE_SIZE;
    return true;
}

bool kheap_mapped_find(const void *address, struct kheap_block *out)
{
    virt_addr_t va = ptr_to_virt(address);
    struct kva_range range;

    if (virt_to_ptr(va) != address || !kva_find(va, &range) ||
        !is_block(&range) || va < range.start || va >= range.end)
        return false;
    *out = block_of(&range);
    return true;
}

struct visitor {
    void (*visit)(const struct kheap_block *block, void *context);
    void *context;
};

static void visit_range(const struct kva_range *range, void *context)
{
    const struct visitor *visitor = context;
    struct kheap_block block = block_of(range);

    if (is_block(range))
        visitor->visit(&block, visitor->context);
}

void kheap_mapped_each(void (*visit)(const struct kheap_block *block,
                                     void *context),
                       void *context)
{
    struct visitor visitor = { visit, context };

    kva_each(visit_range, &visitor);
}
