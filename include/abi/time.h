/*
 * abi/time.h - clocks and spans of time.
 */
#ifndef ABI_TIME_H
#define ABI_TIME_H

#include "lib/types.h"

enum clock_id {
    CLOCK_REALTIME = 0,
    CLOCK_MONOTONIC = 1,
    CLOCK_PROCESS_CPUTIME_ID = 2,
    CLOCK_THREAD_CPUTIME_ID = 3,
    CLOCK_MONOTONIC_RAW = 4,
    CLOCK_REALTIME_COARSE = 5,
    CLOCK_MONOTONIC_COARSE = 6,
    CLOCK_BOOTTIME = 7,
};

enum { TIMER_ABSTIME = 1 };

/* Of the calls whose name does not end in 64. */
struct timespec32 {
    i32 seconds;
    i32 nanoseconds;
};

struct timeval {
    i32 seconds, microseconds;
};

/* Of clock_gettime64() and its like: packed on i386 without holes. */
struct timespec64 {
    i64 seconds;
    i32 nanoseconds;
    u32 unused; /* the upper half of nanoseconds, ignored */
};

#endif
