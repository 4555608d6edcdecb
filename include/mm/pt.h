/*
 * mm/pt.h - L2: page tables. Map, unmap, protect, walk.
 *
 * Two levels: a page directory of 1024 entries, each for 4 MiB, and page
 * tables of 1024 entries, each for 4 KiB. See mm/pt.c.
 */
#ifndef MM_PT_H
#define MM_PT_H

#include "lib/bitset.h"
#include "lib/list.h"
#include "mm/addr.h"
#include "mm/claim.h"

/* An entry of a page table or a page directory, as the processor reads it. */
typedef struct {
    u32 bits;
} pte_t;

enum pte_bit {
    PTE_PRESENT = 1 << 0,
    PTE_WRITE = 1 << 1,
    PTE_USER = 1 << 2,
    PTE_WRITE_THROUGH = 1 << 3,
    PTE_UNCACHED = 1 << 4,
    PTE_ACCESSED = 1 << 5,
    PTE_DIRTY = 1 << 6,
    PTE_LARGE = 1 << 7,  /* in a directory: maps 4 MiB itself          */
    PTE_GLOBAL = 1 << 8, /* stays in the TLB when the directory changes */
    PTE_COUNTED = 1 << 9, /* ours: holds a reference of its frame       */
    PTE_EXEC = 1 << 10,   /* ours: the exec right, recorded             */
    PTE_HELD = 1 << 11,   /* ours: not present, but keeps its frame     */
};

/* What may be done with a page. Flags; each is what an entry has for it. */
enum pt_access {
    PT_NONE = 0,
    PT_READ = PTE_PRESENT,
    PT_WRITE = PTE_WRITE, /* goes with READ                               */
    PT_USER = PTE_USER,   /* ring 3 may, too                              */
    PT_EXEC = PTE_EXEC,   /* recorded; without NX, what can be read runs  */
    /* Not RAM: uncached, and the frame not counted. */
    PT_DEVICE = PTE_UNCACHED | PTE_WRITE_THROUGH,

    /* How it is done. These flags are in no entry. */
    PT_GIVEN = 1 << 12,      /* pt_map(): takes over the caller's reference  */
    PT_UNCOUNTED = 1 << 13,  /* pt_map(): RAM that is not counted, as nobody
                                frees it, and is only read                  */
    PT_KEEP_WRITE = 1 << 14, /* pt_protect(): no page gets PT_WRITE which
                                had it not                                  */
    PT_FLAGS = PT_GIVEN | PT_UNCOUNTED | PT_KEEP_WRITE,
};

enum { USER_CHUNKS = USER_END / CHUNK_SIZE };

/* The page tables of one address space; embedded in what owns it. */
struct page_table {
    pfn_t directory;   /* FRAME_TABLE, in the direct map              */
    pte_t *entries;    /* the directory's                             */
    virt_addr_t start; /* [start, end) is what may be mapped in it    */
    virt_addr_t end;
    u32 bits;          /* that each of its entries has: PTE_GLOBAL    */
    BITSET(tables, USER_CHUNKS); /* chunks of user space with a table */
    struct list node;  /* in the list of all, for kernel entries      */
};

/* What one look-up saw on its way down. */
struct pt_walk {
    virt_addr_t va;
    pte_t pde;         /* the directory's entry                          */
    pte_t pte;         /* the table's; 0 if the walk ended before it     */
    bool mapped;       /* does a frame answer at `va`?                   */
    phys_addr_t phys;  /* if mapped, or held: where, to the byte         */
    u32 page_bytes;    /* if so: PAGE_SIZE or CHUNK_SIZE                 */
    enum pt_access access; /* if mapped: what is allowed, all levels     */
};

/* A part of the kernel's memory which is not simply writable RAM. */
struct pt_region {
    const char *name;
    phys_addr_t start, end; /* page-aligned, [start, end)          */
    enum pt_access access;  /* PT_NONE: a guard page, not mapped   */
};

/* What the processor can do, and what is to be protected. */
struct pt_config {
    const struct pt_region *regions; /* in the direct map, disjoint */
    u32 region_count;
    bool global_pages; /* CR4.PGE is on */
};

struct pt_stats {
    u32 tables;       /* page tables and directories, all spaces       */
    u32 stock;        /* those that wait for the next space            */
    u32 large_pages;  /* 4 MiB pages of the direct map                 */
    u32 small_pages;  /* 4 KiB pages of the direct map                 */
    u32 flushes;      /* pt_flush() calls that had something to do     */
    u32 pages_flushed; /* pages that were flushed one by one           */
    u32 windows;      /* open at the moment                            */
};

/*
 * Build the final map of the kernel half, load it, and print it in a line:
 * RAM below 768 MiB in the direct map, `config->regions` with their own
 * rights, nothing else; the boot map's identity entry is gone. Once.
 *
 * config:   read during the call only.
 * Panics:   if there is no frame for a table.
 * Cost:     O(frames of chunks that are not wholly plain RAM).
 * Context:  boot, after pmm_init().
 */
