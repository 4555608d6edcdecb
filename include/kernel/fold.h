/*
 * kernel/fold.h - text that is never wider than the screen.
 */
#ifndef KERNEL_FOLD_H
#define KERNEL_FOLD_H

#include "kernel/printf.h"

enum { FOLD_COLUMNS = 80 };

/* A sink in front of another. To begin, all but `sink` and `out` is 0. */
struct fold {
    struct print_sink sink; /* its function is fold_put()      */
    struct print_sink *out;
    u32 indent, column;     /* of the line                     */
    u32 spaces, length;     /* that wait: first these, then    */
    char word[FOLD_COLUMNS];
};

/*
 * Hand `c` on, but break a line of more than FOLD_COLUMNS at a space. It goes
 * on in the next line, indented by 2 more. A word waits until its end is known,
 * by a space or a newline.
 *
 * Cost:     O(1), of which some 10 instructions are its own.
 * Context:  any in which the other sink's function may be called.
 */
void fold_put(struct print_sink *sink, char c);

#endif
