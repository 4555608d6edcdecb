/*
 * mm/kheap_audit.c - L4: is each frame of a large block in exactly one?
 *
 * The first head of a block says how many frames it has; the runs that follow
 * it, one for each bit of that number, say nothing:
 *
 *      entry    LARGE 13   LARGE  0   LARGE  0
 *      order    3          2          0
 *      frames   8          4          1
 */
#include "kheap_internal.h"
#include "mm/pmm.h"
#include "slab_slot.h"

/* Where in the blocks the look is. */
struct look {
    struct claims *to;
    pfn_t head;    /* of the last block                        */
    u32 next;      /* where its next piece begins              */
    u32 left;      /* how many of its frames are to come       */
    u32 blocks;
    u32 frames;
};

static void end_block(struct look *look)
{
    CLAIM(look->to, look->left == 0,
          "frame 0x%x: a large block of %u frames, but at frame 0x%x there is "
          "no piece of it", look->head.n, pmm_payload(look->head),
          look->next);
    look->left = 0;
}

static void begin_block(struct look *look, pfn_t head)
{
    look->head = head;
    look->next = head.n;
    look->left = pmm_payload(head);
    look->blocks++;
    look->frames += look->left;
}

static void visit_run(pfn_t head, u32 frames, void *context)
{
    struct look *look = context;

    if (look->left > 0 && (head.n != look->next || pmm_payload(head) != 0))
        end_block(look);
    if (pmm_payload(head) != 0)
        begin_block(look, head);
    if (look->left == 0) {
        CLAIM(look->to, false, "frame 0x%x: a piece of a large block, of %u "
              "frames, but of none before it", head.n, frames);
        return;
    }
    if (frames != 1u << highest_bit(look->left)) {
        end_block(look);
        return;
    }
    look->next += frames;
    look->left -= frames;
}

static void add_mapped(const struct kheap_block *block, void *context)
{
    struct kheap_stats *sums = context;

    sums->mapped_blocks++;
    sums->mapped_pages += block->bytes / PAGE_SIZE;
}

void kheap_audit(struct claims *to)
{
    struct look look = { .to = to };
    struct kheap_stats sums = { 0 };
    u32 failed = claims_failed(to);

    slab_audit(to);
    pmm_each_of(FRAME_LARGE, visit_run, &look);
    end_block(&look);
    if (claims_failed(to) == failed)
        CLAIM(to, look.blocks == kheap_large.large_blocks &&
                      look.frames == kheap_large.large_frames,
              "heap: %u large blocks of %u frames, counted are %u of %u",
              look.blocks, look.frames, kheap_large.large_blocks,
              kheap_large.large_frames);
    kheap_mapped_each(add_mapped, &sums);
    CLAIM(to, sums.mapped_blocks == kheap_large.mapped_blocks &&
                  sums.mapped_pages == kheap_large.mapped_pages,
          "heap: %u mapped blocks of %u pages, counted are %u of %u",
          sums.mapped_blocks, sums.mapped_pages, kheap_large.mapped_blocks,
          kheap_large.mapped_pages);
}
