/*
 * Tests of the way to ring 3 and back: system calls, exceptions, and what each
 * thread keeps for itself. A program answers by its exit code: 0 is right.
 */
#include "abi/signal.h"
#include "abi/wait.h"
#include "mm/pt_user.h"
#include "programs.h"
#include "x86/cpu.h"
#include "x86/tables.h"

#include "strata_test.h"

#define CALL(number)  "mov $" #number ", %eax\n int $0x80\n"
#define EXIT   CALL(1)
#define FORK   CALL(2)
#define GETPID CALL(20)
#define YIELD  CALL(158)

/* All that was right jumps nowhere; what was not, to here. */
#define RIGHT  "xor %ebx, %ebx\n" EXIT
#define WRONG  "9: mov $1, %ebx\n" EXIT

/* A segment with its base at EBX, in the first slot: 0x33. */
#define SET_TLS                                                    \
    "push $0x51\n push $0xfffff\n push %ebx\n push $6\n"           \
    "mov %esp, %ebx\n" CALL(243) "add $16, %esp\n"
/* None there any more. */
#define FORGET_TLS                                                 \
    "push $0x28\n push $0\n push $0\n push $6\n"                   \
    "mov %esp, %ebx\n" CALL(243) "add $16, %esp\n"

/* Any child; jumps to 9 if it did not end with 0. */
#define WAIT                                                       \
    "push $0\n mov $-1, %ebx\n mov %esp, %ecx\n xor %edx, %edx\n"  \
    "xor %esi, %esi\n" CALL(114) "pop %eax\n"                      \
    "test %eax, %eax\n jnz 9f\n"

/* ------------------------------------------------------------------- calls */

PROGRAM(map_at_place,
    "mov $0x20000000, %ebx\n mov $0x1000, %ecx\n mov $3, %edx\n"
    "mov $0x32, %esi\n mov $-1, %edi\n mov $0, %ebp\n" CALL(192)
    "cmp $0x20000000, %eax\n jne 9f\n cmp %eax, %ebx\n jne 9f\n"
    "cmp $0x1000, %ecx\n jne 9f\n cmp $3, %edx\n jne 9f\n"
    "cmp $0x32, %esi\n jne 9f\n cmp $-1, %edi\n jne 9f\n"
    "test %ebp, %ebp\n jnz 9f\n mov %ebp, (%eax)\n" RIGHT WRONG);

TEST(ring3, a_call_gets_six_arguments_and_keeps_all_registers_but_eax)
{
    EXPECT_EQ(programs_run(map_at_place), 0);
}

PROGRAM(call_unknown,
    CALL(438) "cmp $-38, %eax\n jne 9f\n"
    CALL(440) "cmp $-38, %eax\n jne 9f\n"
    CALL(-1) "cmp $-38, %eax\n jne 9f\n" RIGHT WRONG);

TEST(ring3, an_unknown_call_is_refused_and_so_is_one_beyond_the_table)
{
    EXPECT_EQ(programs_run(call_unknown), 0);
}

/* NT, DF and AC: uname() fills upwards all the same. */
PROGRAM(call_with_odd_flags,
    "mov $0x0804a010, %ebx\n pushf\n orl $0x44400, (%esp)\n popf\n"
    CALL(122) "pushf\n pop %ecx\n pushf\n andl $~0x44400, (%esp)\n popf\n"
    "test %eax, %eax\n jnz 9f\n and $0x44400, %ecx\n"
    "cmp $0x44400, %ecx\n jne 9f\n"
    "cmpb $0, 0x0804a010\n je 9f\n cmpl $0, 0x0804a00c\n jne 9f\n"
    RIGHT WRONG);

TEST(ring3, the_flags_of_a_program_are_kept_and_are_not_those_of_the_kernel)
{
    EXPECT_EQ(programs_run(call_with_odd_flags), 0);
}

PROGRAM(call_with_wild_frame_pointer,
    "mov $0xf0000000, %ebp\n" CALL(2) "test %eax, %eax\n jz 1f\n" WAIT
    "1:" RIGHT WRONG);

