/*
 * kernel/meminfo.h - how much memory there is, as Linux tells programs.
 */
#ifndef KERNEL_MEMINFO_H
#define KERNEL_MEMINFO_H

#include "lib/types.h"

enum { MEMINFO_MAX = 640 }; /* bytes of the text, its 0 included */

/*
 * Write the text of /proc/meminfo, as ksnprintf().
 *
 * Returns:  its length.
 * Cost:     O(1).
 * Context:  thread.
 */
u32 meminfo_text(char *text, u32 size);

#endif
