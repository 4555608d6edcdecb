/*
 * tests/host/main.c - the tests as a Linux program: TAP on standard output.
 *
 *      selftest [--long] [--heap=SWITCHES] [--seed=N] [--soak=SECONDS]
 *               [PATTERN]
 *      selftest --machine FRAMES ISLANDS STRIDE
 *
 * The second boots a small machine, and says "alive" when all layers are up
 * and there is a tree of files:
 * FRAMES of RAM from 1 MiB on, and a frame at the start of each STRIDE-th chunk
 * of 4 MiB, ISLANDS of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host.h"
#include "kernel/initrd.h"
#include "kernel/pid.h"
#include "mm/kheap.h"
#include "mm/slab.h"
#include "strata_test.h"

static char **options; /* the words that begin with two dashes */
static int option_count;

/* What stands behind `--name` or `--name=`; NULL if that is not given. */
static const char *option(const char *name)
{
    size_t length = strlen(name);

    for (int i = 0; i < option_count; i++) {
        const char *word = options[i] + 2;
        if (strncmp(word, name, length) == 0 &&
            (word[length] == '\0' || word[length] == '='))
            return word + length + (word[length] == '=');
    }
    return NULL;
}

u32 test_rounds(u32 usual)
{
    return option("long") ? usual * 100 : usual;
}

bool test_has_option(const char *name)
{
    return option(name) != NULL;
}

u32 test_option(const char *name, u32 otherwise)
{
    const char *text = option(name);

    return text ? (u32)strtoul(text, NULL, 0) : otherwise;
}

bool test_time_is_up(void)
{
    static time_t start;

    start = start ? start : time(NULL);
    return time(NULL) - start >= (time_t)test_option("soak", 0);
}

void test_trim(void)
{
}

const char *test_programs(u32 seed, u32 count)
{
    (void)seed;
    (void)count;
    return NULL;
}

u32 test_audit(void (*say)(void *context, const char *format,
                           va_list arguments),
               void *context)
{
    test_tell_held(1);
    u32 count = audit(say, context);
    test_tell_held(-1);
    return count;
}

/* A machine with all that matters: a legacy hole, an odd end, a hole
 * inside a chunk, and RAM above the direct map. */
static const struct memmap_range memory[] = {
    { 0x00000000, 0x0009fc00, MEMMAP_USABLE },
    { 0x00000000, 0x00001000, MEMMAP_RESERVED },
    { 0x000a0000, 0x00100000, MEMMAP_RESERVED },
    { 0x00100000, 0x03ffd800, MEMMAP_USABLE },
    { 0x02345000, 0x0234a000, MEMMAP_ACPI },
    { 0x31000000, 0x31800000, MEMMAP_USABLE },
};

static const struct memmap_range taken[] = {
    { 0x00100000, 0x00140000, MEMMAP_KERNEL },
};

static bool next_entry(const void *from, u32 *cursor, struct memmap_range *out)
{
    const struct memmap_range *entries = from;

    if (*cursor == ARRAY_SIZE(memory))
        return false;
    *out = entries[(*cursor)++];
    return true;
}

/* ----------------------------------------------------------- small machines */

static u32 frames, islands, stride;

static bool next_small_entry(const void *from, u32 *cursor,
                             struct memmap_range *out)
{
    u32 i = (*cursor)++;
    u64 start = i == 0 ? 1 << 20 : (u64)i * stride * CHUNK_SIZE;
    u64 bytes = (u64)(i == 0 ? frames : 1) * PAGE_SIZE;

    (void)from;
    *out = (struct memmap_range){ start, start + bytes, MEMMAP_USABLE };
    return i <= islands;
}

static int boot_small_machine(char **sizes)
{
    const struct memmap_story story = { next_small_entry, NULL, NULL, 0 };

    frames = (u32)atoi(sizes[0]);
    islands = (u32)atoi(sizes[1]);
    stride = (u32)atoi(sizes[2]);
    host_boot(&story, false);
    kfree(kalloc(1));
    initrd_init();
    test_check_world("after the boot");
    test_print("alive");
    return 0;
}

int main(int count, char **words)
{
    const struct memmap_story story = { next_entry, memory, taken,
                                        ARRAY_SIZE(taken) };

    if (count == 5 && strcmp(words[1], "--machine") == 0)
        return boot_small_machine(words + 2);
    options = words + 1;
    while (option_count + 1 < count &&
           strncmp(options[option_count], "--", 2) == 0)
        option_count++;
    slab_switch(option("heap"));
    host_boot(&story, false);
    pid_init();
    const char *pattern =
        option_count + 1 < count ? options[option_count] : NULL;
    return test_run(pattern) == 0 ? 0 : 1;
}
