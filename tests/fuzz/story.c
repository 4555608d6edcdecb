/*
 * tests/fuzz/story.c - show a memory map by its number.
 *
 *      story SEED [ROOM [RAM_END KERNEL_END]]
 *
 * Prints what the loader says, what the kernel is told to be taken, what is
 * true of it by the model, and what mm/memmap.c makes of it. Numbers are in
 * hexadecimal, but for SEED and ROOM; tests/boot/test_false_loader.py reads
 * the lines. The status is 1 if model and memmap.c do not agree.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "memmap_stories.h"

void platform_panic(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    printf("\n");
    exit(1);
}

void platform_log(const char *format, ...)
{
    (void)format;
}

static void print_ranges(const char *word, const struct memmap_range *ranges,
                         u32 count)
{
    for (u32 i = 0; i < count; i++)
        printf("%s %llx %llx %s\n", word, ranges[i].start, ranges[i].end,
               memmap_kind_name(ranges[i].kind));
}

static void print_sums(const char *word, const struct memmap_stats *stats)
{
    printf("%s said %llx managed %llx rounding %llx overruled %llx "
           "beyond %llx entries %x crowded %x\n", word, stats->said,
           stats->managed, stats->rounding, stats->overruled, stats->beyond,
           stats->entries, stats->crowded);
}

static void print_bytes(const struct multiboot_map *map)
{
    const u8 *bytes = map->entries;

    printf("bytes ");
    for (u32 i = 0; i < map->bytes; i++)
        printf("%02x", bytes[i]);
    printf("\n");
}

static u64 number(int count, char **words, int index, int base, u64 usual)
{
    return index < count ? strtoull(words[index], NULL, base) : usual;
}

int main(int count, char **words)
{
    u32 room = (u32)number(count, words, 2, 10, 300 * 24);
    u32 entries = room / (u32)sizeof(struct multiboot_entry);
    struct trial *trial = trial_begin(malloc(trial_bytes(entries)), entries);
    struct story *story = &trial->story;

    story->ram_end = number(count, words, 3, 16, story->ram_end);
    story->kernel_end = number(count, words, 4, 16, story->kernel_end);
    story_make(story, (u32)number(count, words, 1, 10, 0));
    const char *objection = trial_run(trial);

    printf("name %s\n", story->name);
    print_bytes(&story->map);
    struct memmap_range entry;
    for (u32 cursor = 0; multiboot_next_entry(&story->map, &cursor, &entry);)
        print_ranges("entry", &entry, 1);
    print_ranges("taken", story->taken, story->taken_count);
    print_ranges("true", trial->model.room.ranges, trial->model.count);
    print_sums("sums", &trial->model.stats);
    print_ranges("memmap", trial->map.ranges, trial->map.count);
    print_sums("its-sums", &trial->map.stats);
    printf("verdict %s\n", objection ? objection : "they agree");
    free(trial);
    return objection != NULL;
}
