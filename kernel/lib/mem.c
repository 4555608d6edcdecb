/*
 * kernel/lib/mem.c - copy, fill, compare memory.
 *
 * The compiler calls these four by itself, for large assignments and for
 * loops in which it recognises them; a loop in here would become a call of
 * the very function it stands in. So they are string instructions: `rep
 * movsl` moves ecx words of 4 bytes from [esi] to [edi], and the direction
 * flag says whether esi and edi count up (cleared, as C code expects it at
 * all times) or down.
 *
 * Cost: n / 4 + 10 steps for n bytes.
 */
#include "lib/mem.h"

static void copy_up(void *edi, const void *esi, size_t bytes)
{
    size_t words = bytes / 4;

    __asm__ volatile("rep movsl"
                     : "+D"(edi), "+S"(esi), "+c"(words)
                     :
                     : "memory");
    bytes %= 4;
    __asm__ volatile("rep movsb"
                     : "+D"(edi), "+S"(esi), "+c"(bytes)
                     :
                     : "memory");
}

/* From the last byte to the first: the tail by bytes, then words, which are
 * named by their lowest byte even when the addresses fall. */
static void copy_down(u8 *to, const u8 *from, size_t bytes)
{
    u8 *edi = to + bytes - 1;
    const u8 *esi = from + bytes - 1;
    size_t tail = bytes % 4;
    size_t words = bytes / 4;

    __asm__ volatile("std\n\t"
                     "rep movsb\n\t"
                     "subl $3, %%esi\n\t"
                     "subl $3, %%edi\n\t"
                     "movl %3, %%ecx\n\t"
                     "rep movsl\n\t"
                     "cld"
                     : "+D"(edi), "+S"(esi), "+c"(tail)
                     : "r"(words)
                     : "memory", "cc");
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    copy_up(to, from, bytes);
    return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    bool to_is_inside_from = (uintptr_t)to - (uintptr_t)from < bytes;

    if (to_is_inside_from)
        copy_down(to, from, bytes);
    else
        copy_up(to, from, bytes);
    return to;
}

void *memset(void *to, int byte, size_t bytes)
{
    void *edi = to;
    u32 pattern = (u8)byte * 0x01010101u;
    size_t words = bytes / 4;

    __asm__ volatile("rep stosl"
                     : "+D"(edi), "+c"(words)
                     : "a"(pattern)
                     : "memory");
    bytes %= 4;
    __asm__ volatile("rep stosb"
                     : "+D"(edi), "+c"(bytes)
                     : "a"(pattern)
                     : "memory");
    return to;
}

int memcmp(const void *left, const void *right, size_t bytes)
{
    const u8 *l = left;
    const u8 *r = right;

    for (; bytes; bytes--, l++, r++)
        if (*l != *r)
            return *l - *r;
    return 0;
}
