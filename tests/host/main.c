/*
 * tests/host/main.c - the tests as a Linux program: TAP on standard output.
 *
 *      selftest [--long] [--heap=SWITCHES] [PATTERN]
 */
#include <stdio.h>
#include <string.h>

#include "host.h"
#include "mm/slab.h"
#include "strata_test.h"

static bool is_long;

u32 test_rounds(u32 usual)
{
    return is_long ? usual * 100 : usual;
}

u32 test_audit(void (*say)(void *context, const char *format,
                           va_list arguments),
               void *context)
{
    return audit(say, context);
}

/* A small machine with all that matters: a legacy hole, an odd end, a hole
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

int main(int count, char **words)
{
    const struct memmap_story story = { next_entry, memory, taken,
                                        ARRAY_SIZE(taken) };
    int first = 1;

    for (; first < count && strncmp(words[first], "--", 2) == 0; first++) {
        if (strncmp(words[first], "--heap=", 7) == 0)
            slab_switch(words[first] + 7);
        is_long |= strcmp(words[first], "--long") == 0;
    }
    host_boot(&story, false);
    return test_run(first < count ? words[first] : NULL) == 0 ? 0 : 1;
}
