/*
 * tests/abi/endings.c - threads end alone or all at once: by exit, a fault, a
 * kill, exec; and processes that share some things only.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "handler.h"

static volatile int stage;
static const char *self;

static void *sleep_long(void *unused)
{
    (void)unused;
    pause_ms(20000);
    return NULL;
}

static void *spin(void *unused)
{
    (void)unused;
    for (;;)
        stage++;
    return NULL;
}

static void *end_all(void *unused)
{
    (void)unused;
    exit(5);
}

static int *volatile nowhere = (int *)8;

static void *fault(void *unused)
{
    (void)unused;
    *nowhere = 1;
    return NULL;
}

static void *begin_another(void *unused)
{
    (void)unused;
    execl(self, self, "again", NULL);
    return NULL;
}

static void *fork_and_wait(void *unused)
{
    int status;
    pid_t pid = fork();

    (void)unused;
    if (pid == 0)
        _exit(gettid() == getpid() ? 6 : 0);
    waitpid(pid, &status, 0);
    return (void *)(long)status;
}

/* A process that shares memory and descriptors, and nothing else. */
static int close_and_count(void *fd)
{
    stage++;
    return close((int)(long)fd) == 0 ? 4 : 5;
}

static void shared_process(void)
{
    int ends[2], status;

    stage = 0;
    if (pipe(ends))
        return;
    char *stack = malloc(65536);
    pid_t pid = clone(close_and_count, stack + 65536,
                      CLONE_VM | CLONE_FILES | SIGCHLD, (void *)(long)ends[0]);
    waitpid(pid, &status, 0);
    printf("a process in the same space: status %x, counted %d, ", status,
           stage);
    printf("descriptor %s\n", close(ends[0]) < 0 ? "gone" : "there");
    close(ends[1]);
    free(stack);
}

/* Who waits for the child of a vfork can be killed. */
static void killed_in_vfork(void)
{
    int status;

    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (vfork() == 0) {
            sleep_long(NULL);
            _exit(0);
        }
        _exit(1);
    }
    pause_ms(50);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    printf("killed in vfork: status %x\n", status);
}

/* A child with some threads that spin or sleep, one of which does this. */
static void end_by(const char *what, void *(*deed)(void *))
{
    pthread_t thread;
    int status;

    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        pthread_create(&thread, NULL, spin, NULL);
        pthread_create(&thread, NULL, sleep_long, NULL);
        pthread_create(&thread, NULL, deed, NULL);
        pthread_join(thread, NULL);
        sleep_long(NULL);
    }
    pause_ms(100);
    if (deed == sleep_long)
        kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    printf("%s: status %x\n", what, status & ~0x80);
}

static void *leave_alone(void *unused)
{
    (void)unused;
    pause_ms(50);
    _exit(0);
}

/* The first thread ends; the process does not. */
static void end_first(void)
{
    pthread_t other;
    int status;

    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        pthread_create(&other, NULL, leave_alone, NULL);
        pthread_exit(NULL);
    }
    waitpid(pid, &status, 0);
    printf("without its first thread: status %x\n", status);
}

static void ends(void)
{
    pthread_t thread;
    void *result;

    end_by("exit", end_all);
    end_by("a fault", fault);
    end_by("a kill", sleep_long);
    end_by("exec", begin_another);
    end_first();
    pthread_create(&thread, NULL, fork_and_wait, NULL);
    pthread_join(thread, &result);
    printf("forked by a thread: status %lx\n", (long)result);
}

int main(int words, char **word)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (words > 1 && strcmp(word[1], "again") == 0)
        return gettid() == getpid() ? 8 : 9;
    self = word[0];
    ends();
    shared_process();
    killed_in_vfork();
    return 0;
}
