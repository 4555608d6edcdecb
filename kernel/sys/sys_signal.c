/*
 * kernel/sys/sys_signal.c - the calls about signals: what a program passes is
 * checked here, in Linux's order; kernel/proc/signal.c does the work.
 */
#include "abi/errno.h"
#include "abi/time.h"
#include "kernel/pit.h"
#include "kernel/process.h"
#include "kernel/syscalls.h"
#include "kernel/usercopy.h"

static bool is_signal(u32 number)
{
    return number - 1 < SIGNALS;
}

/* ------------------------------------------------------------------ actions */

i32 sys_rt_sigaction(u32 number, u32 action, u32 old_action, u32 set_bytes)
{
    struct process *process = process_current();
    struct sigaction new_one;

    if (set_bytes != sizeof(sigset_t))
        return -EINVAL;
    if (action && !user_read(&new_one, user_addr(action), sizeof new_one))
        return -EFAULT;
    if (!is_signal(number) ||
        (action && (number == SIGKILL || number == SIGSTOP)))
        return -EINVAL;
    struct sigaction old = signal_action(process, number);
    if (action)
        signal_set_action(number, &new_one);
    if (old_action && !user_write(user_addr(old_action), &old, sizeof old))
        return -EFAULT;
    return 0;
}

/* --------------------------------------------------------------------- sets */

i32 sys_rt_sigprocmask(u32 how, u32 set, u32 old_set, u32 set_bytes)
{
    sigset_t old = thread_current()->signals.blocked, new_one;

    if (set_bytes != sizeof(sigset_t))
        return -EINVAL;
    if (set && !user_read(&new_one, user_addr(set), sizeof new_one))
        return -EFAULT;
    if (set && how == SIG_BLOCK)
        signal_block(old | new_one);
    else if (set && how == SIG_UNBLOCK)
        signal_block(old & ~new_one);
    else if (set && how == SIG_SETMASK)
        signal_block(new_one);
    else if (set)
        return -EINVAL;
    if (old_set && !user_write(user_addr(old_set), &old, sizeof old))
        return -EFAULT;
    return 0;
}

i32 sys_rt_sigpending(u32 set, u32 set_bytes)
{
    const struct thread_signals *signals = &thread_current()->signals;
    sigset_t pending = (signals->pending | process_current()->signals.pending) &
                       signals->blocked;

    if (set_bytes > sizeof pending)
        return -EINVAL;
    return user_write(user_addr(set), &pending, set_bytes) ? 0 : -EFAULT;
}

/* Until a signal is due; it finds what was blocked before. */
static i32 suspend(void)
{
    struct wait_queue nobody_wakes;

    wait_init(&nobody_wakes);
    while (wait_heeding(&nobody_wakes, HEED_SIGNALS))
        ;
    return -RESTART_NO_HANDLER;
}

i32 sys_rt_sigsuspend(u32 set, u32 set_bytes)
{
    struct thread_signals *signals = &thread_current()->signals;
    sigset_t blocked;

    if (set_bytes != sizeof blocked)
        return -EINVAL;
    if (!user_read(&blocked, user_addr(set), sizeof blocked))
        return -EFAULT;
    signals->blocked_before = signals->blocked;
    signals->is_suspended = true;
    signal_block(blocked);
    return suspend();
}

i32 sys_pause(void)
{
    return suspend();
}

/* -------------------------------------------------------------------- stack */

i32 sys_sigaltstack(u32 stack, u32 old_stack)
{
    struct thread *thread = thread_current();
    struct sigstack old = signal_stack_of(thread), new_one;

    if (stack && !user_read(&new_one, user_addr(stack), sizeof new_one))
        return -EFAULT;
    i32 result = stack ? signal_set_stack(thread, &new_one) : 0;
    if (result == 0 && old_stack &&
        !user_write(user_addr(old_stack), &old, sizeof old))
        return -EFAULT;
    return result;
}

/* ------------------------------------------------------------------- return */

/* The registers are the handler's now: with EAX as its own answer. */
static i32 come_back(bool is_rt)
{
    static const struct signal bad = { .number = SIGSEGV, .code = SI_KERNEL };
    struct thread *thread = thread_current();

    if (!signal_frame_pop(is_rt))
        signal_raise_or_exit(&bad);
    return (i32)thread_user_frame(thread)->eax;
}

i32 sys_sigreturn(void)
{
    return come_back(false);
}

i32 sys_rt_sigreturn(void)
{
    return come_back(true);
}

/* --------------------------------------------------------------------- send */

static struct signal from_caller(u32 number, i32 code)
{
    return (struct signal){ .number = number, .code = code,
                            .words = { process_current()->pid } };
}

