/*
 * kernel/sys/sys_group.c - the calls about groups and sessions of processes,
 * checked in Linux's order. A zombie is still in its own.
 *
 * Cost: O(processes).
 */
#include "abi/errno.h"
#include "kernel/process.h"
#include "kernel/syscalls.h"

/* 0: the one that asks. */
static struct process *process_of(u32 pid)
{
    return pid ? process_find(pid) : process_current();
}

i32 sys_getpgid(u32 pid)
{
    const struct process *process = process_of(pid);

    return process ? (i32)process->group : -ESRCH;
}

i32 sys_getpgrp(void)
{
    return sys_getpgid(0);
}

i32 sys_getsid(u32 pid)
{
    const struct process *process = process_of(pid);

    return process ? (i32)process->session : -ESRCH;
}

/* Is there a process in a group, and in a session? */
struct search {
    u32 group, session;
    bool found, found_there;
};

static void look(const struct process *process, void *context)
{
    struct search *search = context;

    if (process->group != search->group)
        return;
    search->found = true;
    search->found_there |= process->session == search->session;
}

/* May the running process put a child, or itself, into another group? */
static i32 judge_child(const struct process *child)
{
    const struct process *self = process_current();

    if (child == self)
        return 0;
    if (child->parent != self)
        return -ESRCH;
    if (child->session != self->session)
        return -EPERM;
    return child->has_execed ? -EACCES : 0;
}

i32 sys_setpgid(u32 pid, u32 group)
{
    struct process *process = process_of(pid);

    if (!pid)
        pid = process_current()->pid;
    if (!group)
        group = pid;
    if ((i32)group < 0)
        return -EINVAL;
    if (!process)
        return process_find_thread(pid) ? -EINVAL : -ESRCH;
    i32 error = judge_child(process);
    if (error)
        return error;
    struct search search = { .group = group,
                             .session = process_current()->session };
    process_each(look, &search);
    if (process->session == process->pid ||
        (group != pid && !search.found_there))
        return -EPERM;
    process_set_group(process, group);
    return 0;
}

/* Not who leads a group: that would be torn apart. */
i32 sys_setsid(void)
{
    struct process *process = process_current();
    struct search search = { .group = process->pid };

    process_each(look, &search);
    if (search.found)
        return -EPERM;
    process_lead_session(process);
    return (i32)process->pid;
}
