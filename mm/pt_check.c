/*
 * mm/pt_check.c - L2 seen from outside: visit, count, print, explain.
 */
#include "mm/platform.h"
#include "mm/pt_user.h"
#include "pt_internal.h"

void pt_stats(struct pt_stats *out)
{
    *out = pt_state.stats;
    out->tables = pt_table_count();
    out->stock = pt_state.stats.tables - out->tables;
    for (u32 i = 0; i < WINDOWS; i++)
        out->windows += pt_windows.table[i].bits != 0;
}

static void each_in_table(const struct page_table *pt, virt_addr_t start,
                          void (*visit)(const struct pt_walk *, void *),
                          void *context)
{
    const pte_t *table = pt_table(pt->entries[pde_index(start)]);

    for (u32 i = 0; i < ENTRIES; i++) {
        if (!pte_has_page(table[i]))
            continue;
        struct pt_walk page = pt_walk(pt, start + i * PAGE_SIZE);
        visit(&page, context);
    }
}

void pt_each(const struct page_table *pt,
             void (*visit)(const struct pt_walk *page, void *context),
             void *context)
{
    for (u32 i = 0; i < ENTRIES; i++) {
        pte_t pde = pt->entries[i];
        struct pt_walk page = { 0 };

        if (pte_has(pde, PTE_PRESENT | PTE_LARGE)) {
            page = pt_walk(pt, i << CHUNK_SHIFT);
            visit(&page, context);
        } else if (pte_present(pde)) {
            each_in_table(pt, i << CHUNK_SHIFT, visit, context);
        }
    }
}

/* ----------------------------------------------------------- dump, explain */

/* "r w x u d": what is allowed, a letter each. */
struct rights {
    char text[6];
};

static struct rights rights_of(enum pt_access access)
{
    static const struct {
        char letter;
        u32 bits;
    } letters[] = { { 'r', PT_READ }, { 'w', PT_WRITE }, { 'x', PT_EXEC },
                    { 'u', PT_USER }, { 'd', PT_DEVICE } };
    struct rights rights = { "-----" };

    for (u32 i = 0; i < ARRAY_SIZE(letters); i++)
        if (access & letters[i].bits)
            rights.text[i] = letters[i].letter;
    return rights;
}

/* Pages in a row, virtual and physical, with the same rights. */
struct stretch_of_pages {
    virt_addr_t start, last; /* [start, last], since the end may be 2^32 */
    u32 phys;
    enum pt_access access;
    bool any;
};

static void print_stretch(const struct stretch_of_pages *s)
{
    if (s->any)
        platform_log("  %08x-%08x  to %08x  %7u KiB  %s", s->start, s->last,
                     s->phys, (s->last - s->start + 1) >> 10,
                     rights_of(s->access).text);
}

static void extend_stretch(const struct pt_walk *page, void *context)
{
    struct stretch_of_pages *s = context;

    if (!s->any || page->va != s->last + 1 || page->access != s->access ||
        page->phys.addr - s->phys != page->va - s->start) {
        print_stretch(s);
        *s = (struct stretch_of_pages){ page->va, page->va, page->phys.addr,
                                        page->access, true };
    }
    s->last = page->va + (page->page_bytes - 1);
}

void pt_dump(const struct page_table *pt)
{
    struct stretch_of_pages stretch = { 0 };

    platform_log("  directory at %08x; r read, w write, x exec (recorded), "
                 "u user, d device; ----- is held",
                 pfn_to_phys(pt->directory).addr);
    pt_each(pt, extend_stretch, &stretch);
    print_stretch(&stretch);
}

/* The three sorts of entries that are present. */
enum sort {
    TO_TABLE = 1 << 0,   /* in a directory: leads to a page table */
    LARGE_PAGE = 1 << 1, /* in a directory: maps 4 MiB itself     */
    PAGE = 1 << 2,       /* in a table: maps 4 KiB                */
    ALL_SORTS = TO_TABLE | LARGE_PAGE | PAGE,
};