void pt_init(const struct pt_config *config);

/*
 * The kernel's own page table, which maps nothing below USER_END.
 *
 * Returns:  L2's own; there is always one.
 * Cost:     O(1).
 * Context:  any, after pt_init().
 */
struct page_table *pt_kernel(void);

/*
 * Make the page tables of a new, empty space: user half empty, kernel half
 * as everywhere.
 *
 * pt:       the caller's memory; part of the list of all until pt_destroy().
 * Returns:  OK; ERR_NOMEM if there is no frame, and nothing has changed.
 * Cost:     O(1024); one frame.
 * Context:  thread.
 */
NODISCARD enum status pt_create(struct page_table *pt);

/*
 * Give back the page tables of a space of which nothing is mapped any more.
 *
 * Panics:   if the user half is not empty, or the space is the loaded one.
 * Cost:     O(1024).
 * Context:  thread; no open batch.
 */
void pt_destroy(struct page_table *pt);

/*
 * Switch the processor to a space.
 *
 * Cost:     O(1), and the TLB's entries that are not global.
 * Context:  thread; no open batch.
 */
void pt_load(struct page_table *pt);

/*
 * Map the page at `va` to `frame`, making its page table if there is none.
 *
 * va:       page-aligned; in the user half, or, for pt_kernel(), in kva.
 * frame:    the entry takes a reference of its own; the caller keeps his, or
 *           gives it with PT_GIVEN: he has just made the frame. With PT_DEVICE
 *           it is not counted, and may be no RAM at all.
 * Returns:  OK; ERR_EXIST if `va` is mapped or held; ERR_NOMEM if a page table
 *           was needed and no frame is free, or the frame's count is at its
 *           limit. On an error nothing has changed: what was to be given is
 *           the caller's.
 * Panics:   if `va` is not aligned or not in the half that `pt` may map; if
 *           `access` lacks PT_READ, or has both PT_UNCOUNTED and PT_WRITE; if
 *           the frame's kind has no references, or it is one of a run; checked
 *           build: if `va` is in the open batch (the release build then closes
 *           it).
 * Cost:     O(1); at most one frame.
 * Context:  thread. No flush is needed: absent entries are not remembered.
 */
NODISCARD static inline enum status pt_map(struct page_table *pt,
                                           virt_addr_t va, pfn_t frame,
                                           enum pt_access access);

/*
 * Unmap the page at `va`. The frame's reference and, in the user half, a
 * table that is empty now go into the open batch: they are given back by
 * pt_flush().
 *
 * va:       page-aligned.
 * Returns:  OK; ERR_ABSENT if nothing was mapped or held, and nothing has
 *           changed.
 * Panics:   as pt_map().
 * Cost:     O(1); a flush when the batch is full.
 * Context:  thread. The TLB may remember the page until pt_flush().
 */
static inline enum status pt_unmap(struct page_table *pt, virt_addr_t va);

/*
 * Change what may be done with the page at `va`.
 *
 * va:       page-aligned; for pt_kernel(), in kva or in the direct map, where
 *           a page of 4 MiB is split first into 1024 of 4 KiB, for good.
 * access:   in the user half also PT_NONE: the page is held. It keeps its
 *           frame and the reference, but nobody may use it, not even the
 *           kernel, until it gets rights again. With PT_KEEP_WRITE, PT_WRITE
 *           is only for a page that had it, be it before it was held.
 *           PT_DEVICE stays as it was.
 * Returns:  OK; ERR_ABSENT if nothing is mapped or held, ERR_NOMEM if there is
 *           no frame for a split; then nothing has changed.
 * Panics:   as pt_map().
 * Cost:     O(1).
 * Context:  thread. The TLB may remember the old rights until pt_flush(); for
 *           a page that had none, or the same ones, nothing is owed.
 */
NODISCARD enum status pt_protect(struct page_table *pt, virt_addr_t va,
                                 enum pt_access access);

/*
 * Map `pages` pages from `va` on to frames[0], frames[1], ...
 *
 * Returns:  OK; otherwise as pt_map() for the first page that failed; none
 *           of them is mapped, and there is no open batch.
 * Panics:   as pt_map().
 * Cost:     O(pages).
 * Context:  thread; as pt_map().
 */
NODISCARD enum status pt_map_range(struct page_table *pt, virt_addr_t va,
                                   const pfn_t *frames, u32 pages,
                                   enum pt_access access);

/*
 * Unmap what is mapped or held of `pages` pages from `va` on.
 *
 * Returns:  how many pages that were.
 * Panics:   as pt_map().
 * Cost:     O(pages + chunks). A large range is flushed at once, and in a space
 *           that is not loaded none needs to be: nothing is owed for it.
 * Context:  as pt_unmap().
 */
u32 pt_unmap_range(struct page_table *pt, virt_addr_t va, u32 pages);

