/*
 * Tests of kernel/x86 and of what kernel/panic.c makes of it: each classic
 * mistake gives a sentence, and none a reset.
 */
#include "kernel/image.h"

#include "strata_test.h"

/* Where the compiler does not know what it does. */
static u32 *volatile nowhere = NULL;
static u8 *volatile target;
static volatile u32 zero;

TEST(trap, a_division_by_zero_is_named)
{
    EXPECT_PANIC(zero = 1000 / zero, "division error");
}

TEST(trap, a_read_through_null_is_named)
{
    EXPECT_PANIC(zero = *nowhere,
                 "page fault: read of 0x00000000, where nothing is mapped");
    EXPECT_EQ(zero, 0);
}

TEST(trap, a_call_through_null_is_named)
{
    void (*volatile function)(void) = NULL;

    EXPECT_PANIC(function(), "execution of 0x00000000");
}

TEST(trap, a_write_to_code_is_refused)
{
    target = (u8 *)(uintptr_t)text_start;
    EXPECT_PANIC(*target = 0, "which is read-only: write to the kernel's code");
}

TEST(trap, a_write_to_a_constant_is_refused)
{
    target = (u8 *)(uintptr_t)rodata_start;
    EXPECT_PANIC(*target = 0, "which is read-only: write to a constant");
}

TEST(trap, what_is_above_the_direct_map_is_not_there)
{
    target = (u8 *)0xffffffff;
    EXPECT_PANIC(*target = 0, "page fault: write to 0xffffffff");
}

TEST(trap, an_interrupt_that_nobody_expects_is_named)
{
    EXPECT_PANIC(__asm__ volatile("int $0x81"), "unexpected interrupt");
}

NOINLINE static u32 recurse(u32 depth)
{
    volatile u32 here = depth;

    if (depth != zero)
        here += recurse(depth + 1);
    return here;
}

TEST(trap, a_stack_that_overflows_is_reported_as_one_every_time)
{
    for (u32 i = 0; i < 3; i++)
        EXPECT_PANIC(zero = recurse(1), "kernel stack overflow in");
    EXPECT_EQ(zero, 0);
}
