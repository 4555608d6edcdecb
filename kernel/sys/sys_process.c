/*
 * kernel/sys/sys_process.c - the calls about processes: what a program passes
 * is checked here; kernel/proc/ does the work.
 */
#include "abi/errno.h"
#include "abi/resource.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "abi/wait.h"
#include "kernel/process.h"
#include "kernel/syscalls.h"
#include "kernel/usercopy.h"

/* ------------------------------------------------------------ birth and end */

i32 sys_fork(void)
{
    return process_fork(&(struct clone_request){ .flags = SIGCHLD });
}

i32 sys_vfork(void)
{
    return process_fork(&(struct clone_request){
        .flags = CLONE_VM | CLONE_VFORK | SIGCHLD });
}

void sys_exit_group(u32 code)
{
    process_exit(W_EXITCODE(code, 0));
}

/* --------------------------------------------------------------------- wait */

/* All processes are of one group, number 0, so that 0 means any child and a
 * group's number, below -1, none. As on Linux, the child is buried even where
 * its status cannot be told. */
i32 sys_wait4(u32 pid, u32 status, u32 options, u32 usage)
{
    static const struct rusage nothing;
    i32 which = (i32)pid == 0 ? -1 : (i32)pid;
    u32 told;

    if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL |
                    WCLONE))
        return -EINVAL;
    if (pid == 0x80000000)
        return -ESRCH;
    if (which < -1 || (options & (WCLONE | WALL)) == WCLONE)
        return -ECHILD;
    i32 result = process_wait(process_current(), which, !(options & WNOHANG),
                              &told);
    if (result <= 0)
        return result;
    if (status && !user_write(user_addr(status), &told, sizeof told))
        return -EFAULT;
    if (usage && !user_write(user_addr(usage), &nothing, sizeof nothing))
        return -EFAULT;
    return result;
}

i32 sys_waitpid(u32 pid, u32 status, u32 options)
{
    return sys_wait4(pid, status, options, 0);
}

/* --------------------------------------------------------------- who is who */

i32 sys_getpid(void)
{
    return (i32)process_current()->pid;
}

i32 sys_getppid(void)
{
    return (i32)process_current()->parent->pid;
}

i32 sys_sched_yield(void)
{
    thread_yield();
    return 0;
}

/* There is one processor. */
i32 sys_sched_getaffinity(u32 id, u32 bytes, u32 set)
{
    static const u32 first = 1;

    if (bytes < sizeof first || bytes % sizeof first)
        return -EINVAL;
    if (id && !process_find_thread(id))
        return -ESRCH;
    if (!user_write(user_addr(set), &first, sizeof first))
        return -EFAULT;
    return sizeof first;
}

/* Everybody is root. */
i32 sys_root_id(void)
{
    return 0;
}

i32 sys_getresuid32(u32 real, u32 effective, u32 saved)
{
    bool told = user_zero(user_addr(real), sizeof(u32)) &&
                user_zero(user_addr(effective), sizeof(u32)) &&
                user_zero(user_addr(saved), sizeof(u32));

    return told ? 0 : -EFAULT;
}

i32 sys_getgroups32(u32 size, u32 list)
{
    (void)list;
    return (i32)size < 0 ? -EINVAL : 0;
}
