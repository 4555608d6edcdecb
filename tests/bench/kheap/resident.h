/*
 * resident.h - how much memory this process has.
 */
#ifndef RESIDENT_H
#define RESIDENT_H

#include "lib/types.h"

/* Bytes of its own that are in memory: what is mapped from a file and was
 * not written to does not count. Allocates nothing. */
u32 resident_bytes(void);

#endif
