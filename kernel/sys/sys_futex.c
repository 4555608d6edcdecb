/*
 * kernel/sys/sys_futex.c - futex(2): which of its operations, for how long; and
 * kernel/proc/futex.c does it.
 */
#include "abi/errno.h"
#include "kernel/futex.h"
#include "kernel/process.h"
#include "kernel/syscalls.h"
#include "kernel/time.h"
#include "kernel/usercopy.h"

struct request {
    u32 word, value, other_word, value3;
    u32 many;        /* the fourth argument, where it is no time */
    const u32 *ticks; /* where it is one; NULL: none              */
    bool is_private;
};

static i32 requeue(const struct request *r, const u32 *value)
{
    if (r->other_word % sizeof(u32) || (i32)r->value < 0 || (i32)r->many < 0)
        return -EINVAL;
    return futex_requeue(r->word, r->value, r->other_word, r->many, value,
                         r->is_private);
}

/* As on Linux, none to wake wakes one. */
static i32 wake(const struct request *r, u32 bits)
{
    u32 most = (i32)r->value < 1 ? 1 : r->value;

    return bits ? futex_wake(r->word, most, bits, r->is_private) : -EINVAL;
}

static i32 wait(const struct request *r, u32 bits)
{
    return bits ? futex_wait(r->word, r->value, bits, r->ticks, r->is_private)
                : -EINVAL;
}

static i32 do_it(u32 command, const struct request *r)
{
    if (r->word % sizeof(u32))
        return -EINVAL;
    if (command == FUTEX_WAIT)
        return wait(r, FUTEX_ANY);
    if (command == FUTEX_WAIT_BITSET)
        return wait(r, r->value3);
    if (command == FUTEX_WAKE)
        return wake(r, FUTEX_ANY);
    if (command == FUTEX_WAKE_BITSET)
        return wake(r, r->value3);
    return requeue(r, command == FUTEX_CMP_REQUEUE ? &r->value3 : NULL);
}

/* Both clocks are the same, but only one operation may choose. */
static bool is_known(u32 operation)
{
    u32 known = 1 << FUTEX_WAIT | 1 << FUTEX_WAKE | 1 << FUTEX_REQUEUE |
                1 << FUTEX_CMP_REQUEUE | 1 << FUTEX_WAIT_BITSET |
                1 << FUTEX_WAKE_BITSET;
    u32 command = operation & FUTEX_COMMAND;

    if (operation & FUTEX_CLOCK_REALTIME)
        return command == FUTEX_WAIT_BITSET;
    return command < 32 && (known & 1u << command);
}

/* A time for FUTEX_WAIT is a span, for FUTEX_WAIT_BITSET a point. */
static i32 call(struct request *r, u32 operation, u32 time,
                bool (*read)(u32 from, struct timespec64 *time))
{
    u32 command = operation & FUTEX_COMMAND, ticks;
    bool is_wait = command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET;
    struct timespec64 when;

    if (!is_known(operation))
        return -ENOSYS;
    if (is_wait && time) {
        if (!read(time, &when))
            return -EFAULT;
        if (!time_is_valid(&when))
            return -EINVAL;
        ticks = command == FUTEX_WAIT ? time_ticks(when)
                                      : time_ticks(time_until(when));
        r->ticks = &ticks;
    }
    r->many = time;
    r->is_private = (operation & FUTEX_PRIVATE) != 0;
    return do_it(command, r);
}

i32 sys_futex(u32 word, u32 operation, u32 value, u32 time, u32 other_word,
              u32 value3)
{
    struct request r = { word, value, other_word, value3, 0, NULL, false };

    return call(&r, operation, time, time_read32);
}

i32 sys_futex_time64(u32 word, u32 operation, u32 value, u32 time,
                     u32 other_word, u32 value3)
{
    struct request r = { word, value, other_word, value3, 0, NULL, false };

    return call(&r, operation, time, time_read64);
}
