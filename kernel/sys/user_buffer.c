/*
 * kernel/sys/user_buffer.c - a program's buffer, in one piece or in many.
 *
 * All but readv(2) and writev(2) have one piece, and many of a few bytes: so
 * what fits into the piece at hand is one copy and three sums.
 *
 * Invariant: `here` and the lengths behind `next`, as many as it takes, are
 * `left` in sum, or more: the last piece is used as far as `left` goes.
 *
 * Cost: that of the copies.
 */
#include "kernel/user_buffer.h"

#include "lib/mem.h"

/* Go on to the next piece that has a byte. */
static void find_piece(struct user_buffer *buffer)
{
    while (buffer->here == 0) {
        buffer->at = user_addr(buffer->next->iov_base);
        buffer->here = min_u32(buffer->next->iov_len, buffer->left);
        buffer->next++;
    }
}

/* So many bytes of the piece are dealt with. */
static void move_on(struct user_buffer *buffer, u32 bytes)
{
    buffer->at = user_addr_add(buffer->at, bytes);
    buffer->here -= bytes;
    buffer->left -= bytes;
}

/* What is done with a piece: how many bytes of it were. */
typedef u32 (*piece_work_t)(user_addr_t at, void *memory, u32 bytes);

static u32 put(user_addr_t at, void *memory, u32 bytes)
{
    return user_write_some(at, memory, bytes);
}

static u32 take(user_addr_t at, void *memory, u32 bytes)
{
    return user_read_some(memory, at, bytes);
}

static u32 zero(user_addr_t at, void *memory, u32 bytes)
{
    (void)memory;
    return user_zero_some(at, bytes);
}

static u32 transfer(struct user_buffer *buffer, u8 *memory, u32 bytes,
                    piece_work_t work)
{
    u32 done = 0, worked, piece;

    if (bytes == 0)
        return 0;
    if (buffer->kernel) {
        memcpy(memory, buffer->kernel, bytes);
        buffer->kernel += bytes;
        buffer->left -= bytes;
        return bytes;
    }
    do {
        if (buffer->here == 0)
            find_piece(buffer);
        piece = min_u32(bytes - done, buffer->here);
        worked = work(buffer->at, memory + done, piece);
        move_on(buffer, worked);
        done += worked;
    } while (done < bytes && worked == piece);
    return done;
}

u32 user_buffer_put(struct user_buffer *to, const void *from, u32 bytes)
{
    if (bytes > to->here)
        return transfer(to, (u8 *)(uintptr_t)from, bytes, put);

    u32 copied = user_write_some(to->at, from, bytes);
    move_on(to, copied);
    return copied;
}

u32 user_buffer_take(struct user_buffer *from, void *to, u32 bytes)
{
    if (bytes > from->here)
        return transfer(from, to, bytes, take);

    u32 copied = user_read_some(to, from->at, bytes);
    move_on(from, copied);
    return copied;
}

u32 user_buffer_zero(struct user_buffer *to, u32 bytes)
{
    return transfer(to, NULL, bytes, zero);
}
