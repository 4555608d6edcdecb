/*
 * blocks.c - a program that allocates BLOCKS small objects, 1 or 0, and says
 * how much memory it has, in KiB. With 0 it is linked without malloc.
 *
 * Only what is the program's own counts, by the kernel's own walk through its
 * page tables: pages of its file that nobody has written to do not.
 */
#include "abi/fcntl.h"
#include "lib/print.h"
#include "lib/syscall.h"
#include "malloc/malloc.h"

enum { ROOM = 4096 };

/* On a page of its own, which counts with and without malloc. */
static char text[ROOM] __attribute__((aligned(PAGE)));

static const char *behind(const char *at, const char *words)
{
    while (*words)
        if (*at++ != *words++)
            return NULL;
    return at;
}

static u32 anonymous_kib(void)
{
    i32 file = system_call(SYS_open, "/proc/self/smaps_rollup", O_RDONLY);
    i32 bytes = read(file, text, ROOM - 1);
    const char *at = text, *number = NULL;
    u32 kib = 0;

    text[bytes > 0 ? bytes : 0] = 0;
    for (; *at && !number; at++)
        number = behind(at, "\nAnonymous:");
    while (number && *number == ' ')
        number++;
    for (; number && *number >= '0' && *number <= '9'; number++)
        kib = kib * 10 + (u32)(*number - '0');
    return kib;
}

int main(void)
{
#if BLOCKS
    volatile u8 *object = malloc(16);

    object[0] = 1;
#endif
    anonymous_kib();
    print("kib %u\n", anonymous_kib());
    return 0;
}
