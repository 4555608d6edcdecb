/*
 * kernel/explain.h - one frame, one block, one address: what the shell says
 * of it. See kernel/mon/explain.c.
 */
#ifndef KERNEL_EXPLAIN_H
#define KERNEL_EXPLAIN_H

#include "mm/addr.h"

/*
 * Print what L1 knows of a frame, in two lines.
 *
 * Cost:     O(1).
 * Context:  thread; the frame is spanned.
 */
void explain_frame(pfn_t frame);

/*
 * Print how `address` is looked up, and what lives there.
 *
 * Cost:     as place_find() and place_print().
 * Context:  thread.
 */
void explain_walk(u32 address);

/*
 * Print in which block of the heap `address` lies, if it does.
 *
 * Cost:     as kheap_find().
 * Context:  thread.
 */
void explain_block(u32 address);

/*
 * Print all that any layer knows of `address`.
 *
 * Cost:     O(frees that are remembered + entries of a page directory), and
 *           that of the others.
 * Context:  thread.
 */
void explain_address(u32 address);

#endif
