/*
 * Programs that want to break the kernel do not: it lives, its audit is clean
 * after each of them, and whatever is counted is what it was. They are in the
 * archive of tests/abi. With `seed=N` chance is another; with `long` the random
 * calls are a hundred times as many, which makes 10^6.
 */
#include "abi/wait.h"
#include "kernel/initrd.h"
#include "kernel/pid.h"
#include "kernel/printf.h"
#include "kernel/process.h"
#include "nth.h"
#include "programs.h"

enum { CALLS = 10000, FRAMES = 50 };

static bool is_there(const char *path)
{
    struct spot spot;

    return initrd_find(NULL, path, true, &spot) == 0;
}

/* Its orphans end when it does, or soon after. */
static void run(const char *path, u32 rounds)
{
    char words[32];
    u32 status = ~0u;

    ksnprintf(words, sizeof words, "%u %u", test_option("seed", 1), rounds);
    EXPECT_EQ(process_run(pid_alloc(), path, words, &status), 0);
    EXPECT_EQ(status, W_EXITCODE(0, 0));
    while (programs_count() > 0)
        thread_yield();
}

/* What the first run has read of its file stays; the second one is looked at.
 */
static void expect_unbroken(const char *path, u32 first_rounds, u32 rounds)
{
    struct nth_world before, after;

    run(path, first_rounds);
    nth_see_world(&before, NULL);
    run(path, rounds);
    nth_see_world(&after, NULL);
    const char *lost = nth_difference(&before, &after);
    if (!EXPECT(lost == NULL))
        test_print("# what differs: %s", lost);
    EXPECT_AUDIT_CLEAN();
}

#define NEED(path)                       \
    do {                                 \
        if (!is_there(path))             \
            SKIP("needs " path);         \
    } while (0)

TEST(breakers, a_fork_bomb_is_put_out)
{
    NEED("/fork_bomb");
    expect_unbroken("/fork_bomb", 0, 0);
}

TEST(breakers, regions_until_there_may_be_no_more)
{
    NEED("/many_regions");
    NEED_FREE_FRAMES(4096, "16 MiB");
    expect_unbroken("/many_regions", 0, 0);
}

TEST(breakers, a_stack_that_grows_into_everything)
{
    NEED("/deep_stack");
    expect_unbroken("/deep_stack", 0, 0);
}

TEST(breakers, frames_of_signals_that_lie)
{
    NEED("/frames");
    expect_unbroken("/frames", 1, test_rounds(FRAMES));
}

TEST(breakers, random_calls)
{
    NEED("/fuzz_calls");
    expect_unbroken("/fuzz_calls", 1000, test_rounds(CALLS));
}
