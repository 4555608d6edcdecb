/*
 * user/stack.c - a stack that grows. It begins with a few pages; a touch below
 * its end is a page fault, and the region of the stack is extended down to
 * there, unless that would be more than the limit (8 MiB) or would come too
 * close to the region below.
 */
#include "lib/child.h"
#include "lib/print.h"

enum { FRAME = 512, DEEP = 4096 };

/* So many calls, each with some stack of its own that is really used. */
static NOINLINE u32 descend(u32 calls)
{
    volatile u8 frame[FRAME];

    for (u32 i = 0; i < FRAME; i += FRAME / 4)
        frame[i] = (u8)calls;
    return calls == 0 ? 0 : 1 + descend(calls - 1) + (frame[0] & 0u);
}

static void descend_for_ever(void)
{
    descend(~0u);
}

int main(void)
{
    print("%u calls deep, %u bytes each, and back\n", descend(DEEP), FRAME);
    u32 status = in_child(descend_for_ever);
    print("a child without end: ended by signal %u\n", WTERMSIG(status));
    return WTERMSIG(status) == SIGSEGV ? 0 : 1;
}
