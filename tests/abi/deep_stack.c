/*
 * tests/abi/deep_stack.c - a stack that grows into everything: mappings below
 * it, near and far, another stack, the heap; by small steps, by a leap, and by
 * what the kernel writes for it. Nothing that was there before is touched. It
 * needs no C library.
 */
#include "abi/resource.h"
#include "lib/child.h"

enum {
    GAP = 256,         /* pages that stay free below a stack */
    FILL = 0x5a5a5a5a,
};

#define TOP  0x60000000u
#define STEP 64u

static u32 *below; /* one page of somebody else's */

/* A stack of one page that ends at TOP, and a page so many below it. */
static void build(u32 pages_between, u32 flags)
{
    map((void *)(TOP - PAGE), PAGE, PROT_READ | PROT_WRITE,
        MAP_FIXED | MAP_PRIVATE | MAP_GROWSDOWN);
    below = map((void *)(TOP - (pages_between + 2) * PAGE), PAGE,
                PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | flags);
    for (u32 i = 0; i < PAGE / 4; i++)
        below[i] = FILL;
}

static bool is_whole(void)
{
    for (u32 i = 0; i < PAGE / 4; i++)
        if (below[i] != FILL)
            return false;
    return true;
}

/* Shared: the lowest address that could be written. */
static volatile u32 *reached;

/* Touched from the top down, in steps, until a signal ends it. */
static void by_steps(void)
{
    for (u32 at = TOP - STEP; at > (u32)below; at -= STEP) {
        *(volatile u32 *)at = 1;
        *reached = at;
    }
}

static void by_leap(void)
{
    u32 at = (u32)below + PAGE + 8;

    *(volatile u32 *)at = 1;
    *reached = at;
}

/* The kernel writes there for us. */
static void by_call(void)
{
    for (u32 at = TOP - 512; at > (u32)below; at -= 512) {
        if (system_call(SYS_uname, at) < 0)
            exit(3);
        *reached = at;
    }
}

/* How many pages were left free, and is the one below as it was? */
static void grow(const char *how, u32 pages_between, u32 flags,
                 void (*deed)(void))
{
    build(pages_between, flags);
    *reached = TOP;
    u32 status = in_child(deed);
    i32 left = (i32)(*reached - (u32)below) / PAGE - 1;

    print("%s, %u between: ended by %x, %d left, %s\n", how, pages_between,
          status, left, is_whole() ? "whole" : "BROKEN");
    munmap((void *)(TOP - (pages_between + 2) * PAGE),
           (pages_between + 2) * PAGE);
}

/* The program's own, without a limit, until it comes to something. */
static NOINLINE u32 descend(u32 calls)
{
    volatile u32 frame[STEP];

    frame[0] = calls;
    *reached = (u32)frame;
    return calls == ~0u ? 0 : descend(calls + 1) + frame[0];
}

static void descend_for_ever(void)
{
    descend(0);
}

static void without_limit(void)
{
    struct rlimit64 none = { RLIM64_INFINITY, RLIM64_INFINITY };
    u32 here = (u32)&none & ~(PAGE - 1u);

    system_call(SYS_prlimit64, 0, RLIMIT_STACK, &none, NULL);
    below = map((void *)(here - 0x1000000), PAGE, PROT_READ | PROT_WRITE,
                MAP_FIXED | MAP_PRIVATE);
    for (u32 i = 0; i < PAGE / 4; i++)
        below[i] = FILL;
    u32 status = in_child(descend_for_ever);
    u32 left = (*reached - (u32)below) / PAGE - 1;
    print("its own stack: ended by %x, %s pages left, %s\n", status,
          left >= GAP - 1 && left <= GAP ? "the gap's" : "other",
          is_whole() ? "whole" : "BROKEN");
}

int main(void)
{
    reached = map(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    grow("steps", 1000, 0, by_steps);
    grow("steps", GAP, 0, by_steps);
    grow("steps", 1, 0, by_steps);
    grow("steps to a stack", 1000, MAP_GROWSDOWN, by_steps);
    grow("a leap", 1000, 0, by_leap);
    grow("a leap", 300, 0, by_leap);
    grow("calls", 1000, 0, by_call);
    without_limit();
    return 0;
}
