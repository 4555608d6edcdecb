/*
 * kernel/sys/usercopy.c - the only way to a program's memory.
 *
 * A copy is two string instructions, words and then bytes, between the
 * brackets of include/x86/user_access.h. What happens if a program's page is
 * not there:
 *
 *      rep movsd  --- page fault ---> vm_fault() makes the page: go on
 *          |                              |
 *          |                              | it cannot: the fixup
 *          v                              v
 *      ecx = 4 * (words left) + bytes behind them
 *      rep movsb  --- page fault ---> the fixup: out
 *          |
 *          v
 *      ecx = bytes left
 *
 * Where words cannot go on, bytes do, up to the very one that cannot be
 * copied: so the count of what was copied is exact. Both instructions keep
 * their place in ECX, ESI and EDI when they fault.
 *
 * The kernel's half is no program's: a range that reaches into it is refused
 * before the first byte.
 *
 * Cost: some 30 instructions, and what the processor takes to move the words.
 */
#include "kernel/usercopy.h"

#include "abi/errno.h"
#include "lib/mem.h"
#include "x86/user_access.h"

/* Returns: how many bytes could not be copied. */
static inline u32 copy(void *to, const void *from, u32 bytes)
{
    u32 left = bytes / 4;

    user_access_begin();
    __asm__ volatile("1:\trep movsl\n\t"
                     "2:\tlea (%[tail], %%ecx, 4), %%ecx\n\t"
                     "3:\trep movsb\n\t"
                     "4:\n\t"
                     USER_COPY_FIXUP(1b, 2b)
                     USER_COPY_FIXUP(3b, 4b)
                     : "+c"(left), "+D"(to), "+S"(from)
                     : [tail] "r"(bytes % 4)
                     : "memory");
    user_access_end();
    return left;
}

/* The same of zeros. */
static inline u32 zero(void *to, u32 bytes)
{
    u32 left = bytes / 4;

    user_access_begin();
    __asm__ volatile("1:\trep stosl\n\t"
                     "2:\tlea (%[tail], %%ecx, 4), %%ecx\n\t"
                     "3:\trep stosb\n\t"
                     "4:\n\t"
                     USER_COPY_FIXUP(1b, 2b)
                     USER_COPY_FIXUP(3b, 4b)
                     : "+c"(left), "+D"(to)
                     : [tail] "r"(bytes % 4), "a"(0)
                     : "memory");
    user_access_end();
    return left;
}

u32 user_read_some(void *to, user_addr_t from, u32 bytes)
{
    if (!user_range_is_sane(from, bytes))
        return 0;
    return bytes - copy(to, (const void *)from.addr, bytes);
}

u32 user_write_some(user_addr_t to, const void *from, u32 bytes)
{
    if (!user_range_is_sane(to, bytes))
        return 0;
    return bytes - copy((void *)to.addr, from, bytes);
}

u32 user_zero_some(user_addr_t to, u32 bytes)
{
    if (!user_range_is_sane(to, bytes))
        return 0;
    return bytes - zero((void *)to.addr, bytes);
}

bool user_read(void *to, user_addr_t from, u32 bytes)
{
    return user_range_is_sane(from, bytes) &&
           copy(to, (const void *)from.addr, bytes) == 0;
}

bool user_write(user_addr_t to, const void *from, u32 bytes)
{
    return user_range_is_sane(to, bytes) &&
           copy((void *)to.addr, from, bytes) == 0;
}

bool user_zero(user_addr_t to, u32 bytes)
{
    return user_range_is_sane(to, bytes) && zero((void *)to.addr, bytes) == 0;
}

/* The first 0 in so many bytes; their number if there is none. */
static u32 find_end(const char *text, u32 bytes)
{
    u32 i = 0;

    while (i < bytes && text[i] != '\0')
        i++;
    return i;
}

/* By pieces that end where a piece of the address space does, so that none
 * reaches into a page which the string itself does not. */
COLD i32 user_read_string(char *to, user_addr_t from, u32 size)
{
    enum { PIECE = 64 };
    u32 length = 0;

    while (length < size) {
        user_addr_t at = user_addr_add(from, length);
        u32 bytes = min_u32(PIECE - at.addr % PIECE, size - length);
        u32 read = user_read_some(to + length, at, bytes);
        u32 end = find_end(to + length, read);

        length += end;
        if (end < read)
            return (i32)length;
        if (read < bytes)
            return -EFAULT;
    }
    return -ENAMETOOLONG;
}
