/*
 * pt_work.h - random work on page tables, beside an array that says for each
 * page which frame it shows and what may be done with it: in a user's space,
 * and in a kernel range, whose pages are read and written, too.
 */
#ifndef PT_WORK_H
#define PT_WORK_H

#include "lib/types.h"

/*
 * So many random steps, and then all is given back. Memory may be short.
 * Returns what is wrong, in words, or NULL.
 */
const char *pt_work(u32 seed, u32 steps);

#endif
