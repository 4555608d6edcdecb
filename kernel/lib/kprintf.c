/*
 * kernel/lib/kprintf.c - formatted text on the console. Apart from printf.c,
 * which knows no device.
 */
#include "kernel/console.h"
#include "kernel/printf.h"

static void console_put(struct print_sink *sink, char c)
{
    (void)sink;
    console_putc(c);
}

u32 kvprint(const char *format, va_list arguments)
{
    struct print_sink sink = { console_put };

    return kvprintf(&sink, format, arguments);
}

u32 kprintf(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    u32 length = kvprint(format, arguments);
    va_end(arguments);
    return length;
}
