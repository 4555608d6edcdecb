/*
 * mm/vm_usage.h - L5: what a space takes of memory, promised or not. For who
 * has to choose a space that goes, see mm/vm_commit.c.
 */
#ifndef MM_VM_USAGE_H
#define MM_VM_USAGE_H

#include "mm/vm.h"

/* What a space's private memory takes, and what was promised of it. */
struct vm_usage {
    u32 resident;   /* pages that have a frame                              */
    u32 unpromised; /* of these, those which nobody promised                */
    u32 no_reserve; /* pages of regions with VM_NO_RESERVE, touched or not  */
};

/*
 * Count that.
 *
 * out:      filled.
 * Cost:     O(regions + pages mapped).
 * Context:  thread.
 */
void vm_usage(const struct vm_space *space, struct vm_usage *out);

#endif
