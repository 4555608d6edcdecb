/*
 * Whatever many programs do, and however they end, not one frame is lost. After
 * each test the runner makes the audit, too.
 */
#include "abi/errno.h"
#include "abi/wait.h"
#include "kernel/initrd.h"
#include "kernel/pid.h"
#include "nth.h"
#include "programs.h"

#define EXIT  "mov $1, %eax\n int $0x80\n"
#define FORK  "mov $2, %eax\n int $0x80\n"
#define WAIT  "mov $114, %eax\n mov $-1, %ebx\n mov %esp, %ecx\n" \
              "xor %edx, %edx\n xor %esi, %esi\n int $0x80\n"

/* It closes its output, as what it runs is to be silent. Then a thousand
 * children become /hello, one by one, and end with 0. */
PROGRAM(fork_and_exec,
    "mov $6, %eax\n mov $1, %ebx\n int $0x80\n mov $1000, %edi\n"
    "1:" FORK "test %eax, %eax\n jz 2f\n js 3f\n"
    "push %eax\n" WAIT "pop %eax\n test %eax, %eax\n jnz 3f\n"
    "dec %edi\n jnz 1b\n xor %ebx, %ebx\n" EXIT
    "2: call 4f\n .asciz \"/hello\"\n 4: pop %ebx\n xor %ecx, %ecx\n"
    "xor %edx, %edx\n mov $11, %eax\n int $0x80\n"
    "3: mov $1, %ebx\n" EXIT);

/* All children wait to read from a pipe whose other end is the parent's; when
 * no more can be made, that is closed, and they end. The parent counts them,
 * and ends with 0 if there were as many as it has made. */
PROGRAM(fork_until_refused,
    "sub $64, %esp\n mov %esp, %ebx\n mov $42, %eax\n int $0x80\n"
    "xor %edi, %edi\n"
    "1:" FORK "test %eax, %eax\n jz 2f\n js 3f\n inc %edi\n jmp 1b\n"
    /* a child: close the end to write to, and read */
    "2: mov 4(%esp), %ebx\n mov $6, %eax\n int $0x80\n"
    "mov (%esp), %ebx\n lea 8(%esp), %ecx\n mov $1, %edx\n"
    "mov $3, %eax\n int $0x80\n mov %eax, %ebx\n" EXIT
    /* the parent: by ENOMEM? then close it, and wait for all */
    "3: cmp $-12, %eax\n jne 5f\n"
    "mov 4(%esp), %ebx\n mov $6, %eax\n int $0x80\n"
    "4:" WAIT "test %eax, %eax\n js 5f\n dec %edi\n jmp 4b\n"
    "5: mov %edi, %ebx\n" EXIT);

/* Exits with the error of its fork. */
PROGRAM(fork_once,
    FORK "test %eax, %eax\n jz 1f\n neg %eax\n mov %eax, %ebx\n" EXIT
    "1: mov $1, %ebx\n" EXIT);

/* Run, and compare all that is counted. */
static void expect_no_loss(const u8 *code, const u8 *end, u32 exit_code)
{
    struct nth_world before, after;

    test_trim();
    nth_see_world(&before, NULL);
    EXPECT_EQ(programs_run_code(code, end), W_EXITCODE(exit_code, 0));
    EXPECT_EQ(programs_count(), 0);
    test_trim();
    nth_see_world(&after, NULL);
    const char *lost = nth_difference(&before, &after);
    if (!EXPECT(lost == NULL))
        test_print("# what differs: %s", lost);
    EXPECT_AUDIT_CLEAN();
}

TEST(losses, a_thousand_forks_and_execs_lose_nothing)
{
    struct spot hello;

    if (initrd_find(NULL, "/hello", true, &hello))
        SKIP("needs /hello");
    expect_no_loss(fork_and_exec, fork_and_exec_end, 0);
}

TEST(losses, children_until_enomem_lose_nothing)
{
    expect_no_loss(fork_until_refused, fork_until_refused_end, 0);
}

/* All numbers but one are taken: it is the program's. */
TEST(losses, a_fork_without_a_number_loses_nothing)
{
    static u8 taken[PID_MAX / 8 + 1];
    u32 pid, last = PID_NONE;

    for (; (pid = pid_alloc()) != PID_NONE; last = pid)
        taken[pid / 8] |= (u8)(1 << pid % 8);
    taken[last / 8] &= (u8)~(1 << last % 8);
    pid_free(last);
    expect_no_loss(fork_once, fork_once_end, EAGAIN);
    for (pid = PID_INIT; pid <= PID_MAX; pid++)
        if (taken[pid / 8] >> pid % 8 & 1)
            pid_free(pid);
}
