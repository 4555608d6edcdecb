/*
 * kernel/image.h - where the parts of the kernel lie.
 */
#ifndef KERNEL_IMAGE_H
#define KERNEL_IMAGE_H

#include "mm/pt.h"

/* Set by linker.ld: only their addresses mean something. */
extern const u8 image_start[], image_end[];
extern const u8 text_start[], text_end[];
extern const u8 rodata_start[], rodata_end[];
extern const u8 data_start[], data_end[];
extern const u8 selftest_start[], selftest_end[];
extern const u8 selftest_text_start[], selftest_text_end[];
extern const u8 ksyms_start[], ksyms_end[];

/* Set by kernel/fs/builtin.asm. */
extern const u8 builtin_initrd_start[], builtin_initrd_end[];

/* Set aside by boot/entry.asm. */
extern const u8 boot_stack_guard[], boot_stack[], boot_stack_top[];
extern const u8 boot_directory[];

/* A part of the image, in whole pages, or what else has rights of its own. */
struct image_part {
    const char *name;
    const u8 *start, *end;
    enum pt_access access; /* PT_NONE: a guard page, not mapped */
};

/*
 * The part that holds `address`.
 *
 * Returns:  the part; NULL if the address is in none. Of two that hold it,
 *           the smaller.
 * Cost:     O(parts).
 * Context:  any.
 */
const struct image_part *image_find_part(u32 address);

/*
 * Is there code of the kernel at `address`?
 *
 * Cost:     O(1).
 * Context:  any.
 */
bool image_is_text(u32 address);

/*
 * What is not simply writable RAM in the direct map.
 *
 * Returns:  the regions and what the processor can do, for pt_init().
 * Panics:   if the memory map has no RAM where the kernel is.
 * Cost:     O(regions + ranges of the memory map).
 * Context:  boot, after cpu_init() and memmap_init().
 */
const struct pt_config *image_pt_config(void);

#endif
