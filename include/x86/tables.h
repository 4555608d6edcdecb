/*
 * x86/tables.h - the tables that the processor looks things up in: segments
 * (GDT), interrupts (IDT), tasks (TSS).
 */
#ifndef X86_TABLES_H
#define X86_TABLES_H

#include "mm/addr.h"

/* Offsets into the GDT. kernel/x86/traps.asm knows the second, too. */
enum selector {
    SELECTOR_KERNEL_CODE = 0x08,
    SELECTOR_KERNEL_DATA = 0x10,
    SELECTOR_USER_CODE = 0x18,
    SELECTOR_USER_DATA = 0x20,
    SELECTOR_TASK = 0x28,
    SELECTOR_TLS = 0x30, /* the first of SEGMENTS_TLS */
    SELECTOR_DOUBLE_FAULT = 0x48,
    SELECTORS_END = 0x50,
    SELECTOR_RING_3 = 3, /* what ring 3 adds to the ones that it may use */
};

enum {
    SEGMENT_BYTES = 8, /* a descriptor of the GDT */
    /* Segments that each thread describes for itself, so that one register
     * leads to what is the thread's own: at the entries 6 to 8, as on Linux. */
    SEGMENTS_TLS = 3,
};

/* A segment of data that a program has described. */
struct segment {
    u32 base;
    u32 limit;       /* the last byte that it has, or page; below 1 << 20 */
    bool in_pages;   /* the limit counts pages                            */
    bool read_only;
    bool grows_down; /* what is valid lies above the limit                */
    bool absent;     /* to use it is a fault                              */
    bool available;  /* a bit for who likes to keep one                   */
};

/* A task as the processor saves and loads it. Strata has two: the one in
 * which everything runs, and the one that reports a double fault. */
struct tss {
    u32 link;
    u32 esp0, ss0; /* the stack to enter the kernel on, from ring 3 */
    u32 unused[4];
    u32 cr3;
    u32 eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
    u32 es, cs, ss, ds, fs, gs;
    u32 ldt;
    u16 trap, io_map;
};

/*
 * Load the GDT, all segment registers, and the task register.
 *
 * Cost:     O(1).
 * Context:  boot, interrupts off.
 */
void gdt_init(void);

/*
 * Run in SELECTOR_TASK from now on, and make both tasks ready to be entered:
 * after the processor has switched by itself.
 *
 * Cost:     O(1).
 * Context:  the task of SELECTOR_DOUBLE_FAULT.
 */
void gdt_leave_double_fault(void);

/*
 * Load the IDT: a stub for each vector, and the task gate for a double fault.
 *
 * Cost:     O(vectors).
 * Context:  boot, after gdt_init().
 */
void idt_init(void);

/*
 * A segment as the GDT has it: of ring 3, 32 bits, of data.
 *
 * Returns:  the descriptor, which is not 0.
 * Cost:     O(1).
 * Context:  any.
 */
u64 segment_pack(const struct segment *segment);

/*
 * What segment_pack() was given.
 *
 * Cost:     O(1).
 * Context:  any.
 */
struct segment segment_unpack(u64 descriptor);

/*
 * From ring 3, enter the kernel on the stack that ends at `stack_end`; and have
 * these descriptors in the GDT.
 *
 * Cost:     O(1).
 * Context:  thread.
 */
void gdt_use(void *stack_end, const u64 tls[SEGMENTS_TLS]);

/*
 * The task in which everything runs. Its registers are those of the moment
 * when a double fault left it.
 */
struct tss *task_main(void);

/*
 * Report a double fault in the map of `directory` from now on. Until then the
 * boot directory serves.
 *
 * Cost:     O(1).
 * Context:  boot, after pt_init().
 */
void double_fault_use_directory(phys_addr_t directory);

#endif
