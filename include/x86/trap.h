/*
 * x86/trap.h - what the processor was doing when something interrupted it.
 */
#ifndef X86_TRAP_H
#define X86_TRAP_H

#include "lib/types.h"

enum trap_vector {
    TRAP_NMI = 2,
    TRAP_BREAKPOINT = 3,
    TRAP_OVERFLOW = 4,
    TRAP_DOUBLE_FAULT = 8,
    TRAP_PROTECTION = 13,
    TRAP_PAGE_FAULT = 14,
    TRAP_NO_RETURN = 15,  /* no processor's: a frame that leads nowhere    */
    TRAP_MACHINE_CHECK = 18,
    TRAP_EXCEPTIONS = 32, /* the processor's own vectors are below     */
    TRAP_SYSCALL = 0x80,
    TRAP_NONE = 256,      /* in a frame of panic(): nothing interrupted */
};

/* What a protection fault's error code says: it is about a gate, whose vector
 * stands above. */
enum { ERROR_GATE = 1 << 1, ERROR_VECTOR_SHIFT = 3 };

/* What a page fault's error code says. */
enum fault_bit {
    FAULT_PROTECTION = 1 << 0, /* mapped, but not for this; else absent */
    FAULT_WRITE = 1 << 1,
    FAULT_USER = 1 << 2,       /* tried in ring 3                       */
    FAULT_RESERVED = 1 << 3,   /* an entry has a reserved bit set       */
    FAULT_FETCH = 1 << 4,      /* of an instruction; told only with NX  */
};

/*
 * The registers, in the order in which kernel/x86/traps.asm pushes them, last
 * one first. The processor itself pushes what follows `error`.
 */
struct trap_frame {
    u32 edi, esi, ebp;
    u32 esp; /* of the interrupted code; filled in by C */
    u32 ebx, edx, ecx, eax;
    u32 gs, fs, es, ds;
    u32 vector;
    u32 error; /* 0 for a vector that has none; of a system call, its number */
    u32 eip, cs, eflags;
    u32 user_esp, user_ss; /* only there if it came from ring 3 */
};

/* Did it interrupt a program, not the kernel? */
static inline bool trap_is_from_user(const struct trap_frame *frame)
{
    return (frame->cs & 3) == 3;
}

/*
 * Make a frame with which a program begins, at `eip` and with a stack that it
 * finds at `esp`; all other registers are 0.
 *
 * Cost:     O(1).
 * Context:  any.
 */
void trap_frame_begin(struct trap_frame *frame, u32 eip, u32 esp);

/*
 * Make a frame that a program has written itself one that it may have: it stays
 * in ring 3 and interruptible, and does no input or output.
 *
 * Cost:     O(1).
 * Context:  any.
 */
void trap_frame_tame(struct trap_frame *frame);

/* The entries of kernel/x86/traps.asm, one a vector of the processor's own and
 * of the devices. */
enum { TRAP_STUBS = TRAP_EXCEPTIONS + 16, TRAP_STUB_BYTES = 9 };
extern const u8 trap_stubs[TRAP_STUBS][TRAP_STUB_BYTES];

/* Where a system call enters, and where a thread goes on to ring 3 whose stack
 * holds nothing but its frame; both of traps.asm. */
extern const u8 syscall_enter[], user_return[];

/*
 * Deal with an interrupt or an exception of the kernel, or of a program.
 *
 * frame:    the interrupted registers; what is in it when this returns is
 *           what the interrupted code goes on with.
 * Cost:     O(1), and that of a device's handler.
 * Context:  the interrupt's entry, interrupts off.
 */
void trap_of_kernel(struct trap_frame *frame);
void trap_of_user(struct trap_frame *frame);

/*
 * Panic, in the checked build, if the processor remembers pages that it is to
 * forget: the program would use them.
 *
 * Cost:     O(1).
 * Context:  traps.asm, on the way to ring 3, interrupts off.
 */
void trap_check_paid(void);

/*
 * Where the task of SELECTOR_DOUBLE_FAULT starts: report it.
 *
 * Cost:     does not return.
 * Context:  that task only.
 */
NORETURN void double_fault_report(void);

#endif
