/*
 * mm/vm_protect.c - L5: what is mapped changes: mprotect, mlock, madvise.
 *
 * Rights that are taken away are taken at once, from the page tables, too.
 * The right to write is given to the region only: a page may be shared, and
 * the next write finds out (mm/vm_fault.c).
 *
 * A range may cover many regions and end within one. That one is cut first,
 * and joined again with what has become like it.
 *
 * Cost: O(log regions + regions and pages in the range).
 */
#include "vm_internal.h"

/* [at, at + bytes), as the calls of a program have it. False: it wraps. */
static bool range_of(virt_addr_t at, u32 bytes, virt_addr_t *end)
{
    u32 rounded = round_up(bytes, PAGE_SIZE);

    *end = at + rounded;
    return rounded >= bytes && *end >= at;
}

/* The region that the range goes on with at `at`; NULL if nothing is there. */
static struct vm_region *go_on(struct vm_space *space, virt_addr_t at)
{
    struct vm_region *region = vm_first_above(space, at);

    return region && region->start <= at ? region : NULL;
}

/* ------------------------------------------------------------------- change */

/* Let [start, end) of a region have other flags. What it is part of then;
 * NULL: no memory, and nothing has changed. */
static struct vm_region *change(struct vm_space *space,
                                struct vm_region *region, virt_addr_t start,
                                virt_addr_t end, u32 flags)
{
    if (region->flags == flags)
        return region;
    region = vm_isolate(space, region, start, end);
    if (!region)
        return NULL;
    region->flags = flags;
    return vm_join(space, region);
}

/* ------------------------------------------------------------------ protect */

static void protect_pages(struct vm_space *space, virt_addr_t start,
                          virt_addr_t end, u32 flags)
{
    u32 pages = (end - start) >> PAGE_SHIFT;

    if (!pt_has_table(&space->pt, start, pages))
        return;
    /* That nothing is there, is no error. */
    if (pt_protect_range(&space->pt, start, pages,
                         vm_access(flags) | PT_KEEP_WRITE) == OK)
        pt_flush();
}

/* Is nothing more, or less, allowed than to write? Then the pages are as they
 * should be: until they are written to. */
static bool may_only_be_written(u32 old, u32 rights)
{
    return (old & VM_RIGHTS) != 0 &&
           ((old | VM_WRITE) & VM_RIGHTS) == (rights & VM_RIGHTS);
}

static bool may_have(const struct vm_region *region, enum vm_rights rights)
{
    return !(rights & VM_WRITE) || !(region->flags & VM_SHARED) ||
           region->flags & VM_MAY_WRITE;
}

/* As much of [at, end) as lies in the region: `*done` is where that ends. */
static enum status protect_part(struct vm_space *space,
                                struct vm_region *region, virt_addr_t at,
                                virt_addr_t end, enum vm_rights rights)
{
    u32 old = region->flags;
    u32 flags = (old & ~(u32)VM_RIGHTS) | rights;
    u32 charge = 0;

    if (!may_have(region, rights))
        return ERR_ACCESS;
    if (vm_is_charged(flags) && !(flags & VM_PROMISED)) {
        flags |= VM_PROMISED;
        charge = (end - at) >> PAGE_SHIFT;
    }
    if (charge > 0 && !vm_charge(space, charge))
        return ERR_NOMEM;
    if (!change(space, region, at, end, flags)) {
        vm_discharge(space, charge);
        return ERR_NOMEM;
    }
    if (!may_only_be_written(old, flags))
        protect_pages(space, at, end, flags);
    return OK;
}

enum status vm_protect(struct vm_space *space, virt_addr_t at, u32 bytes,
                       enum vm_rights rights)
{
    virt_addr_t end;

    if (!is_page_aligned(at))
        return ERR_INVAL;
    if (bytes == 0)
        return OK;
    if (!range_of(at, bytes, &end) || end == at)
        return ERR_NOMEM;
    while (at < end) {
        struct vm_region *region = go_on(space, at);
        if (!region)
            return ERR_NOMEM;
        virt_addr_t next = min_u32(region->end, end);
        enum status status = protect_part(space, region, at, next, rights);
        if (status != OK)
            return status;
        at = next;
    }
    return OK;
}

/* --------------------------------------------------------------------- lock */

/* Fill the pages of a range, to be read, or written where that needs a frame
 * of its own. */
static enum status fill(struct vm_space *space, virt_addr_t at,
                        virt_addr_t end)
{
    for (; at < end; at += PAGE_SIZE) {
        const struct vm_region *region = go_on(space, at);
        bool is_own = region && region->flags & VM_WRITE &&
                      !(region->flags & VM_SHARED);
        enum status status = vm_fault(space, at, is_own ? VM_WRITE : VM_READ);
        if (status != OK)
            return status;
    }
    return OK;
}

