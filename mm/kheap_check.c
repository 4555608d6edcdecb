/*
 * mm/kheap_check.c - the heap seen from outside: visit, check and print it.
 */
#include "kheap_internal.h"
#include "mm/pmm.h"

struct visitor {
    void (*visit)(const struct kheap_block *block, void *context);
    void *context;
};

static void visit_object(const struct slab_object *object, void *context)
{
    const struct visitor *visitor = context;
    struct kheap_block block = { object->start, object->bytes,
                                 ptr_is_direct(object->start) ? "slab"
                                                              : "guarded",
                                 true };

    visitor->visit(&block, visitor->context);
}

static void visit_frames(pfn_t head, u32 frames, enum frame_kind kind,
                         void *context)
{
    const struct visitor *visitor = context;
    struct kheap_block block;

    (void)frames;
    if (kind == FRAME_LARGE && kheap_find(pfn_to_ptr(head), &block) &&
        block.start == pfn_to_ptr(head))
        visitor->visit(&block, visitor->context);
}

void kheap_each(void (*visit)(const struct kheap_block *block, void *context),
                void *context)
{
    struct visitor visitor = { visit, context };

    slab_each_object(visit_object, &visitor);
    pmm_each(visit_frames, &visitor);
    kheap_mapped_each(visit, context);
    kheap_checked_each(visit, context);
}

/* ------------------------------------------------------------------- check */

struct sums {
    u32 large_blocks, large_frames, mapped_blocks, mapped_pages;
};

static void add_block(const struct kheap_block *block, void *context)
{
    struct sums *sums = context;
    u32 pages = block->bytes / PAGE_SIZE;

    if (slab_find_record(block->start))
        return;
    if (!ptr_is_direct(block->start)) {
        sums->mapped_blocks++;
        sums->mapped_pages += pages;
    } else if (pmm_kind(ptr_to_pfn(block->start)) == FRAME_LARGE) {
        sums->large_blocks++;
        sums->large_frames += pages;
    }
}

void kheap_check(void)
{
    struct sums sums = { 0 };
    struct kheap_stats stats;
    struct pmm_stats frames;

    slab_check();
    kheap_stats(&stats);
    pmm_stats(&frames);
    kheap_each(add_block, &sums);
    CHECK(sums.large_blocks == stats.large_blocks &&
              sums.large_frames == stats.large_frames &&
              frames.kinds[FRAME_LARGE] == stats.large_frames,
          "kheap invariant 1: %u large blocks of %u frames, counted are %u of "
          "%u; %u frames are of this kind",
          sums.large_blocks, sums.large_frames, stats.large_blocks,
          stats.large_frames, frames.kinds[FRAME_LARGE]);
    CHECK(sums.mapped_blocks == stats.mapped_blocks &&
              sums.mapped_pages == stats.mapped_pages,
          "kheap invariant 2: %u mapped blocks of %u pages, counted are %u of "
          "%u", sums.mapped_blocks, sums.mapped_pages, stats.mapped_blocks,
          stats.mapped_pages);
}

void kheap_dump(void)
{
    struct kheap_stats stats;

    kheap_stats(&stats);
    slab_dump();
    platform_log("  %u objects of %u B in %u slabs, %u frames, %u of them "
                 "empty",
                 stats.slabs.used, stats.slabs.used_bytes, stats.slabs.slabs,
                 stats.slabs.frames, stats.slabs.empty_frames);
    platform_log("  %u large blocks of %u frames, %u mapped blocks of %u "
                 "pages", stats.large_blocks, stats.large_frames,
                 stats.mapped_blocks, stats.mapped_pages);
    if (stats.slabs.held > 0)
        platform_log("  %u freed blocks in the quarantine, of %u bytes",
                     stats.slabs.held, stats.slabs.held_bytes);
    platform_log("  %llu allocations, %llu frees, %u refused", stats.allocs,
                 stats.frees, stats.failures);
}
