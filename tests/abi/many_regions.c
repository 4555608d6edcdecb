/*
 * tests/abi/many_regions.c - mappings until there may be no more: 65530 regions
 * of one space. Then whatever would make one more is refused, and what makes
 * none or fewer is not. It needs no C library.
 */
#include "lib/child.h"

enum { MOST = 70000 };

#define START 0x20000000u
#define AT(page) ((void *)(START + (page) * PAGE))

/* Every other page; what lies between keeps them apart. Nothing is promised for
 * them, so that they are only regions. */
static void *map_page(u32 page)
{
    return map(AT(page), PAGE, PROT_READ | PROT_WRITE,
               MAP_FIXED | MAP_PRIVATE | MAP_NORESERVE);
}

static u32 made;

/* One after the other, as long as that can be. Returns the error. */
static i32 map_until_refused(void)
{
    i32 answer;

    do
        answer = (i32)map_page(2 * made++);
    while (made < MOST && !is_error((void *)answer));
    return answer;
}

static void tell(const char *what, i32 answer)
{
    print("%s: %d\n", what, answer < 0 && answer > -ERRNO_MAX ? answer : 0);
}

int main(void)
{
    i32 last = map_until_refused();

    print("%s, then: %d\n", made > 65500 && made <= 65530
          ? "some 65530 regions" : "too few or too many", last);
    tell("a page elsewhere", (i32)map_page(2 * MOST));
    tell("rights of one", mprotect(AT(10), PAGE, PROT_READ));
    tell("some go", munmap(AT(20), 20 * PAGE));
    tell("between two", (i32)map_page(61));
    tell("and two", (i32)map_page(63));
    tell("rights of a part", mprotect(AT(60), PAGE, PROT_READ));
    tell("again until refused", map_until_refused());
    tell("rights of the middle", mprotect(AT(62), PAGE, PROT_NONE));
    tell("a hole in the middle", munmap(AT(62), PAGE));
    tell("the end goes", munmap(AT(64), PAGE));
    tell("rights of all", mprotect(AT(61), 3 * PAGE, PROT_READ));
    i32 pid = fork();
    if (pid == 0)
        exit(7);
    u32 status = 0;
    if (pid > 0)
        waitpid(pid, &status, 0);
    print("a child with as many: %u\n", WEXITSTATUS(status));
    tell("all go", munmap(AT(0), 2 * (MOST + 2) * PAGE));
    tell("and one comes", (i32)map_page(0));
    return 0;
}
