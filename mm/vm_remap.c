/*
 * mm/vm_remap.c - L5: a mapping grows, shrinks or moves: mremap.
 *
 *      |p p p|......         it grows in place where nothing is in the way,
 *      |p p p . . .|
 *
 *      |p p p|x|             else its entries move, not its frames
 *              |p p p . . .|
 *
 * Cost: in place O(log regions); a move, O(chunks + pages) besides.
 */
#include "vm_internal.h"

/* A move, while it is done. */
struct move {
    virt_addr_t from, to;
    u32 old_bytes, new_bytes;
    bool keeps;                /* the old range stays, and is empty          */
};

/* ----------------------------------------------------------------- in place */

static u32 charge_for(const struct vm_region *region, u32 bytes)
{
    return region->flags & VM_PROMISED ? bytes >> PAGE_SHIFT : 0;
}

/* Is the range at the region's end, and `more` bytes free behind it? */
static bool may_grow(const struct vm_space *space,
                     const struct vm_region *region, virt_addr_t end, u32 more)
{
    const struct vm_region *next = vm_next(space, region);

    return region->end == end && more <= (next ? next->start : USER_END) - end;
}

static void fill(struct vm_space *space, u32 flags, virt_addr_t at,
                 virt_addr_t end)
{
    enum vm_rights access = flags & VM_WRITE ? VM_WRITE : VM_READ;

    for (; flags & VM_LOCKED && at < end; at += PAGE_SIZE)
        if (vm_fault(space, at, access) != OK)
            return;
}

static enum status grow(struct vm_space *space, struct vm_region *region,
                        u32 more)
{
    virt_addr_t end = region->end;
    u32 flags = region->flags;

    if (!vm_charge(space, charge_for(region, more)))
        return ERR_NOMEM;
    vm_set_end(space, region, end + more);
    vm_join(space, region);
    fill(space, flags, end, end + more);
    return OK;
}

/* --------------------------------------------------------------------- move */

static void remove_emptied(struct vm_space *space, struct vm_region *region)
{
    vm_tree_remove(space, region);
    vm_region_free(space, region);
}

/* The pages go over to where no region is yet. */
static enum status move_pages(struct vm_space *space,
                              struct vm_region *region,
                              const struct move *move)
{
    u32 pages = min_u32(move->old_bytes, move->new_bytes) >> PAGE_SHIFT;

    if (move->old_bytes == 0)
        return OK;
    struct vm_region *old = vm_isolate(space, region, move->from,
                                       move->from + move->old_bytes);
    if (!old)
        return ERR_NOMEM;
    if (pt_has_table(&space->pt, move->from, pages) &&
        pt_move_range(&space->pt, move->from, move->to, pages) != OK) {
        vm_join(space, old);
        return ERR_NOMEM;
    }
    if (!move->keeps) {
        remove_emptied(space, old);
        return OK;
    }
    old->flags &= ~(u32)VM_LOCKED;
    vm_join(space, old);
    return OK;
}

/* Nothing is at the new place. */
static enum status move_region(struct vm_space *space,
                               struct vm_region *region,
                               const struct move *move)
{
    u32 more = move->keeps ? move->new_bytes
                           : move->new_bytes - move->old_bytes;
    u32 charge = charge_for(region, more);

    if (!vm_charge(space, charge))
        return ERR_NOMEM;
    struct vm_region *target = vm_region_new(
        space, region, move->to, move->to + move->new_bytes);
    if (target && region->object)
        target->first_page = vm_object_page(region, move->from);
    if (!target || move_pages(space, region, move) != OK) {
        if (target)
            vm_region_free(space, target);
        vm_discharge(space, charge);
        return ERR_NOMEM;
    }
    u32 flags = target->flags;
    vm_tree_insert(space, target, vm_first_above(space, move->to));
    vm_join(space, target);
    fill(space, flags, move->to + move->old_bytes,
         move->to + move->new_bytes);
    return OK;
}

/* -------------------------------------------------------------------- remap */

/* May [at, at + bytes) of the region be remapped? A range of no bytes shows
 * shared memory once more. */
