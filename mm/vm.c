/*
 * mm/vm.c - L5: address spaces. What a program may touch, and how it gets it.
 *
 *      a space
 *        |
 *        +-- regions     |text|data|heap ..|      |lib|file|      |.. stack|
 *        |               by address; who asks "what may be there?" asks these
 *        |
 *        +-- page table  x xx  x    xxx             x  xx            xx
 *                        what has been touched; the processor asks this
 *
 * mmap writes a region down and gives no memory. The first touch of a page is
 * a fault; that finds the region, and a frame. fork copies regions and page
 * table, not memory: both sides may only read their private pages then, and
 * the first write of either is a fault that makes a copy. So the page table is
 * the only record of private memory, and a frame's count says who else shows
 * it. Files and shared memory are objects, which know their frames.
 *
 *      vm.c            spaces: made, copied, given back
 *      vm_tree.c       the regions of a space, and the room between them
 *      vm_region.c     regions: cut, joined, removed
 *      vm_map.c        mmap, munmap, brk        vm_protect.c  mprotect, ...
 *      vm_remap.c      mremap                   vm_fault.c    a touch
 *      vm_object.c     files, shared memory     vm_access.c   seen from outside
 *      vm_commit.c     what may be promised     vm_check.c    held to account
 *      vm_dump.c       for people
 *
 * A space is used by one thread at a time: nothing in L5 blocks, and the
 * kernel is not preempted. So there is no lock of a rank of its own.
 *
 * Invariants, checked by vm_check():
 *   1. Regions are disjoint, not empty, page-aligned, in the user half, and
 *      both in the list and in the tree in the order of their addresses.
 *   2. In the tree each region's rank is at least that of its children, and it
 *      knows the gap before it and the widest one of its subtree.
 *   3. No two neighbours could be one region.
 *   4. What a space has been charged is what its regions ask for.
 *   5. Every page that the page table has lies in a region, with no right that
 *      the region does not give; a page that may be written is nobody else's,
 *      or shared.
 *   6. A region's object is one of the list, and its references are at least
 *      the regions that show it. What it was charged is what it holds.
 *   7. All that is promised adds up.
 *
 * Cost: see each file.
 */
#include "mm/kheap.h"
#include "vm_internal.h"

enum { RESERVE_MAX = 64 }; /* frames */

struct vm vm;

void vm_init(void)
{
    struct pmm_stats frames;

    vm.zeros = pmm_alloc_zeroed(ZONE_LOW, FRAME_KERNEL);
    CHECK(!pfn_is_none(vm.zeros), "vm_init: no frame for the page of zeros");
    vm.lot = 1;
    list_init(&vm.spaces);
    list_init(&vm.objects);
    slab_cache_create(&vm.region_cache, "vm_region", sizeof(struct vm_region),
                      sizeof(void *));
    slab_cache_create(&vm.space_cache, "vm_space", sizeof(struct vm_space),
                      sizeof(void *));
    slab_cache_create(&vm.object_cache, "vm_object", sizeof(struct vm_object),
                      sizeof(void *));
    pmm_stats(&frames);
    vm.stats.reserve = min_u32(frames.free[ZONE_LOW] / 16, RESERVE_MAX);
    vm.stats.limit = frames.free[ZONE_ANY] - vm.stats.reserve +
                     pt_table_count();
    platform_log("vm: %u frames can be promised, %u are kept for page tables",
                 frames.free[ZONE_ANY] - vm.stats.reserve, vm.stats.reserve);
}

u32 vm_trim(void)
{
    LIST_FOR_EACH(node, &vm.spaces)
        vm_drop_spare(CONTAINER_OF(node, struct vm_space, node));
    return kheap_trim();
}

/* ----------------------------------------------------------- come and go */

/* Its directory is a page table, and is charged as such when it is there. */
static bool make_page_table(struct vm_space *space)
{
    if (!vm_promise(1))
        return false;
    enum status status = pt_create(&space->pt);
    if (status != OK && vm_trim() > 0)
        status = pt_create(&space->pt);
    vm_release(1);
    return status == OK;
}

struct vm_space *vm_space_create(void)
{
    struct vm_space *space = slab_cache_alloc(&vm.space_cache);

    if (!space)
        return NULL;
    *space = (struct vm_space){ .references = 1, .stack_max = USER_END,
                                .root = &vm_no_region,
                                .heap_start = USER_START,
                                .heap_end = USER_START };
    list_init(&space->regions);
    if (!make_page_table(space)) {
        slab_cache_free(&vm.space_cache, space);
        return NULL;
    }
    list_append(&vm.spaces, &space->node);
    vm.stats.spaces++;
    return space;
}

void vm_space_get(struct vm_space *space)
{
    space->references++;
}

