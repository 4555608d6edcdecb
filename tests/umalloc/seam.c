/*
 * seam.c - the calls that the malloc makes of the system, by the linker's
 * --wrap. They can be made to fail; each fails as the system would.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"

void *__real_mmap(void *at, size_t bytes, int rights, int flags, int file,
                  off_t offset);
int __real_munmap(void *at, size_t bytes);
void *__real_mremap(void *at, size_t old, size_t bytes, int flags, ...);
int __real_mprotect(void *at, size_t bytes, int rights);
int __real_madvise(void *at, size_t bytes, int advice);

void *__wrap_mmap(void *at, size_t bytes, int rights, int flags, int file,
                  off_t offset);
int __wrap_munmap(void *at, size_t bytes);
void *__wrap_mremap(void *at, size_t old, size_t bytes, int flags, ...);
int __wrap_mprotect(void *at, size_t bytes, int rights);
int __wrap_madvise(void *at, size_t bytes, int advice);

/* Calls [first, end) fail. */
static struct {
    u32 calls, first, end;
} seam[FUNCTIONS];

void fail_from(enum system_function function, u32 n)
{
    seam[function].calls = 0;
    seam[function].first = n;
    seam[function].end = NO_CALL;
}

void fail_once(enum system_function function, u32 n)
{
    fail_from(function, n);
    seam[function].end = n + 1;
}

void fail_nothing(void)
{
    for (u32 i = 0; i < FUNCTIONS; i++)
        fail_from(i, NO_CALL);
}

u32 system_calls(enum system_function function)
{
    return seam[function].calls;
}

static bool fails(enum system_function function)
{
    u32 n = __atomic_fetch_add(&seam[function].calls, 1, __ATOMIC_RELAXED);

    if (n < seam[function].first || n >= seam[function].end)
        return false;
    errno = ENOMEM;
    return true;
}

__attribute__((constructor(101))) static void nothing_fails_at_first(void)
{
    fail_nothing();
}

void *__wrap_mmap(void *at, size_t bytes, int rights, int flags, int file,
                  off_t offset)
{
    return fails(MMAP) ? MAP_FAILED
                       : __real_mmap(at, bytes, rights, flags, file, offset);
}

int __wrap_munmap(void *at, size_t bytes)
{
    return fails(MUNMAP) ? -1 : __real_munmap(at, bytes);
}

void *__wrap_mremap(void *at, size_t old, size_t bytes, int flags, ...)
{
    return fails(MREMAP) ? MAP_FAILED : __real_mremap(at, old, bytes, flags);
}

int __wrap_mprotect(void *at, size_t bytes, int rights)
{
    return fails(MPROTECT) ? -1 : __real_mprotect(at, bytes, rights);
}

int __wrap_madvise(void *at, size_t bytes, int advice)
{
    return fails(MADVISE) ? -1 : __real_madvise(at, bytes, advice);
}

size_t resident(void)
{
    static char line[256];
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    size_t kib = 0;

    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Anonymous: %zu", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib << 10;
}
