/*
 * kernel/image.c - where the parts of the kernel lie, and what may be done
 * with them.
 *
 * linker.ld puts each part on pages of its own. Writing to code or constants
 * then is a page fault, and so is a boot stack that has run over its end;
 * both would otherwise be noticed much later, and somewhere else. What is
 * plainly readable and writable, like .data and all other RAM, needs no region.
 */
#include "kernel/image.h"

#include "kernel/vga.h"
#include "mm/memmap.h"
#include "x86/cpu.h"

#define SCREEN_START ((const u8 *)(DIRECT_MAP_START + VGA_TEXT_START))
#define SCREEN_END   ((const u8 *)(DIRECT_MAP_START + VGA_TEXT_END))

enum {
    CODE = PT_READ | PT_EXEC,
    DATA = PT_READ | PT_WRITE,
    DEVICE = PT_READ | PT_WRITE | PT_DEVICE,
};

/* A smaller one before the one that it lies in. */
static const struct image_part parts[] = {
    { "the screen's text", SCREEN_START, SCREEN_END, (enum pt_access)DEVICE },
    { "kernel code", image_start, text_end, (enum pt_access)CODE },
    { "kernel constants", rodata_start, rodata_end, PT_READ },
    { "guard page below the boot stack", boot_stack_guard, boot_stack,
      PT_NONE },
    { "the boot stack", boot_stack, boot_stack_top, (enum pt_access)DATA },
    { "kernel data", data_start, data_end, (enum pt_access)DATA },
    { "self-tests", selftest_start, selftest_end, (enum pt_access)DATA },
    { "the built-in archive", builtin_initrd_start, builtin_initrd_end,
      PT_READ },
    { "names and lines of functions", ksyms_start, ksyms_end, PT_READ },
};

static struct {
    struct pt_region regions[ARRAY_SIZE(parts)];
    struct pt_config config;
} state;

static u32 part_start(const struct image_part *part)
{
    return round_down((u32)part->start, PAGE_SIZE);
}

static u32 part_end(const struct image_part *part)
{
    return round_up((u32)part->end, PAGE_SIZE);
}

const struct image_part *image_find_part(u32 address)
{
    for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
        if (address >= part_start(&parts[i]) && address < part_end(&parts[i]))
            return &parts[i];
    return NULL;
}

static struct pt_region region_of(const struct image_part *part)
{
    return (struct pt_region){
        .name = part->name,
        .start = phys(part_start(part) - DIRECT_MAP_START),
        .end = phys(part_end(part) - DIRECT_MAP_START),
        .access = part->access,
    };
}

bool image_is_text(u32 address)
{
    return (address >= (u32)text_start && address < (u32)text_end) ||
           (address >= (u32)selftest_text_start &&
            address < (u32)selftest_text_end);
}

/* It runs, so it is in RAM. But the map of page tables is made of what the
 * loader says, and a kernel that is not in it could not even complain. */
static bool is_in_memory_map(void)
{
    const struct memmap *map = memmap_get();
    u32 start = ptr_to_phys(image_start).addr;
    u32 end = ptr_to_phys(image_end).addr;

    for (u32 i = 0; i < map->count; i++)
        if (map->ranges[i].kind == MEMMAP_KERNEL &&
            map->ranges[i].start <= start && map->ranges[i].end >= end)
            return true;
    return false;
}

const struct pt_config *image_pt_config(void)
{
    struct pt_region *r = state.regions;

    CHECK(is_in_memory_map(), "the boot loader's memory map does not say that "
                              "there is RAM where the kernel is");
    for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
        if (parts[i].access != (enum pt_access)DATA)
            *r++ = region_of(&parts[i]);
    state.config = (struct pt_config){
        .regions = state.regions,
        .region_count = (u32)(r - state.regions),
        .global_pages = cpu_features()->global_pages,
    };
    return &state.config;
}
