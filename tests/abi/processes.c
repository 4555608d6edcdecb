/*
 * tests/abi/processes.c - fork, exec, wait and pipes as the C library offers
 * them: families, what a child has of its parent, and what goes wrong.
 *
 * Called with a number, it exits with it: that is what exec starts. Else its
 * argument is the folder in which its files are, none for the root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 20, GENERATIONS = 8, EXECS = 10, BULK = 300000 };

static __thread int thread_local = 1;
static char *program;
static void *volatile nowhere = (void *)8; /* the compiler is not to know */

static void tell(const char *what, long answer)
{
    if (answer < 0)
        printf("%s: error %d\n", what, errno);
    else
        printf("%s: %ld\n", what, answer);
}

static pid_t fork_flushed(void)
{
    fflush(stdout);
    return fork();
}

static int status_of(pid_t pid)
{
    int status = -1;

    waitpid(pid, &status, 0);
    return status;
}

static void many_children(void)
{
    pid_t pids[CHILDREN];
    int sum = 0;

    for (int i = 0; i < CHILDREN; i++)
        if ((pids[i] = fork_flushed()) == 0)
            _exit(i);
    for (int i = CHILDREN - 1; i >= 0; i--)
        sum += WEXITSTATUS(status_of(pids[i]));
    printf("%d children, their codes make %d\n", CHILDREN, sum);
}

static int generations(int left)
{
    pid_t pid = fork_flushed();

    if (pid == 0)
        _exit(left == 0 ? 1 : 1 + generations(left - 1));
    return WEXITSTATUS(status_of(pid));
}

/* What is the child's own: memory, thread-local memory, its registers. */
static void own_state(void)
{
    int *heap = malloc(sizeof *heap);
    double quotient = 355.0 / 113;

    *heap = 1;
    pid_t pid = fork_flushed();
    if (pid == 0) {
        *heap = thread_local = 2;
        quotient *= 2;
        printf("child: %d %d %.9f, parent known: %d\n", *heap, thread_local,
               quotient, getppid() != getpid());
        exit(3);
    }
    printf("status %#x\n", status_of(pid));
    printf("parent: %d %d %.9f\n", *heap, thread_local, quotient);
    free(heap);
}

/* A child of vfork() shares its parent's memory until it is a program of its
 * own; the parent waits for that. */
static pid_t start(char *const arguments[], int shares)
{
    pid_t pid = shares ? vfork() : fork();

    if (pid == 0) {
        execv(program, arguments);
        _exit(99);
    }
    return pid;
}

static void execs(void)
{
    int sum = 0;

    fflush(stdout);
    for (int i = 0; i < EXECS; i++) {
        char number[12];
        char *arguments[] = { program, number, NULL };

        snprintf(number, sizeof number, "%d", i);
        sum += WEXITSTATUS(status_of(start(arguments, i % 2)));
    }
    printf("%d programs, their codes make %d\n", EXECS, sum);
}

static void failing_execs(const char *folder)
{
    static const char *const names[] = { "/data/no such file", "/data",
                                         "/data/text", "/data/text/x", "" };
    char *const arguments[] = { NULL };

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        char path[4096];

        snprintf(path, sizeof path, "%s%s", *names[i] ? folder : "",
                 names[i]);
        printf("exec of \"%s\": ", names[i]);
        tell("", execve(path, arguments, arguments));
    }
    tell("exec of nothing", execve(nowhere, arguments, arguments));
    tell("exec with wild arguments",
         execve(program, (char *const *)nowhere, arguments));
}

/* More than a pipe holds: the writer must wait for the reader. */
static void bulk(void)
{
    int ends[2];
    unsigned char buffer[1000];
    unsigned sum = 0, bytes = 0;
    ssize_t got;

    tell("pipe", pipe(ends));
    pid_t pid = fork_flushed();
    if (pid == 0) {
        close(ends[0]);
        for (unsigned i = 0; i < BULK / sizeof buffer; i++) {
            memset(buffer, (int)i, sizeof buffer);
            if (write(ends[1], buffer, sizeof buffer) != sizeof buffer)
                _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    while ((got = read(ends[0], buffer, sizeof buffer)) > 0)
        for (bytes += (unsigned)got; got--;)
            sum += buffer[got];
    printf("%u bytes through the pipe, sum %u, last %zd, status %d\n", bytes,
           sum, got + 1, status_of(pid));
    close(ends[0]);
}

static void descriptors(void)
{
    int ends[2], flags;

    tell("pipe2", pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    tell("read of an empty one", read(ends[0], &flags, 1));
    tell("read of the wrong end", read(ends[1], &flags, 1));
    tell("write of the wrong end", write(ends[0], &flags, 1));
    tell("close on exec", fcntl(ends[0], F_GETFD));
    tell("dup", dup(ends[1]) - ends[1]);
    tell("dup2", dup2(ends[1], 100));
    tell("dup2 of itself", dup2(100, 100));
    tell("dup2 far away", dup2(ends[1], 1 << 30));
    tell("dup2 of nothing", dup2(99, 101));
    tell("close on exec of a duplicate", fcntl(100, F_GETFD));
    tell("seek in a pipe", lseek(ends[0], 0, SEEK_SET));
    tell("write through the duplicate", write(100, "abc", 3));
    tell("read what is there", read(ends[0], &flags, 4));
    tell("close", close(100));
    tell("close again", close(100));
    tell("pipe to nowhere", pipe2((int *)nowhere, 0));
    tell("pipe with wild flags", pipe2(ends, 1 << 30));
}

static void waits(void)
{
    int ends[2], status;
    char byte;

    tell("wait without children", wait(&status));
    tell("pipe", pipe(ends));
    pid_t pid = fork_flushed();
    if (pid == 0) {
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 0 ? 55 : 1);
    }
    tell("not yet", waitpid(pid, &status, WNOHANG));
    tell("of somebody else's", waitpid(1 << 30, &status, 0));
    tell("with wild options", waitpid(pid, &status, 1 << 20));
    close(ends[1]);
    tell("now", waitpid(pid, &status, 0) == pid);
    tell("with code", WEXITSTATUS(status));
    close(ends[0]);
}

int main(int argc, char **argv)
{
    program = argv[0];
    if (argc == 2 && argv[1][0] != '/')
        return atoi(argv[1]);
    many_children();
    printf("%d generations\n", generations(GENERATIONS));
    own_state();
    execs();
    failing_execs(argc == 2 ? argv[1] : "");
    bulk();
    descriptors();
    waits();
    return 0;
}
