/*
 * kernel/proc/death.c - a program did what it may not do: that is a signal. If
 * it has no handler for it, it is killed, and the console says why.
 *
 *      process 7 'stack': write to 0xbf7ffef0, where nothing is mapped; killed
 *        (SIGSEGV)
 *        at 0x080480a9, stack pointer 0xbf7fff00
 *      there: nothing: no region of process 7 'stack' is here
 *        nearest below: 0x08049000-0x08049fff rw-p, private memory
 *        nearest above: 0xbf800000-0xbfffffff rw-p, stack
 *        farther below the stack than it may grow
 *      likely cause: the stack is full: a recursion without end, or arrays on
 *        it that are too large.
 *
 * What lives there, kernel/place.c knows. The likely cause is the first row of
 * `causes` whose rule applies, as in kernel/fault.c.
 */
#include "kernel/process.h"

#include "abi/signal.h"
#include "abi/wait.h"
#include "kernel/place.h"
#include "kernel/printf.h"
#include "mm/vm.h"

/* What an exception is to a program. Where the code is SI_KERNEL, its handler
 * is told no address. */
static const struct {
    u8 signal;
    u8 code;
    const char *name; /* of the signal           */
    const char *deed; /* what the program did    */
} exceptions[TRAP_EXCEPTIONS] = {
    [0] = { SIGFPE, FPE_INTDIV, "SIGFPE",
            "division by zero, or too large a quotient" },
    [1] = { SIGTRAP, TRAP_TRACE, "SIGTRAP", "debug exception" },
    [3] = { SIGTRAP, SI_KERNEL, "SIGTRAP", "breakpoint" },
    [4] = { SIGSEGV, SI_KERNEL, "SIGSEGV", "overflow" },
    [5] = { SIGSEGV, SI_KERNEL, "SIGSEGV", "bound exceeded" },
    [6] = { SIGILL, ILL_ILLOPN, "SIGILL", "invalid opcode" },
    [7] = { SIGFPE, SI_KERNEL, "SIGFPE", "no x87 unit" },
    [9] = { SIGFPE, SI_KERNEL, "SIGFPE", "x87 segment overrun" },
    [10] = { SIGSEGV, SI_KERNEL, "SIGSEGV", "invalid TSS" },
    [11] = { SIGBUS, SI_KERNEL, "SIGBUS", "segment not present" },
    [12] = { SIGBUS, SI_KERNEL, "SIGBUS", "stack segment fault" },
    [13] = { SIGSEGV, SI_KERNEL, "SIGSEGV", "what only the kernel may do, or "
             "a segment that it may not use" },
    [15] = { SIGILL, ILL_BADSTK, "SIGILL",
             "a return to where no program can be" },
    [16] = { SIGFPE, SI_USER, "SIGFPE", "x87 error" },
    [17] = { SIGBUS, BUS_ADRALN, "SIGBUS", "alignment check" },
    [19] = { SIGFPE, SI_USER, "SIGFPE", "SIMD error" },
};

static const struct {
    u8 signal;
    u8 code;
    const char *name;
    const char *obstacle;
} faults[] = {
    [ERR_FAULT] = { SIGSEGV, SEGV_MAPERR, "SIGSEGV",
                    "where nothing is mapped" },
    [ERR_ACCESS] = { SIGSEGV, SEGV_ACCERR, "SIGSEGV",
                     "which may not be touched so" },
    [ERR_BUS] = { SIGBUS, BUS_ADRERR, "SIGBUS",
                  "beyond the end of its file" },
    [ERR_NOMEM] = { SIGKILL, SI_KERNEL, NULL, NULL }, /* oom.c has told */
};

/* ------------------------------------------------------------------- causes */

struct death {
    const struct trap_frame *frame;
    u32 address;
    enum status why;
    struct place place;
};

static bool is_fetch(const struct death *d)
{
    return d->frame->error & FAULT_FETCH || d->address == d->frame->eip;
}

static bool is_write(const struct death *d)
{
    return d->frame->error & FAULT_WRITE;
}

static bool is_null_call(const struct death *d)
{
    return d->place.kind == PLACE_NULL && is_fetch(d);
}

static bool is_null(const struct death *d)
{
    return d->place.kind == PLACE_NULL;
}

static bool is_kernel(const struct death *d)
{
    return d->address >= USER_END;
}

static bool is_beyond_file(const struct death *d)
{
    return d->why == ERR_BUS;
}

/* What pushes, calls or stores a local variable is near the stack pointer. */
static bool is_stack_overflow(const struct death *d)
{
    const struct vm_region *above = d->place.above;

    return d->why == ERR_FAULT && above && above->flags & VM_GROWS_DOWN &&
           d->address - (d->frame->user_esp - PAGE_SIZE) < 2 * PAGE_SIZE;
}

