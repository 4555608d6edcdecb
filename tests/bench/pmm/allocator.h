/*
 * allocator.h - what every allocator of the bench has. Each is a header that
 * the workloads are compiled with, and has beside this function:
 *
 *      frame_alloc()  frame_free(pfn)              a single frame
 *      run_alloc(order)  run_free(pfn, order)      a run of 2^order frames
 */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H

#include "mm/addr.h"

enum { LARGEST_ORDER = CHUNK_ORDER };

/*
 * Begin with a machine whose frames are 0 to `frames` - 1, all of them RAM.
 *
 * taken:    an entry a frame, all false; those that the allocator keeps for
 *           itself become true.
 * Returns:  how many bytes it needs to describe the frames.
 */
u32 allocator_init(u32 frames, bool *taken);

#endif
