/*
 * user/pager.c - paging as a program can do it. What it may not touch is a
 * SIGSEGV, whose handler learns the address: it puts the page there, and when
 * it returns, the touch is tried again, as after a fault that the kernel has
 * dealt with.
 */
#include "lib/print.h"
#include "lib/syscall.h"

enum { PAGES = 8 };

static u8 *memory;
static u32 brought;

/* Each page comes with its number. */
static void bring_page(i32 number, struct siginfo *info)
{
    u32 page = (info->words[0] - (u32)memory) / PAGE;
    u8 *at = memory + page * PAGE;

    if (number != SIGSEGV || page >= PAGES)
        exit(1); /* another address: this is a bug */
    mprotect(at, PAGE, PROT_READ | PROT_WRITE);
    *at = (u8)page;
    brought++;
}

int main(void)
{
    struct sigaction action = { .handler = (u32)bring_page,
                                .flags = SA_SIGINFO };
    u32 sum = 0;

    memory = map(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE);
    sigaction(SIGSEGV, &action);
    for (u32 round = 0; round < 2; round++)
        for (u32 page = 0; page < PAGES; page += 2)
            sum += *(volatile u8 *)(memory + page * PAGE);
    print("%u of %u pages were touched twice, and brought once each: %u\n",
          PAGES / 2, PAGES, brought);
    print("their numbers make %u\n", sum);
    return 0;
}
