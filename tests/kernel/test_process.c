/*
 * Tests of processes: birth, end, and who buries whom. After each the runner
 * compares the free frames and makes the audit, so that whatever a process had
 * is gone.
 */
#include "abi/errno.h"
#include "abi/signal.h"
#include "abi/wait.h"
#include "programs.h"
#include "strata_test.h"

#define EXIT   "mov $1, %eax\n int $0x80\n"
#define FORK   "mov $2, %eax\n int $0x80\n"
#define VFORK  "mov $190, %eax\n int $0x80\n"
#define YIELD  "mov $158, %eax\n int $0x80\n"
/* Any child; its status to the word at the top of the stack. */
#define WAIT   "mov $114, %eax\n mov $-1, %ebx\n mov %esp, %ecx\n" \
               "xor %edx, %edx\n xor %esi, %esi\n int $0x80\n"

/* -------------------------------------------------------------- one of them */

PROGRAM(answer, "mov $42, %ebx\n" EXIT);

TEST(process, its_exit_code_is_told)
{
    EXPECT_EQ(programs_run(answer), W_EXITCODE(42, 0));
}

/* Registers but ESP are 0, ESP is aligned, argc is 1, argv[1] is NULL. */
PROGRAM(look_around,
    "or %eax, %ebx\n or %ecx, %ebx\n or %edx, %ebx\n or %esi, %ebx\n"
    "or %edi, %ebx\n or %ebp, %ebx\n mov %esp, %eax\n and $15, %eax\n"
    "or %eax, %ebx\n mov (%esp), %eax\n dec %eax\n or %eax, %ebx\n"
    "or 8(%esp), %ebx\n or 12(%esp), %ebx\n" EXIT);

TEST(process, it_begins_with_nothing_but_its_arguments)
{
    EXPECT_EQ(programs_run(look_around), 0);
}

PROGRAM(read_null, "mov 0, %eax\n");
PROGRAM(write_code, "movl $0, 0x08048000\n");
PROGRAM(read_kernel, "mov 0xc0100000, %eax\n");
PROGRAM(divide, "xor %edx, %edx\n xor %ecx, %ecx\n div %ecx\n");
PROGRAM(halt, "hlt\n");
PROGRAM(nonsense, "ud2\n");
PROGRAM(no_stack, "mov $0x1000, %esp\n push %eax\n");

TEST(process, what_it_may_not_do_ends_it_by_a_signal)
{
    EXPECT_EQ(programs_run(read_null), SIGSEGV);
    EXPECT_EQ(programs_run(write_code), SIGSEGV);
    EXPECT_EQ(programs_run(read_kernel), SIGSEGV);
    EXPECT_EQ(programs_run(divide), SIGFPE);
    EXPECT_EQ(programs_run(halt), SIGSEGV);
    EXPECT_EQ(programs_run(nonsense), SIGILL);
    EXPECT_EQ(programs_run(no_stack), SIGSEGV);
}

PROGRAM(read_second_page, "mov 0x08049000, %eax\n");

TEST(process, what_cannot_be_read_of_its_file_is_a_bus_error)
{
    struct program_file *file =
        programs_make(read_second_page, read_second_page_end);
    u32 status;

    file->table[0].memory_bytes = file->table[0].file_bytes = 2 * PAGE_SIZE;
    i32 pid = programs_start();
    EXPECT(pid > 0);
    EXPECT_EQ(process_wait(NULL, pid, true, &status, NULL), pid);
    EXPECT_EQ(status, SIGBUS);
}

/* ------------------------------------------------------------------- family */

/* The child exits with 5, the parent with what it was told. */
PROGRAM(fork_and_wait,
    FORK "mov $5, %ebx\n test %eax, %eax\n jz 1f\n"
    "push %eax\n" WAIT "movzbl 1(%esp), %ebx\n"
    "1:" EXIT);

TEST(process, a_parent_is_told_how_its_child_ended)
{
    EXPECT_EQ(programs_run(fork_and_wait), W_EXITCODE(5, 0));
}

