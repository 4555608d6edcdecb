/*
 * mm/vm_map.c - L5: regions are made and removed: mmap, munmap, brk.
 *
 * A mapping is only written down: pages come when they are touched. What it
 * may need is promised first, what it replaces goes last, so that whatever
 * fails, fails before anything has changed.
 *
 * Cost: O(log regions); a mapping that continues the one beside it is a bound
 * that moves.
 */
#include "vm_internal.h"

/* -------------------------------------------------------------------- place */

/* Where a mapping goes. */
struct place {
    virt_addr_t start;
    struct vm_region *next; /* the first region that ends above; NULL        */
    bool is_free;           /* nothing has to go                             */
};

static void look_at(const struct vm_space *space, struct place *place,
                    virt_addr_t start, u32 bytes)
{
    place->start = start;
    place->next = vm_first_above(space, start);
    place->is_free = !place->next || start + bytes <= place->next->start;
}

/* Is it free, and no stack above too near? */
static bool is_roomy(const struct place *place, u32 bytes)
{
    return !place->next ||
           place->start + bytes <= vm_guarded_start(place->next);
}

static enum status place_anywhere(struct vm_space *space,
                                  virt_addr_t hint, u32 bytes,
                                  struct place *place)
{
    hint = round_down(hint, PAGE_SIZE);
    if (hint != 0 && vm_is_user(max_u32(hint, USER_START), bytes)) {
        look_at(space, place, max_u32(hint, USER_START), bytes);
        if (is_roomy(place, bytes))
            return OK;
    }
    place->start = vm_find_room(space, bytes, &place->next);
    place->is_free = true;
    return place->start != 0 ? OK : ERR_NOMEM;
}

virt_addr_t vm_find_place(struct vm_space *space, virt_addr_t hint,
                          u32 bytes)
{
    struct place place;

    return place_anywhere(space, hint, bytes, &place) == OK ? place.start : 0;
}

static enum status find_place(struct vm_space *space,
                              const struct vm_request *request, u32 bytes,
                              struct place *place)
{
    if (request->place == VM_ANYWHERE)
        return place_anywhere(space, request->at, bytes, place);
    if (!vm_is_user(request->at, bytes))
        return ERR_NOMEM;
    if (!is_page_aligned(request->at) || request->at < USER_START)
        return ERR_INVAL;
    look_at(space, place, request->at, bytes);
    return request->place == VM_NO_REPLACE && !place->is_free ? ERR_EXIST
                                                              : OK;
}

/* ------------------------------------------------------------------ promise */

/* Of what lies in [start, end), how much is charged? */
static u32 promised_in(const struct vm_space *space, virt_addr_t start,
                       virt_addr_t end)
{
    const struct vm_region *region = vm_first_above(space, start);
    u32 frames = 0;

    for (; region && region->start < end; region = vm_next(space, region))
        if (region->flags & VM_PROMISED)
            frames += (min_u32(region->end, end) >> PAGE_SHIFT) -
                      (max_u32(region->start, start) >> PAGE_SHIFT);
    return frames;
}

/* ------------------------------------------------------------------- insert */

static struct vm_region *last_of(const struct vm_space *space)
{
    return list_is_empty(&space->regions) ? NULL
                                          : vm_region_of(space->regions.prev);
}

/* Enter a region where nothing is, before `next`. */
static enum status insert(struct vm_space *space, const struct vm_region *like,
                          struct vm_region *next)
{
    struct vm_region *before = next ? vm_before(space, next) : last_of(space);

    if (vm_continues(before, like)) {
        vm_set_end(space, before, like->end);
        space->recent = vm_join(space, before);
        return OK;
    }
    if (vm_precedes(like, next)) {
        vm_set_start(space, next, like->start);
        return OK;
    }
    struct vm_region *region =
        vm_region_new(space, like, like->start, like->end);
    if (!region)
        return ERR_NOMEM;
    vm_tree_insert(space, region, next);
    space->recent = region;
    return OK;
}

/* Enter a region in the place of whatever is there. */
static enum status replace(struct vm_space *space,
                           const struct vm_region *like)
{
    struct vm_region *region =
        vm_region_new(space, like, like->start, like->end);

    if (!region)
        return ERR_NOMEM;
    if (vm_remove(space, like->start, like->end) != OK) {
        vm_region_free(space, region);
        return ERR_NOMEM;
    }
    vm_tree_insert(space, region, vm_first_above(space, like->start));
    vm_join(space, region);
    return OK;
}

