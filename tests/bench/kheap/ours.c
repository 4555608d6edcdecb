/*
 * ours.c - L0 to L4 as a heap of the bench: the platform they need, and a
 * machine whose memory is one range from 0 on.
 *
 * All of it lies in the direct map, and of that only what is touched is
 * there. Page tables are made, but no processor reads them: what L4 maps into
 * kernel ranges cannot be used. No block of a workload is as large as that.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "heap.h"
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/memmap.h"
#include "mm/pmm.h"
#include "mm/pt.h"

enum { MACHINE_BYTES = 512 << 20 };

u8 *platform_direct_map;

static u32 free_at_first;

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

void platform_flush_pages(u32 va, u32 pages)
{
    (void)va;
    (void)pages;
}

void platform_flush_all(void)
{
}

void platform_load_directory(u32 directory)
{
    (void)directory;
}

u32 platform_backtrace(const void **out, u32 max)
{
    (void)out;
    (void)max;
    return 0;
}

static bool next_range(const void *from, u32 *cursor,
                       struct memmap_range *out)
{
    *out = *(const struct memmap_range *)from;
    return (*cursor)++ == 0;
}

static u32 free_frames(void)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return stats.kinds[FRAME_FREE];
}

/* The direct map is aligned to a chunk, as the kernel's is: so alignment of
 * addresses is that of frames. */
static u8 *reserve_direct_map(void)
{
    size_t bytes = DIRECT_MAP_END - DIRECT_MAP_START;
    u8 *place = mmap(NULL, bytes + CHUNK_SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (place == MAP_FAILED) {
        perror("mmap of the direct map");
        exit(1);
    }
    return place + (CHUNK_SIZE - (uintptr_t)place % CHUNK_SIZE) % CHUNK_SIZE;
}

void heap_init(void)
{
    const struct memmap_range memory = { 0, MACHINE_BYTES, MEMMAP_USABLE };
    const struct memmap_story story = { next_range, &memory, NULL, 0 };

    platform_direct_map = reserve_direct_map();
    memmap_init(&story);
    pmm_init();
    pt_init(&(struct pt_config){ .global_pages = true });
    kva_init();
    free_at_first = free_frames();
    kheap_init();
}

u32 heap_drawn(void)
{
    return (free_at_first - free_frames()) * PAGE_SIZE;
}
