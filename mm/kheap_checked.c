/*
 * mm/kheap_checked.c - L4: checked blocks that are larger than any class.
 *
 * They have pages of their own, whatever is switched on. If there are no such,
 * the block is one like any other, and nothing is known of it.
 */
#include "kheap_internal.h"
#include "slab_record.h"

void *kheap_checked_alloc(size_t bytes, u32 align, u32 switches,
                          const void *caller)
{
    void *block = NULL;

    if (bytes <= KVA_END - KVA_START)
        block = slab_checked_pages((u32)bytes, align, switches, caller);
    kheap_large.allocs += block != NULL;
    return block;
}

void kheap_checked_free(void *block, const void *caller)
{
    const struct slab_record *record = slab_guard_find(block);
    bool is_large = record && !record->cache;

    slab_checked_free("kfree", block, caller);
    kheap_large.frees += is_large;
}

static struct kheap_block block_of(const struct slab_record *record)
{
    return (struct kheap_block){ record->object, record->bytes, "guarded",
                                 slab_record_is_live(record) };
}

bool kheap_checked_find(const void *address, struct kheap_block *out)
{
    const struct slab_record *record = slab_guard_find(address);

    if (!record || record->cache ||
        (u32)((const u8 *)address - record->object) >= record->bytes)
        return false;
    *out = block_of(record);
    return true;
}

struct visitor {
    void (*visit)(const struct kheap_block *block, void *context);
    void *context;
};

static void visit_guarded(struct slab_record *record, void *context)
{
    const struct visitor *visitor = context;
    struct kheap_block block = block_of(record);

    if (!record->cache && block.in_use)
        visitor->visit(&block, visitor->context);
}

void kheap_checked_each(void (*visit)(const struct kheap_block *block,
                                      void *context),
                        void *context)
{
    struct visitor visitor = { visit, context };

    slab_guard_each(visit_guarded, &visitor);
}
