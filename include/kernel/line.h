/*
 * kernel/line.h - a line editor: keys in, a line out. See kernel/mon/line.c
 * for the keys. It knows no device: text for the person goes to a sink.
 */
#ifndef KERNEL_LINE_H
#define KERNEL_LINE_H

#include "kernel/printf.h"

enum {
    LINE_MAX = 127, /* characters */
    LINE_HISTORY = 16,
    LINE_COLUMNS = 80, /* of the terminal; longer lines scroll sideways */
};

/* What an editor is made for; static, all of it. */
struct line_setup {
    struct print_sink *out;
    const char *prompt;
    const char *(*word)(u32 index); /* what Tab completes; NULL ends them */
    bool plain; /* for a program: no escape sequences, and no keys which
                   would need them                                       */
};

/* Zeroed, but for the setup, it is ready for line_begin(). */
struct line {
    const struct line_setup *setup;
    char text[LINE_MAX + 1]; /* ends with a 0 byte                        */
    u32 length;
    u32 cursor;              /* the next character goes before this one   */
    u32 shown;               /* plain: how much of it the person sees     */
    u8 escape;               /* how far into an escape sequence           */
    char escape_digit;       /* and the number in it                      */
    bool after_return;       /* the last key was Return                   */
    char history[LINE_HISTORY][LINE_MAX + 1];
    u32 entered;             /* lines in history, also those overwritten  */
    u32 back;                /* browsing: so many lines ago; 0: not       */
    char draft[LINE_MAX + 1]; /* the new line, while browsing             */
};

/*
 * Print the prompt and begin an empty line.
 *
 * Cost:     O(columns).
 * Context:  any that the sink can stand.
 */
void line_begin(struct line *line);

/*
 * Take one key, as a terminal sends it: a byte, or a byte of a sequence.
 *
 * Returns:  true if it ended the line, which is in line->text until
 *           line_begin(); false while it goes on.
 * Cost:     O(columns); Tab O(words).
 * Context:  as line_begin().
 */
NODISCARD bool line_key(struct line *line, char key);

#endif
