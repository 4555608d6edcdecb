/*
 * Tests of what happens when a page is touched, and no frame is left: somebody
 * goes, by a rule, and the others go on. Most frames are taken before, so that
 * it does not matter how many there are.
 */
#include "abi/signal.h"
#include "abi/wait.h"
#include "kernel/process.h"
#include "programs.h"
#include "strata_test.h"

enum {
    SPARE = 120,   /* frames for programs: about 30 for each, and the rest */
    HELD = 40,     /* pages that a program touches without a promise       */
    DATA_PAGES = 16,
};

#define EXIT   "mov $1, %eax\n int $0x80\n"
#define FORK   "mov $2, %eax\n int $0x80\n test %eax, %eax\n"
#define VFORK  "mov $190, %eax\n int $0x80\n test %eax, %eax\n"
#define YIELD  "mov $158, %eax\n int $0x80\n"
#define PAUSE  "mov $29, %eax\n int $0x80\n"
/* Any child; its status to the word at the top of the stack. */
#define WAIT   "mov $114, %eax\n mov $-1, %ebx\n mov %esp, %ecx\n"        \
               "xor %edx, %edx\n xor %esi, %esi\n int $0x80\n"
/* 256 MiB of private memory without reserve, from EAX on. */
#define MAP    "xor %ebx, %ebx\n mov $0x10000000, %ecx\n mov $3, %edx\n"  \
               "mov $0x4022, %esi\n mov $-1, %edi\n xor %ebp, %ebp\n"     \
               "mov $192, %eax\n int $0x80\n"
#define TOUCH  "1: movl $1, (%eax)\n add $4096, %eax\n jmp 1b\n"
#define HOLD   "mov $40, %ecx\n 1: movl $1, (%eax)\n add $4096, %eax\n"   \
               "loop 1b\n"
/* Its data: a mark in the first page; then all of it is written. */
#define MARK   "movl $0x600d, 0x0804a000\n"
#define CHECK_MARK "cmpl $0x600d, 0x0804a000\n jne 9f\n"
#define WRITE_ALL "mov $0x0804a000, %eax\n mov $16, %ecx\n"               \
               "5: incl 4(%eax)\n add $4096, %eax\n loop 5b\n"
#define WELL   "xor %ebx, %ebx\n" EXIT
#define BADLY  "9: mov $1, %ebx\n" EXIT

/* Start a program. Returns: its number; 0: it could not be. */
static u32 start(const u8 *code, const u8 *end)
{
    programs_make(code, end)->table[1].memory_bytes = DATA_PAGES * PAGE_SIZE;
    i32 pid = programs_start();

    EXPECT(pid > 0);
    return pid > 0 ? (u32)pid : 0;
}

static u32 wait_for(u32 pid)
{
    u32 status = ~0u;

    if (pid)
        EXPECT_EQ(process_wait(NULL, (i32)pid, true, &status, NULL), pid);
    return status;
}

static u32 promised(void)
{
    struct vm_stats stats;

    vm_stats(&stats);
    return stats.promised;
}

static u32 run(const u8 *code, const u8 *end)
{
    u32 before = promised();

    test_drain(ZONE_ANY, SPARE);
    u32 status = wait_for(start(code, end));
    while (programs_count() > 0)
        thread_yield();
    EXPECT_AUDIT_CLEAN();
    test_trim();
    EXPECT_EQ(promised(), before);
    test_refill();
    return status;
}

#define RUN(name) run(name, name##_end)
#define NEED_ROOM() NEED_FREE_FRAMES(2 * SPARE, "1 MiB")

/* ----------------------------------------------------------- who touches it */

PROGRAM(hog, MAP TOUCH);

TEST(oom, who_touches_more_than_there_is_dies_if_it_is_alone)
{
    NEED_ROOM();
    EXPECT_EQ(RUN(hog), SIGKILL);
}

PROGRAM(hog_beside_another,
    MARK FORK "jnz 2f\n" MAP TOUCH
    "2: push %eax\n" WAIT "cmpl $9, (%esp)\n jne 9f\n"
    CHECK_MARK WRITE_ALL CHECK_MARK WELL BADLY);

TEST(oom, the_others_live_and_have_what_they_were_promised)
{
    NEED_ROOM();
    EXPECT_EQ(RUN(hog_beside_another), 0);
}

/* getrandom(2), page by page; EFAULT is never seen. */
PROGRAM(hog_by_call,
    MAP "mov %eax, %ebx\n"
    "1: mov $4096, %ecx\n xor %edx, %edx\n mov $355, %eax\n int $0x80\n"
    "test %eax, %eax\n js 9f\n add $4096, %ebx\n jmp 1b\n" BADLY);

TEST(oom, a_call_that_finds_no_page_for_its_answer_is_the_end)
{
    NEED_ROOM();
    EXPECT_EQ(RUN(hog_by_call), SIGKILL);
}

/* A second thread does that, while the first one waits for good. */
PROGRAM(hog_by_thread,
    "mov $0x10f00, %ebx\n mov $0x08052000, %ecx\n xor %edx, %edx\n"
    "xor %esi, %esi\n xor %edi, %edi\n mov $120, %eax\n int $0x80\n"
    "test %eax, %eax\n js 9f\n jz 3f\n 2:" PAUSE "jmp 2b\n"
    "3:" MAP "mov %eax, %ebx\n"
    "1: mov $4096, %ecx\n xor %edx, %edx\n mov $355, %eax\n int $0x80\n"
    "test %eax, %eax\n js 9f\n add $4096, %ebx\n jmp 1b\n" BADLY);

