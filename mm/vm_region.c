/*
 * mm/vm_region.c - L5: regions come, are cut, joined and removed.
 *
 *      munmap of [b, c)          mprotect of [b, c)
 *
 *      |a======d|                |a======d|
 *      |a=b|  |c=d|              |a=b|b-c|c=d|     and when the rights are the
 *                                |a======d|        same again
 *
 * Two regions that touch are one if nobody could tell the difference: so the
 * number of regions is as small as it can be.
 *
 * Region structs are the kernel's memory, and a program can have many. Each 64
 * of them are charged as a frame. One that is not needed any more is kept for
 * the next region of the space.
 */
#include "vm_internal.h"

/* ------------------------------------------------------------- come and go */

/* Is it with the struct of this number that a frame more is charged? */
static bool is_paid_by_frame(u32 number)
{
    return number % VM_REGIONS_A_FRAME == 0;
}

static bool pay_for_one_more(struct vm_space *space)
{
    if (space->region_count == VM_REGIONS_MAX)
        return false;
    if (is_paid_by_frame(space->region_count + 1) && !vm_charge(space, 1))
        return false;
    space->region_count++;
    return true;
}

static void pay_back_one(struct vm_space *space)
{
    if (is_paid_by_frame(space->region_count))
        vm_discharge(space, 1);
    space->region_count--;
}

struct vm_region *vm_region_new(struct vm_space *space,
                                const struct vm_region *like,
                                virt_addr_t start, virt_addr_t end)
{
    if (!pay_for_one_more(space))
        return NULL;
    struct vm_region *region = space->spare;
    space->spare = NULL;
    if (!region && !(region = slab_cache_alloc(&vm.region_cache))) {
        pay_back_one(space);
        return NULL;
    }
    region->start = start;
    region->end = end;
    region->flags = like->flags;
    region->object = like->object;
    region->first_page = like->first_page;
    if (region->object)
        vm_object_get(region->object);
    vm.stats.regions++;
    return region;
}

void vm_region_free(struct vm_space *space, struct vm_region *region)
{
    if (region->object)
        vm_object_put(region->object);
    if (space->spare)
        slab_cache_free(&vm.region_cache, region);
    else
        space->spare = region;
    pay_back_one(space);
    vm.stats.regions--;
}

void vm_drop_spare(struct vm_space *space)
{
    if (space->spare)
        slab_cache_free(&vm.region_cache, space->spare);
    space->spare = NULL;
}

/* ------------------------------------------------------------ cut and join */

struct vm_region *vm_split(struct vm_space *space, struct vm_region *region,
                           virt_addr_t at)
{
    struct vm_region *upper = vm_region_new(space, region, at, region->end);

    if (!upper)
        return NULL;
    upper->first_page = region->object ? vm_object_page(region, at) : 0;
    region->end = at;
    space->mapped_pages -= vm_pages(upper);
    vm_tree_insert(space, upper, vm_next(space, region));
    return upper;
}

struct vm_region *vm_isolate(struct vm_space *space, struct vm_region *region,
                             virt_addr_t start, virt_addr_t end)
{
    if (region->start < start) {
        region = vm_split(space, region, start);
        if (!region)
            return NULL;
    }
    if (region->end > end && !vm_split(space, region, end)) {
        vm_join(space, region);
        return NULL;
    }
    return region;
}

static void absorb_next(struct vm_space *space, struct vm_region *region,
                        struct vm_region *next)
{
    region->end = next->end;
    space->mapped_pages += vm_pages(next);
    vm_tree_remove(space, next);
    vm_region_free(space, next);
}

struct vm_region *vm_join(struct vm_space *space, struct vm_region *region)
{
    struct vm_region *before = vm_before(space, region);
    struct vm_region *next = vm_next(space, region);

    if (vm_precedes(region, next))
        absorb_next(space, region, next);
    if (!vm_continues(before, region))
        return region;
    absorb_next(space, before, region);
    return before;
}

/* ------------------------------------------------------------------ remove */

/* What a region loses, [start, end), is promised to it no more. */
static void forget_promise(struct vm_space *space,
                           const struct vm_region *region, virt_addr_t start,
                           virt_addr_t end)
{
    if (region->flags & VM_PROMISED)
        vm_discharge(space, (end - start) >> PAGE_SHIFT);
}

/* Take [start, end) away from a region, which reaches into it but not beyond
 * both ends. */
static void shrink(struct vm_space *space, struct vm_region *region,
                   virt_addr_t start, virt_addr_t end)
{
    forget_promise(space, region, max_u32(region->start, start),
                   min_u32(region->end, end));
    if (region->start < start) {
        vm_set_end(space, region, start);
    } else if (region->end > end) {
        vm_set_start(space, region, end);
    } else {
        vm_tree_remove(space, region);
        vm_region_free(space, region);
    }
}

static void unmap_pages(struct vm_space *space, virt_addr_t start,
                        virt_addr_t end)
{
    u32 pages = (end - start) >> PAGE_SHIFT;

    if (!pt_has_table(&space->pt, start, pages))
        return;
    pt_unmap_range(&space->pt, start, pages);
    pt_flush();
}

enum status vm_remove(struct vm_space *space, virt_addr_t start,
                      virt_addr_t end)
{
    struct vm_region *region = vm_first_above(space, start);

    if (!region || region->start >= end)
        return OK;
    if (region->start < start && region->end > end &&
        !vm_split(space, region, end))
        return ERR_NOMEM;
    unmap_pages(space, max_u32(start, USER_START), end);
    while (region && region->start < end) {
        struct vm_region *next = vm_next(space, region);
        shrink(space, region, start, end);
        region = next;
    }
    return OK;
}
