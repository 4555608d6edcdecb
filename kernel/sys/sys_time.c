/*
 * kernel/sys/sys_time.c - what time it is, and sleep.
 *
 * There is one clock: the timer's ticks since it started, 10 ms each. All of
 * Linux's clocks tell it; the real time starts with 1970 when the machine does,
 * as no clock is asked for the date. Time that a process has used is not
 * counted.
 */
#include "abi/errno.h"
#include "abi/time.h"
#include "kernel/pit.h"
#include "kernel/process.h"
#include "kernel/syscalls.h"
#include "kernel/time.h"
#include "kernel/usercopy.h"

enum {
    SECOND = 1000000000, /* nanoseconds */
    TICK = SECOND / PIT_HZ,
    SPAN_SECONDS = 1 << 24, /* as ticks, they fit into an i32 */
};

static bool is_clock(u32 clock)
{
    return clock <= CLOCK_BOOTTIME && clock != CLOCK_PROCESS_CPUTIME_ID &&
           clock != CLOCK_THREAD_CPUTIME_ID;
}

static struct timespec64 now(void)
{
    u32 ticks = pit_ticks();

    return (struct timespec64){ ticks / PIT_HZ,
                                (i32)(ticks % PIT_HZ * TICK), 0 };
}

/* --------------------------------------------------------------- what it is */

i32 sys_clock_gettime64(u32 clock, u32 time)
{
    struct timespec64 out = now();

    if (!is_clock(clock))
        return -EINVAL;
    return user_write(user_addr(time), &out, sizeof out) ? 0 : -EFAULT;
}

i32 sys_clock_gettime(u32 clock, u32 time)
{
    struct timespec64 wide = now();
    struct timespec32 out = { (i32)wide.seconds, wide.nanoseconds };

    if (!is_clock(clock))
        return -EINVAL;
    return user_write(user_addr(time), &out, sizeof out) ? 0 : -EFAULT;
}

/* -------------------------------------------------------------------- spans */

bool time_read32(u32 from, struct timespec64 *time)
{
    struct timespec32 in;

    if (!user_read(&in, user_addr(from), sizeof in))
        return false;
    *time = (struct timespec64){ in.seconds, in.nanoseconds, 0 };
    return true;
}

bool time_read64(u32 from, struct timespec64 *time)
{
    return user_read(time, user_addr(from), sizeof *time);
}

bool time_is_valid(const struct timespec64 *time)
{
    return time->seconds >= 0 && time->nanoseconds >= 0 &&
           time->nanoseconds < SECOND;
}

struct timespec64 time_until(struct timespec64 then)
{
    struct timespec64 start = now();

    then.seconds -= start.seconds;
    then.nanoseconds -= start.nanoseconds;
    if (then.nanoseconds < 0) {
        then.nanoseconds += SECOND;
        then.seconds--;
    }
    return then.seconds < 0 ? (struct timespec64){ 0, 0, 0 } : then;
}

u32 time_ticks(struct timespec64 span)
{
    u32 seconds = span.seconds < SPAN_SECONDS ? (u32)span.seconds
                                              : SPAN_SECONDS;

    return seconds * PIT_HZ + ((u32)span.nanoseconds + TICK - 1) / TICK;
}

/* -------------------------------------------------------------------- sleep */

/* At least so long: the tick that runs counts for nothing. 0, or what a signal
 * makes of it. */
static i32 sleep_until(struct timespec64 then)
{
    for (;;) {
        struct timespec64 left = time_until(then);

        if (left.seconds == 0 && left.nanoseconds == 0)
            return 0;
        if (!wait_heeding_signals_for(NULL, time_ticks(left)))
            return -RESTART_NO_HANDLER;
    }
}

/* *left: what is left of it, if a signal ends it. */
static i32 sleep_for(struct timespec64 span, struct timespec64 *left)
{
    struct timespec64 then = now();
    i64 for_ever = (i64)1 << 40;

    then.seconds += span.seconds < for_ever ? span.seconds : for_ever;
    then.nanoseconds += span.nanoseconds + TICK;
    if (then.nanoseconds >= SECOND) {
        then.nanoseconds -= SECOND;
        then.seconds++;
    }
    i32 result = sleep_until(then);
    *left = time_until(then);
    return result;
}

static i32 sleep(u32 flags, const struct timespec64 *request,
                 struct timespec64 *left)
{
    if (!time_is_valid(request))
        return -EINVAL;
    if (flags & TIMER_ABSTIME)
        return sleep_until(*request);
    if (request->seconds == 0 && request->nanoseconds == 0)
        return 0;
    return sleep_for(*request, left);
}

/* Is what is left of a sleep to be told? */
static bool is_told(i32 result, u32 flags, u32 rest)
{
    return result != 0 && result != -EINVAL && rest &&
           !(flags & TIMER_ABSTIME);
}

i32 sys_clock_nanosleep(u32 clock, u32 flags, u32 request, u32 rest)
{
    struct timespec64 in, left;
    struct timespec32 out;

    if (!is_clock(clock))
        return -EINVAL;
    if (!time_read32(request, &in))
        return -EFAULT;
    i32 result = sleep(flags, &in, &left);
    if (!is_told(result, flags, rest))
        return result;
    out = (struct timespec32){ (i32)left.seconds, left.nanoseconds };
    return user_write(user_addr(rest), &out, sizeof out) ? result : -EFAULT;
}

i32 sys_nanosleep(u32 request, u32 rest)
{
    return sys_clock_nanosleep(CLOCK_MONOTONIC, 0, request, rest);
}

i32 sys_clock_nanosleep_time64(u32 clock, u32 flags, u32 request, u32 rest)
{
    struct timespec64 in, left;

    if (!is_clock(clock))
        return -EINVAL;
    if (!time_read64(request, &in))
        return -EFAULT;
    i32 result = sleep(flags, &in, &left);
    if (!is_told(result, flags, rest))
        return result;
    return user_write(user_addr(rest), &left, sizeof left) ? result : -EFAULT;
}