TEST(oom, all_threads_of_the_one_that_goes_end)
{
    NEED_ROOM();
    EXPECT_EQ(RUN(hog_by_thread), SIGKILL);
}

/* Both have the same pages, until one writes: it has more then. */
PROGRAM(hog_by_copies,
    MAP "mov %eax, %ebp\n" HOLD FORK "jnz 2f\n"
    "mov %ebp, %eax\n" HOLD "mov %ebp, %eax\n" TOUCH
    "2: push %eax\n" WAIT "cmpl $9, (%esp)\n jne 9f\n"
    "mov %ebp, %eax\n" HOLD WELL BADLY);

TEST(oom, of_equals_the_youngest_goes)
{
    NEED_ROOM();
    EXPECT_EQ(RUN(hog_by_copies), 0);
}

/* The child that it lends its space to is what touches. */
PROGRAM(hog_in_borrowed_space,
    VFORK "jnz 9f\n" MAP TOUCH BADLY);

TEST(oom, who_shares_the_space_ends_too)
{
    NEED_ROOM();
    EXPECT_EQ(RUN(hog_in_borrowed_space), SIGKILL);
}

/* A page in each of 64 chunks, which needs a table: as many as are kept, and
 * there are some already. */
PROGRAM(hog_of_tables,
    MAP "mov $64, %ecx\n 1: movl $1, (%eax)\n add $0x400000, %eax\n loop 1b\n"
    WELL);

static u32 withhold_promises(u32 left)
{
    struct vm_stats stats;

    vm_stats(&stats);
    u32 withheld = stats.limit - stats.promised - left;
    EXPECT(vm_promise(withheld));
    return withheld;
}

TEST(oom, more_page_tables_than_can_be_promised_are_the_end)
{
    NEED_ROOM();
    u32 withheld = withhold_promises(SPARE);
    u32 pid = start(hog_of_tables, hog_of_tables_end);
    withheld += withhold_promises(0);
    EXPECT_EQ(wait_for(pid), SIGKILL);
    test_trim();
    vm_release(withheld);
}

/* ----------------------------------------------------- who waits meanwhile */

/* Holds its pages, and waits for good. Its data's first word says that it
 * does. */
PROGRAM(waiting_hog, MAP HOLD MARK "2:" PAUSE "jmp 2b\n");

/* Waits for a word in its data, then needs what it was promised. */
PROGRAM(patient, MARK "1:" YIELD "cmpl $0, 0x0804a004\n je 1b\n"
    CHECK_MARK WRITE_ALL CHECK_MARK WELL BADLY);

static bool has_mark(u32 pid)
{
    struct process *process = process_find(pid);
    u32 word = 0;

    return process && process->space &&
           vm_read(process->space, PROGRAMS_DATA, &word, sizeof word) &&
           word == 0x600d;
}

static void await_mark(u32 pid)
{
    for (u32 i = 0; i < 10000 && !has_mark(pid); i++)
        thread_yield();
    EXPECT(has_mark(pid));
}

static void tell(u32 pid)
{
    const u32 go = 1;

    EXPECT(vm_write(process_find(pid)->space, PROGRAMS_DATA + 4, &go,
                    sizeof go));
}

static u32 start_as_init(const u8 *code, const u8 *end)
{
    struct program program;

    programs_make(code, end)->table[1].memory_bytes = PAGE_SIZE;
    EXPECT_EQ(programs_open(&program), 0);
    EXPECT_EQ(program_start(&program, PID_INIT), 0);
    program_close(&program);
    return PID_INIT;
}

static void expect_nobody(void)
{
    for (u32 i = 0; i < 10000 && programs_count() > 0; i++)
        thread_yield();
    EXPECT_EQ(programs_count(), 0);
    test_trim();
    EXPECT_AUDIT_CLEAN();
}

TEST(oom, who_waits_in_the_kernel_goes_for_who_was_promised)
{
    NEED_ROOM();
    u32 victim = start(waiting_hog, waiting_hog_end);
    await_mark(victim);
    u32 other = start(patient, patient_end);
    await_mark(other);
    test_drain(ZONE_ANY, 0);
    tell(other);
    EXPECT_EQ(wait_for(other), 0);
    EXPECT(!process_find(victim));
    test_refill();
    expect_nobody();
}

TEST(oom, init_is_spared_while_there_is_another)
{
    NEED_ROOM();
    u32 init = start_as_init(waiting_hog, waiting_hog_end);
    await_mark(init);
    u32 other = start(patient, patient_end);
    await_mark(other);
    test_drain(ZONE_ANY, 0);
    tell(other);
    EXPECT_EQ(wait_for(other), SIGKILL);
    EXPECT(has_mark(init));
    test_refill();
    process_doom(process_find(init), SIGKILL);
    expect_nobody();
}

TEST(oom, without_another_it_is_init)
{
    NEED_ROOM();
    test_drain(ZONE_ANY, SPARE);
    u32 init = start_as_init(hog, hog_end);
    EXPECT_EQ(wait_for(init), SIGKILL);
    test_refill();
    expect_nobody();
}
