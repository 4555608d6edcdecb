/*
 * Tests of kernel/proc: threads take turns, wait, and leave nothing behind.
 */
#include "kernel/pit.h"
#include "kernel/thread.h"
#include "mm/kva.h"
#include "x86/cpu.h"

#include "strata_test.h"

enum { MANY = 100, THREADS = 3 };

static struct {
    char order[32];
    u32 count;
    u32 alive;
    struct wait_queue queue;
    struct wait_queue ended;
    bool go;
    volatile u32 word;
} world;

static void enter(void)
{
    world.count = 0;
    world.alive = 0;
    world.go = false;
    wait_init(&world.queue);
    wait_init(&world.ended);
}

static void note(char letter)
{
    if (world.count < sizeof world.order - 1)
        world.order[world.count++] = letter;
    world.order[world.count] = '\0';
}

static void end(void)
{
    world.alive--;
    wake_all(&world.ended);
}

static bool start(void (*entry)(void *argument), u32 argument)
{
    struct thread *thread =
        thread_create("a test's", entry, (void *)argument);

    world.alive += thread != NULL;
    return thread != NULL;
}

static void wait_for_all(void)
{
    while (world.alive > 0)
        wait_on(&world.ended);
}

static bool order_is(const char *wanted)
{
    u32 i = 0;

    while (wanted[i] && wanted[i] == world.order[i])
        i++;
    if (wanted[i] || world.order[i])
        test_print("# the order was %s", world.order);
    return wanted[i] == world.order[i];
}

/* ------------------------------------------------------------------- turns */

static void take_turns(void *argument)
{
    for (u32 i = 0; i < 3; i++) {
        note((char)(u32)argument);
        thread_yield();
    }
    end();
}

TEST(thread, those_that_yield_take_turns_in_the_order_of_their_birth)
{
    NEED_FREE_FRAMES(32, "128 KiB");
    enter();
    for (u32 i = 0; i < THREADS; i++)
        start(take_turns, 'a' + i);
    note('-');
    wait_for_all();
    EXPECT(order_is("-abcabcabc"));
    EXPECT_AUDIT_CLEAN();
}

TEST(thread, a_yield_with_nobody_else_comes_back)
{
    struct thread *self = thread_current();
    u32 flags = interrupts_save();

    thread_yield();
    EXPECT(thread_current() == self);
    EXPECT_EQ(eflags_read() & EFLAGS_INTERRUPTS, 0);
    interrupts_restore(flags);
    EXPECT_EQ(eflags_read() & EFLAGS_INTERRUPTS, EFLAGS_INTERRUPTS);
}

/* -------------------------------------------------------------------- wait */

static void wait_and_note(void *argument)
{
    while (!world.go)
        wait_on(&world.queue);
    note((char)(u32)argument);
    end();
}

TEST(thread, wake_one_wakes_who_has_waited_longest)
{
    NEED_FREE_FRAMES(32, "128 KiB");
    enter();
    start(wait_and_note, 'a');
    start(wait_and_note, 'b');
    thread_yield();
    world.go = true;
    wake_one(&world.queue);
    thread_yield();
    EXPECT(order_is("a"));
    wake_one(&world.queue);
    wait_for_all();
    EXPECT(order_is("ab"));
    wake_one(&world.queue);
}

TEST(thread, wake_all_wakes_all_and_who_looks_in_vain_waits_again)
{
    NEED_FREE_FRAMES(32, "128 KiB");
    enter();
    for (u32 i = 0; i < THREADS; i++)
        start(wait_and_note, 'a' + i);
    thread_yield();
    wake_all(&world.queue);
    thread_yield();
    EXPECT_EQ(world.count, 0);
    world.go = true;
    wake_all(&world.queue);
    wait_for_all();
    EXPECT(order_is("abc"));
}

static void sleep_and_note(void *argument)
{
    thread_sleep((u32)argument - 'a');
    note((char)(u32)argument);
    end();
}

TEST(thread, sleepers_wake_in_the_order_of_their_times)
{
    NEED_FREE_FRAMES(32, "128 KiB");
    enter();
    u32 before = pit_ticks();
    start(sleep_and_note, 'g');
    start(sleep_and_note, 'a');
    start(sleep_and_note, 'd');
    wait_for_all();
    EXPECT(order_is("adg"));
    EXPECT(pit_ticks() - before >= 'g' - 'a');
}

static void wait_for_a_while(void *argument)
{
    note(wait_on_for(&world.queue, (u32)argument) ? 'w' : 't');
    end();
}

