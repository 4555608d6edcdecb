/*
 * mm/pt_space.c - L2: spaces come, are loaded, and go.
 *
 * All page tables are in one list, so that an entry of the kernel half can be
 * stored into each directory. A new space copies that half; its user half is
 * empty, and must be so again when the space goes. So a space that goes is as
 * good as a new one: one is kept, in the list, for who comes next.
 */
#include "mm/lock.h"
#include "pt_internal.h"

/* The space is from now on that of `to`. */
static void move_space(struct page_table *to, struct page_table *from)
{
    list_remove(&from->node);
    *to = *from;
    list_append(&pt_state.spaces, &to->node);
    from->directory = PFN_NONE;
    from->entries = NULL;
}

static enum status make_space(struct page_table *pt)
{
    pfn_t directory = pt_new_table();

    if (pfn_is_none(directory))
        return ERR_NOMEM;
    *pt = (struct page_table){ .directory = directory,
                               .entries = pfn_to_ptr(directory),
                               .start = USER_START, .end = USER_END };
    memcpy(pt->entries + KERNEL_FIRST_PDE,
           pt_state.kernel.entries + KERNEL_FIRST_PDE,
           (ENTRIES - KERNEL_FIRST_PDE) * sizeof(pte_t));
    list_append(&pt_state.spaces, &pt->node);
    return OK;
}

enum status pt_create(struct page_table *pt)
{
    enum status status = OK;

    lock(LOCK_PT);
    if (pt_state.spare.entries)
        move_space(pt, &pt_state.spare);
    else
        status = make_space(pt);
    unlock(LOCK_PT);
    return status;
}

static void free_space(struct page_table *pt)
{
    list_remove(&pt->node);
    pt_free_table(pt->directory);
    pt->directory = PFN_NONE;
    pt->entries = NULL;
}

void pt_destroy(struct page_table *pt)
{
    CHECK(pt != &pt_state.kernel && pt != pt_state.loaded,
          "pt_destroy: the space is the loaded one, by %p", CALLER());
    pt_need_no_debt("pt_destroy", CALLER());
    CHECK(bitset_is_empty(pt->tables),
          "pt_destroy: 0x%08x is still mapped, by %p",
          bitset_first(pt->tables) << CHUNK_SHIFT, CALLER());

    lock(LOCK_PT);
    if (pt_state.spare.entries)
        free_space(pt);
    else
        move_space(&pt_state.spare, pt);
    unlock(LOCK_PT);
}

/* L1 calls it, maybe in the midst of what L2 does: then what is asked for is
 * not in stock. */
u32 pt_trim(void)
{
    u32 trimmed = pt_state.stock;

    while (pt_state.stock > 0)
        pt_free_table(pt_table_of(pt_state.tables[--pt_state.stock]));
    if (pt_state.spare.entries) {
        free_space(&pt_state.spare);
        trimmed++;
    }
    return trimmed;
}

bool pt_is_loaded(const struct page_table *pt)
{
    return pt == pt_state.loaded;
}

void pt_load(struct page_table *pt)
{
    pt_need_no_debt("pt_load", CALLER());

    pt_state.loaded = pt;
    platform_load_directory(pfn_to_phys(pt->directory).addr);
}
