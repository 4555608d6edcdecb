/*
 * tests/abi/handler.h - what the programs about signals share.
 */
#ifndef HANDLER_H
#define HANDLER_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static inline void tell(const char *what, long answer)
{
    if (answer < 0)
        printf("%s: error %d\n", what, errno);
    else
        printf("%s: %ld\n", what, answer);
}

static inline void set(int number, void *handler, int flags)
{
    struct sigaction action = { .sa_flags = flags };

    sigemptyset(&action.sa_mask);
    if (flags & SA_SIGINFO)
        action.sa_sigaction = (void (*)(int, siginfo_t *, void *))handler;
    else
        action.sa_handler = (void (*)(int))handler;
    if (sigaction(number, &action, NULL))
        tell("sigaction", -1);
}

static inline void pause_ms(int ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

#endif
