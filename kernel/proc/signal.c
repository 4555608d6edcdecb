/*
 * kernel/proc/signal.c - signals: sent, kept until they can be delivered, and
 * delivered on the way to ring 3.
 *
 *      kill(), an alarm, a child's end         an exception
 *          |  signal_send()                        |  signal_raise()
 *          v                                       v
 *      pending, of a process or of a thread; the thread's `work` says so, and
 *      a wait that a signal may end, ends
 *          |
 *          |  user_return -> thread_do_work() -> signal_deliver()
 *          v
 *      ignored | the process ends | a frame on the user stack: the handler
 *
 * There is no job control: what stops a process elsewhere does nothing here.
 *
 * Invariants:
 *   1. A thread to which a signal is due, or that must end, has THREAD_SIGNAL
 *      in its work, but where it looks for signals.
 *   2. Neither SIGKILL nor SIGSTOP is ever blocked, ignored or handled.
 *
 * Cost: O(1).
 */
#include "kernel/signal.h"

#include "abi/errno.h"
#include "abi/wait.h"
#include "kernel/process.h"
#include "lib/mem.h"
#include "x86/cpu.h"

static const struct {
    sigset_t unblockable, faults, quiet;
} sets = {
    .unblockable = (sigset_t)1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1),
    .faults = 1 << (SIGSEGV - 1) | 1 << (SIGBUS - 1) | 1 << (SIGILL - 1) |
              1 << (SIGTRAP - 1) | 1 << (SIGFPE - 1) | 1 << (SIGSYS - 1),
    .quiet = 1 << (SIGCHLD - 1) | 1 << (SIGCONT - 1) | 1 << (SIGURG - 1) |
             1 << (SIGWINCH - 1) | 1 << (SIGSTOP - 1) | 1 << (SIGTSTP - 1) |
             1 << (SIGTTIN - 1) | 1 << (SIGTTOU - 1),
};

static struct thread *thread_of(struct list *node)
{
    return CONTAINER_OF(node, struct thread, sibling);
}

/* ------------------------------------------------------------------ actions */

struct sigaction signal_action(const struct process *process, u32 number)
{
    static const struct sigaction initial;
    const struct signals *signals = &process->signals;

    return number < signals->actions_set ? signals->actions[number] : initial;
}

static u32 handler_of(const struct process *process, u32 number)
{
    const struct signals *signals = &process->signals;

    return number < signals->actions_set ? signals->actions[number].handler
                                         : SIG_DFL;
}

void signal_inherit(struct process *child, const struct process *parent)
{
    child->signals.actions_set = parent->signals.actions_set;
    memcpy(child->signals.actions, parent->signals.actions,
           parent->signals.actions_set * sizeof(struct sigaction));
}

/* Init has not to fear what it does not handle. */
static bool is_ignored(const struct process *process, u32 number)
{
    u32 handler = handler_of(process, number);

    return handler == SIG_IGN ||
           (handler == SIG_DFL && ((sets.quiet & signal_bit(number)) ||
                                   process->pid == PID_INIT));
}

void signal_set_action(u32 number, const struct sigaction *action)
{
    struct process *process = process_current();
    struct signals *signals = &process->signals;

    while (signals->actions_set <= number)
        signals->actions[signals->actions_set++] = (struct sigaction){ 0 };
    signals->actions[number] = *action;
    signals->actions[number].mask &= ~sets.unblockable;
    if (!is_ignored(process, number))
        return;
    signals->pending &= ~signal_bit(number);
    LIST_FOR_EACH(node, &process->threads)
        thread_of(node)->signals.pending &= ~signal_bit(number);
}

void signal_forget_handlers(struct process *process)
{
    for (u32 number = 0; number < process->signals.actions_set; number++) {
        struct sigaction *action = &process->signals.actions[number];
        u32 handler = action->handler == SIG_IGN ? SIG_IGN : SIG_DFL;

        *action = (struct sigaction){ .handler = handler };
    }
    thread_current()->signals.stack_bytes = 0;
}

/* -------------------------------------------------------------------- stack */

