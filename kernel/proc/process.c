/*
 * kernel/proc/process.c - processes come and go.
 *
 *      process_create()           a number, nothing else
 *        + space, files, thread   whoever makes it gives it these
 *      process_start()            it runs, and has a parent
 *      process_exit()             space, files and thread are gone: a zombie,
 *                                 which keeps only how it ended
 *      process_wait()             the parent knows: now the rest goes, too
 *
 * What is half-made is given up by process_discard(), which gives back whatever
 * is there. Nobody fails after process_start().
 *
 * The family is a tree, with the kernel itself as its root: number 0, parent of
 * init and of what the shell runs. Whose parent ends goes to init, who waits
 * for all; where there is no init, to the kernel, who buries it at once.
 *
 * The threads of a process share all that it has. Whoever ends the process, by
 * exit_group(2) or a signal, ends itself and tells the others, each of which
 * ends where it would go back to ring 3; the last one takes all away.
 *
 * Invariants:
 *   1. A process is in `all` and in its parent's `children` from its start
 *      until it is buried.
 *   2. exited == (it has no space, no files, no threads), from its start on.
 *   3. The kernel's children are init, the one that it waits for, and such that
 *      have not exited.
 *
 * Cost: O(1) beside what the space and the files cost; a wait O(children).
 */
#include "family.h"

#include "abi/errno.h"
#include "abi/wait.h"
#include "kernel/files.h"
#include "kernel/futex.h"
#include "kernel/printf.h"
#include "kernel/usercopy.h"
#include "lib/mem.h"
#include "mm/kheap.h"
#include "mm/vm.h"
#include "x86/cpu.h"

enum { STACK_MAX = 8 << 20, UMASK = 022 };

struct family family;

/* -------------------------------------------------------------------- birth */

/* What is not named here is not limited. */
static void limits_init(struct rlimit64 limits[RLIMITS])
{
    for (u32 i = 0; i < RLIMITS; i++)
        limits[i] = (struct rlimit64){ RLIM64_INFINITY, RLIM64_INFINITY };
    limits[RLIMIT_STACK].now = STACK_MAX;
    limits[RLIMIT_CORE].now = 0;
    limits[RLIMIT_NOFILE] = (struct rlimit64){ FILES_MAX, FILES_MAX };
}

static void family_join(struct process *process, struct process *parent)
{
    process->parent = parent;
    list_append(&parent->children, &process->sibling);
}

static void make_lists(struct process *process)
{
    list_init(&process->children);
    list_init(&process->sibling);
    list_init(&process->all);
    list_init(&process->threads);
    wait_init(&process->child_exited);
    wait_init(&process->thread_ended);
}

void process_init(void)
{
    list_init(&family.all);
    make_lists(&family.kernel);
    pid_init();
    futex_init();
    kprintf("process: numbers from %u to %u\n", PID_INIT, PID_MAX);
}

struct process *process_create(u32 pid)
{
    struct process *process = kalloc(sizeof *process);

    if (!process)
        return NULL;
    memset(process, 0, offsetof(struct process, signals.actions));
    process->pid = pid;
    process->umask = UMASK;
    make_lists(process);
    alarm_init(&process->alarm);
    limits_init(process->limits);
    return process;
}

static struct thread *thread_of(struct list *node)
{
    return CONTAINER_OF(node, struct thread, sibling);
}

/* A signal may come at any time, and be given to one of the threads. */
void process_adopt(struct process *process, struct thread *thread, u32 id)
{
    u32 flags = interrupts_save();

    thread->id = id;
    list_append(&process->threads, &thread->sibling);
    interrupts_restore(flags);
}

static void bury(struct process *process)
{
    u32 pid = process->pid, group = process->group;
    u32 session = process->session;

    kfree(process);
    family_free_number(pid);
    if (group != pid)
        family_free_number(group);
    if (session != pid && session != group)
        family_free_number(session);
}

void process_discard(struct process *process)
{
    if (!list_is_empty(&process->threads))
        thread_discard(thread_of(process->threads.next));
    if (process->files)
        files_put(process->files);
    if (process->space)
        vm_space_put(process->space);
    bury(process);
}

void process_start(struct process *process, struct process *parent)
{
    if (!parent) {
        parent = &family.kernel;
        family.ward = process;
    }
    if (process->pid == PID_INIT)
        family.init = process;
    family_join(process, parent);
    list_append(&family.all, &process->all);
    thread_start(thread_of(process->threads.next));
}

