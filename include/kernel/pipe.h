/*
 * kernel/pipe.h - pipes: what is written to one end is read from the other.
 */
#ifndef KERNEL_PIPE_H
#define KERNEL_PIPE_H

#include "kernel/file.h"

enum {
    PIPE_PAGES = 16,
    PIPE_BYTES = PIPE_PAGES * PAGE_SIZE, /* wait to be read, at most      */
    PIPE_BUF = 4096, /* a write of so many bytes is never torn apart      */
};

/*
 * Make a pipe.
 *
 * ends:     receives the end to read from, and that to write to; the caller's
 *           references.
 * flags:    O_NONBLOCK, or 0.
 * Returns:  0; -ENOMEM: nothing has changed.
 * Cost:     O(1). Its memory comes with the first bytes.
 * Context:  thread.
 */
NODISCARD i32 pipe_create(struct file *ends[2], u32 flags);

/* Is an open file an end of a pipe? Cost: O(1). Context: any. */
bool pipe_is(const struct file *file);

#endif
