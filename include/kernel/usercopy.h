/*
 * kernel/usercopy.h - the only way to a program's memory.
 *
 * The space is the loaded one. A page that is not there is faulted in; where
 * that is not possible the copy ends, and says so: no pointer of a program can
 * make the kernel panic. See kernel/sys/usercopy.c.
 */
#ifndef KERNEL_USERCOPY_H
#define KERNEL_USERCOPY_H

#include "mm/addr.h"

/* A program's pointer. Only this module looks into it. */
typedef struct {
    u32 addr;
} user_addr_t;

static inline user_addr_t user_addr(u32 addr)
{
    return (user_addr_t){ addr };
}

/* `bytes` further on; it may wrap, and is refused then as any other. */
static inline user_addr_t user_addr_add(user_addr_t at, u32 bytes)
{
    return user_addr(at.addr + bytes);
}

static inline bool user_addr_is_null(user_addr_t at)
{
    return at.addr == 0;
}

/* Are `bytes` bytes from there on below the kernel's half? Whether anything is
 * there is not asked. */
static inline bool user_range_is_sane(user_addr_t at, u32 bytes)
{
    return at.addr <= USER_END && bytes <= USER_END - at.addr;
}

/*
 * Copy from a program, to a program, or give it zeros.
 *
 * Returns:  true; false if part of it may not be read (written), or reaches
 *           into the kernel's half: then some of it may have been copied.
 * Cost:     O(bytes), and faults; some 30 instructions for a few bytes.
 * Context:  thread, with no lock of mm/.
 */
NODISCARD bool user_read(void *to, user_addr_t from, u32 bytes);
NODISCARD bool user_write(user_addr_t to, const void *from, u32 bytes);
NODISCARD bool user_zero(user_addr_t to, u32 bytes);

/*
 * The same, up to the first byte that cannot be copied: for read(2), write(2).
 *
 * Returns:  how many bytes were copied; 0 for a range that reaches into the
 *           kernel's half.
 * Cost:     as user_read().
 * Context:  as user_read().
 */
NODISCARD u32 user_read_some(void *to, user_addr_t from, u32 bytes);
NODISCARD u32 user_write_some(user_addr_t to, const void *from, u32 bytes);
NODISCARD u32 user_zero_some(user_addr_t to, u32 bytes);

/*
 * Copy a string, with its 0.
 *
 * size:     of `to`; at least 1.
 * Returns:  its length, without the 0; -EFAULT if it cannot be read;
 *           -ENAMETOOLONG if there is no 0 in the first `size` bytes.
 * Cost:     O(length).
 * Context:  as user_read().
 */
NODISCARD i32 user_read_string(char *to, user_addr_t from, u32 size);

#endif
