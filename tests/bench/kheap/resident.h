/*
 * resident.h - how much memory this process has.
 */
#ifndef RESIDENT_H
#define RESIDENT_H

#include "lib/types.h"

/* Bytes of its own that are in memory: what is mapped from a file and was
 * not written to does not count. Allocates nothing. */
u32 resident_bytes(void);

/* The most that there ever were; nearly, as the kernel counts by the way. */
u32 peak_bytes(void);

#endif
