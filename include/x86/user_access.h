/*
 * x86/user_access.h - brackets around the kernel's touch of user memory.
 *
 * A kernel that follows a program's pointer by mistake does what the program
 * wants. So with SMAP the processor refuses the kernel each page that a
 * program may touch, unless a flag of EFLAGS (AC) is set:
 *
 *      user_access_begin();            STAC: sets the flag
 *      ... copy from or to the program's memory ...
 *      user_access_end();              CLAC: clears it
 *
 * Older processors do not know these two instructions of 3 bytes, 0f 01 cb
 * and 0f 01 ca. So the compiler puts three NOPs in their place and notes
 * where; if there is SMAP, cpu_init() writes the instructions there, before
 * the kernel's code becomes read-only. Each way into the kernel clears the
 * flag as well (kernel/x86/traps.asm), and the way out restores it.
 */
#ifndef X86_USER_ACCESS_H
#define X86_USER_ACCESS_H

#include "lib/types.h"

/* Three NOPs that may become an instruction. */
struct user_access_site {
    u32 address;
    u32 last_byte; /* the first two are the same for both */
};

/* All of them, gathered by linker.ld. */
extern const struct user_access_site user_access_sites_start[];
extern const struct user_access_site user_access_sites_end[];

#define USER_ACCESS_SITE(last_byte)                                   \
    __asm__ volatile("1:\tnop\n\tnop\n\tnop\n\t"                     \
                     ".pushsection user_access_sites, \"a\"\n\t"      \
                     ".long 1b, " #last_byte "\n\t"                   \
                     ".popsection" : : : "memory", "cc")

/*
 * From here on the kernel means to touch user memory.
 *
 * Cost:     1 instruction; 3 that do nothing on a processor without SMAP.
 * Context:  any; up to user_access_end(), which follows within a few lines.
 *           Brackets do not nest.
 */
static inline void user_access_begin(void)
{
    USER_ACCESS_SITE(0xcb);
}

/* ... and from here on it does not. Cost and context as above. */
static inline void user_access_end(void)
{
    USER_ACCESS_SITE(0xca);
}

#endif