/* Enter a region. What was promised to what it replaces is promised to it, and
 * only the rest is charged anew. */
static enum status enter(struct vm_space *space, const struct vm_region *like,
                         const struct place *place)
{
    u32 needed = like->flags & VM_PROMISED ? vm_pages(like) : 0;
    u32 freed = place->is_free ? 0
                               : promised_in(space, like->start, like->end);
    u32 extra = needed > freed ? needed - freed : 0;

    if (extra > 0 && !vm_charge(space, extra))
        return ERR_NOMEM;
    enum status status = place->is_free ? insert(space, like, place->next)
                                        : replace(space, like);
    if (status != OK)
        vm_discharge(space, extra);
    else if (freed > 0)
        vm_recharge(space, needed - extra);
    return status;
}

/* ---------------------------------------------------------------------- map */

/* Fill what is locked, as far as that goes. */
static COLD void fill(struct vm_space *space, const struct vm_region *like)
{
    enum vm_rights access = like->flags & VM_WRITE && !(like->flags & VM_SHARED)
                                ? VM_WRITE : VM_READ;

    for (virt_addr_t va = like->start; va < like->end; va += PAGE_SIZE)
        if (vm_fault(space, va, access) != OK)
            return;
}

/* Shared anonymous memory is an object that nobody else knows. */
static enum status enter_shared(struct vm_space *space,
                                struct vm_region *like,
                                const struct place *place)
{
    like->object = vm_object_new(NULL, NULL, vm_pages(like),
                                 !(like->flags & VM_NO_RESERVE));
    if (!like->object)
        return ERR_NOMEM;
    enum status status = enter(space, like, place);
    vm_object_put(like->object);
    return status;
}

static u32 flags_of(const struct vm_request *request)
{
    u32 flags = request->flags & ~(u32)VM_PROMISED;

    if (vm_is_charged(flags))
        flags |= VM_PROMISED;
    if (flags & VM_SHARED && !request->object)
        flags |= VM_MAY_WRITE;
    return flags;
}

enum status vm_map(struct vm_space *space, const struct vm_request *request,
                   virt_addr_t *at)
{
    u32 bytes = round_up(request->bytes, PAGE_SIZE);
    struct place place;

    if (request->bytes == 0)
        return ERR_INVAL;
    if (bytes == 0)
        return ERR_NOMEM;
    enum status status = find_place(space, request, bytes, &place);
    if (status != OK)
        return status;

    struct vm_region like;
    like.start = place.start;
    like.end = place.start + bytes;
    like.flags = flags_of(request);
    like.object = request->object;
    like.first_page = request->object ? request->first_page : 0;
    status = like.flags & VM_SHARED && !like.object
                 ? enter_shared(space, &like, &place)
                 : enter(space, &like, &place);
    if (status != OK)
        return status;
    if (like.flags & VM_LOCKED)
        fill(space, &like);
    *at = place.start;
    return OK;
}

enum status vm_unmap(struct vm_space *space, virt_addr_t at, u32 bytes)
{
    u32 rounded = round_up(bytes, PAGE_SIZE);

    if (!is_page_aligned(at) || rounded == 0 || !vm_is_user(at, bytes))
        return ERR_INVAL;
    return vm_remove(space, at, at + rounded);
}

/* --------------------------------------------------------------------- heap */

static bool grow_heap(struct vm_space *space, virt_addr_t from, virt_addr_t to)
{
    struct vm_region like = {
        .start = from, .end = to,
        .flags = VM_READ | VM_WRITE | VM_PROMISED,
    };

    struct place place;

    look_at(space, &place, from, to - from);
    /* A page is kept free above, as on Linux. */
    return to < USER_END && is_roomy(&place, to + PAGE_SIZE - from) &&
           enter(space, &like, &place) == OK;
}

virt_addr_t vm_brk(struct vm_space *space, virt_addr_t end)
{
    virt_addr_t from = round_up(space->heap_end, PAGE_SIZE);

    if (end < space->heap_start || end > USER_END)
        return space->heap_end;
    virt_addr_t to = round_up(end, PAGE_SIZE);
    if (to > from ? grow_heap(space, from, to)
                  : to == from || vm_remove(space, to, from) == OK)
        space->heap_end = end;
    return space->heap_end;
}
