/*
 * kernel/poll.h - waiting for any of several files. See kernel/sys/sys_poll.c.
 */
#ifndef KERNEL_POLL_H
#define KERNEL_POLL_H

#include "abi/poll.h"
#include "kernel/thread.h"

/* Those who wait for any file at all; use poll_changed(). */
extern struct wait_queue poll_waiting;

/* More can be done with a file than before, or it has come to its end: who
 * waits for one looks again. Cost: O(waiting). Context: any, interrupts too. */
static inline void poll_changed(void)
{
    if (!list_is_empty(&poll_waiting.waiting))
        wake_all(&poll_waiting);
}

#endif
