/*
 * kernel/place_user.c - what lives in the user half: whose space, which region,
 * and what a touch of the page does.
 */
#include "kernel/place.h"
#include "kernel/printf.h"
#include "kernel/process.h"
#include "mm/pmm.h"
#include "mm/pt_audit.h"
#include "mm/vm.h"

/* ------------------------------------------------------------- whose it is */

struct search {
    const struct vm_space *space;
    const struct process *owner;
};

/* Between vfork() and exec() it has two; the first one is named. */
static void compare_space(const struct process *process, void *context)
{
    struct search *search = context;

    if (!search->owner && process->space == search->space)
        search->owner = process;
}

void place_print_owner(const struct vm_space *space)
{
    struct search search = { .space = space };

    process_each(compare_space, &search);
    if (search.owner)
        report("process %u '%s'", search.owner->pid, search.owner->name);
    else
        report("a space without a process");
}

/* ------------------------------------------------------------- the region */

static void compare_directory(struct vm_space *space, void *context)
{
    struct place *place = context;

    if (space->pt.directory.n == place->directory.n)
        place->space = space;
}

static void look_at(const struct vm_region *region, void *context)
{
    struct place *place = context;

    if (region->start <= place->walk.va)
        place->below = region;
    else if (!place->above)
        place->above = region;
}

void place_find_region(struct place *out)
{
    vm_each_space(compare_directory, out);
    if (out->space)
        vm_each_region(out->space, look_at, out);
    if (out->below && out->walk.va < out->below->end)
        out->region = out->below;
}

static void print_region(const struct place *place,
                         const struct vm_region *region)
{
    report("0x%08x-0x%08x %c%c%c%c, %s", region->start, region->end - 1,
           region->flags & VM_READ ? 'r' : '-',
           region->flags & VM_WRITE ? 'w' : '-',
           region->flags & VM_EXEC ? 'x' : '-',
           region->flags & VM_SHARED ? 's' : 'p',
           vm_region_name(place->space, region));
    if (vm_region_file(region))
        report(" '%s' from page %u on", vm_region_file(region),
               region->first_page);
}

/* --------------------------------------------------------------- the page */

enum page_state {
    PAGE_PLAIN, /* nothing to say of it */
    PAGE_FORBIDDEN, PAGE_UNTOUCHED, PAGE_BEYOND, PAGE_UNREAD, PAGE_ELSEWHERE,
    PAGE_HELD, PAGE_ZEROS, PAGE_OBJECTS, PAGE_SHARED, PAGE_ALONE,
    PAGE_STATES,
};

/* GDB has them from here. */
static const char *const page_states[PAGE_STATES] = {
    [PAGE_FORBIDDEN] = "nobody may touch it",
    [PAGE_UNTOUCHED] = "not touched yet: a read will show the page of zeros, "
                       "a write gets a frame",
    [PAGE_BEYOND] = "beyond the end of what is mapped: a touch is SIGBUS",
    [PAGE_UNREAD] = "not touched yet, and its object has no frame for it yet",
    [PAGE_ELSEWHERE] = "not touched here yet; its object has a frame for it",
    [PAGE_HELD] = "its frame is kept while nobody may touch it",
    [PAGE_ZEROS] = "the page of zeros, which all share: who writes gets a "
                   "frame",
    [PAGE_OBJECTS] = "its object's frame: who writes gets a copy",
    [PAGE_SHARED] = "shared since a fork: who writes gets a copy",
    [PAGE_ALONE] = "was shared since a fork, and is nobody else's any more",
};

static enum page_state state_of_absent(const struct vm_region *region,
                                       virt_addr_t va)
{
    const struct vm_object *object = region->object;
    u32 page = region->first_page + ((va - region->start) >> PAGE_SHIFT);

    if (!(region->flags & VM_RIGHTS))
        return PAGE_FORBIDDEN;
    if (!object)
        return PAGE_UNTOUCHED;
    if (page >= object->pages)
        return PAGE_BEYOND;
    return vm_object_has(object, page) ? PAGE_ELSEWHERE : PAGE_UNREAD;
}

