/*
 * Tests of kernel/proc/pid.c.
 */
#include "kernel/pid.h"

#include "strata_test.h"

static void give_all_back(void)
{
    for (u32 pid = PID_INIT + 1; pid <= PID_MAX; pid++)
        pid_free(pid);
}

TEST(pid, all_numbers_but_inits_are_given_once)
{
    static u8 given[PID_MAX + 1];
    u32 count = 0, twice = 0;

    for (u32 pid = 0; pid <= PID_MAX; pid++)
        given[pid] = 0;
    for (u32 pid; (pid = pid_alloc()) != PID_NONE; count++)
        twice += given[pid]++;
    EXPECT_EQ(count, PID_MAX - 1);
    EXPECT_EQ(twice + given[PID_NONE] + given[PID_INIT], 0);
    give_all_back();
}

TEST(pid, the_last_free_number_is_found)
{
    while (pid_alloc() != PID_NONE)
        continue;
    for (u32 pid = 2; pid <= PID_MAX; pid = pid * 3 + 1) {
        pid_free(pid);
        EXPECT_EQ(pid_alloc(), pid);
        EXPECT_EQ(pid_alloc(), PID_NONE);
    }
    give_all_back();
}

TEST(pid, a_number_that_was_freed_is_not_given_next)
{
    u32 first = pid_alloc();

    pid_free(first);
    u32 second = pid_alloc();
    EXPECT(second != first);
    pid_free(second);
}

TEST(pid, a_number_is_freed_once)
{
    u32 pid = pid_alloc();

    pid_free(pid);
    EXPECT_PANIC(pid_free(pid), "no process has this number");
    EXPECT_PANIC(pid_free(PID_MAX + 1), "no process has this number");
}
