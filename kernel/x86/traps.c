/*
 * kernel/x86/traps.c - what an interrupt or an exception means.
 *
 *      a device's interrupt    irq.c
 *      a page fault            vm_fault(); if there is no memory, somebody has
 *                              to go (kernel/proc/oom.c); if it refuses:
 *      an exception ...
 *        of a program          process_trap(): it is the program's end
 *        of the kernel, where  there it goes on: a copy from or to a program
 *         x86/user_access.h    ends early, or a program's segment register
 *         has a fixup          gets 0
 *        of the kernel         a bug: a panic whose sentence says in words what
 *                              the processor says in bits
 *
 * Page faults that are a bug go to kernel/fault.c, and so do double faults that
 * come from a stack which cannot be pushed to.
 *
 * Cost: of an interrupt, some 40 instructions on the way in and out; of a page
 * fault, 60.
 */
#include "kernel/fault.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "mm/pt_user.h"
#include "mm/vm.h"
#include "x86/cpu.h"
#include "x86/irq.h"
#include "x86/tables.h"
#include "x86/trap.h"
#include "x86/user_access.h"

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

/* ------------------------------------------------------------------- faults */

/* From here on interrupts are what they were before the exception. CR2 has been
 * read: what comes now may fault as well. */
static void allow_interrupts(const struct trap_frame *frame)
{
    if (frame->eflags & EFLAGS_INTERRUPTS)
        interrupts_on();
}

/* Was it just that the page had not been needed yet? Without NX, what may be
 * read may be run. */
static bool page_comes(const struct trap_frame *frame, u32 address)
{
    struct thread *thread = thread_current();

    if (!thread->space)
        return false;
    allow_interrupts(frame);
    thread->fault_address = address;
    thread->fault_status =
        vm_fault(thread->space, address,
                 frame->error & FAULT_WRITE ? VM_WRITE : VM_READ);
    return thread->fault_status == OK;
}

/* It has not come. If that was for want of memory, somebody has to go. */
static bool page_comes_late(const struct trap_frame *frame)
{
    struct thread *thread = thread_current();

    while (thread->space && thread->fault_status == ERR_NOMEM &&
           process_make_room())
        if (page_comes(frame, thread->fault_address))
            return true;
    return false;
}

/* The kernel touched a program's memory, or loaded its registers, where this
 * may fail. */
static bool is_put_right(struct trap_frame *frame)
{
    u32 address = cr2_read();
    u32 go_on_at = user_copy_fixup_of(frame->eip);
    bool is_page_fault = frame->vector == TRAP_PAGE_FAULT;

    if (!go_on_at || (is_page_fault && address >= USER_END))
        return false;
    if (!is_page_fault ||
        (!page_comes(frame, address) && !page_comes_late(frame)))
        frame->eip = go_on_at;
    return true;
}

/* ----------------------------------------------------------------- entries */

COLD static NORETURN void panic_about(const struct trap_frame *frame)
{
    u32 vector = frame->vector;

    if (vector == TRAP_PROTECTION && frame->error & ERROR_GATE)
        vector = frame->error >> ERROR_VECTOR_SHIFT; /* which has no gate */
    panic_at(frame, "%s (vector %u, error 0x%x) at %pI", name_of(vector),
             vector, frame->error, (void *)frame->eip);
}

void trap_of_kernel(struct trap_frame *frame)
{
    if (irq_take(frame) || is_put_right(frame))
        return;
    frame->esp = (u32)&frame->user_esp; /* nothing was pushed there */
    if (frame->vector == TRAP_PAGE_FAULT)
        fault_report(frame, cr2_read());
    panic_about(frame);
}

/* What breaks the machine is not a program's doing. */
static bool is_of_program(u32 vector)
{
    return vector < TRAP_EXCEPTIONS && vector != TRAP_NMI &&
           vector != TRAP_DOUBLE_FAULT && vector != TRAP_MACHINE_CHECK;
}

void trap_of_user(struct trap_frame *frame)
{
    if (frame->vector == TRAP_PAGE_FAULT && page_comes(frame, cr2_read()))
        return;
    if (irq_take(frame))
        return;
    frame->esp = frame->user_esp;
    if (!is_of_program(frame->vector))
        panic_about(frame);
    allow_interrupts(frame);
    if (frame->vector != TRAP_PAGE_FAULT || !page_comes_late(frame))
        process_trap(frame);
}

/* A program stays within what EFLAGS tells it of arithmetic, and may step. */
COLD void trap_frame_tame(struct trap_frame *frame)
{
    enum { FREE = EFLAGS_ARITHMETIC | EFLAGS_STEP | EFLAGS_DIRECTION |
                  EFLAGS_USER_ACCESS | EFLAGS_ID };

    frame->eflags = (frame->eflags & FREE) | EFLAGS_ALWAYS | EFLAGS_INTERRUPTS;
    frame->cs |= SELECTOR_RING_3;
    frame->user_ss |= SELECTOR_RING_3;
}

COLD void trap_frame_begin(struct trap_frame *frame, u32 eip, u32 esp)
{
    enum { DATA = SELECTOR_USER_DATA | SELECTOR_RING_3 };

    *frame = (struct trap_frame){
        .ds = DATA,
        .es = DATA,
        .eip = eip,
        .cs = SELECTOR_USER_CODE | SELECTOR_RING_3,
        .eflags = EFLAGS_ALWAYS | EFLAGS_INTERRUPTS,
        .user_esp = esp,
        .user_ss = DATA,
    };
}

void trap_check_paid(void)
{
    pt_check_paid("return to ring 3");
}

/* ------------------------------------------------------------ double faults */

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
COLD void double_fault_report(void)
{
    struct trap_frame frame = frame_of(task_main());
    u32 address = cr2_read();

    gdt_leave_double_fault();
    if (fault_is_push(frame.esp, address))
        fault_report(&frame, address);
    panic_at(&frame, "double fault at %pI", (void *)frame.eip);
}