static const struct {
    u32 bits;
    enum sort sorts;        /* in which they mean something */
    const char *set, *clear; /* NULL: not worth a word       */
} bit_names[] = {
    { PTE_PRESENT, ALL_SORTS, "present", NULL },
    { PTE_HELD, PAGE, "held", NULL },
    { PTE_WRITE, ALL_SORTS, "writable", "read-only" },
    { PTE_USER, ALL_SORTS, "user", "kernel" },
    { PTE_WRITE_THROUGH, ALL_SORTS, "write-through", NULL },
    { PTE_UNCACHED, ALL_SORTS, "uncached", NULL },
    { PTE_ACCESSED, ALL_SORTS, "accessed", NULL },
    { PTE_DIRTY, LARGE_PAGE | PAGE, "dirty", NULL },
    { PTE_GLOBAL, LARGE_PAGE | PAGE, "global", NULL },
    { PTE_COUNTED, PAGE, "counted", NULL },
    { PTE_EXEC, LARGE_PAGE | PAGE, "exec", NULL },
    { 1 << 7, PAGE, "PAT", NULL },
    { 1 << 12, LARGE_PAGE, "PAT", NULL },
    { 0x1ff << 13, LARGE_PAGE, "RESERVED-BITS", NULL },
};

/* Words in a row, for one line. */
struct words {
    char text[128];
    u32 length;
};

static void add_word(struct words *words, const char *word)
{
    if (words->length + 1 < sizeof words->text)
        words->text[words->length++] = ' ';
    for (; *word && words->length + 1 < sizeof words->text; word++)
        words->text[words->length++] = *word;
}

static struct words words_for(pte_t entry, enum sort sort)
{
    struct words words = { 0 };

    for (u32 i = 0; i < ARRAY_SIZE(bit_names); i++) {
        bool is_set = (entry.bits & bit_names[i].bits) != 0;
        const char *word = is_set ? bit_names[i].set : bit_names[i].clear;

        if (word && (bit_names[i].sorts & sort))
            add_word(&words, word);
    }
    return words;
}

static void explain_entry(const char *level, u32 index, pte_t entry,
                          enum sort sort)
{
    static const char *const leads_to[] = {
        [TO_TABLE] = "table", [LARGE_PAGE] = "4 MiB page", [PAGE] = "page",
    };
    u32 unit = sort == LARGE_PAGE ? CHUNK_SIZE : PAGE_SIZE;

    if (pte_present(entry) || (sort == PAGE && pte_has_page(entry)))
        platform_log("  %s entry %u: 0x%08x  %s at 0x%08x:%s", level, index,
                     entry.bits, leads_to[sort], round_down(entry.bits, unit),
                     words_for(entry, sort).text);
    else
        platform_log("  %s entry %u: 0x%08x  not present%s", level, index,
                     entry.bits,
                     entry.bits ? ": it was unmapped, and its flush is owed"
                                : "");
}

static const char *place_of(virt_addr_t va)
{
    static const struct {
        virt_addr_t start;
        const char *name;
    } places[] = {
        { WINDOWS_END, "above the windows, where nothing is" },
        { WINDOWS_START, "in the windows" },
        { KVA_START, "in the kernel ranges (kva)" },
        { DIRECT_MAP_START, "in the direct map" },
        { USER_START, "in the user half" },
        { 0, "below the user half, where null pointers point" },
    };
    u32 i = 0;

    while (va < places[i].start)
        i++;
    return places[i].name;
}

static void tell_owed(pte_t entry)
{
    virt_addr_t va;
    const void *by = NULL;

    if (pte_owed(entry))
        by = pt_frame_owed_by(pte_frame(entry), &va);
    if (by)
        platform_log("  the flush of frame 0x%x at 0x%08x is owed, by %p",
                     pte_frame(entry).n, va, by);
}

void pt_explain(const struct page_table *pt, virt_addr_t va)
{
    pte_t pde = pt->entries[pde_index(va)];
    bool is_large = pte_has(pde, PTE_LARGE);

    platform_log("  0x%08x lies %s", va, place_of(va));
    explain_entry("directory", pde_index(va), pde,
                  is_large ? LARGE_PAGE : TO_TABLE);
    if (pte_present(pde) && !is_large &&
        pmm_kind(pte_frame(pde)) != FRAME_TABLE) {
        platform_log("  and frame 0x%x is no page table, but %s: damaged",
                     pte_frame(pde).n, pmm_kind_name(pmm_kind(pte_frame(pde))));
        return;
    }
    struct pt_walk walk = pt_walk(pt, va);
    if (pte_present(pde) && !is_large)
        explain_entry("table", pte_index(va), walk.pte, PAGE);
    if (walk.mapped)
        platform_log("  so it is byte 0x%08x of memory, %s, in a page of %s",
                     walk.phys.addr, rights_of(walk.access).text,
                     walk.page_bytes == PAGE_SIZE ? "4 KiB" : "4 MiB");
    else if (pte_has_page(walk.pte))
        platform_log("  so byte 0x%08x of memory is kept for it, and nobody "
                     "may use it", walk.phys.addr);
    else
        platform_log("  so nothing is mapped there");
    tell_owed(walk.pte);
}
