/*
 * user/guard.c - a guard page. What is mapped with PROT_NONE has an address
 * but no rights: nothing else comes to lie there, and a run over the end of
 * what is before it is noticed at once.
 */
#include "lib/child.h"
#include "lib/print.h"

static volatile u8 *memory;

static void run_over_the_end(void)
{
    for (u32 i = 0; i < 2 * PAGE; i++)
        memory[i] = 1;
    print("nobody has noticed\n");
}

int main(void)
{
    void *at = map(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    u8 *guard = (u8 *)at + PAGE;

    memory = at;
    print("mprotect: %d\n", mprotect(guard, PAGE, PROT_NONE));
    memory[PAGE - 1] = 1;
    memory[2 * PAGE] = 1;
    print("the pages around it can be written\n");

    u32 status = in_child(run_over_the_end);
    print("a child that runs into it: ended by signal %u\n",
          WTERMSIG(status));

    /* The kernel touches a program's memory with the program's rights. */
    print("writing from it to a file: error %d\n", -write(1, guard, 1));
    return 0;
}
