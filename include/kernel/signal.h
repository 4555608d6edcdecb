/*
 * kernel/signal.h - signals: sent, kept, delivered. See kernel/proc/signal.c.
 */
#ifndef KERNEL_SIGNAL_H
#define KERNEL_SIGNAL_H

#include "abi/signal.h"

struct process;
struct thread;
struct trap_frame;

/* What may end a wait, beside who wakes it: nothing, that the thread must end,
 * or any signal that is due. */
enum heed { HEED_NOTHING, HEED_DEATH, HEED_SIGNALS };

/* A signal and why it came. */
struct signal {
    u32 number;
    i32 code;     /* enum signal_code                          */
    u32 words[3]; /* the first ones of struct siginfo's words  */
};

/* Of a process. Of a signal without a name, only that it came is kept. */
struct signals {
    sigset_t pending;
    u32 actions_set; /* numbers from here on have the default action      */
    /* What follows is left as it is until it means something. */
    struct sigaction actions[SIGNALS + 1];
    struct signal kept[SIGSYS + 1]; /* the pending ones, by number        */
};

/* Of a thread. */
struct thread_signals {
    sigset_t pending;     /* for it alone                                    */
    struct signal kept;   /* of these, the last                              */
    sigset_t blocked;
    sigset_t blocked_before; /* by sigsuspend(), if `is_suspended`           */
    bool is_suspended;
    u32 stack, stack_bytes; /* of sigaltstack(); no bytes: none              */
};

/* What a call answers that a signal has broken off, before it is known whether
 * a handler runs. Never seen by a program: see signal_deliver(). */
enum {
    RESTART = 512,            /* again, unless a handler without SA_RESTART */
    RESTART_NO_HANDLER = 514, /* again, unless a handler                    */
};

static inline sigset_t signal_bit(u32 number)
{
    return (sigset_t)1 << (number - 1);
}

/*
 * Send a signal to a process, one of whose threads takes it, or to one thread.
 * If it is ignored, or the thread is the kernel's, nothing happens; if it is
 * pending already, it stays one. Whoever waits such that a signal may end it,
 * is woken.
 *
 * Cost:     O(threads of the process); O(1).
 * Context:  any, interrupts too.
 */
void signal_send(struct process *process, const struct signal *signal);
void signal_send_to_thread(struct thread *thread, const struct signal *signal);

/*
 * The running thread has made an exception: the signal must be handled now.
 *
 * Returns:  true: it will be, on the way to ring 3; false: it is blocked,
 *           ignored, or has no handler: the process must end.
 * Cost:     O(1).
 * Context:  thread of a process.
 */
NODISCARD bool signal_raise(const struct signal *signal);

/* The same; if it cannot be handled, the process ends. Cost: O(1), or that of
 * process_exit(). Context: thread of a process. */
void signal_raise_or_exit(const struct signal *signal);

/*
 * Has something come to a thread that ends a wait which heeds it?
 *
 * Cost:     O(1).
 * Context:  any.
 */
bool signal_is_due(const struct thread *thread, enum heed heed);

/* What is due to a thread has changed: it looks at it before it goes back to
 * ring 3, and at once if it waits. Cost: O(1). Context: any. */
void signal_notify(struct thread *thread);

/*
 * Block these signals, from now on, in the running thread. SIGKILL and SIGSTOP
 * are not blocked.
 *
 * Cost:     O(1).
 * Context:  thread of a process.
 */
void signal_block(sigset_t blocked);

/*
 * Let the running thread find out about its signals: it goes on in a handler,
 * or where it was; or its process ends. A call that was broken off gets its
 * answer, or begins again.
 *
 * Cost:     O(1) for each signal.
 * Context:  on the way to ring 3.
 */
void signal_deliver(void);

/* What a process does about a signal. Cost: O(1). Context: any. */
struct sigaction signal_action(const struct process *process, u32 number);

/* Give an action to a signal; what is pending and ignored now, is dropped.
 * Cost: O(threads). Context: thread of a process. */
void signal_set_action(u32 number, const struct sigaction *action);

/* A child does about signals what its parent does. Cost: O(signals for which
 * that was ever set). Context: thread. */
void signal_inherit(struct process *child, const struct process *parent);

/* As exec does: no handler is there any more, what was ignored stays ignored.
 * Cost: O(1). Context: thread of a process. */
void signal_forget_handlers(struct process *process);

/* kernel/proc/signal_frame.c: a handler's frame is put on the running thread's
 * user stack, and the thread goes on in the handler. False: there is no room
 * for that. And back: the registers that a handler leaves are the thread's;
 * false: there are none. */
NODISCARD bool signal_frame_push(const struct sigaction *action,
                                 const struct signal *signal,
                                 sigset_t blocked);
NODISCARD bool signal_frame_pop(bool is_rt);

/* Is the stack pointer on the stack of sigaltstack()? Cost: O(1). */
static inline bool signal_is_on_stack(const struct thread_signals *signals,
                                      u32 esp)
{
    return signals->stack_bytes > 0 && esp > signals->stack &&
           esp - signals->stack <= signals->stack_bytes;
}

/* A thread's stack for handlers, as sigaltstack() tells it. Cost: O(1).
 * Context: thread of a process. */
struct sigstack signal_stack_of(struct thread *thread);

/*
 * Let this be a thread's stack for handlers.
 *
 * Returns:  0; or, and nothing has changed, -EPERM: it runs on the one that it
 *           has; -EINVAL: a strange flag; -ENOMEM: smaller than MINSIGSTKSZ.
 * Cost:     O(1).
 * Context:  thread of a process.
 */
NODISCARD i32 signal_set_stack(struct thread *thread,
                               const struct sigstack *stack);

#endif