static enum page_state state_of(const struct place *place)
{
    const struct vm_region *region = place->region;
    pte_t entry = place->walk.pte;

    if (entry.bits & PTE_HELD)
        return PAGE_HELD;
    if (!place->walk.mapped)
        return state_of_absent(region, place->walk.va);
    if (!(entry.bits & PTE_COUNTED))
        return PAGE_ZEROS;
    if ((entry.bits & PTE_WRITE) ||
        (region->flags & (VM_WRITE | VM_SHARED)) != VM_WRITE)
        return PAGE_PLAIN;
    pfn_t frame = phys_to_pfn(place->walk.phys);
    if (pmm_kind(frame) != FRAME_USER)
        return PAGE_OBJECTS;
    return pmm_payload(frame) > 1 ? PAGE_SHARED : PAGE_ALONE;
}

/* --------------------------------------------------------------- in words */

static void print_page(const struct place *place)
{
    enum page_state state = state_of(place);

    report("byte 0x%x of a region of ",
           place->walk.va - place->region->start);
    place_print_owner(place->space);
    report(",\n  ");
    print_region(place, place->region);
    if (place->walk.mapped) {
        pfn_t frame = phys_to_pfn(place->walk.phys);
        report("\n  frame 0x%x: ", frame.n);
        place_print_use(frame);
    }
    if (state != PAGE_PLAIN)
        report("\n  %s", page_states[state]);
}

static void print_neighbour(const struct place *place, const char *side,
                            const struct vm_region *region)
{
    if (region) {
        report("\n  nearest %s: ", side);
        print_region(place, region);
    } else {
        report("\n  no region %s", side);
    }
}

/* What a touch would do, if what is next above grows down. */
static const char *fate_below_stack(const struct place *place)
{
    const struct vm_region *below = place->below, *stack = place->above;
    virt_addr_t page = round_down(place->walk.va, PAGE_SIZE);

    if (stack->end - page > place->space->stack_max)
        return "farther below the stack than it may grow";
    if (below && (below->flags & VM_RIGHTS) &&
        !(below->flags & VM_GROWS_DOWN) && page - below->end < VM_STACK_GUARD)
        return "in the gap of 1 MiB that stays free below a stack";
    return "a touch lets the stack grow down to here, if there is memory";
}

void place_print_user(const struct place *place)
{
    if (place->region) {
        print_page(place);
        return;
    }
    report("nothing: no region of ");
    place_print_owner(place->space);
    report(" is here");
    print_neighbour(place, "below", place->below);
    print_neighbour(place, "above", place->above);
    if (place->above && place->above->flags & VM_GROWS_DOWN)
        report("\n  %s", fate_below_stack(place));
}

/* ------------------------------------------------------- who uses a frame */

static const struct vm_space *space_of(const struct page_table *pt)
{
    return CONTAINER_OF(pt, const struct vm_space, pt);
}

static void print_if_directory(struct vm_space *space, void *context)
{
    const pfn_t *frame = context;

    if (space->pt.directory.n != frame->n)
        return;
    report("  the page directory of ");
    place_print_owner(space);
    report("\n");
}

static void print_use(const char *how, const struct pt_use *use)
{
    report("%s 0x%08x of ", how, use->va);
    if (use->pt == pt_kernel())
        report("the kernel");
    else
        place_print_owner(space_of(use->pt));
}

void place_print_users(pfn_t frame)
{
    bool is_table = pmm_kind(frame) == FRAME_TABLE;
    struct pt_uses uses;

    vm_each_space(print_if_directory, &frame);
    if (frame.n == pt_kernel()->directory.n)
        report("  the page directory of the kernel\n");
    pt_find_uses(frame, &uses);
    for (u32 i = 0; i < min_u32(uses.count, ARRAY_SIZE(uses.at)); i++)
        print_use(i > 0 ? ", and at" : is_table ? "  the page table for"
                                                : "  mapped at", &uses.at[i]);
    if (uses.count > ARRAY_SIZE(uses.at))
        report(", and %u times more",
               uses.count - (u32)ARRAY_SIZE(uses.at));
    if (uses.count > 0)
        report("\n");
}
