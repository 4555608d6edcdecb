/*
 * tests/abi/advice.c - the other calls about memory: madvise, mincore, msync,
 * mlock, brk; stacks that grow; and pointers that lead nowhere.
 */
#include "mapping.h"

enum { CLOCK_GETTIME = 265 }; /* C libraries have two names for it */

/* --- madvise, mincore, msync, mlock --------------------------------------- */

static void advise_arguments(void)
{
    static const int advices[] = { 0, 1, 2, 3, 4, 5, 8, 10, 11, 18, 19, 99,
                                   -1 };
    static const uint32_t cases[][2] = {
        { START, PAGE }, { START + 2 * PAGE, 4 * PAGE },
        { START + 8 * PAGE, PAGE }, { START + 2 * PAGE, 10 * PAGE },
        { START, 0 }, { START + 1, PAGE }, { START, 1 },
        { START, 0xffffffff }, { START + PAGE, 0xfffff000 },
        { KERNEL, 0 }, { START + 20 * PAGE, PAGE },
    };

    for (unsigned a = 0; a < sizeof advices / sizeof *advices; a++) {
        printf("madvise %d:", advices[a]);
        for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
            clear();
            fresh(0, 4, RW, PRIVATE);
            fresh(8, 2, RW, SHARED);
            tell(CALL(SYS_madvise, cases[i][0], cases[i][1], advices[a]));
        }
        printf("\n");
    }
    clear();
    fresh(0, 4, RW, PRIVATE);
    fresh(4, 4, RW, SHARED);
    memset((void *)START, 1, 8 * PAGE);
    printf("forgotten:");
    tell(CALL(SYS_madvise, START + 2 * PAGE, 4 * PAGE, 4));
    show_pages(0, 8);
    clear();
}

static void core_arguments(void)
{
    static const uint32_t cases[][2] = {
        { START, 8 * PAGE }, { START, 5 * PAGE }, { START, 0 },
        { START + 1, PAGE }, { START, 1 }, { START + 20 * PAGE, PAGE },
        { START + 20 * PAGE, 0 }, { START + 2 * PAGE, 5 * PAGE },
        { KERNEL, PAGE }, { START, 0xffffffff },
    };
    uint8_t there[PAGES];

    fresh(0, 4, RW, PRIVATE);
    fresh(4, 4, RW, SHARED);
    for (uint32_t page = 0; page < 8; page += 2)
        *(volatile uint8_t *)(START + page * PAGE) = 1;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        memset(there, '?' - '0', sizeof there);
        printf("mincore:");
        tell(CALL(SYS_mincore, cases[i][0], cases[i][1], there));
        for (uint32_t page = 0; i < 2 && page < 8; page++)
            printf(" %c", '0' + there[page]);
        printf("\n");
    }
    printf("mincore to nowhere:");
    tell(CALL(SYS_mincore, START, PAGE, 8));
    printf("\n");
    clear();
}

static void sync_and_lock(void)
{
    static const uint32_t cases[][2] = {
        { START, PAGE }, { START, 2 * PAGE }, { START + 2 * PAGE, 4 * PAGE },
        { START, 0 }, { START + 1, PAGE }, { START + 20 * PAGE, PAGE },
        { START + 20 * PAGE, 0 }, { START, 0xffffffff },
        { START + PAGE, 0xfffff000 },
    };

    for (int flags = 0; flags < 9; flags++) {
        printf("msync %d:", flags);
        for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
            fresh(0, 4, RW, PRIVATE);
            fresh(8, 2, RW, SHARED);
            tell(CALL(SYS_msync, cases[i][0], cases[i][1], flags));
        }
        printf("\n");
    }
    for (int lock = 1; lock >= 0; lock--) {
        printf(lock ? "mlock:" : "munlock:");
        for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
            tell(CALL(lock ? SYS_mlock : SYS_munlock, cases[i][0],
                      cases[i][1]));
        printf("\n");
    }
    clear();
    printf("locked:");
    fresh(0, 4, RW, PRIVATE);
    fresh(4, 1, NONE, PRIVATE);
    tell(CALL(SYS_mlock, START + PAGE, PAGE));
    tell(CALL(SYS_mlock, START + 4 * PAGE, PAGE));
    tell(CALL(SYS_madvise, START + PAGE, PAGE, 4));
    tell(CALL(SYS_madvise, START, PAGE, 4));
    tell(CALL(SYS_munlock, START, 5 * PAGE));
    printf("\n");
    clear();
}