/* Whether it can be sent is asked when there is somebody to send it to; 0 only
 * asks whether there is. */
static i32 judge(u32 number)
{
    return number > SIGNALS ? -EINVAL : 0;
}

struct call {
    struct signal signal;
    const struct process *except; /* all others but init; or NULL: */
    u32 group;                    /* this one                      */
    u32 told;
};

static void tell_one(const struct process *process, void *context)
{
    struct call *call = context;

    if (call->except ? process == call->except || process->pid == PID_INIT
                     : process->group != call->group)
        return;
    call->told++;
    if (is_signal(call->signal.number))
        signal_send((struct process *)(uintptr_t)process, &call->signal);
}

/* -1 spares init and the caller; what else is below 0 is a group, negated. */
static i32 kill_many(u32 pid, u32 number)
{
    struct process *self = process_current();
    struct call call = {
        .signal = from_caller(number, SI_USER),
        .except = pid == (u32)-1 ? self : NULL,
        .group = pid ? 0 - pid : self->group,
    };

    process_each(tell_one, &call);
    return call.told > 0 ? judge(number) : -ESRCH;
}

i32 sys_kill(u32 pid, u32 number)
{
    if ((i32)pid <= 0)
        return kill_many(pid, number);
    struct process *process = process_find(pid);
    struct thread *thread = process ? NULL : process_find_thread(pid);
    struct signal signal = from_caller(number, SI_USER);
    if (!process && !thread)
        return -ESRCH;
    if (is_signal(number))
        signal_send(process ? process : thread->process, &signal);
    return judge(number);
}

/* `group`: what process the thread must be of; 0: any. */
static i32 kill_thread(u32 group, u32 id, u32 number)
{
    if ((i32)id <= 0)
        return -EINVAL;
    struct thread *thread = process_find_thread(id);
    struct signal signal = from_caller(number, SI_TKILL);
    if (!thread || (group && thread->process->pid != group))
        return -ESRCH;
    if (is_signal(number))
        signal_send_to_thread(thread, &signal);
    return judge(number);
}

i32 sys_tgkill(u32 group, u32 id, u32 number)
{
    return (i32)group <= 0 ? -EINVAL : kill_thread(group, id, number);
}

i32 sys_tkill(u32 id, u32 number)
{
    return kill_thread(0, id, number);
}

/* ------------------------------------------------------------------- alarms */

enum {
    MICRO = 1000000,
    TICK = MICRO / PIT_HZ,
    SECONDS_MAX = 0x7fffffff / PIT_HZ / 2, /* half a year */
};

i32 sys_alarm(u32 seconds)
{
    struct process *process = process_current();
    u32 left = alarm_left(process);

    alarm_set(process, min_u32(seconds, SECONDS_MAX) * PIT_HZ, 0);
    return (i32)((left + PIT_HZ - 1) / PIT_HZ);
}

struct itimer {
    struct timeval interval, value;
};

static struct timeval time_of(u32 ticks)
{
    return (struct timeval){ (i32)(ticks / PIT_HZ),
                             (i32)(ticks % PIT_HZ * TICK) };
}

static bool is_time(const struct timeval *time)
{
    return time->seconds >= 0 && time->microseconds >= 0 &&
           time->microseconds < MICRO;
}

static u32 ticks_of(const struct timeval *time)
{
    return min_u32((u32)time->seconds, SECONDS_MAX) * PIT_HZ +
           ((u32)time->microseconds + TICK - 1) / TICK;
}

static struct itimer timer_of(const struct process *process)
{
    u32 left = alarm_left(process);

    return (struct itimer){ time_of(left ? process->alarm.again : 0),
                            time_of(left) };
}

i32 sys_getitimer(u32 which, u32 timer)
{
    struct itimer now = timer_of(process_current());

    if (which != ITIMER_REAL)
        return -EINVAL;
    return user_write(user_addr(timer), &now, sizeof now) ? 0 : -EFAULT;
}

i32 sys_setitimer(u32 which, u32 timer, u32 old_timer)
{
    struct process *process = process_current();
    struct itimer old = timer_of(process), new_one = { { 0, 0 }, { 0, 0 } };

    if (timer && !user_read(&new_one, user_addr(timer), sizeof new_one))
        return -EFAULT;
    if (which != ITIMER_REAL || !is_time(&new_one.value) ||
        !is_time(&new_one.interval))
        return -EINVAL;
    alarm_set(process, ticks_of(&new_one.value), ticks_of(&new_one.interval));
    if (old_timer && !user_write(user_addr(old_timer), &old, sizeof old))
        return -EFAULT;
    return 0;
}
