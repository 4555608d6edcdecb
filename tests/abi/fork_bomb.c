/*
 * tests/abi/fork_bomb.c - processes that do nothing but become more, until no
 * more can be made; then all are ended. It needs no C library.
 */
#include "lib/child.h"

enum { EVERYBODY = -1, ROUNDS = 3, BURNS_MS = 300 };

static void pause_ms(u32 ms)
{
    const u32 moment[2] = { 0, ms * 1000000 };

    system_call(SYS_nanosleep, moment, NULL);
}

static void explode(void)
{
    for (;;)
        fork();
}

/* Until there is nobody else. */
static void put_out(void)
{
    while (system_call(SYS_kill, EVERYBODY, SIGKILL) == 0) {
        pause_ms(10);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}

int main(void)
{
    for (u32 round = 0; round < ROUNDS; round++) {
        if (need_fork() == 0)
            explode();
        pause_ms(BURNS_MS);
        put_out();
    }
    print("%u bombs were put out\n", ROUNDS);
    return 0;
}