static enum status check_range(const struct vm_region *region, virt_addr_t at,
                               u32 bytes)
{
    if (bytes == 0 && !(region->flags & VM_SHARED))
        return ERR_INVAL;
    return bytes > region->end - at ? ERR_FAULT : OK;
}

/* With VM_REMAP_KEEP alone the place is a wish, but must make sense, too. */
static bool is_place_sane(const struct move *move)
{
    return is_page_aligned(move->to) &&
           vm_is_user(max_u32(move->to, USER_START), move->new_bytes) &&
           (move->to >= move->from + move->old_bytes ||
            move->from >= move->to + move->new_bytes);
}

static enum status remap_to(struct vm_space *space, struct move *move,
                            u32 flags)
{
    enum status status = OK;

    if (!vm_is_user(move->from, move->old_bytes))
        return ERR_INVAL;
    if (flags != 0 && !is_place_sane(move))
        return ERR_INVAL;
    if (flags & VM_REMAP_FIXED) {
        if (move->to < USER_START)
            return ERR_INVAL;
        status = vm_remove(space, move->to, move->to + move->new_bytes);
    }
    if (status == OK && move->old_bytes > move->new_bytes) {
        status = vm_remove(space, move->from + move->new_bytes,
                           move->from + move->old_bytes);
        move->old_bytes = move->new_bytes;
    }
    if (status != OK)
        return status;
    struct vm_region *region = vm_region_at(space, move->from);
    if (!region)
        return ERR_FAULT;
    status = check_range(region, move->from, move->old_bytes);
    if (status != OK)
        return status;
    if (!(flags & VM_REMAP_FIXED))
        move->to = vm_find_place(space, move->to, move->new_bytes);
    return move->to != 0 ? move_region(space, region, move) : ERR_NOMEM;
}

static enum status resize(struct vm_space *space, struct vm_region *region,
                          struct move *move, u32 flags)
{
    virt_addr_t end = move->from + move->old_bytes;

    move->to = move->from;
    if (move->old_bytes == move->new_bytes)
        return OK;
    if (move->old_bytes > move->new_bytes)
        return vm_is_user(move->from, move->old_bytes)
                   ? vm_remove(space, move->from + move->new_bytes, end)
                   : ERR_INVAL;
    enum status status = check_range(region, move->from, move->old_bytes);
    if (status != OK)
        return status;
    u32 more = move->new_bytes - move->old_bytes;
    if (may_grow(space, region, end, more))
        return grow(space, region, more);
    if (!(flags & VM_REMAP_MAY_MOVE))
        return ERR_NOMEM;
    move->to = 0;
    return remap_to(space, move, 0);
}

static bool makes_sense(const struct move *move, u32 flags)
{
    bool moves = flags & VM_REMAP_MAY_MOVE;

    return !(flags & ~(u32)(VM_REMAP_MAY_MOVE | VM_REMAP_FIXED |
                            VM_REMAP_KEEP)) &&
           (moves || !(flags & (VM_REMAP_FIXED | VM_REMAP_KEEP))) &&
           (!move->keeps || move->old_bytes == move->new_bytes) &&
           is_page_aligned(move->from) && move->new_bytes != 0;
}

enum status vm_remap(struct vm_space *space, virt_addr_t *at, u32 old_bytes,
                     u32 new_bytes, u32 flags, virt_addr_t to)
{
    struct move move = { .from = *at, .to = to,
                         .old_bytes = round_up(old_bytes, PAGE_SIZE),
                         .new_bytes = round_up(new_bytes, PAGE_SIZE),
                         .keeps = (flags & VM_REMAP_KEEP) != 0 };

    if (!makes_sense(&move, flags))
        return ERR_INVAL;
    struct vm_region *region = vm_region_at(space, *at);
    if (!region)
        return ERR_FAULT;
    enum status status = flags & (VM_REMAP_FIXED | VM_REMAP_KEEP)
                             ? remap_to(space, &move, flags)
                             : resize(space, region, &move, flags);
    if (status == OK)
        *at = move.to;
    return status;
}
