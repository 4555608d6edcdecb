/*
 * slab_work.h - random work on caches of objects, which come and go.
 */
#ifndef SLAB_WORK_H
#define SLAB_WORK_H

#include "lib/types.h"

/*
 * So many random steps, and then all is given back. Memory may be short.
 * What slab_switch() says holds for these caches, too. Returns what is wrong,
 * in words, or NULL.
 */
const char *slab_work(u32 seed, u32 steps);

#endif
