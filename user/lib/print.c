/*
 * user/lib/print.c - formatted text to descriptor 1.
 *
 * The line is made in a buffer, which goes to the kernel whole.
 */
#include "print.h"

#include <stdarg.h>

#include "syscall.h"

enum { LINE_BYTES = 256, STANDARD_OUTPUT = 1, DIGITS_MAX = 11 };

struct line {
    char text[LINE_BYTES];
    u32 length;
};

static void put(struct line *line, char c)
{
    if (line->length < LINE_BYTES)
        line->text[line->length++] = c;
}

static void put_string(struct line *line, const char *text)
{
    while (*text)
        put(line, *text++);
}

static void put_number(struct line *line, u32 n, u32 base)
{
    char digits[DIGITS_MAX + 1] = { 0 };
    char *first = digits + DIGITS_MAX;

    do
        *--first = "0123456789abcdef"[n % base];
    while ((n /= base) != 0);
    put_string(line, first);
}

static void put_signed(struct line *line, i32 n)
{
    if (n < 0)
        put(line, '-');
    put_number(line, n < 0 ? 0 - (u32)n : (u32)n, 10);
}

static void put_conversion(struct line *line, char letter, va_list *arguments)
{
    switch (letter) {
    case 'd': put_signed(line, va_arg(*arguments, i32)); break;
    case 'u': put_number(line, va_arg(*arguments, u32), 10); break;
    case 'x': put_number(line, va_arg(*arguments, u32), 16); break;
    case 's': put_string(line, va_arg(*arguments, const char *)); break;
    case 'c': put(line, (char)va_arg(*arguments, int)); break;
    default: put(line, letter);
    }
}

void print(const char *format, ...)
{
    struct line line = { .length = 0 };
    va_list arguments;

    va_start(arguments, format);
    for (; *format; format++)
        if (*format == '%')
            put_conversion(&line, *++format, &arguments);
        else
            put(&line, *format);
    va_end(arguments);
    write(STANDARD_OUTPUT, line.text, line.length);
}
