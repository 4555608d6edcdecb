/*
 * kheap_work.h - random work on the heap, every step of it told to the model:
 * phases that take blocks, give them back, or churn, of some sizes or of all,
 * with memory in plenty and with hardly any.
 */
#ifndef KHEAP_WORK_H
#define KHEAP_WORK_H

#include "lib/types.h"

enum { KHEAP_WORK_PHASES = 12 }; /* so many are all there is, or more */

/* How much memory is needed to remember every block. */
u32 kheap_work_bytes(void);

/* Begin, without a block. */
void kheap_work_begin(void *memory, u32 seed);

/*
 * So many random operations, then a look at every block; what is held stays
 * held for the next phase. In some of them memory is short. Between them
 * others may be at work, who give back all. Returns what is wrong, in words of
 * the model, or NULL.
 */
const char *kheap_work_phase(u32 operations);

/* Give everything back. Returns as kheap_work_phase(). */
const char *kheap_work_end(void);

/* After a failure: give back what there is, without a look at it. */
void kheap_work_abandon(void);

/* Print where in the work we are. */
void kheap_work_print(const char *words);

#endif