TEST(ring3, a_wild_frame_pointer_leads_nowhere)
{
    EXPECT_EQ(programs_run(call_with_wild_frame_pointer), 0);
}

/* -------------------------------------------------------------- exceptions */

PROGRAM(step_over_call, /* TF */
    "pushf\n orl $0x100, (%esp)\n popf\n" CALL(20) "nop\n" RIGHT);
PROGRAM(breakpoint, "int3\n" RIGHT);
PROGRAM(another_gate, "int $0x20\n" RIGHT);
PROGRAM(page_fault_gate, "int $0x0e\n" RIGHT);
PROGRAM(input, "in $0x60, %al\n" RIGHT);
PROGRAM(return_to_task, /* NT: to the task that has called this one */
    "pushf\n orl $0x4000, (%esp)\n popf\n iret\n" RIGHT);
PROGRAM(jump_to_kernel, "ljmp $0x08, $0xc0100000\n");
PROGRAM(load_kernel_data, "mov $0x10, %eax\n mov %eax, %ds\n" RIGHT);
PROGRAM(load_task, "mov $0x2b, %eax\n mov %eax, %gs\n" RIGHT);
PROGRAM(x87_error,
    "fninit\n pushl $0x360\n fldcw (%esp)\n fldz\n fld1\n"
    "fdiv %st(1), %st\n fwait\n" RIGHT);

TEST(ring3, an_exception_is_the_programs_business)
{
    EXPECT_EQ(programs_run(step_over_call), SIGTRAP);
    EXPECT_EQ(programs_run(breakpoint), SIGTRAP);
    EXPECT_EQ(programs_run(another_gate), SIGSEGV);
    EXPECT_EQ(programs_run(page_fault_gate), SIGSEGV);
    EXPECT_EQ(programs_run(input), SIGSEGV);
    EXPECT_EQ(programs_run(return_to_task), SIGSEGV);
    EXPECT_EQ(programs_run(jump_to_kernel), SIGSEGV);
    EXPECT_EQ(programs_run(load_kernel_data), SIGSEGV);
    EXPECT_EQ(programs_run(load_task), SIGSEGV);
    EXPECT_EQ(programs_run(x87_error), SIGFPE);
}

/* -------------------------------------------------------------- the way out */

/* All ways to ring 3 go by there. There is no frame to go on with: it does not
 * come to that. */
#define GO_TO_RING_3() __asm__ volatile("jmp user_return")

TEST(ring3, who_owes_a_flush_does_not_get_there_in_the_checked_build)
{
    const enum pt_access rw = (enum pt_access)(PT_READ | PT_WRITE);
    struct page_table space, copy;

    if (!CHECKED)
        SKIP("needs the checked build");
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);
    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_create(&copy), OK);
    EXPECT_EQ(pt_map(&space, USER_START, frame, rw), OK);
    EXPECT_EQ(pt_protect(&space, USER_START, PT_READ), OK);
    EXPECT_PANIC(GO_TO_RING_3(), "return to ring 3, by");
    EXPECT_SENTENCE("a flush is owed, of 1 pages at 0x00010000");
    pt_flush();
    EXPECT_EQ(pt_protect(&space, USER_START, rw), OK);
    pt_flush();
    EXPECT_EQ(pt_copy_range(&copy, &space, USER_START, 1, PT_COPY_PRIVATE),
              OK);
    EXPECT_PANIC(GO_TO_RING_3(), "a flush is owed, of everything, by");
    pt_flush();
    pt_clear(&space);
    pt_clear(&copy);
    pt_destroy(&space);
    pt_destroy(&copy);
    pmm_free(frame, FRAME_USER);
}

/* ------------------------------------------------------ segment registers */