/* Both write to the data; the parent looks at its own afterwards. */
PROGRAM(fork_and_write,
    "mov $0x0804a000, %edi\n movl $1, (%edi)\n" FORK
    "test %eax, %eax\n jnz 1f\n movl $2, (%edi)\n mov $0, %ebx\n" EXIT
    "1: push %eax\n" WAIT "mov (%edi), %ebx\n" EXIT);
PROGRAM(vfork_and_write,
    "mov $0x0804a000, %edi\n movl $1, (%edi)\n" VFORK
    "test %eax, %eax\n jnz 1f\n" YIELD "movl $2, (%edi)\n mov $0, %ebx\n" EXIT
    "1: mov (%edi), %ebx\n" EXIT);

TEST(process, fork_copies_the_memory_and_vfork_lends_it_until_exit)
{
    EXPECT_EQ(programs_run(fork_and_write), W_EXITCODE(1, 0));
    EXPECT_EQ(programs_run(vfork_and_write), W_EXITCODE(2, 0));
}

PROGRAM(wait_for_nobody, WAIT "neg %eax\n mov %eax, %ebx\n" EXIT);

TEST(process, who_has_no_children_waits_for_nobody)
{
    EXPECT_EQ(programs_run(wait_for_nobody), W_EXITCODE(ECHILD, 0));
}

/* Forks 1000 times, and waits each time. */
PROGRAM(fork_a_thousand_times,
    "mov $1000, %edi\n xor %ebx, %ebx\n"
    "1:" FORK "test %eax, %eax\n jz 2f\n js 3f\n"
    "push %eax\n" WAIT "pop %eax\n test %eax, %eax\n jnz 3f\n"
    "xor %ebx, %ebx\n dec %edi\n jnz 1b\n jmp 2f\n"
    "3: mov $1, %ebx\n"
    "2:" EXIT);

TEST(process, a_thousand_forks_lose_nothing)
{
    EXPECT_EQ(programs_run(fork_a_thousand_times), 0);
}

/* The child makes a child of its own, which outlives both. */
PROGRAM(leave_an_orphan,
    FORK "test %eax, %eax\n jnz 9f\n" FORK "test %eax, %eax\n jnz 9f\n"
    "mov $20, %edi\n 1:" YIELD "dec %edi\n jnz 1b\n"
    "9: xor %ebx, %ebx\n" EXIT);

TEST(process, an_orphan_is_buried_without_anybody_waiting)
{
    EXPECT_EQ(programs_run(leave_an_orphan), 0);
    for (u32 i = 0; i < 100 && programs_count() > 0; i++)
        thread_yield();
    EXPECT_EQ(programs_count(), 0);
}

/* Nobody waits for the 8 children that have ended. */
PROGRAM(leave_zombies,
    "mov $8, %edi\n"
    "1:" FORK "test %eax, %eax\n jz 2f\n" YIELD "dec %edi\n jnz 1b\n"
    "2: xor %ebx, %ebx\n" EXIT);

TEST(process, zombies_go_with_their_parent)
{
    EXPECT_EQ(programs_run(leave_zombies), 0);
    for (u32 i = 0; i < 100 && programs_count() > 0; i++)
        thread_yield();
    EXPECT_EQ(programs_count(), 0);
}

/* Forks until it is refused; each child waits for its children, and ends. What
 * the one who was refused was told comes up from child to parent. */
PROGRAM(fork_until_refused,
    "1:" FORK "test %eax, %eax\n jz 1b\n js 2f\n"
    "push %eax\n" WAIT "movzbl 1(%esp), %ebx\n" EXIT
    "2: neg %eax\n mov %eax, %ebx\n" EXIT);

TEST(process, a_chain_of_forks_ends_with_enomem_and_gives_all_back)
{
    EXPECT_EQ(programs_run(fork_until_refused), W_EXITCODE(ENOMEM, 0));
    EXPECT_EQ(programs_count(), 0);
}
