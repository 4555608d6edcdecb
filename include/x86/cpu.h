/*
 * x86/cpu.h - the processor: what it can do, its control registers, and
 * whether it listens to interrupts.
 */
#ifndef X86_CPU_H
#define X86_CPU_H

#include "lib/types.h"

enum cr0_bit {
    CR0_NO_FPU = 1 << 2,         /* EM: its instructions are a fault   */
    CR0_WRITE_PROTECT = 1 << 16, /* ring 0, too, obeys read-only pages */
};

enum cr4_bit {
    CR4_LARGE_PAGES = 1 << 4,
    CR4_GLOBAL_PAGES = 1 << 7,
    CR4_FXSR = 1 << 9,           /* FXSAVE and FXRSTOR, and SSE with them */
    CR4_SIMD_EXCEPTIONS = 1 << 10,
    CR4_SMEP = 1 << 20,
    CR4_SMAP = 1 << 21,
};

enum eflags_bit {
    EFLAGS_ALWAYS = 1 << 1,
    EFLAGS_ARITHMETIC = 0x8d5, /* CF PF AF ZF SF OF */
    EFLAGS_STEP = 1 << 8,      /* TF */
    EFLAGS_INTERRUPTS = 1 << 9,
    EFLAGS_DIRECTION = 1 << 10,
    EFLAGS_NESTED_TASK = 1 << 14,
    EFLAGS_USER_ACCESS = 1 << 18, /* AC: SMAP looks away */
    EFLAGS_ID = 1 << 21, /* can be changed: there is a CPUID instruction */
};

/* What CPUID says of the processor. */
struct cpu_features {
    bool large_pages;  /* PSE: pages of 4 MiB                            */
    bool tsc;          /* the time stamp counter                         */
    bool global_pages; /* PGE: TLB entries that outlive a change of map  */
    bool smep;         /* the kernel may not run a program's pages       */
    bool smap;         /* nor touch them, outside of brackets            */
    bool fpu;          /* x87 registers                                  */
    bool fxsr;         /* FXSAVE, which saves those of SSE, too          */
    bool sse;
    char vendor[13];
};

/*
 * Learn what the processor can do and switch on what we use of it; load the
 * descriptor tables. From here on a fault reports itself. Prints a line.
 *
 * Cost:     O(1).
 * Context:  boot, interrupts off, after console_init().
 */
void cpu_init(void);

/*
 * What the processor can do.
 *
 * Returns:  the answer of CPUID, all false before cpu_init().
 * Cost:     O(1).
 * Context:  any.
 */
const struct cpu_features *cpu_features(void);

/*
 * Ticks of the time stamp counter between the kernel's first instruction and
 * now.
 *
 * Returns:  ticks; 0 if the processor does not count.
 * Cost:     O(1).
 * Context:  any, after cpu_init().
 */
u64 cpu_ticks_since_entry(void);

/*
 * Stop for good.
 *
 * Cost:     does not return.
 * Context:  any.
 */
NORETURN void cpu_halt(void);

static inline u32 cr0_read(void)
{
    u32 value;

    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

static inline void cr0_write(u32 value)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

/* The address whose access made the last page fault. */
static inline u32 cr2_read(void)
{
    u32 value;

    __asm__ volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

static inline u32 cr3_read(void)
{
    u32 value;

    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

/* Loading CR3, even with its old value, empties the TLB but for global
 * entries. */
static inline void cr3_write(u32 value)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

static inline u32 cr4_read(void)
{
    u32 value;

    __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

/* Only bits that CPUID has promised: an unknown one faults, or worse. */
static inline void cr4_write(u32 value)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

static inline u32 eflags_read(void)
{
    u32 value;

    __asm__ volatile("pushf\n\tpop %0" : "=r"(value));
    return value;
}

static inline void eflags_write(u32 value)
{
    __asm__ volatile("push %0\n\tpopf" : : "r"(value) : "memory", "cc");
}

static inline void interrupts_on(void)
{
    __asm__ volatile("sti" : : : "memory");
}

static inline void interrupts_off(void)
{
    __asm__ volatile("cli" : : : "memory");
}

/* Switch interrupts off, and remember for interrupts_restore() whether they
 * were on. */
static inline u32 interrupts_save(void)
{
    u32 flags = eflags_read();

    interrupts_off();
    return flags;
}

static inline void interrupts_restore(u32 flags)
{
    eflags_write(flags);
}

/* Switch interrupts on and sleep until one has come. Between the two
 * instructions none can slip in. */
static inline void interrupts_wait(void)
{
    __asm__ volatile("sti\n\thlt" : : : "memory");
}

#endif
