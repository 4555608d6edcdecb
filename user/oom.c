/*
 * user/oom.c - out of memory is an answer. Memory that is mapped is promised,
 * and what is promised is there when it is touched: so the one who asks for
 * too much is told so (ENOMEM), in the call, and nobody is killed later for
 * having touched his own. (Linux promises more than there is, until the
 * addresses run out, and then kills. The output looks the same.)
 */
#include "lib/print.h"
#include "lib/syscall.h"

enum { PIECE = 16 << 20, MIB = 1 << 20 };

int main(void)
{
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

    for (u32 i = 0; i < PIECE; i += PAGE)
        ((volatile u8 *)last)[i] = 1;
    print("the last %u of them are there when they are touched\n",
          PIECE / MIB);

    munmap(last, PIECE);
    piece = map(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    print("given back, they are promised again: %s\n",
          is_error(piece) ? "no" : "yes");
    return 0;
}