COLD enum status vm_lock(struct vm_space *space, virt_addr_t at, u32 bytes,
                         bool locked)
{
    virt_addr_t start = round_down(at, PAGE_SIZE), end;

    if (bytes > UINT32_MAX - (at - start) ||
        !range_of(start, bytes + (at - start), &end))
        return ERR_INVAL;
    for (virt_addr_t next = start; next < end;) {
        struct vm_region *region = go_on(space, next);
        if (!region)
            return ERR_NOMEM;
        u32 flags = region->flags & ~(u32)VM_LOCKED;
        virt_addr_t part_end = min_u32(region->end, end);
        if (!change(space, region, next, part_end,
                    flags | (locked ? VM_LOCKED : 0)))
            return ERR_NOMEM;
        next = part_end;
    }
    return locked ? fill(space, start, end) : OK;
}

/* ------------------------------------------------------------------- advise */

static bool is_anonymous(const struct vm_region *region)
{
    return !region->object && !(region->flags & VM_SHARED);
}

static enum status drop_pages(struct vm_space *space,
                              const struct vm_region *region, virt_addr_t at,
                              virt_addr_t end)
{
    u32 pages = (end - at) >> PAGE_SHIFT;

    if (region->flags & VM_LOCKED)
        return ERR_INVAL;
    if (pt_has_table(&space->pt, at, pages)) {
        pt_unmap_range(&space->pt, at, pages);
        pt_flush();
    }
    return OK;
}

static enum status set_flag(struct vm_space *space, struct vm_region *region,
                            virt_addr_t at, virt_addr_t end, u32 flag, bool on)
{
    u32 flags = region->flags & ~flag;

    return change(space, region, at, end, on ? flags | flag : flags)
               ? OK : ERR_NOMEM;
}

static enum status populate(struct vm_space *space, virt_addr_t at,
                            virt_addr_t end, enum vm_rights access)
{
    enum status status = OK;

    for (; at < end && status == OK; at += PAGE_SIZE)
        status = vm_fault(space, at, access);
    return status;
}

static enum status advise_part(struct vm_space *space,
                               struct vm_region *region, virt_addr_t at,
                               virt_addr_t end, u32 advice)
{
    switch (advice) {
    case VM_ADVICE_FREE:
        return is_anonymous(region) ? drop_pages(space, region, at, end)
                                    : ERR_INVAL;
    case VM_ADVICE_DONTNEED:
        return drop_pages(space, region, at, end);
    case VM_ADVICE_DONTFORK:
    case VM_ADVICE_DOFORK:
        return set_flag(space, region, at, end, VM_NOT_ON_FORK,
                        advice == VM_ADVICE_DONTFORK);
    case VM_ADVICE_WIPEONFORK:
        if (!is_anonymous(region))
            return ERR_INVAL;
        return set_flag(space, region, at, end, VM_WIPE_ON_FORK, true);
    case VM_ADVICE_KEEPONFORK:
        return set_flag(space, region, at, end, VM_WIPE_ON_FORK, false);
    case VM_ADVICE_POPULATE_READ:
        return populate(space, at, end, VM_READ);
    case VM_ADVICE_POPULATE_WRITE:
        return populate(space, at, end, VM_WRITE);
    default:
        return OK;
    }
}

/* Advice that changes nothing here is taken all the same. */
static bool is_advice(u32 advice)
{
    return advice <= VM_ADVICE_DONTNEED || advice == VM_ADVICE_FREE ||
           (advice >= VM_ADVICE_DONTFORK &&
            advice <= VM_ADVICE_POPULATE_WRITE);
}

COLD enum status vm_advise(struct vm_space *space, virt_addr_t at, u32 bytes,
                           u32 advice)
{
    virt_addr_t end;
    bool has_hole = false;

    if (!is_advice(advice) || !is_page_aligned(at) ||
        !range_of(at, bytes, &end))
        return ERR_INVAL;
    while (at < end) {
        struct vm_region *region = vm_first_above(space, at);
        if (!region || region->start >= end)
            return ERR_NOMEM;
        has_hole |= region->start > at;
        virt_addr_t start = max_u32(at, region->start);
        virt_addr_t next = min_u32(region->end, end);
        enum status status = advise_part(space, region, start, next, advice);
        if (status != OK)
            return status;
        at = next;
    }
    return has_hole ? ERR_NOMEM : OK;
}
