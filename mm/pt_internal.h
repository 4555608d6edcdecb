/*
 * mm/pt_internal.h - what the files of L2 share. For mm/pt*.c only.
 */
#ifndef MM_PT_INTERNAL_H
#define MM_PT_INTERNAL_H

#include "lib/bitset.h"
#include "mm/pmm.h"
#include "mm/pt.h"

enum {
    ENTRIES = PAGE_SIZE / sizeof(pte_t),
    WINDOWS = (WINDOWS_END - WINDOWS_START) / PAGE_SIZE,
    KERNEL_FIRST_PDE = USER_END >> CHUNK_SHIFT,
};

struct pt {
    struct page_table kernel;
    struct page_table *loaded;
    struct list spaces; /* every page_table, the kernel's first            */
    bool global_pages;
    pte_t *windows;     /* the table of the windows                        */
    BITSET(free_windows, WINDOWS);
    struct pt_stats stats;
};

extern struct pt pt_state;

static inline bool pte_present(pte_t entry)
{
    return (entry.bits & PTE_PRESENT) != 0;
}

static inline bool pte_has(pte_t entry, u32 bits)
{
    return (entry.bits & bits) == bits;
}

static inline pfn_t pte_frame(pte_t entry)
{
    return pfn(entry.bits >> PAGE_SHIFT);
}

/* A live entry is composed whole and stored once. */
static inline void pte_store(pte_t *slot, u32 bits)
{
    *(volatile u32 *)&slot->bits = bits;
}

static inline u32 pde_index(virt_addr_t va)
{
    return va >> CHUNK_SHIFT;
}

static inline u32 pte_index(virt_addr_t va)
{
    return va >> PAGE_SHIFT & (ENTRIES - 1);
}

static inline pte_t *pt_directory(const struct page_table *pt)
{
    return pfn_to_ptr(pt->directory);
}

static inline pte_t *pt_table(pte_t pde)
{
    return pfn_to_ptr(pte_frame(pde));
}

/* The bits of a page's entry with these rights, without its frame. */
u32 pt_bits(virt_addr_t va, enum pt_access access);

/* The rights that an entry's bits give. */
enum pt_access pt_access_of(u32 bits);

/* A new page table, empty; PFN_NONE if there is no frame. */
pfn_t pt_new_table(void);

/* Store an entry of the kernel half, in every directory there is. */
void pt_set_kernel_pde(u32 index, pte_t pde);

/* What the batch gives back once the processor has forgotten the page. */
enum debt_kind {
    DEBT_FLUSH = 1, /* nothing: only forget               */
    DEBT_FRAME,     /* a reference of a frame             */
    DEBT_TABLE,     /* an empty page table                */
};

/* Owe a flush of the page at `va`, and `frame` behind it. */
void pt_owe(enum debt_kind kind, virt_addr_t va, pfn_t frame);

/* Does the batch owe the flush of this page, or of a table that mapped it? */
bool pt_owes_page(virt_addr_t va);
bool pt_owes_table(virt_addr_t va);

/* Is the batch empty? */
bool pt_owes_nothing(void);

#endif
