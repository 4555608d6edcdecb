/*
 * kernel/monitor.h - the shell on the serial port.
 */
#ifndef KERNEL_MONITOR_H
#define KERNEL_MONITOR_H

#include "lib/types.h"

/*
 * Prompt, read a line, do what it says, again and again.
 *
 * Cost:     does not return.
 * Context:  thread; everything is up and interrupts are on.
 */
NORETURN void monitor_run(void);

#endif
