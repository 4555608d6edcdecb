/*
 * kernel/x86/traps.c - what an interrupt or an exception means.
 *
 * Devices' interrupts go to irq.c. The kernel makes no exception on purpose,
 * so each one is a bug in it: it becomes a panic whose sentence says, in
 * words, what the processor says in bits. Page faults go to kernel/fault.c,
 * and so do double faults that come from a stack which cannot be pushed to.
 *
 * Cost: of an interrupt, some 40 instructions on the way in and out.
 */
#include "kernel/fault.h"
#include "kernel/panic.h"
#include "x86/cpu.h"
#include "x86/irq.h"
#include "x86/tables.h"
#include "x86/trap.h"

static const char *const exception_names[TRAP_EXCEPTIONS] = {
    [0] = "division error",
    [1] = "debug exception",
    [2] = "non-maskable interrupt",
    [3] = "breakpoint",
    [4] = "overflow",
    [5] = "bound exceeded",
    [6] = "invalid opcode",
    [7] = "no x87 unit",
    [8] = "double fault",
    [9] = "x87 segment overrun",
    [10] = "invalid TSS",
    [11] = "segment not present",
    [12] = "stack segment fault",
    [13] = "general protection fault",
    [14] = "page fault",
    [16] = "x87 error",
    [17] = "alignment check",
    [18] = "machine check",
    [19] = "SIMD error",
    [20] = "virtualization exception",
    [21] = "control protection exception",
    [28] = "hypervisor injection",
    [29] = "VMM communication",
    [30] = "security exception",
};

static const char *name_of(u32 vector)
{
    const char *name =
        vector < TRAP_EXCEPTIONS ? exception_names[vector] : NULL;

    return name ? name : "unexpected interrupt";
}

static u32 esp_of(const struct trap_frame *frame)
{
    return trap_is_from_user(frame) ? frame->user_esp
                                    : (u32)&frame->user_esp;
}

void trap_handle(struct trap_frame *frame)
{
    if (irq_take(frame->vector))
        return;
    frame->esp = esp_of(frame);
    if (frame->vector == TRAP_PAGE_FAULT)
        fault_report(frame, cr2_read());
    panic_at(frame, "%s (vector %u, error 0x%x) at %pI", name_of(frame->vector),
             frame->vector, frame->error, (void *)frame->eip);
}

/* The registers of the task that the processor left. */
static struct trap_frame frame_of(const struct tss *task)
{
    return (struct trap_frame){
        .eax = task->eax,
        .ebx = task->ebx,
        .ecx = task->ecx,
        .edx = task->edx,
        .esi = task->esi,
        .edi = task->edi,
        .ebp = task->ebp,
        .esp = task->esp,
        .ds = task->ds,
        .es = task->es,
        .fs = task->fs,
        .gs = task->gs,
        .eip = task->eip,
        .cs = task->cs,
        .eflags = task->eflags,
        .vector = TRAP_DOUBLE_FAULT,
    };
}

/* CR2 may be that of a page fault long past: then something else went wrong. */
void double_fault_report(void)
{
    struct trap_frame frame = frame_of(task_main());
    u32 address = cr2_read();

    gdt_leave_double_fault();
    if (fault_is_push(frame.esp, address))
        fault_report(&frame, address);
    panic_at(&frame, "double fault at %pI", (void *)frame.eip);
}
