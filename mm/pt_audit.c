/*
 * mm/pt_audit.c - L2: claims about every page table that a directory reaches.
 *
 * Space by space and table by table (mm/pt_tour.h), whatever state they are
 * in. What nearly all entries are is seen by a glance; the others are looked
 * at from all sides, and what is wrong with them is said.
 */
#include "mm/platform.h"
#include "mm/pt_audit.h"
#include "pt_tour.h"

/* ------------------------------------------------------------------ claims */

/* Accessed and dirty are the processor's own notes, in each directory. */
static bool same_mapping(pte_t left, pte_t right)
{
    return ((left.bits ^ right.bits) & ~(u32)(PTE_ACCESSED | PTE_DIRTY)) == 0;
}

static void claim_large_page(struct claims *to, u32 index, pte_t pde)
{
    virt_addr_t va = index << CHUNK_SHIFT;
    u32 chunk = index - KERNEL_FIRST_PDE;

    if (!CLAIM(to, va >= DIRECT_MAP_START && va < DIRECT_MAP_END,
               "0x%08x: a page of 4 MiB, outside of the direct map", va))
        return;
    CLAIM(to, pte_frame(pde).n == chunk * CHUNK_FRAMES,
          "0x%08x: the direct map maps frame 0x%x, not 0x%x", va,
          pte_frame(pde).n, chunk * CHUNK_FRAMES);
    CLAIM(to, pt_ram_frames_of(chunk) == CHUNK_FRAMES,
          "0x%08x: the direct map has a page of 4 MiB where only %u frames "
          "are RAM", va, pt_ram_frames_of(chunk));
    CLAIM(to, !pte_has(pde, PTE_USER), "0x%08x: programs may use the direct "
          "map", va);
}

static void claim_pde(struct claims *to, const struct page_table *pt,
                      u32 index, pte_t pde)
{
    virt_addr_t va = index << CHUNK_SHIFT;

    if (CLAIM(to, pte_present(pde), "0x%08x: its directory entry is 0x%x, not "
              "present", va, pde.bits) &&
        CLAIM(to, va >= USER_END || pt != &pt_state.kernel,
              "0x%08x: mapped in the kernel's own space", va) &&
        CLAIM(to, va < WINDOWS_END,
              "0x%08x: mapped above the windows, where nothing is", va)) {
        if (pte_has(pde, PTE_LARGE))
            claim_large_page(to, index, pde);
        else
            CLAIM(to, table_behind(pde),
                  "0x%08x: its directory entry leads to frame 0x%x, which is "
                  "%s, no page table", va, pte_frame(pde).n,
                  pmm_kind_name(pmm_kind(pte_frame(pde))));
    }
}

static void claim_directory(struct claims *to, const struct page_table *pt)
{
    const pte_t *kernel = pt_state.kernel.entries;

    for (u32 i = 0; i < ENTRIES; i++) {
        pte_t pde = pt->entries[i];

        if (i < KERNEL_FIRST_PDE && pt != &pt_state.kernel)
            CLAIM(to, bitset_test(pt->tables, i) == (pde.bits != 0),
                  "0x%08x: its directory entry is 0x%x, but the set of tables "
                  "of directory 0x%x says otherwise", i << CHUNK_SHIFT,
                  pde.bits, pt->directory.n);

        if (i >= KERNEL_FIRST_PDE && pt != &pt_state.kernel)
            CLAIM(to, same_mapping(pde, kernel[i]),
                  "0x%08x: its directory entry is 0x%x in the space of "
                  "directory 0x%x, 0x%x in the kernel's", i << CHUNK_SHIFT,
                  pde.bits, pt->directory.n, kernel[i].bits);
        else if (pde.bits != 0)
            claim_pde(to, pt, i, pde);
    }
}

/* A page of 4 KiB of the direct map. */
static void claim_direct(struct claims *to, u32 n, pte_t pte)
{
    virt_addr_t va = DIRECT_MAP_START + n * PAGE_SIZE;

    CLAIM(to, pte_present(pte) && pte_frame(pte).n == n,
          "0x%08x: the direct map maps frame 0x%x, not 0x%x", va,
          pte_frame(pte).n, n);
    CLAIM(to, pmm_kind(pfn(n)) != FRAME_RESERVED || pte_has(pte, PT_DEVICE),
          "0x%08x: the direct map has frame 0x%x, which is no RAM", va, n);
    CLAIM(to, !pte_has(pte, PTE_USER), "0x%08x: programs may use the direct "
          "map", va);
}

