/*
 * kernel/fs/archive.c - where the archive of the files lies.
 *
 * The boot loader has put it into memory as a module, and there it stays: what
 * is in it is read in place. The module may lie above 768 MiB, where the kernel
 * reaches memory by windows only, so all reading goes frame by frame through
 * archive_open(). If there is no module, the archive is the one that was linked
 * into the kernel.
 *
 * Cost: that of window_map() a frame, and the copy.
 */
#include "kernel/boot_info.h"
#include "kernel/printf.h"
#include "lib/mem.h"
#include "mm/memmap.h"
#include "mm/pt.h"
#include "node.h"

/* The archive in the image; empty if there is none. */
extern const u8 builtin_initrd_start[], builtin_initrd_end[];

static struct {
    phys_addr_t start;
    u32 bytes;
} archive;

const u8 *archive_open(u32 offset, u32 *bytes)
{
    u32 at = archive.start.addr + offset;

    *bytes = min_u32(*bytes, PAGE_SIZE - at % PAGE_SIZE);
    return (u8 *)window_map(phys_to_pfn(phys(at))) + at % PAGE_SIZE;
}

void archive_close(const u8 *bytes)
{
    window_unmap((void *)round_down((u32)bytes, PAGE_SIZE));
}

void archive_read(u32 offset, void *to, u32 bytes)
{
    while (bytes > 0) {
        u32 piece = bytes;
        const u8 *from = archive_open(offset, &piece);

        memcpy(to, from, piece);
        archive_close(from);
        to = (u8 *)to + piece;
        offset += piece;
        bytes -= piece;
    }
}

/* Is all of it RAM that was kept for it? Else reading it would be a fault. */
static bool is_kept(const struct boot_module *module)
{
    const struct memmap *map = memmap_get();
    u64 end = (u64)module->start.addr + module->bytes;

    for (u32 i = 0; i < map->count; i++)
        if (map->ranges[i].kind == MEMMAP_MODULE &&
            map->ranges[i].start <= module->start.addr &&
            map->ranges[i].end >= end)
            return true;
    return false;
}

const char *archive_find(u32 *bytes)
{
    const struct boot_module *module = boot_module(0);

    if (module && is_kept(module)) {
        archive.start = module->start;
        archive.bytes = module->bytes;
        *bytes = archive.bytes;
        return "module";
    }
    if (module)
        kprintf("initrd: the module at 0x%08x is not in RAM\n",
                module->start.addr);
    archive.start = ptr_to_phys(builtin_initrd_start);
    archive.bytes = (u32)(builtin_initrd_end - builtin_initrd_start);
    *bytes = archive.bytes;
    return "built in";
}
