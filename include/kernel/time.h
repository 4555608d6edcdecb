/*
 * kernel/time.h - spans and points of time, as programs know them. See
 * kernel/sys/sys_time.c.
 */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H

#include "abi/time.h"

/* Read it from a program. Returns: false if it cannot be read. Cost: O(1).
 * Context: thread of a process. */
NODISCARD bool time_read32(u32 from, struct timespec64 *time);
NODISCARD bool time_read64(u32 from, struct timespec64 *time);

/* Is it one, neither negative nor with too many nanoseconds? Cost: O(1).
 * Context: any. */
bool time_is_valid(const struct timespec64 *time);

/* How long it is until `then`, on any clock; nothing, if it is past. Cost:
 * O(1). Context: any. */
struct timespec64 time_until(struct timespec64 then);

/* As many ticks of the timer as are no shorter than a span; half a year's, if
 * it is longer. Cost: O(1). Context: any. */
u32 time_ticks(struct timespec64 span);

#endif
