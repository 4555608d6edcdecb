/*
 * main.c - runs the tests of the user malloc, and prints TAP.
 *
 *      tests [--long] [PATTERN]
 *      tests --role NAME
 *
 * A role is what a test has a program do which is started anew, with switches.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "roles.h"

extern const struct test *const __start_umalloc_tests[];
extern const struct test *const __stop_umalloc_tests[];

enum { SKIPPED = 77, FAILED = 1, SAID_MAX = 4096 };

static bool is_long;
static u32 failures;
static const char *own_path;

bool check(bool holds, const char *file, int line, const char *text)
{
    if (holds)
        return true;
    printf("# %s:%d: not so: %s\n", file, line, text);
    fflush(stdout);
    failures++;
    return false;
}

void skip(const char *why)
{
    printf("# %s\n", why);
    fflush(stdout);
    _exit(SKIPPED);
}

u32 rounds(u32 usual)
{
    return is_long ? 100 * usual : usual;
}

u32 draw(u32 *state, u32 below)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return (u32)((u64)*state * below >> 32);
}

void *hidden(const void *address)
{
    const void *volatile copy = address;

    return (void *)(uintptr_t)copy;
}

size_t any_size(size_t bytes)
{
    volatile size_t copy = bytes;

    return copy;
}

/* ----------------------------------------------------------------- children */

/* All that comes until nobody can write any more. */
static void read_all(int from, char *said, size_t room)
{
    size_t length = 0;

    for (;;) {
        char rest[256];
        ssize_t got = read(from, rest, sizeof rest);

        if (got <= 0)
            break;
        for (ssize_t i = 0; i < got && length + 1 < room; i++)
            said[length++] = rest[i];
    }
    said[length] = 0;
}

static int start_child(void (*body)(void), const char *role,
                       const char *switches, char *said, size_t room)
{
    int ends[2], status = -1;

    fflush(stdout);
    if (pipe(ends) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        if (body) {
            failures = 0;
            body();
            _exit(failures > 0);
        }
        setenv("STRATA_MALLOC", switches, 1);
        execl(own_path, own_path, "--role", role, (char *)NULL);
        _exit(FAILED);
    }
    close(ends[1]);
    read_all(ends[0], said, room);
    close(ends[0]);
    waitpid(pid, &status, 0);
    return status;
}

int in_child(void (*body)(void), char *said, size_t room)
{
    return start_child(body, NULL, NULL, said, room);
}

/* A % of the pattern is a number in hexadecimal. */
static bool is_like(const char *text, const char *pattern)
{
    while (*pattern) {
        if (*pattern == '%') {
            size_t digits = strspn(text, "0123456789abcdef");

            if (digits == 0)
                return false;
            text += digits;
            pattern++;
        } else if (*text++ != *pattern++) {
            return false;
        }
    }
    return strcmp(text, "\n") == 0;
}

static void judge_abort(int status, const char *said, const char *sentence,
                        const char *file, int line)
{
    if (!check(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, file, line,
               "it aborts"))
        printf("# status %#x\n", (unsigned)status);
    if (!check(is_like(said, sentence), file, line, "... with the sentence"))
        printf("# expected: %s\n# said: %s\n", sentence, said);
}

void expect_abort(void (*body)(void), const char *sentence, const char *file,
                  int line)
{
    char said[SAID_MAX];

    judge_abort(in_child(body, said, sizeof said), said, sentence, file, line);
}

void expect_abort_with(const char *switches, const char *role,
                       const char *sentence, const char *file, int line)
{
    char said[SAID_MAX];
    int status = start_child(NULL, role, switches, said, sizeof said);

    if (sentence)
        judge_abort(status, said, sentence, file, line);
    else if (!check(WIFEXITED(status) && WEXITSTATUS(status) == 0, file, line,
                    "it comes to its end"))
        printf("# status %#x; said: %s\n", (unsigned)status, said);
}

/* -------------------------------------------------------------------- tests */

static void print_result(u32 number, const char *word, const char *claim,
                         const char *rest)
{
    printf("%s %u - umalloc: ", word, number);
    for (; *claim; claim++)
        putchar(*claim == '_' ? ' ' : *claim);
    printf("%s\n", rest);
    fflush(stdout);
}

static bool run(const struct test *test, u32 number)
{
    int status = -1;

    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        test->run();
        fflush(stdout);
        _exit(failures > 0);
    }
    waitpid(pid, &status, 0);
    bool skipped = WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED;
    bool passed = skipped || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
    if (WIFSIGNALED(status))
        printf("# ended by signal %d\n", WTERMSIG(status));
    print_result(number, passed ? "ok" : "not ok", test->claim,
                 skipped ? " # SKIP cannot be tried here" : "");
    return passed;
}

static int play(const char *name)
{
    for (u32 i = 0; i < ROLES; i++)
        if (strcmp(roles[i].name, name) == 0) {
            roles[i].play();
            return failures > 0;
        }
    return FAILED;
}

int main(int count, char **words)
{
    const char *pattern = "";
    u32 number = 0, failed = 0;

    own_path = words[0];
    if (count == 3 && strcmp(words[1], "--role") == 0)
        return play(words[2]);
    for (int i = 1; i < count; i++)
        if (strcmp(words[i], "--long") == 0)
            is_long = true;
        else
            pattern = words[i];
    for (const struct test *const *test = __start_umalloc_tests;
         test < __stop_umalloc_tests; test++)
        if (strstr((*test)->claim, pattern))
            failed += !run(*test, ++number);
    printf("1..%u\n", number);
    return failed > 0;
}
