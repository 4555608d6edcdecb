/*
 * Tests of kernel/fs/pipe.c: what goes in comes out, in order, whoever waits.
 */
#include "abi/fcntl.h"
#include "kernel/pipe.h"
#include "kernel/thread.h"
#include "mm/kheap.h"
#include "mm/vm.h"

#include "strata_test.h"
#include "user_room.h"

enum {
    PAGES = 20,       /* of the room: more than a pipe holds */
    OUT = 0,          /* where the writer has its bytes      */
    IN = 18 * PAGE_SIZE, /* where the reader wants them      */
    PERIOD = 251,
};

static struct {
    struct file *ends[2];
    u32 threads; /* that have not ended yet */
    struct wait_queue ended;
} world;

static bool enter(u32 flags)
{
    if (!user_room_enter(PAGES))
        return false;
    if (pipe_create(world.ends, flags)) {
        user_room_leave();
        return false;
    }
    wait_init(&world.ended);
    return true;
}

static void close_end(u32 i)
{
    if (world.ends[i])
        file_put(world.ends[i]);
    world.ends[i] = NULL;
}

static void leave(void)
{
    while (world.threads > 0)
        wait_on(&world.ended);
    close_end(0);
    close_end(1);
    user_room_leave();
}

static i32 write_bytes(u32 offset, u32 bytes)
{
    struct user_buffer buffer = user_buffer(user_room(offset), bytes);

    return file_write(world.ends[1], &buffer);
}

static i32 read_bytes(u32 offset, u32 bytes)
{
    struct user_buffer buffer = user_buffer(user_room(offset), bytes);

    return file_read(world.ends[0], &buffer);
}

static void put_number(u32 offset, u32 number)
{
    EXPECT(user_write(user_room(offset), &number, sizeof number));
}

static u32 get_number(u32 offset)
{
    u32 number = 0;

    EXPECT(user_read(&number, user_room(offset), sizeof number));
    return number;
}

static bool start(void (*work)(void *))
{
    if (!thread_create("a test's", work, NULL))
        return false;
    world.threads++;
    return true;
}

static void end(void)
{
    user_room_part();
    world.threads--;
    wake_all(&world.ended);
}

/* Let the writer's memory repeat itself, with a period that divides nothing. */
static void fill_pattern(void)
{
    static u8 pattern[PERIOD];

    for (u32 i = 0; i < PERIOD; i++)
        pattern[i] = (u8)i;
    for (u32 at = OUT; at + PERIOD <= IN; at += PERIOD)
        EXPECT(user_write(user_room(at), pattern, PERIOD));
}

static bool room_shows(u32 from, u32 bytes)
{
    static u8 back[PAGE_SIZE];

    EXPECT(user_read(back, user_room(IN), bytes));
    for (u32 i = 0; i < bytes; i++)
        if (back[i] != (from + i) % PERIOD)
            return false;
    return true;
}

TEST(pipe, bytes_come_out_in_order_whatever_the_pieces)
{
    u32 seed = 3, in = 0, out = 0;

    if (!enter(O_NONBLOCK))
        SKIP("needs a space");
    fill_pattern();
    for (u32 i = 0; i < 3000; i++) {
        bool much = test_random(&seed) % 8 == 0;
        u32 most = test_random(&seed) % (much ? PIPE_BYTES : PAGE_SIZE) + 1;
        i32 done = test_random(&seed) % 2
                       ? write_bytes(OUT + in % PERIOD, most)
                       : -read_bytes(IN, min_u32(most, PAGE_SIZE));

        if (done == -EAGAIN || done == EAGAIN)
            continue;
        if (done > 0)
            in += (u32)done;
        else
            EXPECT(room_shows(out, (u32)-done));
        if (done < 0)
            out += (u32)-done;
        EXPECT(in - out <= PIPE_BYTES);
    }
    EXPECT(out > PIPE_BYTES);
    leave();
}

TEST(pipe, it_holds_64_kib_and_not_a_byte_more)
{
    if (!enter(O_NONBLOCK))
        SKIP("needs a space");
    EXPECT_EQ(write_bytes(OUT, PIPE_BYTES + 100), PIPE_BYTES);
    EXPECT_EQ(write_bytes(OUT, 1), -EAGAIN);
    EXPECT_EQ(read_bytes(IN, 100), 100);
    EXPECT_EQ(write_bytes(OUT, 101), -EAGAIN);
    EXPECT_EQ(write_bytes(OUT, 100), 100);
    EXPECT_EQ(write_bytes(OUT, 1), -EAGAIN);
    leave();
}

TEST(pipe, its_memory_is_promised_and_given_back)
{
    struct vm_stats before, full, empty, after;

    if (!enter(O_NONBLOCK))
        SKIP("needs a space");
    for (u32 i = 0; i < PAGES; i++)
        user_room_set(i * PAGE_SIZE, 1);
    vm_stats(&before);
    EXPECT_EQ(write_bytes(OUT, PIPE_BYTES), PIPE_BYTES);
    vm_stats(&full);
    EXPECT_EQ(full.promised - before.promised, PIPE_PAGES);
    while (read_bytes(IN, PAGE_SIZE) > 0)
        continue;
    vm_stats(&empty);
    EXPECT_EQ(empty.promised - before.promised, 1);
    close_end(0);
    close_end(1);
    vm_stats(&after);
    EXPECT_EQ(after.promised, before.promised);
    leave();
}

