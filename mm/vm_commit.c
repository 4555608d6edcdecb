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
 * as long as there is a frame.
 *
 * Cost: O(1).
 */
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
