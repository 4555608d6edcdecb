/*
 * mm/pt_space.c - L2: spaces come, are loaded, and go.
 *
 * All page tables are in one list, so that an entry of the kernel half can be
 * stored into each directory. A new space copies that half; its user half is
 * empty, and must be so again when the space goes.
 */
#include "lib/mem.h"
#include "mm/lock.h"
#include "pt_internal.h"

enum status pt_create(struct page_table *pt)
{
    pfn_t directory = pt_new_table();

    if (pfn_is_none(directory))
        return ERR_NOMEM;
    *pt = (struct page_table){ .directory = directory,
                               .entries = pfn_to_ptr(directory),
                               .start = USER_START, .end = USER_END };
    lock(LOCK_PT);
    memcpy(pt->entries + KERNEL_FIRST_PDE,
           pt_state.kernel.entries + KERNEL_FIRST_PDE,
           (ENTRIES - KERNEL_FIRST_PDE) * sizeof(pte_t));
    list_append(&pt_state.spaces, &pt->node);
    unlock(LOCK_PT);
    return OK;
}

void pt_destroy(struct page_table *pt)
{
    CHECK(pt != &pt_state.kernel && pt != pt_state.loaded,
          "pt_destroy: the space is the loaded one, by %p", CALLER());
    pt_need_no_debt("pt_destroy", CALLER());
    for (u32 i = 0; i < KERNEL_FIRST_PDE; i++)
        CHECK(!pte_present(pt->entries[i]),
              "pt_destroy: 0x%08x is still mapped, by %p", i << CHUNK_SHIFT,
              CALLER());

    lock(LOCK_PT);
    list_remove(&pt->node);
    pmm_free(pt->directory, FRAME_TABLE);
    unlock(LOCK_PT);
    pt->directory = PFN_NONE;
}

void pt_load(struct page_table *pt)
{
    pt_need_no_debt("pt_load", CALLER());

    pt_state.loaded = pt;
    platform_load_directory(pfn_to_phys(pt->directory).addr);
}
