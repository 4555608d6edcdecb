/*
 * kernel/boot_info.h - what the boot loader told us: memory, modules and the
 * command line.
 */
#ifndef KERNEL_BOOT_INFO_H
#define KERNEL_BOOT_INFO_H

#include "kernel/boot_options.h"
#include "mm/memmap.h"

enum {
    BOOT_COMMAND_LINE_MAX = 1024, /* bytes, the final 0 included */
    BOOT_MODULES_MAX = 16,
    BOOT_MODULE_NAME_MAX = 64,
};

/* A file that the loader put into memory for us. */
struct boot_module {
    phys_addr_t start;
    u32 bytes;
    char name[BOOT_MODULE_NAME_MAX]; /* its command line, maybe cut */
};

/*
 * Read what the loader left and copy what has to last. Says what is wrong
 * with it, and which options it does not know.
 *
 * magic:    what the loader left in EAX.
 * info:     what it left in EBX: where its information is.
 * Panics:   if the loader is none of Multiboot's, or tells nothing about
 *           memory.
 * Cost:     O(command line).
 * Context:  boot, after console_init(), with low memory in the direct map.
 */
void boot_info_init(u32 magic, phys_addr_t info);

/*
 * What the loader and the kernel itself know about memory.
 *
 * Returns:  the story, for memmap_init(); it reads the loader's own memory.
 * Cost:     O(1).
 * Context:  boot, until the loader's memory is used for something else.
 */
const struct memmap_story *boot_info_story(void);

/*
 * The modules, in the loader's order.
 *
 * index:    from 0 on.
 * Returns:  the module; NULL if there are not so many.
 * Cost:     O(1).
 * Context:  any, after boot_info_init().
 */
const struct boot_module *boot_module(u32 index);

#endif