PROGRAM(keep_segments,
    "mov $0x0804a080, %ebx\n movl $0x715, (%ebx)\n" SET_TLS
    "mov $0x33, %eax\n mov %eax, %gs\n mov %eax, %fs\n mov %eax, %es\n"
    YIELD
    "mov %gs, %eax\n cmp $0x33, %ax\n jne 9f\n"
    "mov %fs, %eax\n cmp $0x33, %ax\n jne 9f\n"
    "mov %es, %eax\n cmp $0x33, %ax\n jne 9f\n"
    "mov %ds, %eax\n cmp $0x23, %ax\n jne 9f\n"
    "cmpl $0x715, %gs:0\n jne 9f\n"
    "xor %eax, %eax\n mov %eax, %es\n mov %eax, %ds\n"
    YIELD
    "mov %ds, %eax\n test %ax, %ax\n jnz 9f\n"
    "mov %es, %eax\n test %ax, %ax\n jnz 9f\n" RIGHT WRONG);

TEST(ring3, segment_registers_are_kept_whatever_is_in_them)
{
    EXPECT_EQ(programs_run(keep_segments), 0);
}

/* A copy from the program finds its way although DS is gone. */
PROGRAM(lose_segments,
    "xor %ebx, %ebx\n" SET_TLS
    "mov $0x33, %eax\n mov %eax, %gs\n mov %eax, %fs\n mov %eax, %es\n"
    "mov %eax, %ds\n" FORGET_TLS
    "mov %gs, %ebx\n mov %fs, %ecx\n or %ecx, %ebx\n mov %es, %ecx\n"
    "or %ecx, %ebx\n mov %ds, %ecx\n or %ecx, %ebx\n"
    "test %bx, %bx\n jnz 9f\n" RIGHT WRONG);

TEST(ring3, a_segment_that_has_vanished_leaves_null_in_each_register)
{
    EXPECT_EQ(programs_run(lose_segments), 0);
}

PROGRAM(lose_stack_segment,
    "xor %ebx, %ebx\n" SET_TLS "mov $0x33, %eax\n mov %eax, %ss\n"
    FORGET_TLS RIGHT);

TEST(ring3, a_stack_segment_that_has_vanished_ends_the_program)
{
    EXPECT_EQ(programs_run(lose_stack_segment), SIGILL);
}

static void pack_and_unpack(const struct segment *segment)
{
    struct segment back = segment_unpack(segment_pack(segment));

    EXPECT_EQ(back.base, segment->base);
    EXPECT_EQ(back.limit, segment->limit);
    EXPECT_EQ(back.in_pages, segment->in_pages);
    EXPECT_EQ(back.read_only, segment->read_only);
    EXPECT_EQ(back.grows_down, segment->grows_down);
    EXPECT_EQ(back.absent, segment->absent);
    EXPECT_EQ(back.available, segment->available);
}

TEST(ring3, a_descriptor_says_what_it_was_made_of)
{
    const struct segment segment = { .base = 0x12345678, .limit = 0xabcde,
                                     .in_pages = true, .absent = true };
    const struct segment other = { .base = 0xfedcba98, .limit = 0x54321,
                                   .read_only = true, .grows_down = true,
                                   .available = true };

    pack_and_unpack(&segment);
    pack_and_unpack(&other);
}

/* ------------------------------------------------------ what each has alone */

/* Four processes, each with its number in FPU, at GS:0 and in EDI; GS has
 * another base in each. */
#define KEEP_OWN                                                     \
    FORK FORK GETPID                                                 \
    "mov %eax, %edi\n mov %eax, %ebx\n and $63, %ebx\n"              \
    "lea 0x0804a000(, %ebx, 8), %ebx\n" SET_TLS                      \
    "mov $0x33, %eax\n mov %eax, %gs\n mov %edi, %gs:0\n"            \
    "fildl %gs:0\n mov $100, %esi\n"

#define LOOK_AT_OWN                                                  \
    "cmp %edi, %gs:0\n jne 9f\n fistl 0x0804a800\n"                  \
    "cmp %edi, 0x0804a800\n jne 9f\n"

/* The first of them waits for two, and the first of each pair for one; and who
 * has no child is told so. */
#define WAIT_FOR_ALL                                                 \
    "2: push $0\n mov $-1, %ebx\n mov %esp, %ecx\n xor %edx, %edx\n" \
    "xor %esi, %esi\n" CALL(114) "pop %ecx\n test %ecx, %ecx\n"      \
    "jnz 9f\n test %eax, %eax\n jns 2b\n"

