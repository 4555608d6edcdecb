/*
 * user/cow.c - copy on write. fork() copies no page: parent and child show the
 * same frames, which neither may write to any more. Whoever tries first gets a
 * copy of that one page.
 *
 * To see it, stop in the child (`make debug BREAK=vm_fault`) and ask for a
 * frame that both show: it is counted 2.
 */
#include "lib/child.h"
#include "lib/print.h"
#include "lib/syscall.h"

enum { PAGES = 256, WORDS = PAGE / 4 };

static u32 memory[PAGES][WORDS];

static void fill(u32 value)
{
    for (u32 page = 0; page < PAGES; page++)
        memory[page][page % WORDS] = value + page;
}

/* How many of the pages hold what fill(value) has left there. */
static u32 count(u32 value)
{
    u32 pages = 0;

    for (u32 page = 0; page < PAGES; page++)
        pages += memory[page][page % WORDS] == value + page;
    return pages;
}

int main(void)
{
    fill(1000);
    i32 pid = need_fork();

    if (pid == 0) {
        print("child: sees %u pages of the parent\n", count(1000));
        fill(2000);
        print("child: has written %u pages of its own\n", count(2000));
        return 0;
    }
    waitpid(pid, NULL, 0);
    print("parent: still has %u pages of %u\n", count(1000), PAGES);
    return 0;
}
