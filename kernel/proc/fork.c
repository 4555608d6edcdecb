/*
 * kernel/proc/fork.c - a process becomes two.
 *
 * What can fail comes first: a number, a copy of the space, one of the
 * descriptors, a thread. process_discard() gives back as much of that as there
 * is. Then nothing fails.
 *
 * vfork(2) copies no space: the child borrows its parent's, and the parent
 * waits until the child has no use for it any more, by exec or exit.
 */
#include "kernel/process.h"

#include "abi/errno.h"
#include "abi/sched.h"
#include "kernel/files.h"
#include "kernel/usercopy.h"
#include "lib/mem.h"
#include "mm/vm.h"

static bool give_space(struct process *child, struct process *parent,
                       u32 flags)
{
    if (!(flags & CLONE_VM)) {
        child->space = vm_space_fork(parent->space);
        return child->space != NULL;
    }
    vm_space_get(parent->space);
    child->space = parent->space;
    return true;
}

static bool give_files(struct process *child, struct process *parent)
{
    child->files = files_copy(parent->files);
    return child->files != NULL;
}

/* It comes back from the same call, with another answer. */
static bool give_thread(struct process *child, u32 stack)
{
    struct trap_frame frame = *thread_user_frame(thread_current());

    frame.eax = 0;
    if (stack)
        frame.user_esp = stack;
    child->thread = thread_create_user(child, child->space, &frame, true);
    if (!child->thread)
        return false;
    child->thread->id = child->pid;
    return true;
}

static void inherit(struct process *child, const struct process *parent)
{
    memcpy(child->limits, parent->limits, sizeof child->limits);
    memcpy(child->signals.actions, parent->signals.actions,
           sizeof child->signals.actions);
    child->thread->signals = thread_current()->signals;
    child->thread->signals.pending = 0;
    memcpy(child->name, parent->name, sizeof child->name);
    child->program = parent->program;
}

/* As on Linux, an address where nothing is keeps nobody from being born. */
static void tell_numbers(struct process *child, u32 flags, u32 parent_tid,
                         u32 child_tid)
{
    bool told = true;

    if (flags & CLONE_PARENT_SETTID)
        told = user_write(user_addr(parent_tid), &child->pid, sizeof(u32));
    if (flags & CLONE_CHILD_SETTID)
        told &= vm_write(child->space, child_tid, &child->pid, sizeof(u32));
    if (flags & CLONE_CHILD_CLEARTID)
        child->clear_tid = child_tid;
    (void)told;
}

static void wait_for_space(struct process *child)
{
    while (child->borrows_space)
        wait_on(&child->space_returned);
}

i32 process_fork(u32 flags, u32 stack, u32 parent_tid, u32 child_tid)
{
    struct process *parent = process_current();
    u32 pid = pid_alloc();

    if (pid == PID_NONE)
        return -EAGAIN;
    struct process *child = process_create(pid);
    if (!child)
        return pid_free(pid), -ENOMEM;
    if (!give_space(child, parent, flags) || !give_files(child, parent) ||
        !give_thread(child, stack))
        return process_discard(child), -ENOMEM;

    inherit(child, parent);
    tell_numbers(child, flags, parent_tid, child_tid);
    child->borrows_space = (flags & CLONE_VFORK) != 0;
    process_start(child, parent);
    wait_for_space(child);
    return (i32)pid;
}
