/*
 * kernel/panic.h - the end: say what is wrong, show everything that helps,
 * and stop.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <stdarg.h>

#include "lib/types.h"

struct trap_frame;

/*
 * Report that the kernel cannot go on, with the caller's registers and a
 * back-trace, and stop the machine; started to run tests, it ends with the
 * status of a failure.
 *
 * format:   a sentence, as for kprintf().
 * Cost:     does not return.
 * Context:  any, after console_init().
 */
NORETURN PRINTF_LIKE(1, 2) void panic(const char *format, ...);

/*
 * Like panic(), for registers that were saved on the way here: those of an
 * exception.
 */
NORETURN PRINTF_LIKE(2, 3)
void panic_at(const struct trap_frame *frame, const char *format, ...);

/* What both of them end in. */
NORETURN PRINTF_LIKE(2, 0)
void panic_report(const struct trap_frame *frame, const char *format,
                  va_list arguments);

/*
 * Is a panic being reported? Then the next one is in its report.
 *
 * Cost:     O(1).
 * Context:  any.
 */
bool panic_is_reporting(void);

/*
 * Let `hook` see each panic's sentence first.
 *
 * hook:     may keep the panic from happening by not returning, like the
 *           tests, which go back to where the panic was expected. NULL: none.
 * Cost:     O(1).
 * Context:  any.
 */
void panic_set_hook(void (*hook)(const char *sentence));

#endif