TEST(thread, a_wait_with_a_time_ends_by_whichever_comes_first)
{
    NEED_FREE_FRAMES(32, "128 KiB");
    enter();
    start(wait_for_a_while, 2);
    wait_for_all();
    EXPECT(order_is("t"));
    start(wait_for_a_while, 100000);
    thread_yield();
    wake_one(&world.queue);
    wait_for_all();
    EXPECT(order_is("tw"));
    wake_one(&world.queue); /* the queue has forgotten both */
}

TEST(thread, thread_wake_ends_any_wait)
{
    NEED_FREE_FRAMES(32, "128 KiB");
    enter();
    struct thread *thread =
        thread_create("a test's", wait_for_a_while, (void *)100000);

    if (!EXPECT(thread != NULL))
        return;
    world.alive++;
    thread_yield();
    EXPECT_EQ(thread->state, THREAD_WAITING);
    thread_wake(thread);
    EXPECT_EQ(thread->state, THREAD_READY);
    thread_wake(thread);
    wait_for_all();
    EXPECT(order_is("w"));
}

/* ------------------------------------------------------------ come and go */

static void do_nothing(void *argument)
{
    (void)argument;
    end();
}

static void add(const struct thread *thread, void *context)
{
    u32 *count = context;

    (void)thread;
    ++*count;
}

static u32 threads(void)
{
    u32 count = 0;

    thread_each(add, &count);
    return count;
}

/* Then the stack that is kept is the one that was kept before. */
static void end_as_the_last(void *argument)
{
    (void)argument;
    while (world.alive > 1)
        wait_on(&world.ended);
    end();
}

TEST(thread, a_hundred_threads_come_and_go)
{
    NEED_FREE_FRAMES(2 * MANY + 64, "1 MiB");
    u32 count = threads();

    enter();
    EXPECT(start(end_as_the_last, 0));
    for (u32 i = 1; i < MANY; i++)
        EXPECT(start(take_turns, 'a' + i % 26));
    EXPECT_EQ(threads(), count + MANY);
    EXPECT_AUDIT_CLEAN();
    wait_for_all();
    thread_yield();
    EXPECT_EQ(threads(), count);
    EXPECT_AUDIT_CLEAN();
}

TEST(thread, one_after_another_they_use_the_same_stack)
{
    struct kva_stats before, after;

    NEED_FREE_FRAMES(32, "128 KiB");
    enter();
    for (u32 i = 0; i < MANY; i++) {
        EXPECT(start(do_nothing, 0));
        wait_for_all();
        kva_stats(i == 0 ? &before : &after);
    }
    EXPECT_EQ(after.pages, before.pages);
    EXPECT_EQ(thread_trim(), THREAD_STACK_PAGES);
    EXPECT_EQ(thread_trim(), 0);
}

TEST(thread, without_memory_there_is_no_new_thread_and_nothing_changes)
{
    u32 count = threads(), made = 0;

    enter();
    test_drain(ZONE_ANY, 0);
    while (made < MANY && start(do_nothing, 0))
        made++;
    EXPECT(made < MANY);
    EXPECT_EQ(threads(), count + made);
    test_refill();
    wait_for_all();
    EXPECT(start(do_nothing, 0));
    wait_for_all();
    EXPECT_EQ(threads(), count);
}

/* ------------------------------------------------------------------ stacks */

NOINLINE static u32 recurse(u32 depth)
{
    volatile u32 here = depth;

    if (depth != world.word)
        here += recurse(depth + 1);
    return here;
}

static void overflow(void *argument)
{
    (void)argument;
    world.word = 0;
    for (u32 i = 0; i < 2; i++)
        EXPECT_PANIC(world.word = recurse(1), "kernel stack overflow in");
    EXPECT_EQ(thread_stack_used(thread_current()),
              thread_current()->stack_end - thread_current()->stack);
    end();
}

TEST(thread, a_stack_that_overflows_is_reported_as_one_and_harms_nobody)
{
    NEED_FREE_FRAMES(32, "128 KiB");
    enter();
    start(overflow, 0);
    start(take_turns, 'a');
    wait_for_all();
    EXPECT(order_is("aaa"));
    EXPECT_AUDIT_CLEAN();
}

TEST(thread, two_that_may_not_be_started_or_ended_panic)
{
    EXPECT_PANIC(thread_start(thread_current()), "was started before");
    EXPECT_PANIC(thread_discard(thread_current()), "was started");
    EXPECT_PANIC(thread_exit(), "is the first one");
    EXPECT_PANIC(thread_set_space(NULL), "is not in any space");
}
