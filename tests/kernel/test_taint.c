/*
 * No byte of the kernel's reaches a program. All that a byte could come from is
 * painted before: free memory, the heap's free blocks; and at each entry of the
 * program into the kernel, be it a call or a page fault, the stack that the
 * kernel is about to use. /taint looks for the paint wherever it can look:
 * tests/abi/taint.c, which knows the pattern, too.
 *
 *      gate 0x80 --> paint_call  --> syscall_enter     as long as the test
 *      gate 14   --> paint_fault --> trap_stubs[14]    lasts
 */
#include "kernel/initrd.h"
#include "kernel/process.h"
#include "mm/kheap.h"
#include "strata_test.h"

#define PAINT 0xdbdbdbdbu

/* ------------------------------------------------------------------ stacks */

/* Called with the program's registers pushed, which the true entry pushes over:
 * they, and what is pushed here, take less room than what it pushes. */
__attribute__((used)) static void paint_stack(void)
{
    u8 *stack = thread_current()->stack;

    __asm__ volatile("mov %%esp, %%ecx\n\t"
                     "sub %%edi, %%ecx\n\t"
                     "shr $2, %%ecx\n\t"
                     "rep stosl"
                     : "+D"(stack) : "a"(PAINT) : "ecx", "memory");
}

#define PAINT_THEN(name, entry)                                      \
    extern const u8 name[];                                          \
    __asm__(".pushsection .text\n" #name ":\n\t"                     \
            "pushal\n\t push %ds\n\t push %es\n\t"                   \
            "mov $0x10, %eax\n\t mov %eax, %ds\n\t mov %eax, %es\n\t" \
            "cld\n\t call paint_stack\n\t"                           \
            "pop %es\n\t pop %ds\n\t popal\n\t jmp " entry "\n"      \
            ".popsection")

PAINT_THEN(paint_call, "syscall_enter");
PAINT_THEN(paint_fault, "trap_stubs + 14 * 9");

_Static_assert(TRAP_PAGE_FAULT == 14 && TRAP_STUB_BYTES == 9,
               "paint_fault goes on at the stub of page faults");

/* ------------------------------------------------------------------- gates */

struct gate {
    u16 low, selector, kind, high;
};

static struct gate *gates(void)
{
    struct __attribute__((packed)) {
        u16 limit;
        u32 base;
    } place;

    __asm__ volatile("sidt %0" : "=m"(place));
    return (struct gate *)place.base;
}

static void lead_to(enum trap_vector vector, const u8 *entry)
{
    struct gate *gate = &gates()[vector];

    gate->low = (u16)(u32)entry;
    gate->high = (u16)((u32)entry >> 16);
}

/* -------------------------------------------------------------------- heap */

/* Some blocks of a size, chained by their first word. */
static void paint_blocks(u32 bytes)
{
    enum { BLOCKS = 200 };
    u32 *last = NULL;

    for (u32 i = 0; i < BLOCKS; i++) {
        u32 *block = kalloc(bytes);

        if (!block)
            break;
        for (u32 k = 1; k < bytes / sizeof *block; k++)
            block[k] = PAINT;
        *block = (u32)last;
        last = block;
    }
    while (last) {
        u32 *block = last;

        last = (u32 *)*block;
        *block = PAINT;
        kfree(block);
    }
}

static void paint_heap(void)
{
    for (u32 bytes = 8; bytes <= 2 * PAGE_SIZE; bytes += round_up(bytes / 8, 8))
        paint_blocks(bytes);
}

TEST(taint, no_byte_of_the_kernel_reaches_a_program)
{
    char no_words[] = "";
    u32 status = ~0u;
    struct spot program;

    if (initrd_find(NULL, "/taint", true, &program))
        SKIP("needs /taint of tests/abi");
    test_trim();
    paint_heap();
    test_paint_free(PAINT);
    lead_to(TRAP_SYSCALL, paint_call);
    lead_to(TRAP_PAGE_FAULT, paint_fault);
    EXPECT_EQ(process_run(pid_alloc(), "/taint", no_words, &status), 0);
    lead_to(TRAP_SYSCALL, syscall_enter);
    lead_to(TRAP_PAGE_FAULT, trap_stubs[TRAP_PAGE_FAULT]);
    EXPECT_EQ(status, 0);
}