/* --- brk ------------------------------------------------------------------ */

static void breaks(void)
{
    uint32_t heap = (CALL(SYS_brk, 0) + PAGE - 1) / PAGE * PAGE;
    static const uint32_t ends[] = { 0, PAGE, 1, 3 * PAGE + 5, 2 * PAGE, 100,
                                     0xf0000000, 64 * PAGE, 0 };

    printf("brk:");
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++) {
        uint32_t end = CALL(SYS_brk, heap + ends[i]) - heap;

        printf(" %x", end);
        if (end > 4)
            *(volatile uint32_t *)(heap + end - 4) += 1;
    }
    printf(" below: %d", CALL(SYS_brk, 0x1000) == heap);
    CALL(SYS_brk, heap + PAGE);
    printf(", zeros again: %u\n", *(volatile uint32_t *)(heap + PAGE - 4));

    CALL(SYS_brk, heap);
    map(heap + 4 * PAGE, PAGE, RW, PRIVATE | ANON | FIXED, -1);
    printf("brk below a mapping:");
    for (uint32_t page = 1; page < 7; page++)
        printf(" %x", CALL(SYS_brk, heap + page * PAGE) - heap);
    printf("\n");
    unmap(heap + 4 * PAGE, PAGE);
    CALL(SYS_brk, heap);
}

/* --- touching ------------------------------------------------------------- */

/* A stack that a program makes for itself grows under the kernel's hands, too,
 * but keeps away from what lies below. */
static void grows_down(void)
{
    static const uint32_t stack = 0x52000000;
    static const uint32_t touches[] = { 1, 2, 10, 100, 300, 700, 800 };
    uint8_t byte = 1;

    map(stack - 1024 * PAGE, PAGE, RW, PRIVATE | ANON | FIXED, -1);
    map(stack, PAGE, RW, PRIVATE | ANON | FIXED | GROWSDOWN, -1);
    printf("grows down:");
    for (unsigned i = 0; i < sizeof touches / sizeof *touches; i++) {
        write(probe[1], &byte, 1);
        if (read(probe[0], (void *)(stack - touches[i] * PAGE), 1) == 1)
            printf(" yes");
        else
            read(probe[0], &byte, 1), printf(" no");
    }
    printf("\n");
    unmap(stack - 1024 * PAGE, 1025 * PAGE);
}

static void wild_pointers(void)
{
    static const uint32_t wild[] = { 0, 8, START + 30 * PAGE, KERNEL,
                                     0xffffffff };

    for (unsigned i = 0; i < sizeof wild / sizeof *wild; i++) {
        void *p = (void *)wild[i];

        printf("wild pointer %u:", i);
        tell(CALL(SYS_write, probe[1], p, 16));
        tell(CALL(SYS_pipe, p));
        tell(CALL(SYS_uname, p));
        tell(CALL(SYS_openat, -100, p, 0));
        tell(CALL(SYS_writev, probe[1], p, 1));
        tell(CALL(CLOCK_GETTIME, 0, p));
        printf("\n");
    }
    printf("up to where it may be read:");
    fresh(0, 1, RW, PRIVATE);
    tell(CALL(SYS_write, probe[1], START + PAGE - 10, 10));
    tell(CALL(SYS_read, probe[0], START + PAGE - 10, 10));
    printf("\n");
    clear();
}

int main(void)
{
    if (begin() < 0)
        return 1;
    advise_arguments();
    core_arguments();
    sync_and_lock();
    breaks();
    grows_down();
    wild_pointers();
    return 0;
}
