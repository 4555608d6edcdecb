/*
 * tests/fuzz/memmap_fuzz.c - any bytes as a loader's memory map, for
 * libFuzzer: mm/memmap.c against the model.
 *
 * The first byte says how many taken ranges follow it, of 8 bytes each: the
 * first frame and the number of frames, 4 bytes both. The rest is the map.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memmap_stories.h"

enum { ENTRIES = 4096, TAKEN_BYTES = 8 };

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

void platform_panic(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    abort();
}

void platform_log(const char *format, ...)
{
    (void)format;
}

static void take(struct story *story, const u8 *data)
{
    u32 first, frames;

    memcpy(&first, data, sizeof first);
    memcpy(&frames, data + sizeof first, sizeof frames);
    story->taken[story->taken_count] = (struct memmap_range){
        .start = first,
        .end = (u64)first + frames,
        .kind = story->taken_count ? MEMMAP_MODULE : MEMMAP_KERNEL,
    };
    story->taken_count++;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static struct trial *trial;
    u32 taken = size > 0 ? data[0] % (STORY_TAKEN_MAX + 1) : 0;

    if (size < 1 + taken * TAKEN_BYTES || size > ENTRIES * 24)
        return 0;
    if (!trial)
        trial = trial_begin(malloc(trial_bytes(ENTRIES)), ENTRIES);
    trial->story.taken_count = 0;
    for (u32 i = 0; i < taken; i++)
        take(&trial->story, data + 1 + i * TAKEN_BYTES);
    /* A copy of just these bytes: a read behind them is seen. */
    size -= 1 + taken * TAKEN_BYTES;
    u8 *bytes = malloc(size);
    memcpy(bytes, data + 1 + taken * TAKEN_BYTES, size);
    trial->story.map = (struct multiboot_map){ .entries = bytes,
                                               .bytes = (u32)size };
    const char *objection = trial_run(trial);
    free(bytes);
    if (objection) {
        fprintf(stderr, "memmap_fuzz: %s\n", objection);
        abort();
    }
    return 0;
}
