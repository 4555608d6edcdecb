/*
 * mm/kva_internal.h - the ranges in a row, and the gaps between. For mm/kva*.c
 * only.
 *
 * Whatever is known of a range is found by its first page (guards aside): so
 * there is nothing to search. And each gap belongs to the range in front of
 * it; the first one to the edge, which is page 1 and always there.
 *
 *      page     1      2    3           7    8              13       17
 *              edge | gap | g | stack | g  | framebuffer  | gap    | ...
 *      starts   1      0    0   1 0 0   0    1 0 0 0 0      0 0 0 0  1
 *      gap      1               0            4                       ...
 *
 * A sheet is a frame with the records of 256 pages. It is made when the first
 * range starts in it, and given back with the last; the first MiB needs none.
 *
 * Nothing is split or merged but lengths: where a range goes, the gap in front
 * grows. So to free never needs memory.
 */
#ifndef MM_KVA_INTERNAL_H
#define MM_KVA_INTERNAL_H

#include "lib/bitset.h"
#include "mm/kva.h"

/* A page of kva is known by its number. The edge lies below KVA_START, and is
 * always taken. */
enum {
    KVA_NONE = 0,
    KVA_EDGE = 1,
    KVA_FIRST = 2, /* the page at KVA_START */
    KVA_PAGES = (KVA_END - KVA_START) >> PAGE_SHIFT,
    KVA_LIMIT = KVA_FIRST + KVA_PAGES, /* one more than the last page */
};

enum {
    START_WORDS = KVA_LIMIT / 32 + 1,
    START_GROUPS = START_WORDS / 32 + 1,
};

/* Gaps are listed by length: below GAP_EXACT pages each length has its list,
 * of longer ones GAP_STEP lengths share one. */
enum {
    GAP_EXACT = 512,
    GAP_STEP = 128,
    GAP_CLASSES = 1024,
};

/* How large a range is. */
struct kva_size {
    u16 pages;  /* guards not counted  */
    u16 guards; /* pages, on each side */
};

struct kva_record {
    const char *name;
    struct kva_size size;
    u16 gap;        /* pages behind it that no range holds           */
    u16 next, prev; /* if that is not 0: in the list of gaps as long */
};

/* What there is room for in a frame; pointers of a host may be larger. */
#define SHEET_PAGES   (sizeof(void *) == 4 ? 256u : 128u)
#define SHEET_WORDS   (SHEET_PAGES / 32)
#define SHEETS        (KVA_LIMIT / SHEET_PAGES + 1)

struct kva_sheet {
    struct kva_record records[SHEET_PAGES];
};

/* A range that was freed, and by whom. */
struct kva_freed {
    const char *name;
    const void *by;
    struct kva_size size;
    u32 page;
};

/* All that L3 knows. */
struct kva_state {
    u32 starts[START_WORDS];           /* a bit for each page              */
    u32 start_groups[START_GROUPS];    /* one for each word that is not 0  */
    struct kva_sheet *sheets[SHEETS];  /* NULL: no range starts there      */
    struct kva_sheet first_sheet;      /* that of the edge                 */
    BITSET(gap_classes, GAP_CLASSES);  /* the lists that are not empty     */
    u16 gap_heads[GAP_CLASSES];        /* the ranges in front of the gaps  */
    struct kva_freed freed[KVA_FREED]; /* the last ones, in a ring         */
    u32 freed_count;                   /* that ever came here              */
    struct page_table *pt;             /* the kernel's                     */
};

_Static_assert(sizeof(struct kva_sheet) <= PAGE_SIZE, "a sheet is a frame");
_Static_assert(KVA_LIMIT < 65536, "a page's number, and a gap, have 16 bits");

extern struct kva_state kva;

/* ------------------------------------------------------------------- pages */

static inline virt_addr_t kva_address(u32 page)
{
    return KVA_START + (page - KVA_FIRST) * PAGE_SIZE;
}

/* The page at `va`: for an address outside of kva, KVA_LIMIT or more. */
static inline u32 kva_page(virt_addr_t va)
{
    return ((va - KVA_START) >> PAGE_SHIFT) + KVA_FIRST;
}

/* The sheet of `page`, or NULL. */
static inline struct kva_sheet *kva_sheet(u32 page)
{
    return kva.sheets[page / SHEET_PAGES];
}

/* The record of the range that starts at `page`. */
static inline struct kva_record *kva_record(u32 page)
{
    return &kva_sheet(page)->records[page % SHEET_PAGES];
}

/* The page behind it and its guards. */
static inline u32 kva_end(u32 page, const struct kva_record *record)
{
    return page + record->size.pages + record->size.guards;
}

/* ------------------------------------------------- neighbours: kva_row.c */

/* Does a range start at this page, of which there may be none? */
static inline bool kva_is_start(u32 page)
{
    return page < KVA_LIMIT && (kva.starts[page / 32] >> page % 32 & 1);
}

/* The last range that starts before word `word`: perhaps the edge. */
u32 kva_before_word(u32 word);

/* The last range that starts before `page`, which is not the edge. */
static inline u32 kva_before(u32 page)
{
    u32 starts = kva.starts[page / 32] & ((1u << page % 32) - 1);

    return starts ? round_down(page, 32) + highest_bit(starts)
                  : kva_before_word(page / 32);
}

/* The first range that starts behind `page`; or KVA_LIMIT. */
u32 kva_next(u32 page);

/* ---------------------------------------------------------- what callers do */

/* Assert that so much can be asked for. */
static inline void kva_check_alloc(u32 pages, u32 align, const void *caller)
{
    CHECK(pages > 0 && is_power_of_two(align),
          "kva_alloc of %u pages aligned to %u, by %p", pages, align, caller);
}

/* Panic: no range starts at `start`, so the caller cannot do this to it. */
NORETURN void kva_refuse(const char *what, virt_addr_t start,
                         const void *caller);

/* Assert that a range starts there. */
static inline void kva_check_start(const char *what, virt_addr_t start,
                                   const void *caller)
{
    if (!is_page_aligned(start) || !kva_is_start(kva_page(start)))
        kva_refuse(what, start, caller);
}

/* Move the end of the range that starts there, unmapping the pages that it
 * loses. False, and nothing has changed, if others are in the way. */
bool kva_move_end(virt_addr_t start, u32 pages, const void *caller);

#endif
