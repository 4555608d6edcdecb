/*
 * kernel/panic.c - the last words.
 *
 * Whatever is wrong ends here: a broken contract (panic), an exception
 * (panic_at). What helps most comes first, in case the rest fails too:
 *
 *      panic: SENTENCE
 *      a page fault's story (kernel/fault.c)
 *      the thread that runs
 *      back-trace, innermost call first
 *      the registers
 *      what each layer of memory management counts
 *
 * If the report itself panics, there follow that sentence and the registers
 * of the first panic, and if even these panic, nothing more.
 *
 * The back-trace follows the frame pointers, which every function keeps:
 *
 *      EBP -> +--------------------+
 *             | caller's EBP       | -> +--------------------+
 *             +--------------------+    | its caller's EBP   | -> ... -> 0
 *             | return address     |    +--------------------+
 *             +--------------------+    | return address     |
 *                                       +--------------------+
 *
 * A pointer is followed only if it can be read and lies above the one before,
 * so a damaged stack ends the list and does no more harm.
 */
#include "kernel/panic.h"

#include "kernel/boot_info.h"
#include "kernel/fault.h"
#include "kernel/image.h"
#include "kernel/place.h"
#include "kernel/power.h"
#include "kernel/printf.h"
#include "kernel/thread.h"
#include "lib/mem.h"
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt.h"
#include "mm/vm.h"
#include "x86/cpu.h"
#include "x86/trap.h"

enum { BACK_TRACE_LINES = 20 };

/* What a function that has called another leaves on the stack. */
struct call {
    u32 caller; /* its struct call; 0 for the first of all */
    u32 return_address;
};

static struct {
    void (*hook)(const char *sentence);
    u32 depth; /* panics being reported: each in the one before's report */
    struct trap_frame first; /* the registers of the first of them */
    char sentence[512];
} state;

void panic_set_hook(void (*hook)(const char *sentence))
{
    state.hook = hook;
}

/* -------------------------------------------------------------- registers */

static void print_registers(const struct trap_frame *f)
{
    kprintf("registers:\n");
    kprintf("  eax %08x  ebx %08x  ecx %08x  edx %08x\n", f->eax, f->ebx,
            f->ecx, f->edx);
    kprintf("  esi %08x  edi %08x  ebp %08x  esp %08x\n", f->esi, f->edi,
            f->ebp, f->esp);
    kprintf("  cs  %04x  ds  %04x  es  %04x  fs  %04x  gs  %04x  "
            "eflags %08x\n",
            f->cs & 0xffff, f->ds & 0xffff, f->es & 0xffff, f->fs & 0xffff,
            f->gs & 0xffff, f->eflags);
    kprintf("  cr0 %08x  cr2 %08x  cr3 %08x  cr4 %08x\n", cr0_read(),
            cr2_read(), cr3_read(), cr4_read());
}

/* ------------------------------------------------------------- back-trace */

/* The map of boot/entry.asm has the whole direct map and nothing else of
 * ours. */
static bool can_read(u32 address)
{
    if (place_map_is_final())
        return pt_walk(pt_kernel(), address).mapped;
    return address >= DIRECT_MAP_START && address < DIRECT_MAP_END;
}

static const struct call *call_at(u32 address)
{
    bool sound = address % sizeof(u32) == 0 && can_read(address) &&
                 can_read(address + sizeof(u32));

    return sound ? (const struct call *)address : NULL;
}

/* The stack grows downwards, so a caller's frame lies above. */
static const struct call *caller_of(const struct call *call)
{
    return call->caller > (u32)call ? call_at(call->caller) : NULL;
}

static void print_return(u32 address, u32 repeats)
{
    report("  %p", (void *)address);
    if (repeats)
        report(", and %u times more", repeats);
    report("\n");
}

/* Where a panic's registers were taken is where panic() was to return to. */
static void print_top(const struct trap_frame *frame)
{
    if (frame->vector == TRAP_NONE)
        print_return(frame->eip, 0);
    else
        report("  %pI\n", (void *)frame->eip);
}

/* Who jumped to where no code is? If by a call, its return address is all
 * that is on the stack, as there was nobody to save EBP. */
static void print_jumper(const struct trap_frame *frame)
{
    const struct call *top = call_at(frame->esp);

    if (!image_is_text(frame->eip) && top && image_is_text(top->caller))
        print_return(top->caller, 0);
}

