/*
 * kernel/multiboot.h - the format in which a Multiboot 1 loader leaves its
 * information, and a reader of its memory map.
 *
 * The reader depends on nothing: the tests feed it bytes on the host.
 */
#ifndef KERNEL_MULTIBOOT_H
#define KERNEL_MULTIBOOT_H

#include "mm/memmap.h"

#define MULTIBOOT_LOADER_MAGIC 0x2badb002u

/* Which members of struct multiboot_info the loader has filled in. */
enum multiboot_flag {
    MULTIBOOT_HAS_MEMORY = 1 << 0,
    MULTIBOOT_HAS_COMMAND_LINE = 1 << 2,
    MULTIBOOT_HAS_MODULES = 1 << 3,
    MULTIBOOT_HAS_MAP = 1 << 6,
};

/* Addresses are physical, sizes in bytes unless said otherwise. */
struct multiboot_info {
    u32 flags;
    u32 mem_lower; /* KiB, from 0 on      */
    u32 mem_upper; /* KiB, from 1 MiB on  */
    u32 boot_device;
    u32 command_line;
    u32 module_count;
    u32 modules; /* struct multiboot_module[module_count] */
    u32 symbols[4];
    u32 map_bytes;
    u32 map; /* struct multiboot_entry, one after the other */
};

struct multiboot_module {
    u32 start, end;
    u32 command_line;
    u32 reserved;
};

/* `bytes` may be more than the rest of this: the next entry lies that many
 * bytes behind the member `bytes` itself. So entries may lie at any address,
 * and are copied, not pointed to. */
struct __attribute__((packed)) multiboot_entry {
    u32 bytes;
    u64 start;
    u64 length;
    u32 type;
};

enum { MULTIBOOT_MAP_EXTRA = 4 };

/* The loader's map, and what is to be told after it. */
struct multiboot_map {
    const void *entries;
    u32 bytes;
    u32 extra_count;
    struct memmap_range extra[MULTIBOOT_MAP_EXTRA];
};

/*
 * The `next` of a struct memmap_story whose `from` is a struct multiboot_map.
 *
 * The map ends before an entry that is too short, or that runs over its end.
 * See struct memmap_story for the rest.
 */
bool multiboot_next_entry(const void *from, u32 *cursor,
                          struct memmap_range *out);

/*
 * How many bytes at the end of the map are no entries.
 *
 * Returns:  bytes; 0 for a map that is as it should be.
 * Cost:     O(entries).
 * Context:  any; touches nothing but its argument.
 */
u32 multiboot_bad_bytes(const struct multiboot_map *map);

#endif
