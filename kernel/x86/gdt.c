/*
 * kernel/x86/gdt.c - segments that do not segment, and the two tasks.
 *
 * The processor insists on segments. Strata makes them all the same: from 0
 * to 4 GiB, so that a virtual address is just an offset, and protection is
 * left to paging. What remains is what a code segment's selector says about
 * privilege: ring 0 or ring 3.
 *
 * A program has some segments for itself: a base of its own in FS or GS is how
 * each thread finds what is only its own. They change with the thread.
 *
 * Tasks are left unused, with one exception. When the kernel's stack
 * overflows, the processor cannot push the page fault's frame: a double
 * fault; and it could not push that one's either: then the machine resets
 * without a word. A gate that leads to another task helps, as the processor
 * then changes the stack before it pushes anything:
 *
 *      SELECTOR_TASK                      SELECTOR_DOUBLE_FAULT
 *      +-----------------+  double fault  +-----------------------+
 *      | registers saved | -------------> | double_fault_report() |
 *      | here            |                | stack, CR3 of its own |
 *      +-----------------+                +-----------------------+
 */
#include "x86/tables.h"

#include "kernel/image.h"
#include "x86/cpu.h"
#include "x86/trap.h"

enum {
    /* Bits 8 to 23 of a descriptor's upper word. */
    DESCRIPTOR_PRESENT = 1 << 15,
    DESCRIPTOR_RING_3 = 3 << 13,
    DESCRIPTOR_MEMORY = 1 << 12, /* not a TSS                     */
    DESCRIPTOR_CODE = 0xa << 8,  /* execute and read              */
    DESCRIPTOR_DATA = 0x2 << 8,  /* read and write                */
    DESCRIPTOR_READ = 0x0 << 8,  /* read only                     */
    DESCRIPTOR_DOWN = 0x4 << 8,  /* valid above its limit         */
    DESCRIPTOR_TSS = 0x9 << 8,   /* 32 bits, not entered          */
    DESCRIPTOR_AVAILABLE = 1 << 20,
    DESCRIPTOR_32_BITS = 1 << 22,
    DESCRIPTOR_PAGES = 1 << 23, /* the limit counts pages         */

    FLAT = DESCRIPTOR_PRESENT | DESCRIPTOR_MEMORY | DESCRIPTOR_32_BITS |
           DESCRIPTOR_PAGES,
    FLAT_LIMIT = 0xfffff,

    DOUBLE_FAULT_STACK = 4096,
};

static struct {
    u64 gdt[SELECTORS_END / SEGMENT_BYTES];
    struct tss main;
    struct tss double_fault;
    u8 stack[DOUBLE_FAULT_STACK];
} state;

/* The base and the limit are scattered over the descriptor, for the sake of
 * processors of 1982. */
static u64 descriptor(u32 base, u32 limit, u32 flags)
{
    u32 low = base << 16 | (limit & 0xffff);
    u32 high = (base & 0xff000000) | flags | (limit & 0xf0000) |
               (base >> 16 & 0xff);

    return (u64)high << 32 | low;
}

static void set_task(enum selector selector, const struct tss *task)
{
    state.gdt[selector / SEGMENT_BYTES] = descriptor(
        (u32)task, sizeof *task - 1, DESCRIPTOR_PRESENT | DESCRIPTOR_TSS);
}

static void set_memory(enum selector selector, u32 flags)
{
    state.gdt[selector / SEGMENT_BYTES] =
        descriptor(0, FLAT_LIMIT, FLAT | flags);
}

u64 segment_pack(const struct segment *s)
{
    u32 flags = DESCRIPTOR_MEMORY | DESCRIPTOR_RING_3 | DESCRIPTOR_32_BITS;

    flags |= s->read_only ? DESCRIPTOR_READ : DESCRIPTOR_DATA;
    flags |= s->grows_down ? DESCRIPTOR_DOWN : 0;
    flags |= s->absent ? 0 : DESCRIPTOR_PRESENT;
    flags |= s->available ? DESCRIPTOR_AVAILABLE : 0;
    flags |= s->in_pages ? DESCRIPTOR_PAGES : 0;
    return descriptor(s->base, s->limit, flags);
}

