/*
 * allocator.h - what a program of the bench asks of the allocator it is
 * linked with, beside pmm_alloc(), pmm_free(), pmm_alloc_run() and
 * pmm_free_run() as mm/pmm.h has them.
 */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H

#include "mm/pmm.h"

/*
 * Begin with a machine whose frames are 0 to `frames` - 1, all of them RAM.
 *
 * taken:    an entry a frame, all false; those that the allocator keeps for
 *           itself become true.
 * Returns:  how many bytes it needs to describe the frames.
 */
u32 allocator_init(u32 frames, bool *taken);

#endif