/*
 * Change the rights of what is mapped or held of `pages` pages from `va` on.
 *
 * va, access: as for pt_protect().
 * Returns:  OK; ERR_ABSENT if nothing is there, ERR_NOMEM if a page of 4 MiB
 *           has to be split and there is no frame for its table; then no
 *           right has changed.
 * Panics:   as pt_map().
 * Cost:     O(pages mapped + chunks).
 * Context:  as pt_protect().
 */
NODISCARD enum status pt_protect_range(struct page_table *pt, virt_addr_t va,
                                       u32 pages, enum pt_access access);

/*
 * Is any of `pages` pages from `va` on mapped, held, or owed to the open batch?
 *
 * Returns:  true if so: then pt_unmap_range() and pt_flush() have something
 *           to do there, and else not.
 * Cost:     O(pages in chunks that have a table + chunks).
 * Context:  any.
 */
bool pt_is_any_mapped(const struct page_table *pt, virt_addr_t va, u32 pages);

/*
 * Take back what the processor has noted about the page at `va`: after the
 * flush it notes anew. For who writes dirty pages back, or looks for pages
 * that nobody uses.
 *
 * va:       page-aligned; of a page of 4 KiB that pt_map() may map.
 * bits:     PTE_ACCESSED, PTE_DIRTY or both.
 * Returns:  those of the bits that were set; 0 if nothing is mapped.
 * Panics:   as pt_map(), and for other bits.
 * Cost:     O(1).
 * Context:  thread. Until pt_flush() the processor may write without noting
 *           it.
 */
u32 pt_test_and_clear(struct page_table *pt, virt_addr_t va, u32 bits);

/*
 * Close the open batch: make the processor forget what was unmapped or
 * tightened, page by page or at once, then give back the frames.
 *
 * Cost:     O(entries of the batch).
 * Context:  thread.
 */
void pt_flush(void);

/*
 * Look `va` up as the processor would, noting each level.
 *
 * Returns:  what was seen; `.mapped` says whether a frame answers. Of a page
 *           that is held, the entry shows that, and `.phys` where its frame is.
 * Cost:     O(1).
 * Context:  any.
 */
struct pt_walk pt_walk(const struct page_table *pt, virt_addr_t va);

/*
 * Has the processor used the page that a walk found, or written to it? It
 * notes that at once; for a page of 4 MiB, in the directory that is loaded.
 *
 * walk:     from pt_walk().
 * Returns:  true if so; false if no page was found.
 * Cost:     O(1).
 * Context:  any.
 */
static inline bool pt_is_accessed(const struct pt_walk *walk);
static inline bool pt_is_dirty(const struct pt_walk *walk);

/*
 * Make a frame's memory reachable for a moment.
 *
 * frame:    any frame of RAM. Below 768 MiB the direct map serves; above, a
 *           page of the windows is mapped to it.
 * Returns:  its memory, PAGE_SIZE bytes; valid until window_unmap().
 * Panics:   if all 1024 windows are open: somebody forgets to close them; if
 *           there is no such frame.
 * Cost:     O(1), and one whole flush in a thousand calls.
 * Context:  any.
 */
static inline void *window_map(pfn_t frame);

/*
 * Close what window_map() opened.
 *
 * memory:   what window_map() returned.
 * Panics:   if it is no open window, nor in the direct map.
 * Cost:     O(1).
 * Context:  any.
 */
static inline void window_unmap(void *memory);

/*
 * Call `visit` for each page that is mapped or held by `pt`, both halves, in
 * rising order.
 *
 * visit:    a walk's result for the first byte of each page, of 4 KiB or
 *           4 MiB. May not change `pt`.
 * Cost:     O(1024 * tables).
 * Context:  thread.
 */
void pt_each(const struct page_table *pt,
             void (*visit)(const struct pt_walk *page, void *context),
             void *context);

/*
 * Fill `out` with counts over all spaces.
 *
 * Cost:     O(1).
 * Context:  any.
 */
void pt_stats(struct pt_stats *out);

/*
 * Assert every invariant that mm/pt.c lists.
 *
 * Panics:   with the first that does not hold.
 * Cost:     O(1024 * tables of all spaces).
 * Context:  thread.
 */
void pt_check(void);

/*
 * Claim every invariant that mm/pt.c lists, for all spaces, whatever state
 * they are in.
 *
 * Cost:     O(1024 * tables).
 * Context:  thread.
 */
void pt_audit(struct claims *to);

/*
 * Print what `pt` maps, a line for each stretch of pages in a row with the
 * same rights.
 *
 * Cost:     as pt_each().
 * Context:  thread.
 */
void pt_dump(const struct page_table *pt);

/*
 * Print how `va` is looked up in `pt`, level by level, entries decoded bit
 * by bit.
 *
 * Cost:     O(1).
 * Context:  any.
 */
void pt_explain(const struct page_table *pt, virt_addr_t va);

#include "mm/pt_front.h"

#endif
