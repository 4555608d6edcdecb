/*
 * list_buddy.h - a peer: buddies on free lists, as in Linux, with a list of
 * single frames in front as Linux has for each processor.
 *
 * A frame has a structure of 32 bytes. The free blocks of an order are a
 * doubly linked list through their heads' structures. A block that is freed
 * joins its buddy while that is free and of the same order; a request splits
 * the smallest block that is large enough.
 *
 *      order 2   [ | ] <-> [ | ]      the buddy of frame n, order k,
 *      order 1   [ | ]                is frame n ^ 2^k
 *      order 0   [ | ] <-> [ | ] <-> [ | ]
 *                  ^ |  63 at a time, when it is empty or has 378
 *                  | v
 *      list      [ | ] <-> [ | ]      single frames come from here
 *
 * No kinds, no counters, and nothing that is freed is checked.
 */
#ifndef LIST_BUDDY_H
#define LIST_BUDDY_H

#include "../pmm/allocator.h"
#include "lib/list.h"

/* What Linux would take for 1 GiB. */
enum { BATCH = 63, HIGH = 6 * BATCH };

struct frame {
    struct list node;
    u32 is_block;    /* it is the head of a free block ... */
    u32 order;       /* ... of 2^order frames              */
    u32 references;
    u32 unused[3];   /* what Linux needs for other things  */
};

_Static_assert(sizeof(struct frame) == 32, "as large as Linux's struct page");

static struct {
    struct frame frames[FRAMES_MAX];
    struct list blocks[LARGEST_ORDER + 1];
    struct list singles;
    u32 single_count;
    u32 end;
} buddy;

static struct frame *frame_of_node(struct list *node)
{
    return CONTAINER_OF(node, struct frame, node);
}

/* ------------------------------------------------------------------ blocks */

static void add_block(u32 n, u32 order)
{
    struct frame *frame = &buddy.frames[n];

    frame->is_block = true;
    frame->order = order;
    list_push(&buddy.blocks[order], &frame->node);
}

static void remove_block(struct frame *frame)
{
    frame->is_block = false;
    list_remove(&frame->node);
}

static void free_block(u32 n, u32 order)
{
    while (order < LARGEST_ORDER) {
        u32 other = n ^ 1u << order;
        struct frame *frame = &buddy.frames[other];
        if (other >= buddy.end || !frame->is_block || frame->order != order)
            break;
        remove_block(frame);
        n &= other;
        order++;
    }
    add_block(n, order);
}

/* The head of a block, or NULL. */
static struct frame *alloc_block(u32 order)
{
    for (u32 k = order; k <= LARGEST_ORDER; k++) {
        if (list_is_empty(&buddy.blocks[k]))
            continue;
        struct frame *frame = frame_of_node(buddy.blocks[k].next);
        u32 n = (u32)(frame - buddy.frames);
        remove_block(frame);
        while (k-- > order)
            add_block(n + (1u << k), k);
        return frame;
    }
    return NULL;
}

u32 allocator_init(u32 frames, bool *taken)
{
    (void)taken;
    buddy.end = frames;
    list_init(&buddy.singles);
    for (u32 k = 0; k <= LARGEST_ORDER; k++)
        list_init(&buddy.blocks[k]);
    for (u32 n = frames; n > 0; n -= 1u << LARGEST_ORDER)
        add_block(n - (1u << LARGEST_ORDER), LARGEST_ORDER);
    return frames * (u32)sizeof(struct frame);
}

/* ----------------------------------------------------------- single frames */

static void refill(void)
{
    for (u32 i = 0; i < BATCH; i++) {
        struct frame *frame = alloc_block(0);
        if (!frame)
            return;
        list_append(&buddy.singles, &frame->node);
        buddy.single_count++;
    }
}

static void drain(u32 count)
{
    for (; count > 0; count--) {
        struct frame *frame = frame_of_node(buddy.singles.prev);
        list_remove(&frame->node);
        buddy.single_count--;
        free_block((u32)(frame - buddy.frames), 0);
    }
}

static inline pfn_t frame_alloc(void)
{
    if (list_is_empty(&buddy.singles)) {
        refill();
        if (list_is_empty(&buddy.singles))
            return PFN_NONE;
    }
    struct frame *frame = frame_of_node(buddy.singles.next);
    list_remove(&frame->node);
    buddy.single_count--;
    frame->references = 1;
    return pfn((u32)(frame - buddy.frames));
}

static inline void frame_free(pfn_t n)
{
    struct frame *frame = &buddy.frames[n.n];

    frame->references = 0;
    list_push(&buddy.singles, &frame->node);
    if (++buddy.single_count >= HIGH)
        drain(BATCH);
}

/* -------------------------------------------------------------------- runs */

static inline pfn_t run_alloc(u32 order)
{
    if (order == 0)
        return frame_alloc();
    struct frame *frame = alloc_block(order);
    if (!frame && buddy.single_count > 0) {
        drain(buddy.single_count);
        frame = alloc_block(order);
    }
    if (!frame)
        return PFN_NONE;
    frame->references = 1;
    return pfn((u32)(frame - buddy.frames));
}

static inline void run_free(pfn_t head, u32 order)
{
    if (order == 0) {
        frame_free(head);
    } else {
        buddy.frames[head.n].references = 0;
        free_block(head.n, order);
    }
}

#endif
