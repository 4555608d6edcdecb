/*
 * kernel/proc/family.h - what process.c and family.c share.
 */
#ifndef KERNEL_PROC_FAMILY_H
#define KERNEL_PROC_FAMILY_H

#include "kernel/process.h"

extern struct family {
    struct list all;
    struct process kernel;
    struct process *init; /* NULL: there is none              */
    struct process *ward; /* the child that the kernel awaits */
} family;

/* A zombie goes. Cost: O(processes). Context: thread. */
void family_bury(struct process *zombie);

/* Give a number back, unless a process, a group or a session still has it, or
 * it is PID_NONE. Cost: O(processes). Context: thread. */
void family_free_number(u32 number);

#endif
