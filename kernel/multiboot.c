/*
 * kernel/multiboot.c - a loader's memory map, read in place.
 *
 * The loader is not trusted: whatever bytes the map consists of, no byte
 * outside of it is read, and the reader comes to an end. What the ranges mean,
 * and whether they make sense together, is for mm/memmap.c to judge.
 *
 * A cursor below map->bytes is the offset of an entry; from there on it
 * counts the extra ranges.
 */
#include "kernel/multiboot.h"

#include "lib/mem.h"

enum { ENTRY_BYTES_MIN = sizeof(struct multiboot_entry) - sizeof(u32) };

/* What is not in this table is reserved, as the specification wants it. */
static const enum memmap_kind kinds[] = {
    [1] = MEMMAP_USABLE,
    [3] = MEMMAP_ACPI,
    [4] = MEMMAP_NVS,
    [5] = MEMMAP_BAD,
};

static enum memmap_kind kind_of(u32 type)
{
    enum memmap_kind kind = type < ARRAY_SIZE(kinds) ? kinds[type] : 0;

    return kind ? kind : MEMMAP_RESERVED;
}

/* The entry at `offset`, and where the next one is; false: there is none. */
static bool read_entry(const struct multiboot_map *map, u32 offset,
                       struct multiboot_entry *entry, u32 *next)
{
    if (offset >= map->bytes || map->bytes - offset < sizeof *entry)
        return false;
    memcpy(entry, (const u8 *)map->entries + offset, sizeof *entry);

    u32 rest = map->bytes - offset - (u32)sizeof entry->bytes;
    if (entry->bytes < ENTRY_BYTES_MIN || entry->bytes > rest)
        return false;
    *next = offset + (u32)sizeof entry->bytes + entry->bytes;
    return true;
}

bool multiboot_next_entry(const void *from, u32 *cursor,
                          struct memmap_range *out)
{
    const struct multiboot_map *map = from;
    struct multiboot_entry entry;

    if (read_entry(map, *cursor, &entry, cursor)) {
        *out = (struct memmap_range){ entry.start, entry.start + entry.length,
                                      kind_of(entry.type) };
        return true;
    }

    u32 index = *cursor < map->bytes ? 0 : *cursor - map->bytes;
    if (index >= map->extra_count)
        return false;
    *out = map->extra[index];
    *cursor = map->bytes + index + 1;
    return true;
}

u32 multiboot_bad_bytes(const struct multiboot_map *map)
{
    struct multiboot_entry entry;
    u32 offset = 0;

    while (read_entry(map, offset, &entry, &offset))
        continue;
    return map->bytes - offset;
}