PROGRAM(keep_own,
    KEEP_OWN "1:" YIELD LOOK_AT_OWN "dec %esi\n jnz 1b\n"
    WAIT_FOR_ALL RIGHT WRONG);
PROGRAM(keep_own_xmm,
    KEEP_OWN "movss %gs:0, %xmm7\n" "1:" YIELD LOOK_AT_OWN
    "movss %xmm7, 0x0804a800\n cmp %edi, 0x0804a800\n jne 9f\n"
    "dec %esi\n jnz 1b\n" WAIT_FOR_ALL RIGHT WRONG);

TEST(ring3, each_thread_has_its_own_registers_tls_and_fpu)
{
    NEED_FREE_FRAMES(128, "512 KiB");
    EXPECT_EQ(programs_run(keep_own), 0);
    if (cpu_features()->sse)
        EXPECT_EQ(programs_run(keep_own_xmm), 0);
}

/* The descriptor, the register and what it leads to; three registers of x87. */
PROGRAM(inherit,
    "mov $0x0804a040, %ebx\n movl $0x715, (%ebx)\n" SET_TLS
    "mov $0x33, %eax\n mov %eax, %gs\n fldpi\n fldz\n fildl %gs:0\n"
    FORK "mov %eax, %edi\n"
    "fistpl 0x0804a000\n cmpl $0x715, 0x0804a000\n jne 9f\n"
    "fistpl 0x0804a000\n cmpl $0, 0x0804a000\n jne 9f\n"
    "fistpl 0x0804a000\n cmpl $3, 0x0804a000\n jne 9f\n"
    "cmpl $0x715, %gs:0\n jne 9f\n"
    "test %edi, %edi\n jz 1f\n" WAIT "1:" RIGHT WRONG);

TEST(ring3, a_child_inherits_tls_and_fpu)
{
    NEED_FREE_FRAMES(64, "256 KiB");
    EXPECT_EQ(programs_run(inherit), 0);
}

/* An error is pending in the registers that it leaves. */
PROGRAM(leave_dirty,
    "fninit\n pushl $0x360\n fldcw (%esp)\n fldpi\n fldpi\n fldz\n fld1\n"
    "fdiv %st(1), %st\n" RIGHT);
PROGRAM(find_clean,
    "mov %gs, %eax\n test %ax, %ax\n jnz 9f\n"
    "fnstenv 0x0804a000\n cmpw $0x37f, 0x0804a000\n jne 9f\n"
    "cmpw $0, 0x0804a004\n jne 9f\n cmpw $-1, 0x0804a008\n jne 9f\n"
    "fwait\n" RIGHT WRONG);

TEST(ring3, a_new_program_finds_an_empty_fpu_even_if_another_left_an_error)
{
    EXPECT_EQ(programs_run(leave_dirty), 0);
    EXPECT_EQ(programs_run(find_clean), 0);
}

/* A child counts in memory that both see, until its parent tells it to stop;
 * who sees it count, twice, between calls of neither. */
PROGRAM(count_endlessly,
    "xor %ebx, %ebx\n mov $0x1000, %ecx\n mov $3, %edx\n mov $0x21, %esi\n"
    "mov $-1, %edi\n xor %ebp, %ebp\n" CALL(192) "mov %eax, %edi\n"
    FORK "test %eax, %eax\n jnz 2f\n"
    "1: incl (%edi)\n cmpl $0, 4(%edi)\n je 1b\n" RIGHT
    "2: mov (%edi), %eax\n"
    "3: cmp (%edi), %eax\n je 3b\n mov (%edi), %eax\n"
    "4: cmp (%edi), %eax\n je 4b\n movl $1, 4(%edi)\n" WAIT RIGHT WRONG);

TEST(ring3, endless_loops_share_the_processor)
{
    NEED_FREE_FRAMES(64, "256 KiB");
    EXPECT_EQ(programs_run(count_endlessly), 0);
}
