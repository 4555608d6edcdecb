/*
 * kernel/sys/sys_process.c - the calls about processes: what a program passes
 * is checked here; kernel/proc/ does the work.
 */
#include "abi/errno.h"
#include "abi/resource.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "abi/stat.h"
#include "abi/system.h"
#include "abi/wait.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "kernel/syscalls.h"
#include "kernel/usercopy.h"
#include "lib/mem.h"

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

/* As on Linux, the child is buried even where its status cannot be told. */
i32 sys_wait4(u32 pid, u32 status, u32 options, u32 usage)
{
    struct used_time used;
    u32 told;

    if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL |
                    WCLONE))
        return -EINVAL;
    if (pid == 0x80000000)
        return -ESRCH;
    if ((options & (WCLONE | WALL)) == WCLONE)
        return -ECHILD;
    i32 result = process_wait(process_current(), (i32)pid,
                              !(options & WNOHANG), &told, &used);
    if (result <= 0)
        return result;
    if (status && !user_write(user_addr(status), &told, sizeof told))
        return -EFAULT;
    if (usage && !usage_give(usage, &used))
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

i32 sys_umask(u32 mask)
{
    struct process *process = process_current();
    u32 old = process->umask;

    process->umask = mask & S_RIGHTS;
    return (i32)old;
}

/* A thread's name; what is not known is, as on Linux, a bad argument. */
i32 sys_prctl(u32 option, u32 argument)
{
    struct thread *thread = thread_current();
    char name[THREAD_NAME] = { 0 };

    if (option == PR_GET_NAME) {
        memcpy(name, thread->name, strlen(thread->name));
        return user_write(user_addr(argument), name, sizeof name) ? 0 : -EFAULT;
    }
    if (option != PR_SET_NAME)
        return -EINVAL;
    if (user_read_string(name, user_addr(argument), THREAD_NAME - 1) == -EFAULT)
        return -EFAULT;
    thread_set_name(thread, name);
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
