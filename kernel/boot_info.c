/*
 * kernel/boot_info.c - what the boot loader told us, checked and kept.
 *
 * A Multiboot loader leaves a structure in low memory, whose flags say which
 * of its members mean something, and which points to strings and tables that
 * may lie anywhere. No loader sets all flags: v86 gives a command line and a
 * map, and nothing else. So each member is optional, and no pointer is
 * followed that leads out of the direct map.
 *
 * Strings and the list of modules are copied. The memory map is not, as it
 * may be of any length: mm/memmap.c reads it where it is, before any memory
 * is given out. Two ranges are added to the loader's map, as not every
 * firmware knows them to be no ordinary RAM: the first page, where the BIOS
 * keeps its variables (and which a null pointer finds), and the hole of the
 * PC from 640 KiB to 1 MiB.
 */
#include "kernel/boot_info.h"

#include "kernel/image.h"
#include "kernel/multiboot.h"
#include "kernel/panic.h"
#include "kernel/printf.h"
#include "lib/mem.h"

enum {
    TAKEN_MAX = 4 + 1 + BOOT_MODULES_MAX, /* see the calls of take() */
    KIB = 1024,
    LEGACY_HOLE_START = 0xa0000,
    LEGACY_HOLE_END = 0x100000,
};

static struct {
    char command_line[BOOT_COMMAND_LINE_MAX];
    struct boot_module modules[BOOT_MODULES_MAX];
    u32 module_count;
    struct multiboot_map map;
    struct memmap_range taken[TAKEN_MAX];
    struct memmap_story story;
} state;

/* ---------------------------------------------------- the loader's memory */

static bool is_reachable(u32 address, u32 bytes)
{
    u32 limit = DIRECT_MAP_END - DIRECT_MAP_START;

    return address < limit && bytes <= limit - address;
}

NODISCARD static bool copy(void *to, u32 address, u32 bytes)
{
    if (!is_reachable(address, bytes))
        return false;
    memcpy(to, phys_to_ptr(phys(address)), bytes);
    return true;
}

/* Copy a string into `size` bytes; false if it had to be cut. */
NODISCARD static bool copy_string(char *to, u32 size, u32 address)
{
    for (u32 i = 0; i < size; i++) {
        if (!copy(&to[i], address + i, 1))
            to[i] = '\0';
        if (to[i] == '\0')
            return true;
    }
    to[size - 1] = '\0';
    return false;
}

/* Nobody may have the frames of this range. */
static void take(enum memmap_kind kind, u32 start, u32 bytes)
{
    u64 end = (u64)start + bytes;

    state.taken[state.story.taken_count++] = (struct memmap_range){
        .start = start & ~(u64)(PAGE_SIZE - 1),
        .end = (end + PAGE_SIZE - 1) & ~(u64)(PAGE_SIZE - 1),
        .kind = kind,
    };
}

/* --------------------------------------------------------------- the parts */

static void read_command_line(const struct multiboot_info *info)
{
    if (!(info->flags & MULTIBOOT_HAS_COMMAND_LINE))
        return;
    if (!copy_string(state.command_line, sizeof state.command_line,
                     info->command_line))
        kprintf("boot: the command line is cut to %u bytes\n",
                (u32)sizeof state.command_line - 1);
    take(MEMMAP_BOOT, info->command_line, sizeof state.command_line);
    boot_options_parse(state.command_line);
}

static void read_module(u32 address)
{
    struct boot_module *module = &state.modules[state.module_count];
    struct multiboot_module from;

    if (!copy(&from, address, sizeof from) || from.end < from.start) {
        kprintf("boot: a module with no sensible place is ignored\n");
        return;
    }
    module->start = phys(from.start);
    module->bytes = from.end - from.start;
    if (!copy_string(module->name, sizeof module->name, from.command_line))
        kprintf("boot: a module's name is cut to \"%s\"\n", module->name);
    take(MEMMAP_MODULE, from.start, module->bytes);
    state.module_count++;
}

static void read_modules(const struct multiboot_info *info)
{
    if (!(info->flags & MULTIBOOT_HAS_MODULES))
        return;

    u32 count = min_u32(info->module_count, BOOT_MODULES_MAX);
    if (count < info->module_count)
        kprintf("boot: %u modules; those after the first %u are ignored\n",
                info->module_count, count);
    for (u32 i = 0; i < count; i++)
        read_module(info->modules + i * (u32)sizeof(struct multiboot_module));
    take(MEMMAP_BOOT, info->modules,
         count * (u32)sizeof(struct multiboot_module));
}

static void tell(u64 start, u64 end, enum memmap_kind kind)
{
    state.map.extra[state.map.extra_count++] =
        (struct memmap_range){ start, end, kind };
}

static bool read_map(const struct multiboot_info *info)
{
    if (!(info->flags & MULTIBOOT_HAS_MAP) ||
        !is_reachable(info->map, info->map_bytes))
        return false;

    state.map.entries = phys_to_ptr(phys(info->map));
    state.map.bytes = info->map_bytes;
    take(MEMMAP_BOOT, info->map, info->map_bytes);

    u32 bad = multiboot_bad_bytes(&state.map);
    if (bad)
        kprintf("boot: the last %u bytes of the memory map make no sense\n",
                bad);
    return bad < info->map_bytes;
}

/* What was asked for in the days when a PC had 64 MiB. */
static bool read_sizes(const struct multiboot_info *info)
{
    if (!(info->flags & MULTIBOOT_HAS_MEMORY) || info->mem_upper == 0)
        return false;
    kprintf("boot: no memory map; %u KiB from 0 and %u KiB from 1 MiB on\n",
            info->mem_lower, info->mem_upper);
    tell(0, (u64)info->mem_lower * KIB, MEMMAP_USABLE);
    tell(LEGACY_HOLE_END, LEGACY_HOLE_END + (u64)info->mem_upper * KIB,
         MEMMAP_USABLE);
    return true;
}

static void read_memory(const struct multiboot_info *info)
{
    if (!read_map(info) && !read_sizes(info))
        panic("the boot loader says nothing about memory (flags 0x%x): "
              "neither a map nor mem_upper",
              info->flags);
    tell(0, PAGE_SIZE, MEMMAP_RESERVED);
    tell(LEGACY_HOLE_START, LEGACY_HOLE_END, MEMMAP_RESERVED);
}

/* ---------------------------------------------------------------- in sum */

void boot_info_init(u32 magic, phys_addr_t address)
{
    struct multiboot_info info;

    if (magic != MULTIBOOT_LOADER_MAGIC)
        panic("not started by a Multiboot loader: EAX was 0x%08x, not 0x%08x",
              magic, MULTIBOOT_LOADER_MAGIC);
    if (!copy(&info, address.addr, sizeof info))
        panic("the boot loader's information, at 0x%08x, is out of reach",
              address.addr);

    take(MEMMAP_KERNEL, ptr_to_phys(image_start).addr,
         (u32)(image_end - image_start));
    take(MEMMAP_BOOT, address.addr, sizeof info);
    read_command_line(&info);
    read_modules(&info);
    read_memory(&info);
    state.story.next = multiboot_next_entry;
    state.story.from = &state.map;
    state.story.taken = state.taken;
}

const struct memmap_story *boot_info_story(void)
{
    return &state.story;
}

const struct boot_module *boot_module(u32 index)
{
    return index < state.module_count ? &state.modules[index] : NULL;
}
