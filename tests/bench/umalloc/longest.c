/*
 * longest.c - the longest single calls of a program, in instructions.
 *
 *      longest MALLOC FREE PROGRAM WORDS...
 *
 * MALLOC and FREE are the addresses of the two functions, hexadecimal. A
 * breakpoint stops the program there; then it is run step by step until the
 * stack is as it was before the call, and each step counts. A system call is
 * one. Prints words and numbers for tests/bench/bench_umalloc.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/types.h"

enum { FUNCTIONS = 2, BREAKPOINT = 0xcc };

/* A function that is looked at. */
struct watched {
    u32 at;
    long code; /* what the breakpoint stands in place of */
    u32 calls, longest;
};

/* Change the word of the program's code; the first byte, or all of it. */
static void set_breakpoint(pid_t pid, struct watched *watched, bool on)
{
    void *at = (void *)(uintptr_t)watched->at;

    if (on)
        watched->code = ptrace(PTRACE_PEEKTEXT, pid, at, NULL);
    long code = on ? (watched->code & ~0xffL) | BREAKPOINT : watched->code;
    ptrace(PTRACE_POKETEXT, pid, at, (void *)code);
}

/* Run up to the next stop; false if there is none any more. */
static bool run(pid_t pid, enum __ptrace_request how,
                struct user_regs_struct *registers)
{
    int status = 0;

    ptrace(how, pid, NULL, NULL);
    return waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) &&
           ptrace(PTRACE_GETREGS, pid, NULL, registers) == 0;
}

/* The program stands behind the breakpoint. */
static void count_call(pid_t pid, struct watched *watched,
                       struct user_regs_struct *registers)
{
    u32 stack = (u32)registers->esp, steps = 0;

    registers->eip--;
    ptrace(PTRACE_SETREGS, pid, NULL, registers);
    set_breakpoint(pid, watched, false);
    while ((u32)registers->esp <= stack) {
        run(pid, PTRACE_SINGLESTEP, registers);
        steps++;
    }
    set_breakpoint(pid, watched, true);
    watched->calls++;
    if (steps > watched->longest)
        watched->longest = steps;
}

static void follow(pid_t pid, struct watched *watched)
{
    struct user_regs_struct registers;
    int status = 0;

    waitpid(pid, &status, 0);
    for (u32 i = 0; i < FUNCTIONS; i++)
        set_breakpoint(pid, &watched[i], true);
    while (run(pid, PTRACE_CONT, &registers))
        for (u32 i = 0; i < FUNCTIONS; i++)
            if ((u32)registers.eip == watched[i].at + 1)
                count_call(pid, &watched[i], &registers);
}

int main(int count, char **words)
{
    if (count < 4) {
        fprintf(stderr, "usage: %s MALLOC FREE PROGRAM WORDS...\n", *words);
        return 2;
    }
    struct watched watched[FUNCTIONS] = {
        { .at = (u32)strtoul(words[1], NULL, 16) },
        { .at = (u32)strtoul(words[2], NULL, 16) },
    };
    pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execv(words[3], words + 3);
        _exit(127);
    }
    follow(pid, watched);
    printf("mallocs %u longest_malloc %u frees %u longest_free %u\n",
           watched[0].calls, watched[0].longest, watched[1].calls,
           watched[1].longest);
    return 0;
}
