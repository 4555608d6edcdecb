/*
 * tests/abi/mapping.c - mmap2, munmap, mprotect and mremap: several hundred
 * calls, of which many make no sense. Its argument is the folder in which its
 * files are, none for the root.
 */
#include "mapping.h"

static const char *top;

/* --- mmap2 ---------------------------------------------------------------- */

static void map_arguments(void)
{
    static const uint32_t places[] = { 0, START, START + 1, START + 16 * PAGE,
                                       KERNEL };
    static const uint32_t sizes[] = { 0, 1, PAGE, 3 * PAGE, 0xfffff000,
                                      0xffffffff };
    static const int kinds[] = { ANON, ANON | NORESERVE, ANON | STACK,
                                 ANON | GROWSDOWN, ANON | FIXED,
                                 ANON | NOREPLACE, ANON | FIXED | NOREPLACE,
                                 0, ANON | 0x800, ANON | 0x8000000 };

    for (int type = 0; type < 6; type++)
        for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            printf("mmap2 flags %x:", type | kinds[k]);
            for (unsigned p = 0; p < 5; p++)
                for (unsigned s = 0; s < 6; s++) {
                    if (places[p] == 0 && kinds[k] & (FIXED | NOREPLACE))
                        continue; /* a matter of who asks */
                    clear();
                    fresh(17, 1, R, PRIVATE);
                    tell_mapping(map(places[p], sizes[s], RW,
                                     type | kinds[k], -1), sizes[s]);
                }
            printf("\n");
        }
    clear();
}

static void map_files(void)
{
    char path[4096];
    static const int types[] = { SHARED, PRIVATE, 3, 3 | 0x800000 };

    snprintf(path, sizeof path, "%s/data/numbers", top);
    int fd = open(path, O_RDONLY);
    uint32_t size = (uint32_t)lseek(fd, 0, SEEK_END);
    uint32_t pages = (size + PAGE - 1) / PAGE;

    for (unsigned t = 0; t < 4; t++) {
        printf("file, flags %x:", types[t]);
        for (int rights = 0; rights < 8; rights++) {
            uint32_t at = map(START, 2 * PAGE, rights, types[t] | FIXED, fd);

            tell(at);
            if (!failed(at) && rights == R)
                tell(protect(START, PAGE, RW)), tell(protect(START, PAGE, R));
        }
        printf("\n");
    }
    printf("offsets:");
    tell_mapping(CALL(SYS_mmap2, START, PAGE, R, PRIVATE, fd, 0x100000), PAGE);
    tell_mapping(CALL(SYS_mmap2, START, PAGE, R, PRIVATE, fd, 0xffffffff),
                 PAGE);
    tell_mapping(CALL(SYS_mmap2, START, 3 * PAGE, R, PRIVATE, fd, 0xffffffff),
                 3 * PAGE);
    tell(map(START, PAGE, R, PRIVATE, 99));
    tell(map(START, PAGE, R, SHARED, probe[0]));
    printf("\n");

    clear();
    map(START, (pages + 2) * PAGE, RW, PRIVATE | FIXED, fd);
    printf("beyond the end:");
    show_pages(pages - 2, 4);
    const uint8_t *bytes = (uint8_t *)START;
    unsigned sum = 0;
    for (uint32_t i = 0; i < pages * PAGE; i++)
        sum = sum * 31 + bytes[i];
    printf("hash of %u pages: %u\n", pages, sum);
    memset((void *)START, 'x', 100);
    lseek(fd, 0, SEEK_SET);
    read(fd, path, 10);
    printf("private writes stay private: %.6s, %.6s\n", (char *)START, path);
    CALL(SYS_madvise, START, PAGE, 4);
    printf("and are forgotten on demand: %.6s\n", (char *)START);
    CALL(SYS_mmap2, START, PAGE, R, SHARED | FIXED, fd, 3);
    printf("page 3: %.6s\n", (char *)START);
    close(fd);
    printf("after close: %.6s\n", (char *)START);
    clear();
}

/* --- munmap, mprotect ----------------------------------------------------- */

static void unmap_arguments(void)
{
    static const uint32_t cases[][2] = {
        { START, 0 }, { START + 1, PAGE }, { START, 1 }, { START, PAGE + 1 },
        { KERNEL, PAGE }, { START, 0xffffffff }, { START, 0xb0000000 },
        { START + 40 * PAGE, PAGE }, { START + 3 * PAGE, 2 * PAGE },
        { START - PAGE, 2 * PAGE }, { 0xffffffff, 0xffffffff },
    };

    printf("munmap:");
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        fresh(0, 8, RW, PRIVATE);
        tell(unmap(cases[i][0], cases[i][1]));
        show_pages(0, 9);
    }
    clear();
}

