/*
 * mm/kva_row.h - the ranges in a row, and the gaps between. For mm/kva*.c.
 *
 * Whatever is known of a range is found by its first page (guards aside): so
 * there is nothing to search. And each gap belongs to the range in front of
 * it; the first one to the edge, which is page 0 and always there.
 *
 *      page     0      1    2           6    7              12       16
 *              edge | gap | g | stack | g  | framebuffer  | gap    | ...
 *      starts   1      0    0   1 0 0   0    1 0 0 0 0      0 0 0 0  1
 *      gap      1               0            4                       ...
 *
 * A sheet is a frame with the records of 256 pages, and where among them ranges
 * start. It is made when the first range starts in it, and given back with the
 * last; the first MiB needs none. Sixteen pages are a group.
 *
 * Which gaps there are is told by words, of which bit n says that somewhere a
 * range has a gap of at least n behind itself. Each group has one; a word of
 * the next level is the or of eight of these, and so on, for four levels:
 *
 *      level 3      0 1 1 1 1 1 1 1     one of eight
 *      level 2      0 0 0 1 1 1 1 1     one of 64
 *      level 1      0 0 0 1 1 1 1 1     one of 512: the or of
 *      level 0      0 0 0 1 1 1 1 1         ranges with gaps of 1, 0 and 4
 *                   0 0 0 0 0 0 0 1         ranges, but no gap
 *                   0 0 0 0 0 0 0 0         no range; and of five more
 *               bit 7 . . . . . . 0
 *
 * So the lowest gap of 4 pages is found by a look at bit 4 of some words of
 * each level, and then at the gaps of one group. A gap that has grown is or'ed
 * into the levels, until one has the bits already; for one that has shrunk,
 * eight words are or'ed again, until that makes no difference. Bit 31 stands
 * for all gaps of 31 pages and more: for longer requests, the tournament of
 * mm/kva_tree.h says which sheet has a gap that will do.
 *
 * Nothing is split or merged but lengths: where a range goes, the gap in front
 * grows. So to free never needs memory.
 */
#ifndef MM_KVA_ROW_H
#define MM_KVA_ROW_H

#include "kva_internal.h"
#include "kva_tree.h"

enum {
    LONG_GAP = 31, /* the bits do not tell apart what is longer */
    GROUP_PAGES = 16,
    GROUPS = 4096,
    FAN = 8, /* words of a level that are or'ed into one of the next */
    TOP_WORDS = GROUPS / FAN / FAN / FAN,
};

/* What there is room for in a frame; pointers of a host may be larger. */
#define SHEET_PAGES   (sizeof(void *) == 4 ? 256u : 128u)
#define SHEET_GROUPS  (SHEET_PAGES / GROUP_PAGES)
#define SHEETS        (KVA_LIMIT / SHEET_PAGES + 1)

struct kva_record {
    const char *name;
    struct kva_size size;
    u16 gap; /* pages behind it that no range holds */
};

struct kva_sheet {
    u16 starts[SHEET_GROUPS]; /* bit i: at its page i a range starts */
    struct kva_record records[SHEET_PAGES];
};

struct kva_row {
    struct kva_sheet *sheets[SHEETS]; /* NULL: no range starts there    */
    struct kva_sheet first;           /* that of the edge               */
    u32 gaps0[GROUPS];                /* the words, level by level       */
    u32 gaps1[GROUPS / FAN];
    u32 gaps2[GROUPS / FAN / FAN];
    u32 gaps3[TOP_WORDS + 1];         /* the last one has all bits       */
    struct kva_tree tree;             /* longest gaps of sheets, over 31 */
};

_Static_assert(sizeof(struct kva_sheet) <= PAGE_SIZE, "a sheet is a frame");
_Static_assert(SHEETS <= TREE_LEAVES, "each sheet has a leaf");
_Static_assert(KVA_LIMIT <= GROUPS * GROUP_PAGES, "each page has a group");
_Static_assert(KVA_LIMIT < 65536, "a page's number, and a gap, have 16 bits");

extern struct kva_row kva_row;

/* The sheet of `page`, or NULL. */
static inline struct kva_sheet *kva_sheet(u32 page)
{
    return kva_row.sheets[page / SHEET_PAGES];
}

/* At which pages of a group ranges start, as a mask. */
static inline u32 kva_starts(const struct kva_sheet *sheet, u32 group)
{
    return sheet->starts[group % SHEET_GROUPS];
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

/* Does a range start at this page of kva? */
static inline bool kva_is_start(u32 page)
{
    const struct kva_sheet *sheet = kva_sheet(page);

    return sheet && (kva_starts(sheet, page / GROUP_PAGES) >>
                     page % GROUP_PAGES & 1);
}

/* The last range that starts in a group before that of `page`: perhaps the
 * edge. */
u32 kva_before_group(u32 page);

/* The last range that starts before `page`, which is not the edge. */
static inline u32 kva_before(u32 page)
{
    const struct kva_sheet *sheet = kva_sheet(page);
    u32 starts = sheet ? kva_starts(sheet, page / GROUP_PAGES) : 0;

    starts &= (1u << page % GROUP_PAGES) - 1;
    return starts ? round_down(page, GROUP_PAGES) + highest_bit(starts)
                  : kva_before_group(page);
}

/* The first group from `group` on whose word has this bit, or GROUPS. */
u32 kva_next_group(u32 group, u32 bit);

/* The first range that starts behind the start of one; or KVA_LIMIT. */
u32 kva_next(u32 page);

#endif