struct sigstack signal_stack_of(struct thread *thread)
{
    const struct thread_signals *signals = &thread->signals;
    u32 esp = thread_user_frame(thread)->user_esp;

    if (signals->stack_bytes == 0)
        return (struct sigstack){ .flags = SS_DISABLE };
    return (struct sigstack){
        .start = signals->stack,
        .flags = signal_is_on_stack(signals, esp) ? SS_ONSTACK : 0,
        .bytes = signals->stack_bytes,
    };
}

i32 signal_set_stack(struct thread *thread, const struct sigstack *stack)
{
    struct thread_signals *signals = &thread->signals;

    if (signal_is_on_stack(signals, thread_user_frame(thread)->user_esp))
        return -EPERM;
    if (stack->flags > SS_DISABLE)
        return -EINVAL;
    if (!(stack->flags & SS_DISABLE) && stack->bytes < MINSIGSTKSZ)
        return -ENOMEM;
    signals->stack = stack->flags & SS_DISABLE ? 0 : stack->start;
    signals->stack_bytes = stack->flags & SS_DISABLE ? 0 : stack->bytes;
    return 0;
}

/* --------------------------------------------------------------------- send */

static sigset_t due_to(const struct thread *thread)
{
    return (thread->signals.pending | thread->process->signals.pending) &
           ~thread->signals.blocked;
}

/* Its process ends, or is to be another thread's alone. */
static bool must_end(const struct thread *thread)
{
    const struct process *process = thread->process;

    return process->is_ending ||
           (process->survivor && process->survivor != thread);
}

bool signal_is_due(const struct thread *thread, enum heed heed)
{
    if (!thread->process || heed == HEED_NOTHING)
        return false;
    sigset_t due = due_to(thread);
    return must_end(thread) ||
           (heed == HEED_SIGNALS ? due != 0 : (due & signal_bit(SIGKILL)) != 0);
}

void signal_notify(struct thread *thread)
{
    if (!signal_is_due(thread, HEED_SIGNALS))
        return;
    thread->work |= THREAD_SIGNAL;
    if (signal_is_due(thread, thread->heeds))
        thread_wake(thread);
}

static bool is_blocked(const struct thread *thread, u32 number)
{
    return (thread->signals.blocked & signal_bit(number)) != 0;
}

/* What is blocked may have a handler by the time when it is not. */
static bool is_lost(const struct thread *thread, u32 number)
{
    return is_ignored(thread->process, number) && !is_blocked(thread, number);
}

void signal_send_to_thread(struct thread *thread, const struct signal *signal)
{
    u32 flags = interrupts_save();

    if (thread->process && !is_lost(thread, signal->number)) {
        thread->signals.pending |= signal_bit(signal->number);
        thread->signals.kept = *signal;
        signal_notify(thread);
    }
    interrupts_restore(flags);
}

/* The oldest thread that does not block the signal; else the oldest; NULL:
 * there is none any more. */
static struct thread *receiver_of(struct process *process, u32 number)
{
    LIST_FOR_EACH(node, &process->threads)
        if (!is_blocked(thread_of(node), number))
            return thread_of(node);
    return list_is_empty(&process->threads) ? NULL
                                            : thread_of(process->threads.next);
}

void signal_send(struct process *process, const struct signal *signal)
{
    struct signals *signals = &process->signals;
    sigset_t bit = signal_bit(signal->number);
    u32 flags = interrupts_save();
    struct thread *thread = receiver_of(process, signal->number);

    if (thread && !is_lost(thread, signal->number)) {
        if (signal->number <= SIGSYS && !(signals->pending & bit))
            signals->kept[signal->number] = *signal;
        signals->pending |= bit;
        signal_notify(thread);
    }
    interrupts_restore(flags);
}

bool signal_raise(const struct signal *signal)
{
    struct thread *thread = thread_current();
    u32 handler = handler_of(thread->process, signal->number);

    if (handler == SIG_DFL || handler == SIG_IGN ||
        (thread->signals.blocked & signal_bit(signal->number)))
        return false;
    signal_send_to_thread(thread, signal);
    return true;
}

