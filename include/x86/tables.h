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
    SELECTOR_DOUBLE_FAULT = 0x30,
    SELECTORS_END = 0x38,
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
