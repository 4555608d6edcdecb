/*
 * user/pipe.c - two processes that talk. Who reads from an empty pipe waits
 * until there is something, or until nobody is left who could write.
 *
 *      parent --- numbers ---> child
 *             <---- sum ------
 */
#include "lib/child.h"
#include "lib/print.h"
#include "lib/syscall.h"

enum { READ_END, WRITE_END };

/* Add up what comes, until the other end is closed. */
static int child(const i32 numbers[2], const i32 sums[2])
{
    u32 number, sum = 0;

    close(numbers[WRITE_END]); /* or the end would never come */
    while (read(numbers[READ_END], &number, sizeof number) > 0)
        sum += number;
    write(sums[WRITE_END], &sum, sizeof sum);
    return 0;
}

int main(void)
{
    i32 numbers[2], sums[2];
    u32 sum = 0;

    pipe(numbers);
    pipe(sums);
    i32 pid = need_fork();
    if (pid == 0)
        return child(numbers, sums);

    for (u32 n = 1; n <= 100; n++)
        write(numbers[WRITE_END], &n, sizeof n);
    close(numbers[WRITE_END]);
    read(sums[READ_END], &sum, sizeof sum);
    waitpid(pid, NULL, 0);
    print("the numbers from 1 to 100 make %u\n", sum);
    return 0;
}
