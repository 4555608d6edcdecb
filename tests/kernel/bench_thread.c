/*
 * bench_thread.c - what it costs to come into the kernel, and to change
 * threads.
 *
 * Where the machine counts instructions (QEMU's -icount) the lines tell how
 * many an operation takes. Elsewhere they are ticks.
 */
#include "kernel/thread.h"
#include "programs.h"
#include "x86/cpu.h"

#include "strata_test.h"

enum { ROUNDS = 10000 };

static struct {
    u32 rounds_left;
    struct wait_queue queues[2];
} world;

static void say(u64 ticks, const char *what)
{
    u32 tenths = (u32)ticks / (ROUNDS / 10);

    test_print("# %u.%u instructions %s", tenths / 10, tenths % 10, what);
}

static void yield_always(void *argument)
{
    (void)argument;
    while (world.rounds_left > 0)
        thread_yield();
}

static void end_at_once(void *argument)
{
    (void)argument;
}

static void answer(void *argument)
{
    (void)argument;
    for (u32 i = 0; i < ROUNDS; i++) {
        wait_on(&world.queues[0]);
        wake_one(&world.queues[1]);
    }
}

static void bench_yield(void)
{
    u64 start = cpu_ticks_since_entry();

    for (u32 i = 0; i < ROUNDS; i++)
        thread_yield();
    say(cpu_ticks_since_entry() - start, "a yield to a thread and back");
    world.rounds_left = 0;
    thread_yield();
}

static void bench_wake(void)
{
    u64 start = cpu_ticks_since_entry();

    for (u32 i = 0; i < ROUNDS; i++) {
        wake_one(&world.queues[0]);
        wait_on(&world.queues[1]);
    }
    say(cpu_ticks_since_entry() - start, "a wake, a wait, and back");
}

static void bench_birth(void)
{
    u64 start = cpu_ticks_since_entry();

    for (u32 i = 0; i < ROUNDS; i++) {
        (void)!thread_create("a bench's", end_at_once, NULL);
        thread_yield();
    }
    say(cpu_ticks_since_entry() - start, "a thread that is made and ends");
}

TEST(bench, threads)
{
    NEED_FREE_FRAMES(32, "128 KiB");
    world.rounds_left = ROUNDS;
    wait_init(&world.queues[0]);
    wait_init(&world.queues[1]);
    if (!thread_create("a bench's", yield_always, NULL))
        SKIP("needs some frames");
    bench_yield();
    (void)!thread_create("a bench's", answer, NULL);
    thread_yield();
    bench_wake();
    bench_birth();
}

/* ------------------------------------------------------------------ ring 3 */

/* How many instructions it takes from the start to the end of a program, and of
 * its child. */
static u64 ticks_of(const u8 *code, const u8 *end)
{
    u64 start = cpu_ticks_since_entry();

    EXPECT_EQ(programs_run_code(code, end), 0);
    while (programs_count() > 0)
        thread_yield();
    return cpu_ticks_since_entry() - start;
}

#define REPEAT(code)                                     \
    "mov $10000, %esi\n 1:\n" code "dec %esi\n jnz 1b\n" \
    "mov $1, %eax\n xor %ebx, %ebx\n int $0x80\n"

PROGRAM(do_nothing, REPEAT("mov $20, %eax\n"));
PROGRAM(do_null_calls, REPEAT("mov $20, %eax\n int $0x80\n"));
PROGRAM(do_yields, "mov $2, %eax\n int $0x80\n"
                   REPEAT("mov $158, %eax\n int $0x80\n"));
PROGRAM(do_no_yields, "mov $2, %eax\n int $0x80\n"
                      REPEAT("mov $158, %eax\n"));

TEST(bench, ring3)
{
    if (!cpu_features()->tsc)
        SKIP("this processor does not count");
    NEED_FREE_FRAMES(64, "256 KiB");
    say(ticks_of(do_null_calls, do_null_calls_end) -
        ticks_of(do_nothing, do_nothing_end), "a getpid()");
    say((ticks_of(do_yields, do_yields_end) -
         ticks_of(do_no_yields, do_no_yields_end)) / 2,
        "a sched_yield() to another program");
}