/* It maps a frame that is free, or that has no references. */
static void claim_owner(struct claims *to, const struct page_table *pt,
                        virt_addr_t va, pfn_t frame)
{
    const char *how = pmm_waits(frame) ? "waiting in the store"
                                       : "free in the bitmap";

    if (pmm_is_free(frame) && va >= USER_END)
        CLAIM(to, false, "frame 0x%x: %s, mapped by the kernel at 0x%08x",
              frame.n, how, va);
    else if (pmm_is_free(frame))
        CLAIM(to, false, "frame 0x%x: %s, mapped by directory 0x%x at 0x%08x",
              frame.n, how, pt->directory.n, va);
    else
        CLAIM(to, false, "0x%08x: holds a reference of frame 0x%x, which is "
              "%s", va, frame.n, pmm_kind_name(pmm_kind(frame)));
}

/* What programs only read needs not be counted, such as the page of zeros that
 * they share. */
static bool is_only_read(pte_t pte, virt_addr_t va)
{
    return va < USER_END && !pte_has(pte, PTE_WRITE);
}

/* A page of user space or of kva. */
static void claim_page(struct claims *to, const struct page_table *pt,
                       virt_addr_t va, pte_t pte)
{
    pfn_t frame = pte_frame(pte);

    CLAIM(to, pte_has_page(pte) || pt_owed_by(pt, va),
          "0x%08x: unmapped, but the flush is in no batch (0x%x)", va,
          pte.bits);
    CLAIM(to, !pte_has(pte, PTE_HELD) || (va < USER_END && !pte_present(pte)),
          "0x%08x: held, %s (0x%x)", va, va < USER_END ? "but present, too"
          : "in the kernel half", pte.bits);
    if (pte_has(pte, PTE_COUNTED)) {
        if (!pmm_may_tell(frame))
            claim_owner(to, pt, va, frame);
    } else if (CLAIM(to, pte_has(pte, PT_DEVICE) || is_only_read(pte, va),
                     "0x%08x: maps frame 0x%x, without a reference", va,
                     frame.n) &&
               pmm_is_free(frame)) {
        claim_owner(to, pt, va, frame);
    }
    CLAIM(to, va < USER_END || !pte_has(pte, PTE_USER),
          "0x%08x: programs may use it, in the kernel half", va);
    CLAIM(to, va >= USER_START, "0x%08x: mapped below the user half, where "
          "null pointers point", va);
}

/* What nearly all pages of kva and of user space are: nothing needs to be said
 * about them. */
static inline bool is_plain(pte_t pte, virt_addr_t va)
{
    const u32 shared = va < USER_END ? 0 : PTE_USER;

    return (pte.bits & (PTE_PRESENT | PTE_HELD | PTE_COUNTED | shared)) ==
               (PTE_PRESENT | PTE_COUNTED) &&
           pmm_may_tell(pte_frame(pte)) && va >= USER_START;
}

static NOINLINE u32 claim_pages(struct claims *to, const struct tour *tour)
{
    virt_addr_t va = tour->index << CHUNK_SHIFT;
    u32 live = 0;

    for (u32 i = 0; i < ENTRIES; i++, va += PAGE_SIZE) {
        pte_t pte = tour->table[i];

        if (pte.bits == 0)
            continue;
        live++;
        if (!is_plain(pte, va))
            claim_page(to, tour->pt, va, pte);
    }
    return live;
}

/* As plain, in the direct map. */
static inline bool is_direct(pte_t pte, u32 n)
{
    return pte_frame(pte).n == n &&
           (pte.bits & (PTE_PRESENT | PTE_USER)) == PTE_PRESENT &&
           n < pmm.span &&
           pmm.entries[n] >> ENTRY_KIND_SHIFT != FRAME_RESERVED;
}

static NOINLINE u32 claim_direct_pages(struct claims *to,
                                       const struct tour *tour)
{
    u32 n = (tour->index - KERNEL_FIRST_PDE) * ENTRIES;
    u32 live = 0;

    for (u32 i = 0; i < ENTRIES; i++, n++) {
        pte_t pte = tour->table[i];

        if (pte.bits == 0)
            continue;
        live++;
        if (!is_direct(pte, n))
            claim_direct(to, n, pte);
    }
    return live;
}

