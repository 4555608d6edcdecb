/*
 * measured.c - run a program, and say on standard error what it took.
 *
 *      measured PROGRAM ARGUMENT...
 *
 * `wall` and `cpu` nanoseconds, and `peak`: the most bytes that were resident
 * at once, of the program or the largest of its children. A process that
 * calls exec() keeps the peak of what it was before; so this one is small.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double of_timeval(struct timeval time)
{
    return (double)time.tv_sec * 1e9 + (double)time.tv_usec * 1e3;
}

int main(int count, char **words)
{
    struct rusage usage;
    int status;
    double start = nanoseconds();
    pid_t child = count > 1 ? fork() : -1;

    if (child == 0) {
        execv(words[1], words + 1);
        perror(words[1]);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        fprintf(stderr, "usage: %s PROGRAM ARGUMENT...\n", *words);
        return 2;
    }
    fprintf(stderr, "wall %.0f cpu %.0f peak %.0f\n", nanoseconds() - start,
            of_timeval(usage.ru_utime) + of_timeval(usage.ru_stime),
            (double)usage.ru_maxrss * 1024);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
