/*
 * mm/vm_fault.c - L5: a page is touched, and gets there.
 *
 *      touched                     what is there            what is done
 *      --------------------------  -----------------------  -----------------
 *      private memory, read        nothing                  the frame of zeros
 *      private memory, written     nothing                  a frame of zeros
 *                                  the frame of zeros       likewise
 *                                  a frame, shared since    a copy of it
 *                                  a fork, or an object's
 *                                  a frame, its alone       it may be written
 *      a private file, read        nothing                  the object's frame
 *      a private file, written     nothing                  a copy of that
 *      shared memory               nothing                  the object's frame
 *
 * Whether a frame is shared, its count says: as every page table that shows it
 * holds a reference, 1 means "mine alone".
 *
 * Cost: O(log regions), O(1) in the region found last; some 100 instructions
 * beside the zeroing and the copy.
 */
#include "lib/mem.h"
#include "vm_internal.h"

/* ------------------------------------------------------------------- stacks */

/* May a stack reach down to `start`? */
static bool may_grow(const struct vm_space *space,
                     const struct vm_region *stack, virt_addr_t start)
{
    const struct vm_region *before = vm_before(space, stack);

    if (start < USER_START || stack->end - start > space->stack_max ||
        (stack->object &&
         (stack->start - start) >> PAGE_SHIFT > stack->first_page))
        return false;
    return !before || before->flags & VM_GROWS_DOWN ||
           !(before->flags & VM_RIGHTS) ||
           start - before->end >= VM_STACK_GUARD;
}

/* No region is at `va`. If a stack is next above, it grows. The region then;
 * else NULL. */
static COLD struct vm_region *grow_stack(struct vm_space *space, virt_addr_t va)
{
    struct vm_region *stack = vm_first_above(space, va);
    virt_addr_t start = round_down(va, PAGE_SIZE);

    if (!stack || !(stack->flags & VM_GROWS_DOWN) ||
        !may_grow(space, stack, start))
        return NULL;
    if (stack->flags & VM_PROMISED &&
        !vm_charge(space, (stack->start - start) >> PAGE_SHIFT))
        return NULL;
    vm_set_start(space, stack, start);
    return vm_join(space, stack);
}

/* --------------------------------------------------------------------- fill */

/* Map a new frame, whose reference goes over to the entry. */
static enum status give(struct vm_space *space, virt_addr_t va, pfn_t frame,
                        enum pt_access access)
{
    if (pfn_is_none(frame))
        return ERR_NOMEM;
    enum status status = pt_map(&space->pt, va, frame, access | PT_GIVEN);
    if (status != OK)
        pmm_put(frame);
    return status;
}

static enum status map_zeros(struct vm_space *space, virt_addr_t va,
                             enum pt_access access)
{
    return pt_map(&space->pt, va, vm.zeros,
                  (access & ~(u32)PT_WRITE) | PT_UNCOUNTED);
}

static pfn_t zeroed_frame(void)
{
    pfn_t frame = vm_frame(FRAME_USER);

    if (pfn_is_none(frame))
        return frame;
    void *memory = window_map(frame);
    memset(memory, 0, PAGE_SIZE);
    window_unmap(memory);
    vm.stats.zero_faults++;
    return frame;
}

static pfn_t copied_frame(pfn_t from)
{
    pfn_t frame = vm_frame(FRAME_USER);

    if (pfn_is_none(frame))
        return frame;
    void *memory = window_map(frame), *original = window_map(from);
    memcpy(memory, original, PAGE_SIZE);
    window_unmap(original);
    window_unmap(memory);
    vm.stats.copies++;
    return frame;
}

/* Nothing is there yet. */
static enum status fill_private(struct vm_space *space, virt_addr_t va,
                                enum pt_access access, bool is_write)
{
    if (!is_write)
        return map_zeros(space, va, access);
    return give(space, va, zeroed_frame(), access);
}

static enum status fill_from_object(struct vm_space *space,
                                    const struct vm_region *region,
                                    virt_addr_t va, enum pt_access access,
                                    bool is_write)
{
    pfn_t frame;
    enum status status = vm_object_frame(
        region->object, vm_object_page(region, va), &frame);

    if (status != OK)
        return status;
    if (is_write && !(region->flags & VM_SHARED))
        return give(space, va, copied_frame(frame), access);
    if (!(region->flags & VM_SHARED))
        access &= ~(u32)PT_WRITE;
    return pt_map(&space->pt, va, frame, access);
}

static enum status fill(struct vm_space *space, const struct vm_region *region,
                        virt_addr_t va, bool is_write)
{
    enum pt_access access = vm_access(region->flags);

    if (!pt_has_table(&space->pt, va, 1) && !vm_may_have_table())
        return ERR_NOMEM;
    if (region->object)
        return fill_from_object(space, region, va, access, is_write);
    return fill_private(space, va, access, is_write);
}

/* -------------------------------------------------------------------- write */

static bool is_alone(pte_t entry)
{
    pfn_t frame = pfn(entry.bits >> PAGE_SHIFT);

    return entry.bits & PTE_COUNTED && pmm_is_sole(frame, FRAME_USER);
}

/* The page is there, but may not be written yet. */
static enum status unshare(struct vm_space *space,
                           const struct vm_region *region, virt_addr_t va,
                           pte_t entry)
{
    if (region->flags & VM_SHARED || is_alone(entry))
        return pt_allow_write(&space->pt, va);
    pfn_t frame = entry.bits & PTE_COUNTED
                      ? copied_frame(pfn(entry.bits >> PAGE_SHIFT))
                      : zeroed_frame();
    if (pfn_is_none(frame))
        return ERR_NOMEM;
    return pt_replace(&space->pt, va, frame,
                      vm_access(region->flags) | PT_GIVEN);
}

/* -------------------------------------------------------------------- fault */

static bool is_allowed(const struct vm_region *region, enum vm_rights access)
{
    return access & VM_WRITE ? (region->flags & VM_WRITE) != 0
                             : (region->flags & VM_RIGHTS) != 0;
}

static enum status make_present(struct vm_space *space,
                                const struct vm_region *region,
                                virt_addr_t page, bool is_write)
{
    const pte_t *slot = pt_slot(&space->pt, page);

    if (!slot || !pte_present(*slot))
        return fill(space, region, page, is_write);
    if (is_write && !(slot->bits & PTE_WRITE))
        return unshare(space, region, page, *slot);
    return OK;
}

enum status vm_fault(struct vm_space *space, virt_addr_t va,
                     enum vm_rights access)
{
    struct vm_region *region = vm_region_at(space, va);
    virt_addr_t page = round_down(va, PAGE_SIZE);
    bool is_write = (access & VM_WRITE) != 0;

    vm.stats.faults++;
    if (!region && !(region = grow_stack(space, va)))
        return ERR_FAULT;
    if (!is_allowed(region, access))
        return ERR_ACCESS;
    enum status status = make_present(space, region, page, is_write);
    if (status != ERR_NOMEM || vm_trim() == 0)
        return status;
    return make_present(space, region, page, is_write);
}