/* Endless recursion is told in a line, so that one sees who began it. */
static void print_back_trace(const struct trap_frame *frame)
{
    const struct call *call = call_at(frame->ebp);

    report("back-trace:\n");
    print_top(frame);
    print_jumper(frame);
    for (u32 lines = 0; call && call->return_address; lines++) {
        u32 address = call->return_address;
        u32 repeats = 0;

        if (lines == BACK_TRACE_LINES) {
            report("  ... and more\n");
            return;
        }
        call = caller_of(call);
        for (; call && call->return_address == address; call = caller_of(call))
            repeats++;
        print_return(address, repeats);
    }
}

/* --------------------------------------------------------------- counters */

static void print_memmap(void)
{
    struct memmap_stats s;

    memmap_stats(&s);
    if (s.entries)
        report("memmap: %llu bytes said usable, %llu managed, %u entries\n",
               s.said, s.managed, s.entries);
}

static void print_pmm(void)
{
    struct pmm_stats s;

    pmm_stats(&s);
    report("pmm: %u frames, %u free, %u of them below 768 MiB; "
           "%u tables, %u slab, %u large, %u kernel\n",
           s.spanned, s.kinds[FRAME_FREE], s.free[ZONE_LOW],
           s.kinds[FRAME_TABLE], s.kinds[FRAME_SLAB], s.kinds[FRAME_LARGE],
           s.kinds[FRAME_KERNEL]);
}

static void print_pt(void)
{
    struct pt_stats s;

    pt_stats(&s);
    report("pt: %u tables, %u large and %u small pages, %u flushes, "
           "%u windows\n",
           s.tables, s.large_pages, s.small_pages, s.flushes, s.windows);
}

static void print_kva(void)
{
    struct kva_stats s;

    kva_stats(&s);
    report("kva: %u ranges of %u pages, %u pages free in %u gaps\n", s.ranges,
           s.pages, s.free, s.gaps);
}

static void print_kheap(void)
{
    struct kheap_stats s;

    kheap_stats(&s);
    report("kheap: %u objects in %u slabs, %u large and %u mapped blocks, "
           "%u failures\n",
           s.slabs.used, s.slabs.slabs, s.large_blocks, s.mapped_blocks,
           s.failures);
}

static void print_vm(void)
{
    struct vm_stats s;

    vm_stats(&s);
    if (s.limit)
        report("vm: %u spaces of %u regions, %u objects, %u of %u frames "
               "promised\n",
               s.spaces, s.regions, s.objects, s.promised, s.limit);
}

/* Only layers that are up can count: they come up in this order. */
static void print_counters(void)
{
    print_memmap();
    if (pmm_span() == 0)
        return;
    print_pmm();
    if (!place_map_is_final())
        return;
    print_pt();
    if (!place_heap_is_up())
        return;
    print_kva();
    print_kheap();
    print_vm();
}

/* ------------------------------------------------------------- the report */

/* To halt would leave a test harness waiting. */
static NORETURN void stop(void)
{
    if (boot_option("test"))
        power_off(POWER_TESTS_FAILED);
    kprintf("The machine is halted.\n");
    cpu_halt();
}

/* Something that the report needs is broken as well: say what, and what can
 * be said of the first panic without it. Whatever fails here says less. */
static NORETURN void panic_again(const char *format, va_list arguments)
{
    enum { AGAIN = 2, AND_AGAIN = 3 };

    if (state.depth > AND_AGAIN)
        cpu_halt();
    if (state.depth == AGAIN) {
        report("\n");
        kprintf("panic: during this report: ");
        kvprint(format, arguments);
        kprintf("\nthe first panic's ");
        print_registers(&state.first);
    }
    stop();
}

/* If the hook does not return, all is well. */
static void call_hook(void)
{
    state.depth = 0;
    if (state.hook)
        state.hook(state.sentence);
    state.depth = 1;
}

bool panic_is_reporting(void)
{
    return state.depth > 0;
}

void panic_report(const struct trap_frame *frame, const char *format,
                  va_list arguments)
{
    interrupts_off();
    state.depth++;
    if (state.depth > 1)
        panic_again(format, arguments);
    memcpy(&state.first, frame, offsetof(struct trap_frame, user_esp));
    kvsnprintf(state.sentence, sizeof state.sentence, format, arguments);
    call_hook();

    report("\n"); /* the end of what was begun */
    kprintf("panic: %s\n", state.sentence);
    fault_print(frame);
    report("thread: %u, %s\n", thread_current()->id, thread_current()->name);
    print_back_trace(frame);
    print_registers(frame);
    print_counters();
    stop();
}

void panic_at(const struct trap_frame *frame, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    panic_report(frame, format, arguments);
}