static void protect_arguments(void)
{
    static const struct {
        uint32_t at, bytes;
        int rights;
    } cases[] = {
        { START, PAGE, NONE }, { START, PAGE, R }, { START, PAGE, RW },
        { START, PAGE, W }, { START, 0, R }, { START + 1, PAGE, R },
        { START, 1, R }, { START, PAGE + 1, R }, { START, PAGE, 8 },
        { START, PAGE, 16 }, { START, PAGE, 0x1000000 | R },
        { START, PAGE, 0x2000000 | R }, { START, PAGE, 0x3000000 | R },
        { KERNEL, PAGE, R }, { START, 0xffffffff, R },
        { START + PAGE, 0xfffff000, R }, { START + 2 * PAGE, 8 * PAGE, R },
        { START - PAGE, 2 * PAGE, R }, { START, 0, 0x100 },
        { START + 3 * PAGE, 2 * PAGE, R | X }, { 1, 0, R },
        { 0xfffff001, 0, R },
    };

    printf("mprotect:");
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        clear();
        fresh(0, 4, RW, PRIVATE);
        fresh(6, 2, RW, PRIVATE);
        tell(protect(cases[i].at, cases[i].bytes, cases[i].rights));
        show_pages(0, 9);
    }
    clear();
    fresh(0, 4, NONE, SHARED);
    tell(protect(START, 2 * PAGE, RW));
    show_pages(0, 5);
    clear();
    fresh(10, 4, RW, PRIVATE | GROWSDOWN);
    tell(protect(START + 12 * PAGE, PAGE, 0x1000000 | R));
    show_pages(9, 6);
    clear();
}

/* --- mremap --------------------------------------------------------------- */

static void remap_arguments(void)
{
    static const struct {
        uint32_t at, old, new;
        int flags;
        uint32_t to;
    } cases[] = {
        { 0, 4, 8, 0, 0 }, { 0, 4, 5, 0, 0 }, { 0, 4, 2, 0, 0 },
        { 0, 4, 12, 0, 0 }, { 0, 4, 0, 0, 0 }, { 0, 0, 4, 0, 0 },
        { 0, 0, 4, 1, 0 }, { 0, 2, 4, 0, 0 }, { 0, 4, 4, 0, 0 },
        { 0, 9, 2, 0, 0 }, { 0, 9, 12, 1, 0 }, { 20, 1, 2, 0, 0 },
        { 20, 1, 2, 1, 0 }, { 0, 4, 4, 2, 30 }, { 0, 4, 4, 3, 30 },
        { 0, 4, 8, 3, 30 }, { 0, 4, 2, 3, 30 }, { 0, 4, 4, 3, 2 },
        { 2, 2, 4, 3, 0 }, { 0, 4, 4, 3, 0 }, { 0, 2, 2, 3, 2 },
        { 0, 4, 4, 3, 8 }, { 0, 4, 4, 4, 0 }, { 0, 4, 4, 5, 0 },
        { 0, 4, 8, 5, 0 }, { 0, 4, 4, 7, 30 }, { 0, 4, 4, 8, 0 },
        { 0, 4, 4, 11, 30 }, { 1, 2, 2, 3, 30 }, { 0, 4, 6, 1, 0 },
        { 8, 4, 6, 0, 0 }, { 8, 4, 20, 0, 0 }, { 8, 2, 1, 3, 10 },
    };

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t old = cases[i].old * PAGE, new = cases[i].new * PAGE;

        clear();
        fresh(0, 4, RW, PRIVATE);
        fresh(8, 4, RW, SHARED);
        memset((void *)START, 'p', 4 * PAGE);
        memset((void *)(START + 8 * PAGE), 's', 4 * PAGE);
        printf("mremap %u:", i);
        tell_mapping(remap(START + cases[i].at * PAGE, old, new,
                           cases[i].flags, START + cases[i].to * PAGE), new);
        show_pages(0, 40);
    }
    clear();
    fresh(0, 4, RW, PRIVATE);
    printf("mremap, not aligned:");
    tell(remap(START + 1, PAGE, PAGE, 0, 0));
    tell(remap(START, PAGE + 1, 2 * PAGE - 1, 0, 0));
    tell(remap(START, 1, 1, 0, 0));
    tell(remap(START, PAGE, PAGE, 3, START + 30 * PAGE + 1));
    tell(remap(START, PAGE, PAGE, 3, KERNEL));
    tell(remap(START, PAGE, 0xfffff000, 1, 0));
    tell(remap(START, PAGE, 0xffffffff, 1, 0));
    tell(remap(START, 0xffffffff, PAGE, 0, 0));
    tell(remap(KERNEL, PAGE, 2 * PAGE, 1, 0));
    show_pages(0, 5);
    clear();
}

/* Shared memory shown twice: old size 0. */
static void remap_shared(void)
{
    fresh(0, 2, RW, SHARED);
    *(uint32_t *)START = 77;
    printf("shown twice:");
    tell(remap(START, 0, 2 * PAGE, 3, START + 8 * PAGE));
    printf(" %u", *(uint32_t *)(START + 8 * PAGE));
    *(uint32_t *)(START + 8 * PAGE) = 78;
    printf(" %u", *(uint32_t *)START);
    tell(remap(START, 2 * PAGE, 4 * PAGE, 0, 0));
    show_pages(0, 12);
    clear();
}

int main(int argc, char **argv)
{
    top = argc > 1 ? argv[1] : "";
    if (begin() < 0)
        return 1;
    map_arguments();
    map_files();
    unmap_arguments();
    protect_arguments();
    remap_arguments();
    remap_shared();
    return 0;
}
