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
 * and 0f 01 ca. So the compiler puts an instruction of 3 bytes that does
 * nothing in their place, LEA ESI, [ESI + 0], and notes where; if there is
 * SMAP, cpu_init() writes the instructions there, before the kernel's code
 * becomes read-only. Each way into the kernel clears the flag as well
 * (kernel/x86/traps.asm), and the way out restores it.
 *
 * A touch may fault where the program has nothing. Each instruction that
 * touches is noted as well, with the place to go on at in that case: the
 * handler of page faults finds it by user_copy_fixup_of().
 */
#ifndef X86_USER_ACCESS_H
#define X86_USER_ACCESS_H

#include "lib/types.h"

/* Three bytes that may become an instruction. */
struct user_access_site {
    u32 address;
    u32 last_byte; /* the first two are the same for both */
};

/* All of them, gathered by linker.ld. */
extern const struct user_access_site user_access_sites_start[];
extern const struct user_access_site user_access_sites_end[];

/* An instruction that may fault, and where to go on then. */
struct user_copy_fixup {
    u32 from, to;
};

/* All of them, gathered by linker.ld. */
extern const struct user_copy_fixup user_copy_fixups_start[];
extern const struct user_copy_fixup user_copy_fixups_end[];

/* For inline assembly: the labels of the two. */
#define USER_COPY_FIXUP(from, to)                                  \
    ".pushsection user_copy_fixups, \"a\"\n\t"                     \
    ".long " #from ", " #to "\n\t"                                 \
    ".popsection\n\t"

/*
 * Where to go on when the instruction at `eip` has faulted.
 *
 * Returns:  the address; 0 if it is none that may fault.
 * Cost:     O(fixups): there are four.
 * Context:  any.
 */
static inline u32 user_copy_fixup_of(u32 eip)
{
    const struct user_copy_fixup *fixup = user_copy_fixups_start;

    for (; fixup < user_copy_fixups_end; fixup++)
        if (fixup->from == eip)
            return fixup->to;
    return 0;
}

#define USER_ACCESS_SITE(last_byte)                                   \
    __asm__ volatile("1:\t.byte 0x8d, 0x76, 0\n\t"                   \
                     ".pushsection user_access_sites, \"a\"\n\t"      \
                     ".long 1b, " #last_byte "\n\t"                   \
                     ".popsection" : : : "memory", "cc")

/*
 * From here on the kernel means to touch user memory.
 *
 * Cost:     1 instruction, which does nothing on a processor without SMAP.
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