TEST(pipe, a_small_write_is_never_torn_apart)
{
    if (!enter(O_NONBLOCK))
        SKIP("needs a space");
    EXPECT_EQ(write_bytes(OUT, PIPE_BYTES - PIPE_BUF + 1),
              PIPE_BYTES - PIPE_BUF + 1);
    EXPECT_EQ(write_bytes(OUT, PIPE_BUF), -EAGAIN);
    EXPECT_EQ(write_bytes(OUT, PIPE_BUF + 1), PIPE_BUF - 1);
    leave();
}

TEST(pipe, an_end_whose_other_end_is_closed_says_so)
{
    if (!enter(0))
        SKIP("needs a space");
    EXPECT_EQ(write_bytes(OUT, 10), 10);
    close_end(1);
    EXPECT_EQ(read_bytes(IN, 100), 10);
    EXPECT_EQ(read_bytes(IN, 100), 0);
    leave();
    if (!enter(0))
        SKIP("needs a space");
    EXPECT_EQ(write_bytes(OUT, 10), 10);
    close_end(0);
    EXPECT_EQ(write_bytes(OUT, 0), 0);
    EXPECT_EQ(write_bytes(OUT, 10), -EPIPE);
    leave();
}

TEST(pipe, an_end_has_one_direction)
{
    if (!enter(O_NONBLOCK))
        SKIP("needs a space");
    EXPECT(file_may_read(world.ends[0]) && !file_may_write(world.ends[0]));
    EXPECT(file_may_write(world.ends[1]) && !file_may_read(world.ends[1]));
    leave();
}

TEST(pipe, nothing_is_read_without_waiting_by_who_does_not_wait)
{
    if (!enter(O_NONBLOCK))
        SKIP("needs a space");
    EXPECT_EQ(read_bytes(IN, 1), -EAGAIN);
    EXPECT_EQ(read_bytes(IN, 0), 0);
    leave();
}

TEST(pipe, what_the_program_may_not_touch_is_a_fault_and_lost_to_nobody)
{
    enum { LAST = PAGES * PAGE_SIZE - 4 };

    if (!enter(O_NONBLOCK))
        SKIP("needs a space");
    EXPECT_EQ(write_bytes(LAST + 4, 10), -EFAULT);
    EXPECT_EQ(write_bytes(LAST, 10), -EFAULT);
    EXPECT_EQ(read_bytes(IN, 10), -EAGAIN);
    EXPECT_EQ(write_bytes(LAST, 4), 4);
    EXPECT_EQ(read_bytes(LAST + 4, 4), -EFAULT);
    EXPECT_EQ(read_bytes(LAST + 2, 4), -EFAULT);
    EXPECT_EQ(read_bytes(IN, 10), 4);
    EXPECT_EQ(read_bytes(IN, 10), -EAGAIN);
    leave();
}

/* ------------------------------------------------------------- two threads */

enum { PING = 200 };

static void send_numbers(void *unused)
{
    (void)unused;
    user_room_join();
    for (u32 i = 0; i < PING; i++) {
        put_number(OUT, i);
        EXPECT_EQ(write_bytes(OUT, 4), 4);
        if (i % 3 == 0)
            thread_yield();
    }
    close_end(1);
    end();
}

TEST(pipe, a_reader_waits_until_there_is_something_or_the_end)
{
    u32 i = 0;

    if (!enter(0))
        SKIP("needs a space");
    if (!EXPECT(start(send_numbers)))
        close_end(1);
    while (read_bytes(IN, 4) == 4)
        EXPECT_EQ(get_number(IN), i++);
    EXPECT_EQ(i, PING);
    leave();
}

static void drain_slowly(void *unused)
{
    u32 in = 0;
    i32 done;

    (void)unused;
    user_room_join();
    while ((done = read_bytes(IN, 1000)) > 0) {
        in += (u32)done;
        thread_yield();
    }
    put_number(IN, in);
    close_end(0);
    end();
}

TEST(pipe, a_writer_of_much_waits_for_room_until_all_is_in)
{
    enum { MUCH = PIPE_BYTES + 2 * PAGE_SIZE };

    if (!enter(0))
        SKIP("needs a space");
    if (EXPECT(start(drain_slowly)))
        EXPECT_EQ(write_bytes(OUT, MUCH), MUCH);
    close_end(1);
    while (world.threads > 0)
        wait_on(&world.ended);
    EXPECT_EQ(get_number(IN), MUCH);
    leave();
}

static void close_reader(void *unused)
{
    (void)unused;
    user_room_join();
    thread_yield();
    close_end(0);
    end();
}

TEST(pipe, a_writer_that_waits_learns_that_the_reader_has_gone)
{
    if (!enter(0))
        SKIP("needs a space");
    EXPECT_EQ(write_bytes(OUT, PIPE_BYTES), PIPE_BYTES);
    if (EXPECT(start(close_reader)))
        EXPECT_EQ(write_bytes(OUT, 1), -EPIPE);
    leave();
}
