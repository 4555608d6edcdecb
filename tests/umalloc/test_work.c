/*
 * test_work.c - random work: alone, in many threads, across fork(), and where
 * the system refuses; and that memory goes back.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "malloc.h"
#include "work.h"

enum { THREADS = 8, KIB = 1024 };

static struct work works[THREADS];

static struct work *new_work(u32 i)
{
    works[i].random = 2654435761u * (i + 1);
    return &works[i];
}

TEST(after_any_operations_each_block_has_the_content_it_was_given)
{
    struct work *work = new_work(0);

    work_run(work, rounds(100000));
    work_check(work);
    work_empty(work);
    EXPECT(work->refusals == 0 && work->live == 0);
}

/* ------------------------------------------------------------------ threads */

static void *work_in_thread(void *work)
{
    work_run(work, rounds(10000));
    work_empty(work);
    return NULL;
}

static void start_threads(pthread_t *threads, void *(*body)(void *))
{
    for (u32 i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, body, new_work(i)) == 0);
}

static void join_threads(const pthread_t *threads)
{
    for (u32 i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

TEST(threads_do_not_disturb_each_other)
{
    pthread_t threads[THREADS];

    start_threads(threads, work_in_thread);
    join_threads(threads);
}

/* What one thread allocates, the next one frees. */
enum { SHARED = 512 };

static void *shared[SHARED];

static void *exchange(void *of)
{
    struct work *work = of;

    for (u32 i = 0; i < rounds(50000); i++) {
        size_t bytes = draw(&work->random, 8u << draw(&work->random, 13)) + 8;
        u32 *mine = malloc(bytes);

        mine[0] = (u32)bytes;
        ((u8 *)mine)[bytes - 1] = (u8)bytes;
        u32 *other = __atomic_exchange_n(
            &shared[draw(&work->random, SHARED)], (void *)mine,
            __ATOMIC_ACQ_REL);
        if (other) {
            EXPECT(((u8 *)other)[other[0] - 1] == (u8)other[0]);
            free(other);
        }
    }
    return NULL;
}

TEST(a_block_may_be_freed_by_another_thread)
{
    pthread_t threads[THREADS];

    start_threads(threads, exchange);
    join_threads(threads);
    for (u32 i = 0; i < SHARED; i++)
        free(shared[i]);
}

static void *come_and_go(void *of)
{
    (void)of;
    return malloc(100);
}

TEST(blocks_outlive_their_threads)
{
    for (u32 i = 0; i < 200; i++) {
        pthread_t thread;
        void *block = NULL;

        EXPECT(pthread_create(&thread, NULL, come_and_go, NULL) == 0);
        pthread_join(thread, &block);
        memset(block, 1, 100);
        free(block);
    }
}

/* --------------------------------------------------------------------- fork */

static volatile bool is_over;

static void *work_until_over(void *of)
{
    while (!is_over)
        work_run(of, 100);
    work_empty(of);
    return NULL;
}

/* A child has one thread, and may use the heap, also the blocks of those that
 * it has not got. */
static int use_heap_in_child(void)
{
    static struct work own;
    pthread_t threads[2];

    own.random = 12345;
    work_run(&own, 2000);
    for (u32 i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, exchange, new_work(i));
    for (u32 i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    work_empty(&own);
    malloc_trim(0);
    return 0;
}

TEST(a_child_of_a_process_with_busy_threads_can_use_the_heap)
{
    pthread_t threads[THREADS];

    start_threads(threads, work_until_over);
    for (u32 i = 0; i < rounds(6); i++) {
        int status = -1;
        pid_t pid = fork();

        if (pid == 0) {
            alarm(60); /* who waits for a lock for ever, ends */
            _exit(use_heap_in_child());
        }
        waitpid(pid, &status, 0);
        EXPECT(status == 0);
    }
    is_over = true;
    join_threads(threads);
}

TEST(a_child_has_a_heap_of_its_own)
{
    struct work *work = new_work(0);
    int status = -1;

    work_run(work, 5000);
    pid_t pid = fork();
    if (pid == 0) {
        work_check(work);
        work_run(work, 5000);
        work_empty(work);
        _exit(0);
    }
    work_run(work, 5000);
    waitpid(pid, &status, 0);
    EXPECT(status == 0);
    work_empty(work);
}

/* ----------------------------------------------------------------- refusals */

/* One operation of each sort, so that each calls the system. All must succeed
 * or be refused, and nothing be lost. */
static u32 use_everything(void)
{
    enum { BLOCKS = 3000 };
    static void *blocks[BLOCKS];
    u32 refusals = 0;

    for (u32 i = 0; i < BLOCKS; i++) {
        errno = 0;
        blocks[i] = i % 100 == 0 ? malloc((3 << 20) + i)
                  : i % 10 == 0 ? aligned_alloc(8192, 60000)
                                : malloc(i);
        if (blocks[i])
            memset(blocks[i], 1, i % 10 ? i : 60000);
        else
            EXPECT(errno == ENOMEM);
        refusals += blocks[i] == NULL;
    }
    for (u32 i = 0; i < BLOCKS; i += 100) {
        void *moved = blocks[i] ? realloc(blocks[i], 5 << 20) : NULL;

        blocks[i] = moved ? moved : blocks[i];
        refusals += moved == NULL;
    }
    for (u32 i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    malloc_trim(0);
    return refusals;
}

static const char *const function_names[FUNCTIONS] = {
    "mmap", "munmap", "mremap", "mprotect", "madvise",
};

static void fail_each(enum system_function function)
{
    fail_nothing();
    use_everything();
    u32 calls = system_calls(function);
    if (!EXPECT(calls > 0))
        return;
    for (u32 n = 0; n < calls; n += 1 + calls / rounds(8)) {
        struct work *work = new_work(n % THREADS);

        fail_once(function, n);
        use_everything();
        fail_nothing();
        EXPECT(use_everything() == 0);
        work_run(work, 500);
        work_empty(work);
    }
}

TEST(each_call_of_mmap_may_fail_once)
{
    fail_each(MMAP);
}

TEST(each_call_of_munmap_may_fail_once)
{
    fail_each(MUNMAP);
}

TEST(each_call_of_mremap_may_fail_once)
{
    fail_each(MREMAP);
}

TEST(each_call_of_mprotect_may_fail_once)
{
    fail_each(MPROTECT);
}

TEST(each_call_of_madvise_may_fail_once)
{
    fail_each(MADVISE);
}

TEST(all_calls_of_any_functions_may_fail_from_some_time_on)
{
    struct work *work = new_work(0);

    work->may_fail = true;
    for (u32 mask = 1; mask < 1u << FUNCTIONS; mask++) {
        for (u32 i = 0; i < FUNCTIONS; i++)
            if (mask >> i & 1)
                fail_from(i, mask % 5);
        work_run(work, rounds(2000));
        work_check(work);
        fail_nothing();
    }
    work_empty(work);
    EXPECT(work->refusals > 0);
}

TEST(the_first_malloc_of_all_may_be_refused_by_each_call)
{
    for (u32 n = 0; n < 20; n++) {
        malloc_trim(0);
        fail_from(MMAP, n % 5);
        fail_from(MPROTECT, n / 5);
        void *block = malloc(16000);
        fail_nothing();
        free(block);
        free(malloc(16000));
    }
    EXPECT(function_names[0] != NULL);
}

/* ----------------------------------------------------------- what goes back */

enum { MANY = 100000 };

static void *many[MANY];

static void fill_many(u32 count, size_t bytes)
{
    for (u32 i = 0; i < count; i++) {
        many[i] = malloc(bytes);
        memset(many[i], 1, bytes);
    }
}

static void free_many(u32 count)
{
    for (u32 i = 0; i < count; i++)
        free(many[i]);
}

static void expect_back(u32 count, size_t bytes)
{
    size_t before = resident();

    fill_many(count, bytes);
    EXPECT(resident() >= before + count * bytes);
    free_many(count);
    EXPECT(resident() <= before + 64 * KIB);
}

TEST(what_is_freed_goes_back_to_the_system)
{
    static const size_t sizes[] = { 16, 200, 512, 1000, 5000, 16384, 20000,
                                    300000, 2 << 20 };

    resident(); /* has buffers of its own */
    memset(many, 1, sizeof many);
    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
        expect_back((u32)((20 << 20) / sizes[i] < MANY ? (20 << 20) / sizes[i]
                                                       : MANY), sizes[i]);
}

TEST(addresses_come_back_as_well)
{
    for (u32 i = 0; i < rounds(8); i++) {
        fill_many(10, 40 << 20 >> 2);
        free_many(10);
        fill_many(200, 500000);
        free_many(200);
    }
}

TEST(a_large_block_grows_without_being_copied)
{
    size_t bytes = 2 << 20;
    u8 *block = malloc(bytes);

    block[0] = 1;
    fail_nothing();
    for (; bytes < 64 << 20; bytes += 1 << 20)
        block = realloc(block, bytes);
    EXPECT(system_calls(MREMAP) >= 60 && system_calls(MMAP) == 0);
    EXPECT(resident() < 4 << 20);
    free(block);
}

TEST(who_takes_and_gives_the_same_again_and_again_asks_the_system_seldom)
{
    static const size_t sizes[] = { 16, 500, 5000, 16000, 65536, 500000 };

    fill_many(5000, 1000);
    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        for (u32 j = 0; j < 10; j++)
            free(malloc(sizes[i]));
        fail_nothing();
        for (u32 j = 0; j < 1000; j++)
            free(malloc(sizes[i]));
        u32 calls = 0;
        for (u32 j = 0; j < FUNCTIONS; j++)
            calls += system_calls(j);
        EXPECT(calls < 10);
    }
}

TEST(a_block_of_pages_grows_in_place_where_there_is_room)
{
    u8 *block = malloc(20000);

    for (size_t bytes = 24000; bytes < 1 << 20; bytes += 4000) {
        u8 *grown = realloc(block, bytes);

        EXPECT(grown == block);
        block = grown;
    }
    EXPECT(realloc(block, 20000) == block);
}