void process_do_not_wait(void)
{
    family.ward = NULL;
}

/* ---------------------------------------------------------------------- end */

void family_bury(struct process *zombie)
{
    list_remove(&zombie->sibling);
    list_remove(&zombie->all);
    bury(zombie);
}

/* Its parent has said that it will not wait. */
static bool is_forgotten(const struct process *parent)
{
    struct sigaction action = signal_action(parent, SIGCHLD);

    return action.handler == SIG_IGN || action.flags & SA_NOCLDWAIT;
}

static void tell_parent(struct process *parent, const struct process *zombie)
{
    u32 status = zombie->exit_status, by = WTERMSIG(status);
    struct signal signal = {
        .number = SIGCHLD,
        .code = by ? CLD_KILLED : CLD_EXITED,
        .words = { zombie->pid, 0, by ? by : WEXITSTATUS(status) },
    };

    signal_send(parent, &signal);
}

/* Whoever waited for the process is told; nobody does: it goes. */
static void hand_over(struct process *zombie)
{
    struct process *parent = zombie->parent;
    bool is_awaited = parent == &family.kernel ? zombie == family.ward
                                               : !is_forgotten(parent);

    if (parent != &family.kernel)
        tell_parent(parent, zombie);
    if (!is_awaited)
        family_bury(zombie);
    wake_all(&parent->child_exited);
}

static void give_children_away(struct process *process)
{
    struct process *heir = family.init ? family.init : &family.kernel;

    while (!list_is_empty(&process->children)) {
        struct process *child = CONTAINER_OF(process->children.next,
                                             struct process, sibling);

        list_remove(&child->sibling);
        family_join(child, heir);
        if (child->exited)
            hand_over(child);
    }
}

void process_return_space(struct process *process)
{
    struct space_loan *loan = process->loan;

    if (!loan)
        return;
    process->loan = NULL;
    loan->is_over = true;
    wake_all(&loan->over);
}

static bool is_alone(const struct process *process)
{
    return process->threads.next == process->threads.prev;
}

/* Only somebody else in the same space could see the word change. A bad
 * address is its own fault. */
static void clear_tid(const struct process *process, struct thread *thread)
{
    u32 word = thread->clear_tid;

    if (word && (process->space->references > 1 || !is_alone(process)) &&
        user_zero(user_addr(word), sizeof(u32)))
        (void)futex_wake(word, 1, FUTEX_ANY, false);
}

/* Its last thread ends. */
static void end(struct process *process)
{
    struct vm_space *space = process->space;

    alarm_set(process, 0, 0);
    files_put(process->files);
    process->files = NULL;
    process->space = NULL;
    vm_space_put(space);
    process_return_space(process);
    if (process == family.init)
        family.init = NULL;
    give_children_away(process);
    process->exited = true;
    hand_over(process);
}

static void leave(struct process *process, struct thread *thread)
{
    u32 flags = interrupts_save();

    list_remove(&thread->sibling);
    thread->process = NULL;
    interrupts_restore(flags);
    if (thread->id != process->pid)
        pid_free(thread->id);
    wake_all(&process->thread_ended);
}

void process_end_thread(void)
{
    struct thread *thread = thread_current();
    struct process *process = thread->process;

    clear_tid(process, thread);
    thread_set_space(NULL);
    leave(process, thread);
    if (list_is_empty(&process->threads))
        end(process);
    thread_exit();
}

static void tell_threads(struct process *process)
{
    u32 flags = interrupts_save();

    LIST_FOR_EACH(node, &process->threads)
        signal_notify(thread_of(node));
    interrupts_restore(flags);
}

void process_doom(struct process *process, u32 status)
{
    if (!process->is_ending)
        process->exit_status = status;
    process->is_ending = true;
    tell_threads(process);
}

void process_exit(u32 status)
{
    process_doom(process_current(), status);
    process_end_thread();
}

bool process_end_others(void)
{
    struct thread *thread = thread_current();
    struct process *process = thread->process;

    process->survivor = thread;
    tell_threads(process);
    while (!is_alone(process))
        wait_on(&process->thread_ended);
    process->survivor = NULL;
    if (thread->id != process->pid)
        pid_free(thread->id);
    thread->id = process->pid;
    return !process->is_ending;
}
