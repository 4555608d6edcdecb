/*
 * user/hello.c - the smallest program there is: two system calls, of which one
 * prints and one ends it.
 */
#include "lib/print.h"

int main(void)
{
    print("Hello from a program.\n");
    return 0;
}
