/*
 * user/oom.c - out of memory is an answer. Memory that is mapped is promised,
 * and what is promised is there when it is touched: so the one who asks for
 * too much is told so (ENOMEM), in the call, and nobody is killed later for
 * having touched his own. (Linux promises more than there is, until the
 * addresses run out, and then kills. The output looks the same.)
 *
 * Who asks for memory without reserve is promised nothing, and is killed when
 * none is left: `run /oom more`. (Not on a machine that others use.)
 */
#include "lib/child.h"
#include "lib/print.h"
#include "lib/syscall.h"

enum { PIECE = 16 << 20, MIB = 1 << 20, OWN = 64 * PAGE };

static void touch(volatile u8 *memory, u32 bytes, u8 value)
{
    for (u32 i = 0; i < bytes; i += PAGE)
        memory[i] = value;
}

static void touch_without_end(void)
{
    void *piece;

    while (!is_error(piece = map(NULL, PIECE, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_NORESERVE)))
        touch(piece, PIECE, 1);
}

/* A child takes all there is, and more. */
static int more(void)
{
    volatile u8 *own = map(NULL, OWN, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    u32 same = 0;

    touch(own, OWN / 2, 42);
    u32 status = in_child(touch_without_end);
    print("a child that touches what nobody promised: signal %d\n",
          WTERMSIG(status));
    touch(own + OWN / 2, OWN / 2, 42);
    for (u32 i = 0; i < OWN; i += PAGE)
        same += own[i] == 42;
    print("what its parent was promised: %u pages of %u\n", same, OWN / PAGE);
    return same != OWN / PAGE || WTERMSIG(status) != SIGKILL;
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return more();

    void *last = NULL, *piece;
    u32 pieces = 0;

    while (!is_error(piece = map(NULL, PIECE, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE))) {
        last = piece;
        pieces++;
    }
    print("%u MiB were promised, then: error %d\n", pieces * (PIECE / MIB),
          -(i32)piece);
    if (!last)
        return 1;

    touch(last, PIECE, 1);
    print("the last %u of them are there when they are touched\n",
          PIECE / MIB);

    munmap(last, PIECE);
    piece = map(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    print("given back, they are promised again: %s\n",
          is_error(piece) ? "no" : "yes");
    return 0;
}
