/*
 * kernel/printf.h - formatted text: for the console, into a buffer, or to
 * any other sink. See kernel/lib/printf.c for what it understands.
 */
#ifndef KERNEL_PRINTF_H
#define KERNEL_PRINTF_H

#include <stdarg.h>

#include "lib/types.h"

/* Where formatted text goes, character by character. Embed it in what the
 * function needs to know. */
struct print_sink {
    void (*put)(struct print_sink *sink, char c);
};

/*
 * Format `arguments` as `format` says, into `sink`.
 *
 * Returns:  how many characters the sink was given.
 * Cost:     O(characters).
 * Context:  any in which the sink's function may be called.
 */
PRINTF_LIKE(2, 0)
u32 kvprintf(struct print_sink *sink, const char *format, va_list arguments);

/*
 * Format into `buffer`, which holds `size` bytes: what does not fit is left
 * out. The text ends with a 0 byte unless `size` is 0.
 *
 * Returns:  the length of the whole text, without its 0: more than was
 *           stored if that is `size` or above.
 * Cost:     O(characters).
 * Context:  any; depends on no device.
 */
PRINTF_LIKE(3, 0)
u32 kvsnprintf(char *buffer, size_t size, const char *format,
               va_list arguments);
PRINTF_LIKE(3, 4)
u32 ksnprintf(char *buffer, size_t size, const char *format, ...);

/*
 * Format to the console.
 *
 * Returns:  how many characters.
 * Cost:     O(characters), each waiting for the serial port.
 * Context:  any, after console_init().
 */
PRINTF_LIKE(1, 0) u32 kvprint(const char *format, va_list arguments);
PRINTF_LIKE(1, 2) u32 kprintf(const char *format, ...);

/*
 * Format to the console, for people: a line that is too long for the screen is
 * broken at a space (kernel/fold.h). May be called for a part of a line; its
 * last word waits until the line goes on, or ends.
 *
 * Cost:     as kprintf().
 * Context:  as kprintf().
 */
PRINTF_LIKE(1, 0) void vreport(const char *format, va_list arguments);
PRINTF_LIKE(1, 2) void report(const char *format, ...);

#endif
