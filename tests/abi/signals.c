/*
 * tests/abi/signals.c - signals as the C library offers them: masks, calls that
 * are broken off, and what a parent learns of a child's end.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "handler.h"

static volatile sig_atomic_t count, last;

static void note(int number)
{
    count++;
    last = number;
}

/* -------------------------------------------------------------------- masks */

static void nest(int number)
{
    int mine = ++count;

    printf("in %d, depth %d\n", number, mine);
    if (mine < 3)
        raise(number);
    printf("out %d, depth %d\n", number, mine);
}

static void print_pending(void)
{
    sigset_t pending;

    sigpending(&pending);
    printf("pending:");
    for (int i = 1; i < 32; i++)
        if (sigismember(&pending, i))
            printf(" %d", i);
    printf("\n");
}

static void masks(void)
{
    sigset_t blocked, before;

    count = 0;
    set(SIGUSR1, nest, SA_NODEFER);
    raise(SIGUSR1);
    count = 0;
    set(SIGUSR1, nest, 0);
    raise(SIGUSR1);
    printf("three times, one after the other: %d\n", (int)count);

    count = 0;
    set(SIGUSR1, note, SA_RESETHAND);
    raise(SIGUSR1);
    struct sigaction action;
    sigaction(SIGUSR1, NULL, &action);
    printf("handled %d, and it is %s now\n", (int)count,
           action.sa_handler == SIG_DFL ? "the default" : "a handler");

    set(SIGUSR1, note, 0);
    set(SIGUSR2, note, 0);
    sigfillset(&blocked);
    sigprocmask(SIG_SETMASK, &blocked, &before);
    count = 0;
    raise(SIGUSR2);
    raise(SIGUSR1);
    raise(SIGUSR1);
    print_pending();
    printf("handled while blocked: %d\n", (int)count);
    sigprocmask(SIG_SETMASK, &before, NULL);
    printf("handled: %d, last %d\n", (int)count, (int)last);
    print_pending();

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGUSR1);
    signal(SIGUSR1, SIG_IGN);
    print_pending();
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    tell("sigaction of SIGKILL",
         sigaction(SIGKILL, &(struct sigaction){ .sa_handler = note }, NULL));
    tell("sigaction of 65", syscall(SYS_rt_sigaction, 65, NULL, NULL, 8));
    tell("sigprocmask of 9 bytes",
         syscall(SYS_rt_sigprocmask, SIG_BLOCK, &blocked, NULL, 9));
    tell("sigprocmask how", syscall(SYS_rt_sigprocmask, 7, &blocked, NULL, 8));
}

/* ----------------------------------------------------------------- children */

static pid_t fork_flushed(void)
{
    fflush(stdout);
    return fork();
}

static int wait_for(pid_t pid)
{
    int status = -1;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static void told_of_child(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    count++;
    last = info->si_code * 1000 + info->si_status;
}

static void *volatile nowhere = (void *)8;

static void end_by(int how)
{
    signal(SIGSEGV, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    if (how == 0)
        _exit(3);
    if (how == 1)
        kill(getpid(), SIGTERM);
    if (how == 2)
        abort();
    if (how == 3)
        *(volatile int *)nowhere = 1;
    if (how == 4)
        raise(SIGKILL);
}

static void children(void)
{
    set(SIGCHLD, told_of_child, SA_SIGINFO | SA_RESTART);
    for (int how = 0; how < 5; how++) {
        count = 0;
        pid_t pid = fork_flushed();
        if (pid == 0)
            end_by(how);
        int status = wait_for(pid) & ~0x80;
        printf("child %d: status %x, told %d times, %d\n", how, status,
               (int)count, (int)last);
    }
    signal(SIGCHLD, SIG_IGN);
    pid_t pid = fork_flushed();
    if (pid == 0)
        _exit(0);
    tell("wait for a child that is ignored", waitpid(pid, NULL, 0));
    signal(SIGCHLD, SIG_DFL);
    tell("kill of nobody", kill(32000, SIGTERM));
    tell("kill with 65", kill(getpid(), 65));
    tell("kill with 0", kill(getpid(), 0));
    tell("tgkill of 0", syscall(SYS_tgkill, 0, 0, SIGUSR1));
}

/* -------------------------------------------------------------------- calls */

/* A child sends us a signal, and 100 ms later a byte. */
static long read_with_signal(int flags)
{
    int ends[2];
    char byte;

    set(SIGUSR1, note, flags);
    if (pipe(ends))
        return -1;
    pid_t parent = getpid(), pid = fork_flushed();
    if (pid == 0) {
        pause_ms(100);
        kill(parent, SIGUSR1);
        pause_ms(100);
        _exit(write(ends[1], "x", 1) != 1);
    }
    long result = read(ends[0], &byte, 1);
    int error = errno;
    wait_for(pid);
    close(ends[0]);
    close(ends[1]);
    errno = error;
    return result;
}

static void calls(void)
{
    struct timespec left = { 9, 9 };
    sigset_t none;
    int ends[2];

    count = 0;
    tell("read", read_with_signal(0));
    tell("read that begins again", read_with_signal(SA_RESTART));
    printf("handled: %d\n", (int)count);

    set(SIGALRM, note, SA_RESTART);
    alarm(1);
    tell("pause", pause());
    printf("by %d; left of no alarm: %u\n", (int)last, alarm(0));
    alarm(100);
    printf("left of 100 s: %u\n", alarm(0));
    setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 0 }, { 0, 200000 } },
              NULL);
    tell("sleep", nanosleep(&(struct timespec){ 5, 0 }, &left));
    printf("left: %d s and some\n", (int)left.tv_sec);
    count = 0;
    setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 50000 }, { 0, 50000 } },
              NULL);
    sigemptyset(&none);
    while (count < 3)
        sigsuspend(&none);
    setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 0 }, { 0, 0 } }, NULL);
    printf("three times by a timer\n");
    tell("a strange timer", setitimer(ITIMER_REAL,
         &(struct itimerval){ { 0, 0 }, { 0, 1000000 } }, NULL));

    set(SIGPIPE, note, 0);
    if (pipe(ends))
        return;
    close(ends[0]);
    tell("write that nobody reads", write(ends[1], "x", 1));
    printf("by %d\n", (int)last);
    close(ends[1]);
}

/* ---------------------------------------------------------------------- FPU */

static void use_fpu(int number)
{
    volatile double x = number;

    for (int i = 0; i < 10; i++)
        x = x * 3 + 1;
    last = (int)x;
}

static void fpu(void)
{
    double sum = 0, product = 1;

    set(SIGUSR1, use_fpu, 0);
    for (int i = 1; i <= 20; i++) {
        sum += 1.0 / i;
        product *= 1 + sum;
        if (i % 5 == 0)
            raise(SIGUSR1);
    }
    printf("sum %.12f, product %.6e, handler %d\n", sum, product, (int)last);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    masks();
    children();
    calls();
    fpu();
    return 0;
}
