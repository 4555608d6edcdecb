/*
 * kernel/alarm.h - alarm() and setitimer(): a signal when a time is up. See
 * kernel/proc/alarm.c.
 */
#ifndef KERNEL_ALARM_H
#define KERNEL_ALARM_H

#include "lib/list.h"

/* Of a process. */
struct alarm {
    struct list node;  /* among those that are set; else in no list */
    u32 at;            /* tick                                      */
    u32 again;         /* ticks; 0: once                            */
};

struct process;

/* No alarm is set. Cost: O(1). Context: any. */
void alarm_init(struct alarm *alarm);

/*
 * Set a process's alarm, instead of the one that may be set.
 *
 * ticks:    from now on; 0: none.
 * again:    ticks between further ones; 0: none.
 * Cost:     O(alarms).
 * Context:  thread.
 */
void alarm_set(struct process *process, u32 ticks, u32 again);

/* How many ticks are left; 0: none is set. Cost: O(1). Context: thread. */
u32 alarm_left(const struct process *process);

/* A tick has come: send SIGALRM to whom it is due. Cost: O(processes that it is
 * due to). Context: the timer's interrupt. */
void alarm_tick(u32 now);

#endif
