/*
 * arena.c - L0, L1 and the heap in a Linux program.
 *
 * All the memory there is, is an arena from mmap(). To mm/ that is a machine
 * with RAM from physical address 0 on, whose direct map begins where the arena
 * does. docs/porting.md says how to build it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mm/kheap.h"
#include "mm/memmap.h"
#include "mm/pmm.h"

enum { ARENA_BYTES = 16 << 20, BLOCKS = 1000, LARGE_BYTES = 64 << 10 };

/* ------------------------------------------------------------ the platform */

u8 *platform_direct_map;

void platform_log(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

u32 platform_backtrace(const void **out, u32 max)
{
    (void)out;
    (void)max;
    return 0;
}

void platform_panic(const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

/* -------------------------------------------------------------------- boot */

/* One range, and no more: the arena. */
static bool next_range(const void *from, u32 *cursor, struct memmap_range *out)
{
    *out = *(const struct memmap_range *)from;
    return (*cursor)++ == 0;
}

static void boot(void)
{
    const struct memmap_range arena = { 0, ARENA_BYTES, MEMMAP_USABLE };
    const struct memmap_story story = { .next = next_range, .from = &arena };
    void *place = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (place == MAP_FAILED) {
        perror("mmap of the arena");
        exit(1);
    }
    platform_direct_map = place;
    memmap_init(&story);
    pmm_init();
    kheap_init();
}

/* -------------------------------------------------------------------- work */

/* Blocks of 1 to 10000 bytes, each filled with a number of its own. */
static void fill_and_compare(void)
{
    static u8 *blocks[BLOCKS];
    u32 kept = 0;

    for (u32 i = 0; i < BLOCKS; i++) {
        blocks[i] = kalloc(i * 10 + 1);
        if (blocks[i])
            memset(blocks[i], (u8)i, i * 10 + 1);
    }
    for (u32 i = 0; i < BLOCKS; i++) {
        kept += blocks[i] && blocks[i][0] == (u8)i &&
                blocks[i][i * 10] == (u8)i;
        kfree(blocks[i]);
    }
    printf("%u of %u blocks kept what was written\n", kept, (u32)BLOCKS);
}

/* Take all there is; each block points to the one before. */
static void exhaust(void)
{
    void **last = NULL, **block;
    u32 count = 0;

    for (; (block = kalloc(LARGE_BYTES)) != NULL; count++) {
        *block = last;
        last = block;
    }
    printf("%u blocks of 64 KiB, then NULL\n", count);
    while ((block = last) != NULL) {
        last = *block;
        kfree(block);
    }
}

static u32 free_frames(void)
{
    struct pmm_stats stats;

    kheap_trim();
    pmm_stats(&stats);
    return stats.kinds[FRAME_FREE];
}

int main(void)
{
    boot();
    u32 before = free_frames();
    fill_and_compare();
    exhaust();
    kheap_dump();
    kheap_check();
    pmm_check();
    printf("%u frames were free, %u are\n", before, free_frames());
    return 0;
}
