/*
 * tests/abi/meetings.c - two things come at once: a signal and what a call
 * waits for, or two signals; and exec where something is shared.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "handler.h"

enum { WAIT, WAKE, REQUEUE = 3, PRIVATE = 128 };

static const char *self;
static volatile int taken, taken_in_time;

static void nothing(int number)
{
    (void)number;
}

/* ---------------------------------------- a signal, and what was waited for */

static void child_and_its_signal(void)
{
    int status;

    set(SIGCHLD, nothing, 0);
    pid_t pid = fork();
    if (pid == 0) {
        pause_ms(50);
        _exit(3);
    }
    printf("the child that was waited for: %d, ", wait(&status) == pid);
    printf("status %x\n", status);
    set(SIGCHLD, SIG_DFL, 0);
}

static void byte_and_signal(int signal_first)
{
    int ends[2], status;
    char byte = 'x';

    set(SIGUSR1, nothing, 0);
    if (pipe(ends))
        return;
    pid_t pid = fork();
    if (pid == 0) {
        pause_ms(50);
        if (signal_first)
            kill(getppid(), SIGUSR1);
        status = (int)write(ends[1], &byte, 1);
        if (!signal_first)
            kill(getppid(), SIGUSR1);
        _exit(status);
    }
    close(ends[1]);
    if (!signal_first)
        tell("a byte, then a signal", read(ends[0], &byte, 1));
    else if (read(ends[0], &byte, 1) < 0 && errno != EINTR)
        tell("a signal, then a byte", -1);
    close(ends[0]);
    while (waitpid(pid, &status, 0) < 0)
        ;
}

/* A gigabyte for a console, of what nobody sees. */
static void killed_in_write(void)
{
    static char text[1 << 20];
    static struct iovec pieces[1024];
    struct itimerval soon = { .it_value = { .tv_usec = 50000 } };
    int status;

    memset(text, '\r', sizeof text);
    for (int i = 0; i < 1024; i++)
        pieces[i] = (struct iovec){ text, sizeof text };
    pid_t pid = fork();
    if (pid == 0) {
        setitimer(ITIMER_REAL, &soon, NULL);
        while (writev(1, pieces, 1024) > 0)
            ;
        _exit(0);
    }
    waitpid(pid, &status, 0);
    printf("killed in a long write: status %x\n", status);
}

/* -------------------------------------------------------------- two threads */

static void note(int number)
{
    (void)number;
    taken = 1;
}

/* What this handler blocks, the other thread does not. */
static void wait_for_other(int number)
{
    (void)number;
    for (int i = 0; i < 100 && !taken; i++)
        pause_ms(10);
    taken_in_time = taken;
}

static void *be_there(void *unused)
{
    (void)unused;
    while (!taken)
        pause_ms(10000);
    return NULL;
}

/* Both are sent while the first thread cannot take them. */
static void blocked_by_handler(void)
{
    struct sigaction action = { .sa_handler = wait_for_other };
    pthread_t other;

    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    set(SIGUSR2, note, 0);
    pthread_create(&other, NULL, be_there, NULL);
    pause_ms(50);
    pid_t pid = getpid();
    if (vfork() == 0) {
        kill(pid, SIGUSR1);
        kill(pid, SIGUSR2);
        _exit(0);
    }
    for (int i = 0; i < 200 && !taken_in_time; i++)
        pause_ms(10);
    printf("what one's handler blocks, the other takes: %d\n", taken_in_time);
    pthread_kill(other, SIGUSR2);
    pthread_join(other, NULL);
    wait(NULL);
}

/* The signal is the first thread's to take, which ends for this exec. */
static void *signal_and_exec(void *unused)
{
    (void)unused;
    pause_ms(50);
    kill(getpid(), SIGTERM);
    execl(self, self, "again", NULL);
    return NULL;
}

static void left_behind(void)
{
    pthread_t other;
    int status;

    pid_t pid = fork();
    if (pid == 0) {
        pthread_create(&other, NULL, signal_and_exec, NULL);
        if (vfork() == 0) {
            pause_ms(200);
            _exit(0);
        }
        pause_ms(10000);
    }
    waitpid(pid, &status, 0);
    printf("a signal that a thread leaves behind: status %x\n", status);
}

static void tell_sender(int number, siginfo_t *info, void *context)
{
    (void)context;
    printf("signal %d: code %d, from here: %d\n", number, info->si_code,
           info->si_pid == getpid());
}

