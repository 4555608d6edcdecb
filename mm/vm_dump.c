/*
 * mm/vm_dump.c - L5: the regions of a space, for people.
 */
#include "mm/pt_audit.h"
#include "vm_internal.h"

enum { PAGE_KIB = PAGE_SIZE >> 10 };

const char *vm_region_file(const struct vm_region *region)
{
    return region->object ? region->object->name : NULL;
}

const char *vm_region_name(const struct vm_space *space,
                           const struct vm_region *region)
{
    if (region->object)
        return vm_region_file(region) ? "file" : "shared memory";
    if (region->flags & VM_GROWS_DOWN)
        return "stack";
    if (region->start < space->heap_end && region->end > space->heap_start)
        return "heap";
    return "private memory";
}

/* How many pages of it have a frame. */
static u32 resident_of(const struct vm_space *space,
                       const struct vm_region *region)
{
    virt_addr_t va = region->start;
    u32 pages = 0;
    pte_t entry;

    for (; pt_next_used(&space->pt, &va, region->end, &entry); va += PAGE_SIZE)
        pages++;
    return pages;
}

u32 vm_resident_pages(const struct vm_space *space)
{
    u32 pages = 0;

    LIST_FOR_EACH(node, &space->regions)
        pages += resident_of(space, vm_region_of(node));
    return pages;
}

static void print_region(const struct vm_space *space,
                         const struct vm_region *region)
{
    const char *file = vm_region_file(region);

    platform_log("  %08x-%08x  %c%c%c%c  %7u KiB, %5u pages there  %s%s%s%s",
                 region->start, region->end - 1,
                 region->flags & VM_READ ? 'r' : '-',
                 region->flags & VM_WRITE ? 'w' : '-',
                 region->flags & VM_EXEC ? 'x' : '-',
                 region->flags & VM_SHARED ? 's' : 'p',
                 vm_pages(region) * PAGE_KIB, resident_of(space, region),
                 vm_region_name(space, region), file ? " '" : "",
                 file ? file : "", file ? "'" : "");
}

void vm_dump(const struct vm_space *space)
{
    LIST_FOR_EACH(node, &space->regions)
        print_region(space, vm_region_of(node));
    platform_log("  %u regions of %u KiB, %u pages there; %u frames promised",
                 space->region_count, space->mapped_pages * PAGE_KIB,
                 vm_resident_pages(space), space->promised);
}
