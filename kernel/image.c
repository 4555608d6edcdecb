/*
 * kernel/image.c - where the parts of the kernel lie, and what may be done
 * with them.
 *
 * linker.ld puts each part on pages of its own. Writing to code or constants
 * then is a page fault, and so is a boot stack that has run over its end;
 * both would otherwise be noticed much later, and somewhere else. What is
 * in no region here, like .data and all other RAM, may be written.
 */
#include "kernel/image.h"

#include "kernel/vga.h"
#include "mm/memmap.h"
#include "x86/cpu.h"

enum { REGIONS = 5 };

static struct {
    struct pt_region regions[REGIONS];
    struct pt_config config;
} state;

static struct pt_region region(const char *name, const u8 *start,
                               const u8 *end, enum pt_access access)
{
    return (struct pt_region){
        .name = name,
        .start = phys(round_down(ptr_to_phys(start).addr, PAGE_SIZE)),
        .end = phys(round_up(ptr_to_phys(end).addr, PAGE_SIZE)),
        .access = access,
    };
}

bool image_is_text(u32 address)
{
    return (address >= (u32)text_start && address < (u32)text_end) ||
           (address >= (u32)selftest_start &&
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
    *r++ = (struct pt_region){ "the screen's text", phys(VGA_TEXT_START),
                               phys(VGA_TEXT_END),
                               PT_READ | PT_WRITE | PT_DEVICE };
    *r++ = region("kernel code", image_start, text_end, PT_READ | PT_EXEC);
    *r++ = region("kernel constants", rodata_start, rodata_end, PT_READ);
    *r++ = region("guard page below the boot stack", boot_stack_guard,
                  boot_stack, PT_NONE);
    *r++ = region("names of functions", ksyms_start, ksyms_end, PT_READ);
    state.config = (struct pt_config){
        .regions = state.regions,
        .region_count = (u32)(r - state.regions),
        .global_pages = cpu_features()->global_pages,
    };
    return &state.config;
}
