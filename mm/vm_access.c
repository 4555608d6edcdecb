/*
 * mm/vm_access.c - L5: a space's memory, seen from outside of it.
 *
 * Page by page: fault it in as its program would, then reach the frame through
 * a window. The space need not be loaded.
 *
 * Cost: O(bytes), and the faults.
 */
#include "lib/mem.h"
#include "vm_internal.h"

static bool is_allowed(pte_t entry, enum vm_rights access)
{
    return pte_present(entry) &&
           (!(access & VM_WRITE) || entry.bits & PTE_WRITE);
}

/* The page's memory, through a window; NULL if it may not be so used. */
static void *open_page(struct vm_space *space, virt_addr_t page,
                       enum vm_rights access)
{
    if (page < USER_START || page >= USER_END)
        return NULL;
    if (!is_allowed(pt_entry(&space->pt, page), access) &&
        vm_fault(space, page, access) != OK)
        return NULL;
    pte_t entry = pt_entry(&space->pt, page);
    return window_map(pfn(entry.bits >> PAGE_SHIFT));
}

/* How many bytes from `va` on, up to `bytes`, lie in its page. */
static u32 in_page(virt_addr_t va, u32 bytes)
{
    return min_u32(bytes, PAGE_SIZE - va % PAGE_SIZE);
}

bool vm_read(struct vm_space *space, virt_addr_t from, void *to, u32 bytes)
{
    for (u8 *out = to; bytes > 0;) {
        u32 count = in_page(from, bytes);
        u8 *page = open_page(space, round_down(from, PAGE_SIZE), VM_READ);
        if (!page)
            return false;
        memcpy(out, page + from % PAGE_SIZE, count);
        window_unmap(page);
        out += count;
        from += count;
        bytes -= count;
    }
    return true;
}

bool vm_write(struct vm_space *space, virt_addr_t to, const void *from,
              u32 bytes)
{
    for (const u8 *in = from; bytes > 0;) {
        u32 count = in_page(to, bytes);
        u8 *page = open_page(space, round_down(to, PAGE_SIZE), VM_WRITE);
        if (!page)
            return false;
        memcpy(page + to % PAGE_SIZE, in, count);
        window_unmap(page);
        in += count;
        to += count;
        bytes -= count;
    }
    return true;
}

/* -------------------------------------------------------------- each page */

static bool is_resident(const struct vm_space *space,
                        const struct vm_region *region, virt_addr_t page)
{
    pte_t entry = pt_entry(&space->pt, page);

    return (entry.bits & (PTE_PRESENT | PTE_HELD)) != 0 ||
           (region->object &&
            vm_object_has(region->object, vm_object_page(region, page)));
}

enum status vm_each_page(struct vm_space *space, virt_addr_t at, u32 bytes,
                         bool (*resident)(bool is, void *context),
                         void *context)
{
    virt_addr_t end = at + round_up(bytes, PAGE_SIZE);

    if (!is_page_aligned(at))
        return ERR_INVAL;
    if (!vm_is_user(at, bytes))
        return ERR_NOMEM;
    for (; at < end; at += PAGE_SIZE) {
        const struct vm_region *region = vm_region_at(space, at);
        if (!region)
            return ERR_NOMEM;
        if (!resident(is_resident(space, region, at), context))
            return OK;
    }
    return OK;
}

bool vm_is_mapped(struct vm_space *space, virt_addr_t at, u32 bytes)
{
    virt_addr_t end = at + bytes;

    if (!vm_is_user(at, bytes))
        return false;
    while (at < end) {
        const struct vm_region *region = vm_region_at(space, at);
        if (!region)
            return false;
        at = region->end;
    }
    return true;
}
