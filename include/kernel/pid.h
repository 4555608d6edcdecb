/*
 * kernel/pid.h - the numbers of processes.
 */
#ifndef KERNEL_PID_H
#define KERNEL_PID_H

#include "lib/types.h"

enum {
    PID_NONE = 0,
    PID_INIT = 1, /* given to init, not by pid_alloc() */
    PID_MAX = 32767,
};

/*
 * Make all numbers free but PID_INIT.
 *
 * Cost:     O(PID_MAX / 32).
 * Context:  boot.
 */
void pid_init(void);

/*
 * Take a number: the next free one above that which was taken last, so that
 * one which was freed is not soon somebody else's.
 *
 * Returns:  it; PID_NONE if all are taken.
 * Cost:     O(1).
 * Context:  thread.
 */
NODISCARD u32 pid_alloc(void);

/*
 * Give a number back; PID_INIT stays as it is.
 *
 * Panics:   if it is free, or no number of a process.
 * Cost:     O(1).
 * Context:  thread.
 */
void pid_free(u32 pid);

#endif
