/*
 * kernel/explain.h - one frame, one block, one address: what the shell says
 * of it. See kernel/mon/explain.c.
 */
#ifndef KERNEL_EXPLAIN_H
#define KERNEL_EXPLAIN_H

#include "mm/addr.h"

struct vm_space;

/*
 * Print what L1 knows of a frame, in two lines, and who maps it.
 *
 * Cost:     O(1024 * tables).
 * Context:  thread; the frame is spanned.
 */
void explain_frame(pfn_t frame);

/*
 * Print how `address` is looked up, and what lives there.
 *
 * space:    in which; NULL: in the one that is loaded.
 * Cost:     as place_find() and place_print().
 * Context:  thread.
 */
void explain_walk(const struct vm_space *space, u32 address);

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
 * space:    as for explain_walk().
 * Cost:     O(frees that are remembered + 1024 * tables), and that of the
 *           others.
 * Context:  thread.
 */
void explain_address(const struct vm_space *space, u32 address);

#endif
