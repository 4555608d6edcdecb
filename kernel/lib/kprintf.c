/*
 * kernel/lib/kprintf.c - formatted text on the console. Apart from printf.c,
 * which knows no device.
 */
#include "kernel/console.h"
#include "kernel/fold.h"
#include "kernel/printf.h"

static void console_put(struct print_sink *sink, char c)
{
    (void)sink;
    console_putc(c);
}

static struct print_sink console = { console_put };
static struct fold folded = { .sink = { fold_put }, .out = &console };

u32 kvprint(const char *format, va_list arguments)
{
    return kvprintf(&console, format, arguments);
}

u32 kprintf(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    u32 length = kvprint(format, arguments);
    va_end(arguments);
    return length;
}

void vreport(const char *format, va_list arguments)
{
    kvprintf(&folded.sink, format, arguments);
}

void report(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vreport(format, arguments);
    va_end(arguments);
}
