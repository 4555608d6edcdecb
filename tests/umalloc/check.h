/*
 * check.h - tests of the user malloc, each a claim that can be false. Each runs
 * in a process of its own, which begins with a heap that nobody has used but
 * the C library.
 *
 *      TEST(a_block_of_no_bytes_is_a_block) { ... EXPECT(p != NULL); ... }
 */
#ifndef CHECK_H
#define CHECK_H

#include "lib/types.h"

struct test {
    const char *claim; /* words joined by underscores */
    void (*run)(void);
};

#define TEST(claim)                                                       \
    static void test_##claim(void);                                       \
    static const struct test record_##claim = { #claim, test_##claim };   \
    static const struct test *const pointer_##claim                       \
        __attribute__((used, section("umalloc_tests"))) = &record_##claim; \
    static void test_##claim(void)

#define EXPECT(condition) \
    check((condition), __FILE__, __LINE__, #condition)

/* A failure is noted, and the test goes on. */
bool check(bool holds, const char *file, int line, const char *text);

/* Leave the test: it cannot be tried here. */
NORETURN void skip(const char *why);

/*
 * Call it in a child of its own.
 *
 * said:     gets what the child wrote to descriptor 2, as a string.
 * Returns:  how it ended, as waitpid() tells.
 */
int in_child(void (*body)(void), char *said, size_t room);

/* `body` must abort, with just this sentence; of a number after 0x, any hex
 * digits will do for a single %. */
void expect_abort(void (*body)(void), const char *sentence, const char *file,
                  int line);

#define EXPECT_ABORT(body, sentence) \
    expect_abort(body, sentence, __FILE__, __LINE__)

/* The program once more, with STRATA_MALLOC as given, and only this test. */
void expect_abort_with(const char *switches, const char *role,
                       const char *sentence, const char *file, int line);

#define EXPECT_ABORT_WITH(switches, role, sentence) \
    expect_abort_with(switches, role, sentence, __FILE__, __LINE__)

/* `usual`, or 100 times that in a long run. */
u32 rounds(u32 usual);

/* A sequence of numbers that is the same in every run. */
u32 draw(u32 *state, u32 below);

/* The address, where the compiler does not see that it is no block, or not any
 * more. */
void *hidden(const void *address);

/* A size, where the compiler does not see that it is too large. */
size_t any_size(size_t bytes);

/*
 * The n-th call from now on of a function of the system fails, and all behind
 * it; 0: the first. No_call: none does. system_calls() tells how many there
 * were since.
 */
enum system_function { MMAP, MUNMAP, MREMAP, MPROTECT, MADVISE, FUNCTIONS };
enum { NO_CALL = ~0u };

void fail_from(enum system_function function, u32 n);
void fail_once(enum system_function function, u32 n);
void fail_nothing(void);
u32 system_calls(enum system_function function);

/* Memory of this process that is there, without that of files. */
size_t resident(void);

#endif