/* The pages lie in the regions, and nowhere else. */
static void unmap_all(struct vm_space *space)
{
    LIST_FOR_EACH(node, &space->regions) {
        const struct vm_region *region = vm_region_of(node);
        if (pt_has_table(&space->pt, region->start, vm_pages(region)))
            pt_unmap_range(&space->pt, region->start, vm_pages(region));
    }
}

/* The tree is not kept: nobody will look for a region any more. */
static void free_regions(struct vm_space *space)
{
    while (!list_is_empty(&space->regions)) {
        struct vm_region *region = vm_region_of(space->regions.next);
        if (region->flags & VM_PROMISED)
            vm_discharge(space, vm_pages(region));
        list_pop(&space->regions, &region->node);
        vm_region_free(space, region);
    }
    vm_drop_spare(space);
}

void vm_space_put(struct vm_space *space)
{
    CHECK(space->references > 0, "vm_space_put: it has no references, by %p",
          CALLER());
    CHECK(space->references > 1 || !pt_is_loaded(&space->pt),
          "vm_space_put: the space is the loaded one, by %p", CALLER());
    if (--space->references > 0)
        return;
    unmap_all(space);
    pt_destroy(&space->pt);
    free_regions(space);
    CHECK(space->promised == 0,
          "vm_space_put: %u frames are still promised, by %p",
          space->promised, CALLER());
    list_remove(&space->node);
    slab_cache_free(&vm.space_cache, space);
    vm.stats.spaces--;
}

/* --------------------------------------------------------------------- fork */

static bool is_inherited(const struct vm_region *region)
{
    return !(region->flags & VM_NOT_ON_FORK);
}

/* What the regions that a child gets ask for. */
static u32 promise_for_child(const struct vm_space *space)
{
    u32 frames = 0;

    LIST_FOR_EACH(node, &space->regions) {
        const struct vm_region *region = vm_region_of(node);
        if (is_inherited(region) && region->flags & VM_PROMISED)
            frames += vm_pages(region);
    }
    return frames;
}

static enum status copy_pages(struct vm_space *child, struct vm_space *parent,
                              const struct vm_region *region)
{
    if (region->flags & VM_WIPE_ON_FORK ||
        !pt_has_table(&parent->pt, region->start, vm_pages(region)))
        return OK;
    return pt_copy_range(&child->pt, &parent->pt, region->start,
                         vm_pages(region),
                         region->flags & VM_SHARED ? PT_COPY_SHARED
                                                   : PT_COPY_PRIVATE);
}

/* `*unclaimed` is promised, but not to a space yet. */
static enum status copy_region(struct vm_space *child, struct vm_space *parent,
                               const struct vm_region *region, u32 *unclaimed)
{
    struct vm_region *copy = vm_region_new(child, region, region->start,
                                           region->end);

    if (!copy)
        return ERR_NOMEM;
    if (copy->flags & VM_PROMISED) {
        child->promised += vm_pages(copy);
        *unclaimed -= vm_pages(copy);
    }
    copy->flags &= ~(u32)VM_LOCKED;
    vm_tree_insert(child, copy, NULL);
    vm_join(child, copy);
    return copy_pages(child, parent, region);
}

static enum status copy_regions(struct vm_space *child,
                                struct vm_space *parent, u32 *unclaimed)
{
    enum status status = OK;

    LIST_FOR_EACH(node, &parent->regions) {
        const struct vm_region *region = vm_region_of(node);
        if (status == OK && is_inherited(region))
            status = copy_region(child, parent, region, unclaimed);
    }
    pt_flush();
    return status;
}

struct vm_space *vm_space_fork(struct vm_space *space)
{
    u32 promised = promise_for_child(space);

    if (!vm_promise(promised))
        return NULL;
    struct vm_space *child = vm_space_create();
    if (child) {
        child->heap_start = space->heap_start;
        child->heap_end = space->heap_end;
        child->stack_max = space->stack_max;
        if (copy_regions(child, space, &promised) == OK)
            return child;
        vm_space_put(child);
    }
    vm_release(promised);
    return NULL;
}

/* ------------------------------------------------------------------- others */

void vm_stats(struct vm_stats *out)
{
    *out = vm.stats;
    out->promised += pt_table_count();
}

void vm_each_region(const struct vm_space *space,
                    void (*visit)(const struct vm_region *region,
                                  void *context),
                    void *context)
{
    LIST_FOR_EACH(node, &space->regions)
        visit(vm_region_of(node), context);
}

struct vm_region *vm_region_from(const struct vm_space *space, virt_addr_t va)
{
    return vm_first_above(space, va);
}

void vm_each_space(void (*visit)(struct vm_space *space, void *context),
                   void *context)
{
    LIST_FOR_EACH(node, &vm.spaces)
        visit(CONTAINER_OF(node, struct vm_space, node), context);
}