void signal_block(sigset_t blocked)
{
    struct thread *thread = thread_current();
    u32 flags = interrupts_save();

    thread->signals.blocked = blocked & ~sets.unblockable;
    signal_notify(thread);
    interrupts_restore(flags);
}

/* ------------------------------------------------------------------ deliver */

/* The lowest number; but what the thread has done itself comes first. */
static u32 choose(sigset_t due)
{
    sigset_t first = due & sets.faults ? due & sets.faults : due;
    u32 low = (u32)first;

    return low ? lowest_bit(low) + 1 : lowest_bit((u32)(first >> 32)) + 33;
}

/* Take the next signal that is due to the running thread. False: none is. */
static bool take(struct thread *thread, struct signal *signal)
{
    struct signals *shared = &thread->process->signals;
    struct thread_signals *own = &thread->signals;
    u32 flags = interrupts_save();
    sigset_t due = due_to(thread);

    if (due) {
        u32 number = choose(due);
        sigset_t bit = signal_bit(number);
        *signal = (struct signal){ .number = number };
        if (own->pending & bit) {
            own->pending &= ~bit;
            if (own->kept.number == number)
                *signal = own->kept;
        } else {
            shared->pending &= ~bit;
            if (number <= SIGSYS)
                *signal = shared->kept[number];
        }
    }
    interrupts_restore(flags);
    return due != 0;
}

/* The call that the thread came with, if it was broken off: it begins again, or
 * says that it was. `action`: of the handler that runs first; NULL: none. */
static void finish_call(struct trap_frame *frame,
                        const struct sigaction *action)
{
    enum { INT_BYTES = 2 };
    i32 result = (i32)frame->eax;

    if (frame->vector != TRAP_SYSCALL ||
        (result != -RESTART && result != -RESTART_NO_HANDLER))
        return;
    if (!action || (result == -RESTART && action->flags & SA_RESTART)) {
        frame->eax = frame->error;
        frame->eip -= INT_BYTES;
    } else {
        frame->eax = (u32)-EINTR;
    }
}

/* What was blocked when the thread was last its own master. */
static sigset_t blocked_before(struct thread_signals *signals)
{
    bool is_suspended = signals->is_suspended;

    signals->is_suspended = false;
    return is_suspended ? signals->blocked_before : signals->blocked;
}

void signal_raise_or_exit(const struct signal *signal)
{
    if (!signal_raise(signal))
        process_exit(W_EXITCODE(0, signal->number));
}

/* The frame cannot be written. Maybe one for SIGSEGV can, which may have
 * another stack. */
static void give_up(u32 number)
{
    static const struct signal bad = { .number = SIGSEGV, .code = SI_KERNEL };

    if (number == SIGSEGV)
        process_exit(W_EXITCODE(0, SIGSEGV));
    signal_raise_or_exit(&bad);
}

static void handle(struct thread *thread, const struct signal *signal)
{
    struct signals *signals = &thread->process->signals;
    struct sigaction taken = signals->actions[signal->number];
    sigset_t blocked = blocked_before(&thread->signals);

    finish_call(thread_user_frame(thread), &taken);
    if (taken.flags & SA_RESETHAND)
        signals->actions[signal->number].handler = SIG_DFL;
    if (!signal_frame_push(&taken, signal, blocked)) {
        give_up(signal->number);
        return;
    }
    blocked = thread->signals.blocked | taken.mask;
    if (!(taken.flags & SA_NODEFER))
        blocked |= signal_bit(signal->number);
    signal_block(blocked);
}

void signal_deliver(void)
{
    struct thread *thread = thread_current();
    struct signal signal;

    if (must_end(thread))
        process_end_thread();
    while (take(thread, &signal)) {
        u32 handler = handler_of(thread->process, signal.number);

        if (is_ignored(thread->process, signal.number))
            continue;
        if (handler == SIG_DFL)
            process_exit(W_EXITCODE(0, signal.number));
        handle(thread, &signal);
    }
    finish_call(thread_user_frame(thread), NULL);
    if (thread->signals.is_suspended)
        signal_block(blocked_before(&thread->signals));
}
