/*
 * kernel/proc/sched.h - what sched.c and thread.c tell each other.
 */
#ifndef PROC_SCHED_H
#define PROC_SCHED_H

#include "kernel/thread.h"

/* The thread of the boot stack. */
extern struct thread thread_boot;

/* A thread waits no more, or never has: it will run when it is its turn.
 * Interrupts are off. */
void sched_make_ready(struct thread *thread);

/* Let the first that is ready run; that may be the running thread. Where this
 * goes on, it is its turn again. Interrupts are off. */
void sched_run_next(void);

/* kernel/proc/switch.asm: save ESP, go on with another one; and where a thread
 * of the kernel begins. */
void thread_switch(u32 *save_esp, u32 load_esp);
extern const u8 thread_begin[];

#endif