/* Its next pages could not be promised. */
static bool is_stack_refused(const struct death *d)
{
    virt_addr_t page = round_down(d->address, PAGE_SIZE);
    struct vm_stats s;

    vm_stats(&s);
    return is_stack_overflow(d) && s.promised <= s.limit &&
           (d->place.above->start - page) >> PAGE_SHIFT > s.limit - s.promised;
}

static bool is_wild_jump(const struct death *d)
{
    return d->why == ERR_FAULT && is_fetch(d);
}

static bool has_no_rights(const struct death *d)
{
    return d->place.region && !(d->place.region->flags & VM_RIGHTS);
}

static bool is_read_only(const struct death *d)
{
    return d->why == ERR_ACCESS && is_write(d);
}

static bool is_overrun(const struct death *d)
{
    return d->place.below && d->address - d->place.below->end < PAGE_SIZE;
}

static bool is_anything(const struct death *d)
{
    (void)d;
    return true;
}

static const struct {
    bool (*applies)(const struct death *death);
    const char *sentence;
} causes[] = {
    { is_null_call,
      "a pointer to a function was null when it was called, or a\n"
      "  return address was overwritten by 0." },
    { is_null,
      "a pointer was null: never set, or the result of something\n"
      "  that failed and was not checked." },
    { is_kernel,
      "a wild pointer, or a system call's negative error number\n"
      "  that was taken for an address." },
    { is_beyond_file,
      "a mapping may be longer than its file; only the pages that\n"
      "  the file reaches can be touched." },
    { is_stack_refused,
      "memory is out: what the stack would grow by cannot be promised\n"
      "  (see mem)." },
    { is_stack_overflow,
      "the stack is full: a recursion without end, or arrays on it\n"
      "  that are too large." },
    { is_wild_jump,
      "a pointer to a function was never set, or a return address was\n"
      "  overwritten." },
    { has_no_rights,
      "an index or a loop ran into a guard page, or mprotect() took\n"
      "  the rights away." },
    { is_read_only,
      "a write to code or to a constant, or to what was mapped without\n"
      "  PROT_WRITE." },
    { is_overrun,
      "an index or a loop ran past the end of the region below." },
    { is_anything,
      "a pointer was never set, or overwritten, or it is still in use\n"
      "  after munmap()." },
};

static const char *cause_of(const struct death *death)
{
    u32 i = 0;

    while (!causes[i].applies(death))
        i++;
    return causes[i].sentence;
}

/* ------------------------------------------------------------------- report */

static const char *obstacle_of(const struct death *d)
{
    return is_kernel(d) ? "which is the kernel's" : faults[d->why].obstacle;
}

static const char *attempt_of(const struct death *d)
{
    if (is_fetch(d))
        return "execution of";
    return is_write(d) ? "write to" : "read of";
}

static void print_registers(const struct trap_frame *frame)
{
    report("  at 0x%08x, stack pointer 0x%08x\n", frame->eip, frame->user_esp);
}

static void report_fault(const struct process *process,
                        const struct trap_frame *frame)
{
    struct death death = { .frame = frame,
                           .address = thread_current()->fault_address,
                           .why = thread_current()->fault_status };

    place_find(process->space, death.address, &death.place);
    report("process %u '%s': %s 0x%08x, %s; killed (%s)\n", process->pid,
           process->name, attempt_of(&death), death.address,
           obstacle_of(&death), faults[death.why].name);
    print_registers(frame);
    report("there: ");
    place_print(&death.place);
    report("likely cause: %s\n", cause_of(&death));
}

static void report_exception(const struct process *process,
                            const struct trap_frame *frame)
{
    u32 vector = frame->vector;

    report("process %u '%s': %s; killed (%s)\n", process->pid, process->name,
           exceptions[vector].deed, exceptions[vector].name);
    print_registers(frame);
}

/* What a handler is told. */
static struct signal signal_of(const struct thread *thread,
                               const struct trap_frame *frame)
{
    bool is_fault = frame->vector == TRAP_PAGE_FAULT;
    struct signal signal = {
        .number = is_fault ? faults[thread->fault_status].signal
                           : exceptions[frame->vector].signal,
        .code = is_fault ? faults[thread->fault_status].code
                         : exceptions[frame->vector].code,
    };

    if (signal.code != SI_KERNEL)
        signal.words[0] = is_fault ? thread->fault_address : frame->eip;
    return signal;
}

void process_trap(struct trap_frame *frame)
{
    const struct process *process = process_current();
    struct signal signal = signal_of(thread_current(), frame);

    if (signal_raise(&signal))
        return;
    if (signal.number == SIGKILL)
        process_exit(W_EXITCODE(0, SIGKILL));
    if (frame->vector == TRAP_PAGE_FAULT)
        report_fault(process, frame);
    else
        report_exception(process, frame);
    process_exit(W_EXITCODE(0, signal.number));
}