struct segment segment_unpack(u64 descriptor)
{
    u32 low = (u32)descriptor, high = (u32)(descriptor >> 32);

    return (struct segment){
        .base = (high & 0xff000000) | (high & 0xff) << 16 | low >> 16,
        .limit = (high & 0xf0000) | (low & 0xffff),
        .in_pages = (high & DESCRIPTOR_PAGES) != 0,
        .read_only = (high & DESCRIPTOR_DATA) == 0,
        .grows_down = (high & DESCRIPTOR_DOWN) != 0,
        .absent = (high & DESCRIPTOR_PRESENT) == 0,
        .available = (high & DESCRIPTOR_AVAILABLE) != 0,
    };
}

/* To store what is there already costs less than to look. */
void gdt_use(void *stack_end, const u64 tls[SEGMENTS_TLS])
{
    u64 *slots = &state.gdt[SELECTOR_TLS / SEGMENT_BYTES];

    state.main.esp0 = (u32)stack_end;
    for (u32 i = 0; i < SEGMENTS_TLS; i++)
        slots[i] = tls[i];
}

/* Entering a task marks its descriptor busy, and a busy one can't be entered:
 * so both are written anew. NT would make the next iret switch back, and TS
 * the next x87 instruction a fault. */
void gdt_leave_double_fault(void)
{
    set_task(SELECTOR_TASK, &state.main);
    set_task(SELECTOR_DOUBLE_FAULT, &state.double_fault);
    __asm__ volatile("ltr %w0" : : "r"(SELECTOR_TASK));
    eflags_write(eflags_read() & ~(u32)EFLAGS_NESTED_TASK);
    __asm__ volatile("clts");
}

static void tasks_init(void)
{
    state.main.ss0 = SELECTOR_KERNEL_DATA;
    state.main.io_map = sizeof state.main; /* none */
    state.double_fault = (struct tss){
        .cr3 = ptr_to_phys(boot_directory).addr,
        .eip = (u32)double_fault_report,
        .eflags = 1 << 1, /* a bit that is always set: interrupts off */
        .esp = (u32)(state.stack + sizeof state.stack),
        .cs = SELECTOR_KERNEL_CODE,
        .ss = SELECTOR_KERNEL_DATA,
        .ds = SELECTOR_KERNEL_DATA,
        .es = SELECTOR_KERNEL_DATA,
        .io_map = sizeof state.double_fault,
    };
}

/* The code segment is loaded by a far jump, the others by a mov. */
static void gdt_load(void)
{
    struct __attribute__((packed)) {
        u16 limit;
        u32 base;
    } place = { sizeof state.gdt - 1, (u32)state.gdt };

    __asm__ volatile("lgdt %0\n\t"
                     "ljmp %1, $1f\n"
                     "1:\n\t"
                     "mov %2, %%ds\n\t"
                     "mov %2, %%es\n\t"
                     "mov %2, %%ss\n\t"
                     "mov %3, %%fs\n\t"
                     "mov %3, %%gs"
                     :
                     : "m"(place), "i"(SELECTOR_KERNEL_CODE),
                       "r"(SELECTOR_KERNEL_DATA), "r"(0)
                     : "memory");
}

void gdt_init(void)
{
    set_memory(SELECTOR_KERNEL_CODE, DESCRIPTOR_CODE);
    set_memory(SELECTOR_KERNEL_DATA, DESCRIPTOR_DATA);
    set_memory(SELECTOR_USER_CODE, DESCRIPTOR_CODE | DESCRIPTOR_RING_3);
    set_memory(SELECTOR_USER_DATA, DESCRIPTOR_DATA | DESCRIPTOR_RING_3);
    tasks_init();
    gdt_load();
    gdt_leave_double_fault();
}

struct tss *task_main(void)
{
    return &state.main;
}

void double_fault_use_directory(phys_addr_t directory)
{
    state.double_fault.cr3 = directory.addr;
}
