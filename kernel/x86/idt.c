/*
 * kernel/x86/idt.c - gates: where the processor goes on an interrupt.
 *
 * Most are interrupt gates, which switch further interrupts off on the way
 * in, and lead to the stubs of traps.asm. The double fault goes to a task of
 * its own (see gdt.c). A program may go through three gates at will: INT3,
 * INTO, and the system call's, which leaves interrupts on. A vector that
 * nothing uses has no gate: it is a protection fault, whose error names it.
 */
#include "x86/tables.h"
#include "x86/trap.h"

enum {
    GATE_PRESENT = 1 << 15,
    GATE_RING_3 = 3 << 13,
    GATE_INTERRUPT = 0xe << 8,
    GATE_TRAP = 0xf << 8,
    GATE_TASK = 0x5 << 8,
};

struct gate {
    u32 low, high;
};

static struct gate idt[TRAP_SYSCALL + 1];

static struct gate gate(enum selector selector, u32 offset, u32 flags)
{
    return (struct gate){
        .low = (u32)selector << 16 | (offset & 0xffff),
        .high = (offset & 0xffff0000) | GATE_PRESENT | flags,
    };
}

void idt_init(void)
{
    struct __attribute__((packed)) {
        u16 limit;
        u32 base;
    } place = { sizeof idt - 1, (u32)idt };

    for (u32 i = 0; i < TRAP_STUBS; i++)
        idt[i] = gate(SELECTOR_KERNEL_CODE, (u32)trap_stubs[i],
                      GATE_INTERRUPT);
    idt[TRAP_BREAKPOINT].high |= GATE_RING_3;
    idt[TRAP_OVERFLOW].high |= GATE_RING_3;
    idt[TRAP_SYSCALL] = gate(SELECTOR_KERNEL_CODE, (u32)syscall_enter,
                             GATE_TRAP | GATE_RING_3);
    idt[TRAP_DOUBLE_FAULT] = gate(SELECTOR_DOUBLE_FAULT, 0, GATE_TASK);
    __asm__ volatile("lidt %0" : : "m"(place));
}
