/*
 * mm/vm_commit.c - L5: what has been promised, and what can be.
 *
 * A program is told at once that there is not enough memory, when it asks and
 * not when it touches. So each page that may have to get a frame of its own is
 * charged when it is mapped:
 *
 *      charged         private pages that may be written, each page of an
 *                      object, page tables that there are, stacks and structs
 *      not charged     what can be read again, what may only be read, and what
 *                      was mapped with NORESERVE
 *
 * The limit is what was free when L5 began, less a reserve for page tables
 * that promised pages will need. Whoever touches what nobody promised, gets it
 * as long as there is a frame; so a frame that was promised may be gone when it
 * is needed. Then vm_fault() fails, and whoever called it has to see who goes:
 * vm_usage() tells what it would bring.
 *
 * Cost: O(1); of vm_usage() O(regions + pages mapped).
 */
#include "mm/vm_usage.h"

#include "mm/pt_audit.h"
#include "vm_internal.h"

bool vm_promise(u32 frames)
{
    u32 promised = vm.stats.promised + pt_table_count();

    if (promised > vm.stats.limit || frames > vm.stats.limit - promised)
        return false;
    vm.stats.promised += frames;
    return true;
}

void vm_release(u32 frames)
{
    CHECK(frames <= vm.stats.promised,
          "vm_release: %u frames of %u that are promised, by %p", frames,
          vm.stats.promised, CALLER());
    vm.stats.promised -= frames;
}

bool vm_charge(struct vm_space *space, u32 frames)
{
    if (!vm_promise(frames))
        return false;
    space->promised += frames;
    return true;
}

void vm_recharge(struct vm_space *space, u32 frames)
{
    vm.stats.promised += frames;
    space->promised += frames;
}

void vm_discharge(struct vm_space *space, u32 frames)
{
    space->promised -= frames;
    vm_release(frames);
}

bool vm_may_have_table(void)
{
    return vm.stats.promised + pt_table_count() <
           vm.stats.limit + vm.stats.reserve;
}

pfn_t vm_frame(enum frame_kind kind)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, kind);

    if (pfn_is_none(frame) && vm_trim() > 0)
        frame = pmm_alloc(ZONE_ANY, kind);
    return frame;
}

/* -------------------------------------------------------------------- usage */

static bool is_private_frame(pte_t entry)
{
    return entry.bits & PTE_COUNTED &&
           pmm_kind(pfn(entry.bits >> PAGE_SHIFT)) == FRAME_USER;
}

static u32 resident_of(const struct vm_space *space,
                       const struct vm_region *region)
{
    virt_addr_t va = region->start;
    u32 pages = 0;
    pte_t entry;

    for (; pt_next_used(&space->pt, &va, region->end, &entry); va += PAGE_SIZE)
        pages += is_private_frame(entry);
    return pages;
}

void vm_usage(const struct vm_space *space, struct vm_usage *out)
{
    *out = (struct vm_usage){ .resident = 0 };
    LIST_FOR_EACH(node, &space->regions) {
        const struct vm_region *region = vm_region_of(node);
        u32 resident = resident_of(space, region);

        out->resident += resident;
        if (!(region->flags & VM_PROMISED))
            out->unpromised += resident;
        if (region->flags & VM_NO_RESERVE)
            out->no_reserve += vm_pages(region);
    }
}
