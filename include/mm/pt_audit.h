/*
 * mm/pt_audit.h - L2: what only those ask who hold it to account.
 *
 * Whatever state page tables are in: see mm/pt_audit.c.
 */
#ifndef MM_PT_AUDIT_H
#define MM_PT_AUDIT_H

#include "mm/pt.h"

/* Who uses a frame: pages that hold a reference of it, or are behind it as a
 * page table. */
struct pt_use {
    const struct page_table *pt;
    virt_addr_t va;
};

struct pt_uses {
    u32 count;
    struct pt_use at[2]; /* the first ones                     */
    u32 directories;     /* spaces whose directory the frame is */
};

/*
 * Claim what holds when nobody is in the midst of something: no window is
 * open, no flush is owed, and the pages of the user half are for programs.
 *
 * Cost:     O(1024 * tables).
 * Context:  thread.
 */
void pt_audit_rest(struct claims *to);

/*
 * Tell L1 of every page table, and of every reference that an entry holds.
 *
 * sign:     1; to take all back, -1.
 * Cost:     O(1024 * tables).
 * Context:  as pmm_tell().
 */
void pt_tell(int sign);

/*
 * Find who uses a frame.
 *
 * out:      filled; all zero if nobody does.
 * Cost:     O(1024 * tables).
 * Context:  any.
 */
void pt_find_uses(pfn_t frame, struct pt_uses *out);

/*
 * Can `va` be read, as the kernel's page tables are now? For who cannot trust
 * them: a directory's entry is followed only if L1 knows the table.
 *
 * Returns:  true if so.
 * Cost:     O(1).
 * Context:  any, after pt_init().
 */
bool pt_is_readable(virt_addr_t va);

/*
 * The first page in [*va, end) whose entry is not 0.
 *
 * va:       page-aligned; moved there, or to `end`.
 * out:      the entry, if there is one.
 * Returns:  true if there is one.
 * Cost:     O(pages in chunks that have a table + chunks).
 * Context:  any.
 */
bool pt_next_used(const struct page_table *pt, virt_addr_t *va,
                  virt_addr_t end, pte_t *out);

#endif
