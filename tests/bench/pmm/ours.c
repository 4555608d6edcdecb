/*
 * ours.c - L0 and L1 as an allocator of the bench: the platform they need,
 * and a machine whose memory is one range from 0 on.
 *
 * L1 never touches the frames that it hands out, only its own arrays, which
 * lie in the direct map. So of the machine's RAM nothing but the addresses
 * of the direct map is there, and of that only what is touched.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "mm/memmap.h"
#include "ours.h"

u8 *platform_direct_map;

void platform_log(const char *format, ...)
{
    (void)format;
}

void platform_panic(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    abort();
}

static bool next_range(const void *from, u32 *cursor,
                       struct memmap_range *out)
{
    *out = *(const struct memmap_range *)from;
    return (*cursor)++ == 0;
}

u32 allocator_init(u32 frames, bool *taken)
{
    const struct memmap_range memory = { 0, (u64)frames << PAGE_SHIFT,
                                         MEMMAP_USABLE };
    const struct memmap_story story = { next_range, &memory, NULL, 0 };
    struct pmm_stats stats;

    platform_direct_map =
        mmap(NULL, (size_t)DIRECT_MAP_FRAMES << PAGE_SHIFT,
             PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (platform_direct_map == MAP_FAILED) {
        perror("mmap of the direct map");
        exit(1);
    }
    memmap_init(&story);
    pmm_init();
    for (u32 n = 0; n < frames; n++)
        taken[n] = pmm_kind(pfn(n)) != FRAME_FREE;
    pmm_stats(&stats);
    return stats.table_bytes;
}
