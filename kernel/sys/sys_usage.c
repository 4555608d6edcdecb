/*
 * kernel/sys/sys_usage.c - what time processes have used, as the timer's ticks
 * have found them; and how the machine is used. Of what else struct rusage has,
 * and of the load, nothing is counted: that is 0.
 *
 * Cost: O(1).
 */
#include "abi/errno.h"
#include "abi/resource.h"
#include "abi/system.h"
#include "kernel/pit.h"
#include "kernel/process.h"
#include "kernel/syscalls.h"
#include "kernel/usercopy.h"
#include "mm/pmm.h"

enum { MICRO = 1000000 };

static struct timeval time_of(u32 ticks)
{
    return (struct timeval){ (i32)(ticks / PIT_HZ),
                             (i32)(ticks % PIT_HZ * (MICRO / PIT_HZ)) };
}

bool usage_give(u32 to, const struct used_time *used)
{
    struct rusage out = { .user = time_of(used->user),
                          .system = time_of(used->system) };

    return user_write(user_addr(to), &out, sizeof out);
}

/* The only thread of many uses what its process does. */
i32 sys_getrusage(u32 whose, u32 to)
{
    const struct process *process = process_current();

    if (whose != RUSAGE_SELF && whose != RUSAGE_CHILDREN &&
        whose != RUSAGE_THREAD)
        return -EINVAL;
    return usage_give(to, whose == RUSAGE_CHILDREN ? &process->used_by_children
                                                   : &process->used)
               ? 0 : -EFAULT;
}

i32 sys_times(u32 to)
{
    const struct process *process = process_current();
    u32 out[] = { process->used.user, process->used.system,
                  process->used_by_children.user,
                  process->used_by_children.system };

    if (to && !user_write(user_addr(to), out, sizeof out))
        return -EFAULT;
    return (i32)pit_ticks();
}

static void count(const struct process *process, void *context)
{
    struct sysinfo *out = context;

    (void)process;
    out->processes++;
}

/* Less than 4 GiB, in bytes; else in pages. */
i32 sys_sysinfo(u32 to)
{
    struct sysinfo out = { .uptime = pit_ticks() / PIT_HZ };
    struct pmm_stats frames;

    pmm_stats(&frames);
    u32 total = frames.spanned - frames.kinds[FRAME_RESERVED] -
                frames.kinds[FRAME_BOOT];
    out.unit = total >> (32 - PAGE_SHIFT) ? PAGE_SIZE : 1;
    out.memory = total * (PAGE_SIZE / out.unit);
    out.free_memory = frames.kinds[FRAME_FREE] * (PAGE_SIZE / out.unit);
    process_each(count, &out);
    return user_write(user_addr(to), &out, sizeof out) ? 0 : -EFAULT;
}
