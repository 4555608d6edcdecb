/*
 * kernel/user_buffer.h - where read(2) puts bytes and write(2) takes them: a
 * program's buffer, which for readv(2) and writev(2) lies in pieces.
 */
#ifndef KERNEL_USER_BUFFER_H
#define KERNEL_USER_BUFFER_H

#include "abi/uio.h"
#include "kernel/usercopy.h"

/* What is left of it; each transfer moves on. */
struct user_buffer {
    u32 left;            /* bytes, in all pieces                       */
    user_addr_t at;      /* of the piece that comes next               */
    u32 here;            /* bytes of that piece; at most `left`        */
    const struct iovec *next; /* the pieces behind that, copied to the
                            kernel; they hold the rest of `left`       */
    const u8 *kernel;    /* not NULL: it is there, in the kernel's own
                            memory, to be taken from; `here` is 0      */
};

/* A buffer of one piece. */
static inline struct user_buffer user_buffer(user_addr_t at, u32 bytes)
{
    return (struct user_buffer){ .left = bytes, .at = at, .here = bytes };
}

/*
 * Copy to, or from, or zero, the next `bytes` bytes of a buffer.
 *
 * bytes:    at most buffer->left.
 * Returns:  how many; fewer than `bytes` if the program may not touch the one
 *           that follows.
 * Cost:     as user_read().
 * Context:  as user_read().
 */
NODISCARD u32 user_buffer_put(struct user_buffer *to, const void *from,
                              u32 bytes);
NODISCARD u32 user_buffer_take(struct user_buffer *from, void *to, u32 bytes);
NODISCARD u32 user_buffer_zero(struct user_buffer *to, u32 bytes);

#endif
