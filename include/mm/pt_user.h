/*
 * mm/pt_user.h - L2: what the spaces of programs need beside mm/pt.h.
 *
 * Pages that are copied when somebody writes to them, ranges that are copied
 * or moved as a whole, and spaces that are emptied.
 */
#ifndef MM_PT_USER_H
#define MM_PT_USER_H

#include "mm/pt.h"

/* What pt_copy_range() makes of the right to write. */
enum pt_copy {
    PT_COPY_PRIVATE, /* gone on both sides: who writes gets his own frame   */
    PT_COPY_SHARED,  /* as it was                                           */
};

/*
 * The entry for the page at `va`, for a glance: PTE_PRESENT or PTE_HELD says
 * that it has a frame (pte_frame()), PTE_WRITE that it may be written to,
 * PTE_COUNTED that it holds a reference.
 *
 * Returns:  the entry; 0 if nothing is there.
 * Cost:     O(1), a few instructions.
 * Context:  any.
 */
static inline pte_t pt_entry(const struct page_table *pt, virt_addr_t va)
{
    const pte_t *slot = pt_slot(pt, va);

    return slot ? *slot : (pte_t){ 0 };
}

/*
 * How many frames all page tables and directories in use are.
 *
 * Returns:  frames; what L2 keeps in stock is not in it.
 * Cost:     O(1).
 * Context:  any.
 */
u32 pt_table_count(void);

/*
 * Is this the space that the processor is in?
 *
 * Returns:  true if so.
 * Cost:     O(1).
 * Context:  any.
 */
bool pt_is_loaded(const struct page_table *pt);

/*
 * Let programs write to a page that they may read: its frame has turned out
 * to be nobody else's.
 *
 * va:       any address, in the user half.
 * Returns:  OK; ERR_ABSENT if no page is present, and nothing has changed.
 * Cost:     O(1), a few instructions.
 * Context:  thread. No flush is needed: at worst the processor faults once
 *           more, and with that forgets what it knew.
 */
static inline enum status pt_allow_write(struct page_table *pt,
                                         virt_addr_t va)
{
    pte_t *slot = pt_slot(pt, va);

    if (!slot || !pte_present(*slot))
        return ERR_ABSENT;
    pte_store(slot, slot->bits | PTE_WRITE);
    return OK;
}

/*
 * Put another frame in the place of the one at `va`, in one store. The
 * processor forgets the page, then the old frame's reference is given back.
 *
 * frame, access: as for pt_map(), but the frame is one that is counted.
 * Returns:  OK; ERR_ABSENT if no page is present; ERR_NOMEM if the frame's
 *           count is at its limit. On an error nothing has changed.
 * Panics:   as pt_map().
 * Cost:     O(1); the flush of one page, if the space is loaded.
 * Context:  thread. Nothing is owed for it.
 */
NODISCARD enum status pt_replace(struct page_table *pt, virt_addr_t va,
                                 pfn_t frame, enum pt_access access);

/*
 * Map in `to` what `from` maps in a range of the user half, held pages too:
 * the same frames, each with one more reference.
 *
 * to:       has nothing in the range, and is not the loaded one.
 * Returns:  OK; ERR_NOMEM if there is no frame for a table, or a frame's count
 *           is at its limit. Then `to` has some of the pages, and `from` is as
 *           after success: it may have lost rights to write.
 * Panics:   as pt_map(), and in the checked build if `to` has something there.
 * Cost:     O(pages in chunks that have a table + chunks).
 * Context:  thread. For PT_COPY_PRIVATE the TLB may remember the right to write
 *           until pt_flush(); that is one flush for all copies from `from`.
 */
NODISCARD enum status pt_copy_range(struct page_table *to,
                                    struct page_table *from, virt_addr_t va,
                                    u32 pages, enum pt_copy how);

/*
 * Move what is mapped in a range to another range of the user half: frames,
 * rights and references.
 *
 * from, to: page-aligned, the two ranges disjoint; nothing is mapped in the
 *           second one.
 * Returns:  OK; ERR_NOMEM if there is no frame for a table, and nothing has
 *           moved.
 * Panics:   as pt_map(), and in the checked build if something is there.
 * Cost:     O(pages in chunks that have a table + chunks), and a whole flush.
 * Context:  thread. Closes the open batch; nothing is owed afterwards.
 */
NODISCARD enum status pt_move_range(struct page_table *pt, virt_addr_t from,
                                    virt_addr_t to, u32 pages);

/*
 * Unmap all of the user half, and give back its tables.
 *
 * Returns:  how many pages were mapped or held.
 * Panics:   for pt_kernel().
 * Cost:     O(1024 * tables).
 * Context:  thread. Closes the open batch; nothing is owed afterwards.
 */
u32 pt_clear(struct page_table *pt);

/*
 * Give back the frames that are kept in stock for the next space. L1 asks for
 * that before it refuses a frame.
 *
 * Returns:  how many there were.
 * Cost:     O(1).
 * Context:  thread.
 */
u32 pt_trim(void);

/*
 * In the checked build, see to it that no flush is owed on the way back to
 * ring 3, or wherever else a program could use what it should not.
 *
 * what:     is about to happen: "return to ring 3".
 * Panics:   if a flush is owed; the sentence names who owes it.
 * Cost:     O(1); none in the release build.
 * Context:  any.
 */
static inline void pt_check_paid(const char *what)
{
    if (CHECKED)
        pt_need_no_debt(what, CALLER());
}

#endif
