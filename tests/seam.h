/*
 * seam.h - let an allocation of L4 fail, whoever calls.
 *
 * The linker's --wrap leads each call of kalloc() and its like, from another
 * file than its own at least, here first. A call that is not refused goes on as
 * if it had come straight: caller and back-trace are the same. The release
 * kernel is linked without: seam_is_there() says so.
 */
#ifndef SEAM_H
#define SEAM_H

#include "lib/types.h"

bool seam_is_there(void);

/* From now on count the allocations of L4, and refuse the n-th; none for 0.
 * krealloc() to 0 bytes is none. */
void seam_refuse(u32 n);

/* How many came since then, the refused one counted; 0 if none is refused. */
u32 seam_calls(void);

#endif