static void two_to_a_thread(void)
{
    sigset_t both, before;

    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    set(SIGUSR1, tell_sender, SA_SIGINFO);
    set(SIGUSR2, tell_sender, SA_SIGINFO);
    sigprocmask(SIG_BLOCK, &both, &before);
    syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1);
    syscall(SYS_tgkill, getpid(), gettid(), SIGUSR2);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* A word for this space only is not the one that others see, too. */
static void *wait_for_wake(void *word)
{
    return (void *)syscall(SYS_futex, word, WAIT | PRIVATE, 0, NULL);
}

static void two_words_in_one(void)
{
    static int word;
    pthread_t other;

    pthread_create(&other, NULL, wait_for_wake, &word);
    pause_ms(50);
    tell("wake for all", syscall(SYS_futex, &word, WAKE, 9));
    tell("wake for this space", syscall(SYS_futex, &word, WAKE | PRIVATE, 9));
    pthread_join(other, NULL);
}

/* --------------------------------------------------------------------- exec */

static int become(void *unused)
{
    (void)unused;
    execl(self, self, "again", NULL);
    return 1;
}

static void shared_at_exec(void)
{
    static int word = 1;
    char *stack = malloc(65536);
    int fd = open("/", O_RDONLY | O_CLOEXEC), status;

    pid_t pid = clone(become, stack + 65536,
                      CLONE_VM | CLONE_VFORK | CLONE_FILES |
                      CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL, NULL, &word);
    waitpid(pid, &status, 0);
    printf("exec of a child that shares: status %x, ", status);
    printf("descriptor %s, word %d\n",
           fcntl(fd, F_GETFD) < 0 ? "gone" : "there", word);
    close(fd);
    free(stack);
}

/* ---------------------------------------------------------------- registers */

/* A handler's frame has no room; that is a signal with another stack. The
 * registers are what they were. */
static void registers_survive(void)
{
    static char memory[16384];
    stack_t stack = { .ss_sp = memory, .ss_size = sizeof memory };
    float one = 0;
    int answer;

    sigaltstack(&stack, NULL);
    set(SIGUSR1, nothing, 0);
    set(SIGSEGV, nothing, SA_ONSTACK);
    __asm__ volatile("fld1\n\t"
                     "movl %%esp, %%esi\n\t"
                     "movl $8, %%esp\n\t"
                     "int $0x80\n\t"
                     "movl %%esi, %%esp\n\t"
                     "fstps %1"
                     : "=a"(answer), "=m"(one)
                     : "a"(SYS_kill), "b"(getpid()), "c"(SIGUSR1)
                     : "esi", "memory");
    printf("a frame without room: %d, register %d\n", answer, (int)one);
    set(SIGSEGV, SIG_DFL, 0);
}

enum { FXSAVE = 112, UNUSED = FXSAVE + 288, UNUSED_END = FXSAVE + 464 };

static volatile int strange, fills;

/* What no register is saved to, in the frame. */
static void use_rest(int number, siginfo_t *info, void *context)
{
    unsigned char *saved = (void *)((ucontext_t *)context)->uc_mcontext.fpregs;

    (void)number;
    (void)info;
    for (int i = UNUSED; saved && i < UNUSED_END; i++) {
        strange += saved[i] == 0xa5;
        if (fills)
            saved[i] = 0xa5;
    }
}

static void rest_of_registers(void)
{
    int status;

    fills = 1;
    for (int i = 0; i < 4; i++) {
        if (fork() == 0) {
            set(SIGUSR1, use_rest, SA_SIGINFO);
            raise(SIGUSR1);
            _exit(strange);
        }
        wait(&status);
        fills = 0;
        if (status)
            printf("another's bytes in a frame: status %x\n", status);
    }
}

/* ------------------------------------------------------------------- errors */

static void two_errors(void)
{
    static int word;
    stack_t stack = { .ss_flags = SS_ONSTACK | SS_DISABLE };

    tell("kill nobody with no signal", kill(32000, 100));
    tell("tgkill nobody with no signal",
         syscall(SYS_tgkill, getpid(), 32000, 100));
    tell("a stack that is and is not", sigaltstack(&stack, NULL));
    void *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                      0);
    tell("wake where nobody can wait", syscall(SYS_futex, page, WAKE, 1));
    tell("requeue nobody", syscall(SYS_futex, &word, REQUEUE, 1, 1,
                                   &word, 0));
}

int main(int words, char **word)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (words > 1 && strcmp(word[1], "again") == 0)
        return 8;
    self = word[0];
    child_and_its_signal();
    byte_and_signal(0);
    byte_and_signal(1);
    killed_in_write();
    blocked_by_handler();
    left_behind();
    two_to_a_thread();
    two_words_in_one();
    shared_at_exec();
    registers_survive();
    rest_of_registers();
    two_errors();
    return 0;
}
