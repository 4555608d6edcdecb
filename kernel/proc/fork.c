/*
 * kernel/proc/fork.c - a process becomes two; or gets one more thread.
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

/* Another thread, which comes back from the same call with another answer. */
static struct thread *copy_thread(struct process *process,
                                  struct vm_space *space,
                                  const struct clone_request *request)
{
    struct thread *self = thread_current();
    struct trap_frame frame = *thread_user_frame(self);

    frame.eax = 0;
    if (request->stack)
        frame.user_esp = request->stack;
    struct thread *thread = thread_create_user(process, space, &frame, true);
    if (!thread)
        return NULL;
    if (request->flags & CLONE_SETTLS)
        thread->tls[request->tls_slot] = request->tls;
    if (request->flags & CLONE_CHILD_CLEARTID)
        thread->clear_tid = request->child_tid;
    thread->signals = self->signals;
    thread->signals.pending = 0;
    if ((request->flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM)
        thread->signals.stack_bytes = 0;
    return thread;
}

/* As on Linux, an address where nothing is keeps nobody from being born. */
static void tell_numbers(struct vm_space *space, u32 id,
                         const struct clone_request *request)
{
    bool told = true;

    if (request->flags & CLONE_PARENT_SETTID)
        told = user_write(user_addr(request->parent_tid), &id, sizeof id);
    if (request->flags & CLONE_CHILD_SETTID)
        told &= vm_write(space, request->child_tid, &id, sizeof id);
    (void)told;
}

/* ------------------------------------------------------------------- thread */

i32 process_add_thread(const struct clone_request *request)
{
    struct process *process = process_current();
    u32 id = pid_alloc();

    if (id == PID_NONE)
        return -EAGAIN;
    struct thread *thread = copy_thread(process, process->space, request);
    if (!thread)
        return pid_free(id), -ENOMEM;

    process_adopt(process, thread, id);
    tell_numbers(process->space, id, request);
    thread_start(thread);
    return (i32)id;
}

/* ------------------------------------------------------------------ process */

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

static bool give_files(struct process *child, struct process *parent,
                       u32 flags)
{
    if (!(flags & CLONE_FILES)) {
        child->files = files_copy(parent->files);
        return child->files != NULL;
    }
    files_get(parent->files);
    child->files = parent->files;
    return true;
}

static bool give_thread(struct process *child,
                        const struct clone_request *request)
{
    struct thread *thread = copy_thread(child, child->space, request);

    if (thread)
        process_adopt(child, thread, child->pid);
    return thread != NULL;
}

static void inherit(struct process *child, const struct process *parent)
{
    child->group = parent->group;
    child->session = parent->session;
    child->directory = parent->directory;
    child->umask = parent->umask;
    memcpy(child->limits, parent->limits, sizeof child->limits);
    signal_inherit(child, parent);
    memcpy(child->name, parent->name, sizeof child->name);
    child->program = parent->program;
}

/* The child may be gone before its parent runs again; not before the loan is
 * over. */
static void start_and_lend_space(struct process *child, struct process *parent)
{
    struct space_loan loan = { .is_over = false };

    wait_init(&loan.over);
    child->loan = &loan;
    process_start(child, parent);
    while (!loan.is_over && wait_heeding(&loan.over, HEED_DEATH))
        ;
    if (!loan.is_over)
        child->loan = NULL;
}

i32 process_fork(const struct clone_request *request)
{
    struct process *parent = process_current();
    u32 pid = pid_alloc(), flags = request->flags;

    if (pid == PID_NONE)
        return -EAGAIN;
    struct process *child = process_create(pid);
    if (!child)
        return pid_free(pid), -ENOMEM;
    if (!give_space(child, parent, flags) ||
        !give_files(child, parent, flags) || !give_thread(child, request))
        return process_discard(child), -ENOMEM;

    inherit(child, parent);
    tell_numbers(child->space, pid, request);
    if (flags & CLONE_VFORK)
        start_and_lend_space(child, parent);
    else
        process_start(child, parent);
    return (i32)pid;
}
