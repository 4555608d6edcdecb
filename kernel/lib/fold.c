/*
 * kernel/lib/fold.c - text that is never wider than the screen.
 *
 *      there: a word that would cross
 *        the edge begins the next line
 *      ^ ^
 *      | +-- by two more, if it had to be broken
 *      +---- the line's own indentation
 *
 * Names of functions and files come in all lengths, so no sentence that has
 * one can be broken by whoever writes it. Spaces are kept as they are, for
 * columns, but not around a break.
 */
#include "kernel/fold.h"

static void put_out(struct fold *f, char c)
{
    f->out->put(f->out, c);
    f->column++;
}

static void put_spaces(struct fold *f, u32 count)
{
    while (count-- > 0)
        put_out(f, ' ');
}

static void end_line(struct fold *f)
{
    put_out(f, '\n');
    f->column = 0;
}

static void put_word(struct fold *f)
{
    enum { MORE = 2 };

    if (f->column == 0)
        f->indent = f->spaces;
    if (f->column > 0 && f->column + f->spaces + f->length > FOLD_COLUMNS) {
        end_line(f);
        f->spaces = f->indent + MORE;
    }
    put_spaces(f, f->spaces);
    for (u32 i = 0; i < f->length; i++)
        put_out(f, f->word[i]);
    f->spaces = 0;
    f->length = 0;
}

void fold_put(struct print_sink *sink, char c)
{
    struct fold *f = CONTAINER_OF(sink, struct fold, sink);
    bool is_space = c == ' ' || c == '\n';

    if (f->length > 0 && (is_space || f->length == sizeof f->word))
        put_word(f);
    if (!is_space)
        f->word[f->length++] = c;
    else if (c == ' ')
        f->spaces++;
    else {
        end_line(f);
        f->spaces = 0;
    }
}
