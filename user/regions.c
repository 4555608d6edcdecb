/*
 * user/regions.c - regions of each sort, to be looked at from outside:
 *
 *      run /regions 60 &        runs for 60 s beside the shell
 *      ps                       and has a child, which shares its memory
 *      maps 2                   which regions it has, if it is process 2,
 *      what 2:0x40003000        and what is known of an address of it
 */
#include "lib/child.h"
#include "lib/print.h"
#include "lib/syscall.h"

enum { SORTS_AT = 0x40000000, APART = 16 * PAGE, SIZE = 4 * PAGE };

/* Far enough apart that they stay regions of their own. */
static volatile u8 *next(const char *what, u32 rights, u32 flags)
{
    static u32 at = SORTS_AT;
    void *memory = map((void *)at, SIZE, rights, flags);

    print("0x%x: %s\n", (u32)memory, what);
    at += APART;
    return memory;
}

static void make_regions(void)
{
    const u32 both = PROT_READ | PROT_WRITE;

    next("nobody has touched it", both, MAP_PRIVATE);
    (void)*next("read: it shows the page of zeros", both, MAP_PRIVATE);
    *next("written, then shared with a child", both, MAP_PRIVATE) = 1;
    *next("shared memory", both, MAP_SHARED) = 1;
    volatile u8 *kept = next("written, then all rights given up", both,
                             MAP_PRIVATE);
    *kept = 1;
    mprotect((void *)kept, SIZE, PROT_NONE);
    next("a guard, without rights from the beginning", PROT_NONE,
         MAP_PRIVATE);
    brk(brk(0) + SIZE);
}

static u32 number(const char *digits)
{
    u32 n = 0;

    for (; *digits >= '0' && *digits <= '9'; digits++)
        n = n * 10 + (u32)(*digits - '0');
    return n;
}

int main(int argc, char **argv)
{
    u32 seconds = argc > 1 ? number(argv[1]) : 0;

    make_regions();
    i32 pid = need_fork();
    sleep(seconds);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return 0;
}
