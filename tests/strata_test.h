/*
 * strata_test.h - tests whose one body runs in two worlds: in a Linux
 * process under sanitizers, and inside the booted kernel.
 *
 *      TEST(pmm, a_frame_comes_back) { ... EXPECT_EQ(a, b); ... }
 *
 * A test's name is a claim that can be false. EXPECT_ notes a failure and
 * goes on. A test leaves the world as it found it: after each one the runner
 * compares the count of free frames and makes the audit.
 */
#ifndef STRATA_TEST_H
#define STRATA_TEST_H

#include "lib/types.h"
#include "mm/audit.h"
#include "mm/pmm.h"
#include "world.h"

struct test {
    const char *suite;
    const char *claim; /* words joined by underscores */
    void (*run)(void);
};

#define TEST(suite, claim)                                           \
    static void test_##suite##_##claim(void);                        \
    static const struct test record_##suite##_##claim = {            \
        #suite, #claim, test_##suite##_##claim                       \
    };                                                               \
    static const struct test *const pointer_##suite##_##claim        \
        __attribute__((used, section("selftest_records"))) =         \
            &record_##suite##_##claim;                               \
    static void test_##suite##_##claim(void)

#define EXPECT(condition) \
    test_expect((condition), __FILE__, __LINE__, #condition)

/* Both sides are numbers of at most 32 bits, printed when they differ. */
#define EXPECT_EQ(left, right)                                       \
    test_expect_equal((u32)(left), (u32)(right), __FILE__, __LINE__, \
                      #left " == " #right)

/* `statement` must panic, with `words` in the sentence. The compiler does not
 * know that it may, and is kept from moving parts of it about. */
#define EXPECT_PANIC(statement, words)                               \
    do {                                                             \
        test_panic_expected = true;                                  \
        if (TEST_SAVE_PLACE(test_panic_place) == 0) {                \
            __asm__ volatile("" : : : "memory");                     \
            statement;                                               \
            __asm__ volatile("" : : : "memory");                     \
            test_panic_missing(__FILE__, __LINE__, #statement);      \
        } else {                                                     \
            test_panic_came(words, __FILE__, __LINE__);              \
        }                                                            \
    } while (0)

/* The sentence of the last panic that was expected has these words, too. */
#define EXPECT_SENTENCE(words) test_panic_came(words, __FILE__, __LINE__)

/* No layer contradicts another, or itself. */
#define EXPECT_AUDIT_CLEAN()  test_expect_audit_clean(__FILE__, __LINE__)

/* Leave the test: it cannot be tried here, because of `why`. Static text. */
#define SKIP(why)          \
    do {                   \
        test_skip(why);    \
        return;            \
    } while (0)

/* Leave the test unless so many frames are free below 768 MiB. */
#define NEED_FREE_FRAMES(frames, words)                \
    do {                                               \
        if (test_free_frames() < (frames))             \
            SKIP("needs " words " of free memory");    \
    } while (0)

/* Leave the test if the heap cannot be made anew. */
#define NEED_UNUSED_HEAP()                         \
    do {                                           \
        if (!test_heap_is_unused())                \
            SKIP("somebody uses the heap");        \
    } while (0)

/* Leave the test if heap= is on the command line: a checked block takes more
 * memory, and moves where another one would stay. */
#define NEED_PLAIN_HEAP()                          \
    do {                                           \
        if (test_heap_is_checked())                \
            SKIP("needs a heap without checks");   \
    } while (0)

extern bool test_panic_expected;
extern test_place_t test_panic_place;

bool test_expect(bool holds, const char *file, int line, const char *text);
void test_expect_equal(u32 left, u32 right, const char *file, int line,
                       const char *text);
void test_panic_missing(const char *file, int line, const char *statement);
void test_panic_came(const char *words, const char *file, int line);
bool test_expect_audit_clean(const char *file, int line);
void test_skip(const char *why);
u32 test_free_frames(void);

/* Free frames and page tables of the kernel half, which stay once they are
 * made; the heap's reserve is given back first. */
u32 test_all_frames(void);

/* Is anything switched on by heap= or the like? Does nobody have a block or a
 * cache? Then the heap can be made anew, with other switches; returns those
 * that were on before, as slab_switch(). */
bool test_heap_is_checked(void);
bool test_heap_is_unused(void);
const char *test_heap_restart(const char *switches);

/* How much a long loop is to do: `usual`, or 100 times that in a long run:
 * `long` on the kernel's command line, --long on the host. */
u32 test_rounds(u32 usual);

/* Was `name` or `name=N` on the kernel's command line, or `--name` on the
 * host's? And the number; `otherwise` if there is none. */
bool test_has_option(const char *name);
u32 test_option(const char *name, u32 otherwise);

/* Is it enough, of a test that goes on for as long as one likes? In the kernel
 * a key says so; on the host --soak=SECONDS. */
bool test_time_is_up(void);

/* A sequence of numbers that is the same in every run. */
u32 test_random(u32 *state);

/*
 * Take every free frame of a zone, and give `spare` of them back. Returns how
 * many were free. test_give_back() gives back some more, as many as it
 * returns, test_refill() the rest. After test_drain_to_pieces() no two are
 * given back that lie in a row. test_held() says how many frames, all of kind
 * TABLE, are held; test_tell_held() tells the audit of them, as pmm_tell().
 */
u32 test_drain(enum zone zone, u32 spare);
void test_drain_to_pieces(enum zone zone);
u32 test_give_back(u32 frames);
void test_refill(void);
u32 test_held(void);
void test_tell_held(int sign);

/* Fill all free frames with a word: what is taken, is as it was before. */
void test_paint_free(u32 word);

/* Expect a clean audit, and assert what the layers above L2 know themselves.
 * `where` is for people. */
void test_check_world(const char *where);

/* The page tables of the kernel half, which stay once they are made. */
u32 test_kernel_tables(void);

/*
 * For the world: hand over a panic's sentence. Returns if none is expected;
 * otherwise goes back to the test, and does not return.
 */
void test_panic(const char *sentence);

/*
 * Run the tests whose "suite: claim" contains `pattern`, in which a space
 * and an underscore are the same; all of them for NULL. Prints TAP, plan
 * last.
 *
 * Returns: how many failed; a pattern that no test matches counts as one.
 */
u32 test_run(const char *pattern);

/* Supplied by each world: give back what is kept in reserve beside the heap's;
 * the audit with interrupts off. */
void test_trim(void);
u32 test_audit(void (*say)(void *context, const char *format,
                           va_list arguments),
               void *context);

/* Supplied by each world: run so many programs, that do random work; the host
 * has none. Returns: what is wrong, in words, or NULL. */
const char *test_programs(u32 seed, u32 count);

PRINTF_LIKE(1, 2) void test_print(const char *format, ...);

#endif
