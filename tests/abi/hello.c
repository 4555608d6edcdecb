/*
 * tests/abi/hello.c - the first program of every C library: what it takes to
 * start, to print, numbers with a point too, and to end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int at_exit_calls;

static void say_goodbye(void)
{
    printf("goodbye, call %d\n", ++at_exit_calls);
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/');
    double third = 1.0 / 3;

    atexit(say_goodbye);
    atexit(say_goodbye);
    printf("%s: hello, %d arguments\n", name ? name + 1 : argv[0], argc - 1);
    for (int i = 1; i < argc; i++)
        printf("%d: \"%s\"\n", i, argv[i]);
    printf("%.6f %8.3e %-6d| %06x %lld\n", third, third * 1e9, -42, 0xbeef,
           1234567890123456789ll);
    fflush(stdout);
    fprintf(stderr, "and to the other descriptor\n");
    return 7;
}