static u32 claim_entries(struct claims *to, const struct tour *tour)
{
    if (tour->index >= KERNEL_FIRST_PDE && tour->index < pde_index(KVA_START))
        return claim_direct_pages(to, tour);
    return claim_pages(to, tour);
}

static void claim_table(struct claims *to, const struct tour *tour)
{
    virt_addr_t start = tour->index << CHUNK_SHIFT;
    pfn_t frame = pt_table_of(tour->table);

    if (start == WINDOWS_START)
        return;
    u32 live = claim_entries(to, tour);
    CLAIM(to, pmm_payload(frame) == live,
          "frame 0x%x: the page table of 0x%08x counts %u live entries, has "
          "%u", frame.n, start, pmm_payload(frame), live);
    CLAIM(to, live > 0 || start >= USER_END,
          "frame 0x%x: the page table of 0x%08x is empty, and still there",
          frame.n, start);
}

/* The list of all spaces; is the loaded one among them? */
static void claim_spaces(struct claims *to)
{
    const struct list *node = &pt_state.spaces;
    bool has_loaded = false;

    for (const struct page_table *pt; (pt = next_space(node)) != NULL;
         node = &pt->node) {
        has_loaded |= pt == pt_state.loaded;
        if (CLAIM(to, is_sound_space(pt),
                  "frame 0x%x: a page directory in the list of them, %s by "
                  "its entry", pt->directory.n,
                  pmm_kind_name(pmm_kind(pt->directory))))
            claim_directory(to, pt);
    }
    if (CLAIM(to, node->next == &pt_state.spaces,
              "the list of page directories breaks off at %p, which leads to "
              "%p", (const void *)node, (const void *)node->next))
        CLAIM(to, has_loaded, "the page directory that is loaded is in no "
              "list");
}

/* Tables in stock are all zeros; who writes to one damages a space to come. */
static void claim_stock(struct claims *to)
{
    for (u32 i = 0; i < pt_state.stock; i++) {
        pfn_t frame = pt_table_of(pt_state.tables[i]);
        u32 n = 0;

        if (!CLAIM(to, is_table(frame), "frame 0x%x: in the stock of page "
                   "tables, %s by its entry", frame.n,
                   pmm_kind_name(pmm_kind(frame))))
            continue;
        while (n < ENTRIES && pt_state.tables[i][n].bits == 0)
            n++;
        CLAIM(to, n == ENTRIES && pmm_payload(frame) == 0,
              "frame 0x%x: a page table in stock that is not empty", frame.n);
    }
}

void pt_audit(struct claims *to)
{
    struct tour tour = tour_begin();

    claim_spaces(to);
    claim_stock(to);
    while (tour_next_space(&tour))
        while (tour_next_table(&tour))
            claim_table(to, &tour);
}

static void claim_user_pages(struct claims *to, const struct tour *tour)
{
    if (tour->index >= KERNEL_FIRST_PDE)
        return;
    for (u32 i = 0; i < ENTRIES; i++)
        CLAIM(to, tour->table[i].bits == 0 || pte_has(tour->table[i], PTE_USER),
              "0x%08x: programs may not use it, in the user half",
              (tour->index << CHUNK_SHIFT) + i * PAGE_SIZE);
}

void pt_audit_rest(struct claims *to)
{
    struct tour tour = tour_begin();

    while (tour_next_space(&tour))
        while (tour_next_table(&tour))
            claim_user_pages(to, &tour);
    for (u32 i = 0; i < WINDOWS; i++)
        CLAIM(to, pt_windows.table[i].bits == 0,
              "window 0x%08x: left open, on frame 0x%x",
              WINDOWS_START + i * PAGE_SIZE,
              pte_frame(pt_windows.table[i]).n);
    CLAIM(to, pt_batch.count == 0,
          "0x%08x: a flush is owed, of %u pages, by %p",
          pt_batch.debts[0].va,
          (pt_batch.debts[0].end - pt_batch.debts[0].va) / PAGE_SIZE,
          pt_batch.debts[0].by);
    CLAIM(to, pt_batch.pages < PT_BATCH_ALL,
          "a flush is owed, of everything, by %p", pt_batch.all_by);
}

void pt_check(void)
{
    pt_audit(NULL);
}
