/*
 * kernel/sys/sys_limit.c - limits of a process.
 *
 * Each has one that counts and one that bounds what it may be set to. They are
 * inherited. What is heeded: RLIMIT_STACK, by stacks that grow and by execve's
 * strings. The others are kept for who asks.
 */
#include "abi/errno.h"
#include "kernel/process.h"
#include "kernel/syscalls.h"
#include "kernel/usercopy.h"
#include "mm/vm.h"

static void set_limit(struct process *process, u32 which,
                      const struct rlimit64 *limit)
{
    process->limits[which] = *limit;
    if (which == RLIMIT_STACK && process->space)
        process->space->stack_max =
            limit->now < USER_END ? (u32)limit->now : USER_END;
}

static i32 check_limit(u32 which, const struct rlimit64 *limit)
{
    if (limit->now > limit->most)
        return -EINVAL;
    if (which == RLIMIT_NOFILE &&
        limit->most > process_current()->limits[which].most)
        return -EPERM;
    return 0;
}

/* --------------------------------------------------------------- of 32 bits */

static u32 narrow(u64 limit)
{
    return limit < RLIM32_INFINITY ? (u32)limit : RLIM32_INFINITY;
}

static u64 widen(u32 limit)
{
    return limit == RLIM32_INFINITY ? RLIM64_INFINITY : limit;
}

i32 sys_ugetrlimit(u32 which, u32 limit)
{
    if (which >= RLIMITS)
        return -EINVAL;

    const struct rlimit64 *from = &process_current()->limits[which];
    struct rlimit32 out = { narrow(from->now), narrow(from->most) };
    return user_write(user_addr(limit), &out, sizeof out) ? 0 : -EFAULT;
}

i32 sys_setrlimit(u32 which, u32 limit)
{
    struct rlimit32 in;

    if (!user_read(&in, user_addr(limit), sizeof in))
        return -EFAULT;
    if (which >= RLIMITS)
        return -EINVAL;

    struct rlimit64 wide = { widen(in.now), widen(in.most) };
    i32 result = check_limit(which, &wide);
    if (result == 0)
        set_limit(process_current(), which, &wide);
    return result;
}

/* --------------------------------------------------------------- of 64 bits */

i32 sys_prlimit64(u32 pid, u32 which, u32 new_limit, u32 old_limit)
{
    struct process *process = pid ? process_find(pid) : process_current();
    struct rlimit64 in;

    if (which >= RLIMITS)
        return -EINVAL;
    if (new_limit && !user_read(&in, user_addr(new_limit), sizeof in))
        return -EFAULT;
    if (!process)
        return -ESRCH;

    struct rlimit64 old = process->limits[which];
    i32 result = new_limit ? check_limit(which, &in) : 0;
    if (result != 0)
        return result;
    if (new_limit)
        set_limit(process, which, &in);
    if (old_limit && !user_write(user_addr(old_limit), &old, sizeof old))
        return -EFAULT;
    return 0;
}
