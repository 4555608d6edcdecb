/*
 * mm/kva.c - L3: kernel virtual ranges.
 *
 *      KVA_START                                                 KVA_END
 *      |[g| stack |g]      [ framebuffer ]   [g| heap block |g]     |
 *       a range      a gap  a range
 *       g: a guard page, never mapped, part of the range
 *
 * A range takes the lowest gap that fits, and what is freed can be had again
 * at once. This file changes the row of mm/kva_row.h, which says how ranges
 * and gaps are written down; mm/kva_map.c puts memory behind ranges.
 *
 * Between kva_alloc() and kva_free() anybody may map pages of a range, so L3
 * does not know what is mapped there. The directory does: a page table of kva
 * stays once it is made, so where there is none, nothing ever was mapped, and
 * there is nothing to unmap and nothing to flush. Where there is one, a glance
 * at its entries is still cheaper than to have them unmapped.
 *
 * Invariants, checked by kva_check():
 *   1. Ranges are disjoint, guards included. The gap of each begins behind it
 *      and ends where the next one begins, the last one's at KVA_END.
 *   2. There is a sheet iff a range starts in its pages.
 *   3. The word of a group has the bits 0 to n for the largest gap n behind a
 *      range in it, none above 31; no range, no bit. A word of a higher level
 *      is the or of the eight below.
 *   4. A leaf of the tree is the longest gap of its sheet, if that is over
 *      LONG_GAP, or else 0; each node above has the larger of its children.
 *   5. No page of a guard or a gap is mapped.
 *
 * Cost: alloc and free O(log pages), some 520 instructions for both, among 100
 * ranges or 10000 (test=bench), if nothing is mapped. Space: 25 KiB, and a
 * frame for each MiB in which a range starts.
 */
#include "mm/kva.h"

#include "lib/mem.h"
#include "mm/lock.h"
#include "mm/pmm.h"

#include "kva_row.h"

/* Where a call would cost more than what it does. */
#define ALWAYS_INLINE  static inline __attribute__((always_inline))

struct kva_row kva_row;

/* The kernel's own, to look at. */
static const pte_t *directory;

/* -------------------------------------------------------------------- gaps */

/* The bits that tell of a gap. */
static inline u32 bits_of(u32 gap)
{
    return gap >= LONG_GAP ? ~0u : (2u << gap) - 1;
}

/* The largest gap behind a range of the group, of which there is one. */
static inline u32 largest_in(u32 group)
{
    const struct kva_sheet *sheet = kva_row.sheets[group / SHEET_GROUPS];
    const struct kva_record *records =
        &sheet->records[group % SHEET_GROUPS * GROUP_PAGES];
    u32 largest = 0;

    for (u32 starts = kva_starts(sheet, group); starts; starts &= starts - 1)
        largest = max_u32(largest, records[lowest_bit(starts)].gap);
    return largest;
}

/* The longest gap of a sheet, if it is over LONG_GAP, or else 0. */
static u32 longest_in(u32 index)
{
    u32 longest = LONG_GAP;

    for (u32 i = 0; i < SHEET_GROUPS; i++)
        if (kva_row.gaps0[index * SHEET_GROUPS + i] >> LONG_GAP)
            longest = max_u32(longest, largest_in(index * SHEET_GROUPS + i));
    return longest > LONG_GAP ? longest : 0;
}

/* A gap of the sheet has changed: one of the two lengths is long. */
static NOINLINE void change_long(u32 page, u32 was, u32 now)
{
    u32 index = page / SHEET_PAGES;
    u32 leaf = tree_leaf(&kva_row.tree, index);

    if (now > leaf)
        tree_set(&kva_row.tree, index, now);
    else if (was == leaf)
        tree_set(&kva_row.tree, index, longest_in(index));
}

/* Add bits to a word. Did it have them all? */
static inline bool add_bits(u32 *word, u32 bits)
{
    u32 was = *word;

    *word = was | bits;
    return (was | bits) == was;
}

/* The range at `page` has such a gap now, and had a smaller one, or is new. */
static inline void raise_gap(u32 page, u32 gap)
{
    u32 bits = bits_of(gap);
    u32 i = page / GROUP_PAGES;

    if (!add_bits(&kva_row.gaps0[i], bits) &&
        !add_bits(&kva_row.gaps1[i / FAN], bits) &&
        !add_bits(&kva_row.gaps2[i / FAN / FAN], bits))
        add_bits(&kva_row.gaps3[i / FAN / FAN / FAN], bits);
    if (gap > LONG_GAP)
        change_long(page, 0, gap);
}

/* Make word `i` of a level the or of the eight below. Was it before? */
static inline bool join_bits(u32 *level, u32 i, const u32 *below)
{
    const u32 *child = &below[i * FAN];
    u32 bits = child[0] | child[1] | child[2] | child[3] |
               child[4] | child[5] | child[6] | child[7];
    bool same = level[i] == bits;

    level[i] = bits;
    return same;
}

/* The range at `page` had such a gap, and has a smaller one, or is gone. If
 * the group has a larger one, nothing changes. */
ALWAYS_INLINE void lower_gap(u32 page, u32 was)
{
    u32 i = page / GROUP_PAGES;

    if (kva_row.gaps0[i] == bits_of(was)) {
        bool is_empty = kva_starts(kva_sheet(page), i) == 0;
        kva_row.gaps0[i] = is_empty ? 0 : bits_of(largest_in(i));
        if (!join_bits(kva_row.gaps1, i / FAN, kva_row.gaps0) &&
            !join_bits(kva_row.gaps2, i / FAN / FAN, kva_row.gaps1))
            join_bits(kva_row.gaps3, i / FAN / FAN / FAN, kva_row.gaps2);
    }
    if (was > LONG_GAP)
        change_long(page, was, 0);
}

/* A range that is gone had a gap, and was alone in its group perhaps. */
static NOINLINE void lower_own_gap(u32 page, u32 was)
{
    lower_gap(page, was);
}

/* ------------------------------------------------------------------ sheets */

static NOINLINE bool make_sheet(u32 index)
{
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_RANGE);

    if (pfn_is_none(frame))
        return false;
    kva_row.sheets[index] = pfn_to_ptr(frame);
    memset(kva_row.sheets[index]->starts, 0,
           sizeof kva_row.sheets[index]->starts);
    return true;
}

static NOINLINE void drop_sheet_if_empty(u32 index)
{
    struct kva_sheet *sheet = kva_row.sheets[index];

    for (u32 group = 0; group < SHEET_GROUPS; group++)
        if (sheet->starts[group])
            return;
    kva_row.sheets[index] = NULL;
    pmm_free(ptr_to_pfn(sheet), FRAME_RANGE);
}

/* ------------------------------------------------------------------- alloc */

/* The first word of a level, from `i` on, that has this bit: one does. */
static inline u32 first_with(const u32 *level, u32 i, u32 bit)
{
    while (!(level[i] & bit))
        i++;
    return i;
}

/* The first group whose word has this bit, or GROUPS. */
static inline u32 find_group(u32 bit)
{
    u32 i = first_with(kva_row.gaps3, 0, bit);

    if (i == TOP_WORDS)
        return GROUPS;
    i = first_with(kva_row.gaps2, i * FAN, bit);
    i = first_with(kva_row.gaps1, i * FAN, bit);
    return first_with(kva_row.gaps0, i * FAN, bit);
}

/* How much of a gap is to be left behind the range at `page`, so that another
 * one has its first page, guards aside, at a multiple of `align`? */
static u32 slack_behind(u32 page, u32 align, u32 guards)
{
    const u32 zero = (KVA_START >> PAGE_SHIFT) - 1; /* page 0, in all */

    return -(zero + kva_end(page, kva_record(page)) + guards) & (align - 1);
}

/* The first group that may have a gap of `need` pages; GROUPS or more if none
 * has. Of long ones the tournament tells in which sheet the first is. */
static u32 first_group(u32 need)
{
    return need > LONG_GAP ? tree_first(&kva_row.tree, need) * SHEET_GROUPS
                           : find_group(1u << need);
}

/* As find_gap(): what is long or aligned is looked for gap by gap. */
static NOINLINE u32 find_slowly(u32 need, u32 align, u32 guards)
{
    u32 bit = 1u << min_u32(need, LONG_GAP);

    for (u32 group = kva_next_group(first_group(need), bit); group < GROUPS;
         group = kva_next_group(group + 1, bit)) {
        u32 first = group * GROUP_PAGES;
        u32 starts = kva_starts(kva_sheet(first), group);
        for (; starts; starts &= starts - 1) {
            u32 page = first + lowest_bit(starts);
            if (need + slack_behind(page, align, guards) <=
                kva_record(page)->gap)
                return page;
        }
    }
    return KVA_LIMIT;
}

/* The range in front of the lowest gap that fits; or KVA_LIMIT. */
static inline u32 find_gap(u32 need, u32 align, u32 guards)
{
    if (need > LONG_GAP || align > 1)
        return find_slowly(need, align, guards);
    u32 group = find_group(1u << need);
    if (group == GROUPS)
        return KVA_LIMIT;
    u32 page = group * GROUP_PAGES;
    const struct kva_sheet *sheet = kva_sheet(page);
    const struct kva_record *records = &sheet->records[page % SHEET_PAGES];
    u32 starts = kva_starts(sheet, group);
    while (records[lowest_bit(starts)].gap < need)
        starts &= starts - 1;
    return page + lowest_bit(starts);
}

/* Write down a range, which no word tells of yet. */
static inline void write_range(u32 page, const char *name, u32 pages,
                               u32 guards, u32 gap)
{
    struct kva_sheet *sheet = kva_sheet(page);
    struct kva_record *record = kva_record(page);

    record->name = name;
    record->size.pages = (u16)pages;
    record->size.guards = (u16)guards;
    record->gap = (u16)gap;
    sheet->starts[page % SHEET_PAGES / GROUP_PAGES] |=
        (u16)(1u << page % GROUP_PAGES);
}

/* Enter a range into the lowest gap that fits. Its first page, or 0. In the
 * group of the range before, what is left of the gap is seen when this one's
 * is lowered. */
static inline u32 add_range(const char *name, u32 pages, u32 align, u32 guards)
{
    u32 need = pages + 2 * guards;

    if (pages > KVA_PAGES || guards > KVA_PAGES)
        return 0;
    u32 before = find_gap(need, align, guards);
    if (before == KVA_LIMIT)
        return 0;
    struct kva_record *record = kva_record(before);
    u32 slack = align > 1 ? slack_behind(before, align, guards) : 0;
    u32 gap = record->gap;
    u32 rest = gap - slack - need;
    u32 page = kva_end(before, record) + slack + guards;
    if (!kva_sheet(page) && !make_sheet(page / SHEET_PAGES))
        return 0;
    write_range(page, name, pages, guards, rest);
    if (page / GROUP_PAGES != before / GROUP_PAGES)
        raise_gap(page, rest);
    record->gap = (u16)slack;
    lower_gap(before, gap);
    return page;
}

virt_addr_t kva_alloc(const char *name, u32 pages, u32 align, u32 guards)
{
    kva_check_alloc(pages, align, CALLER());

    lock(LOCK_KVA);
    u32 page = add_range(name, pages, align, guards);
    unlock(LOCK_KVA);
    return page ? kva_address(page) : 0;
}

/* -------------------------------------------------------------------- free */

/* May any of the pages be mapped? Not if there are no tables. */
static inline bool may_be_mapped(virt_addr_t va, u32 pages)
{
    u32 first = va >> CHUNK_SHIFT;
    u32 last = (va + (pages - 1) * PAGE_SIZE) >> CHUNK_SHIFT;

    return directory[first].bits || directory[last].bits || last - first > 1;
}

/* Is any of the pages mapped, which lie in one chunk with a table? */
static bool is_any_mapped(virt_addr_t va, u32 pages)
{
    const pte_t *table =
        pfn_to_ptr(pfn(directory[va >> CHUNK_SHIFT].bits >> PAGE_SHIFT));
    const pte_t *entry = &table[(va >> PAGE_SHIFT) % CHUNK_FRAMES];

    while (pages > 0 && entry->bits == 0) {
        entry++;
        pages--;
    }
    return pages > 0;
}

static NOINLINE void unmap(virt_addr_t start, u32 pages)
{
    bool in_one_chunk = start % CHUNK_SIZE / PAGE_SIZE + pages <= CHUNK_FRAMES;

    if (!in_one_chunk || is_any_mapped(start, pages))
        pt_unmap_range(pt_kernel(), start, pages);
    pt_flush(); /* the owner may have unmapped what was there */
}

static inline void note_freed(const struct kva_record *record, u32 page,
                              const void *by)
{
    struct kva_freed *freed = &kva_past.ring[kva_past.count++ % KVA_FREED];

    freed->name = record->name;
    freed->by = by;
    freed->size = record->size;
    freed->page = page;
}

/* Take out a range. In the group of the range before, its own gap does not
 * matter any more: the one in front is larger now. */
static inline void remove_range(u32 page, const struct kva_record *record)
{
    u32 group = page % SHEET_PAGES / GROUP_PAGES;
    u32 before = kva_before(page);
    u32 gap = record->gap;
    u32 joined = kva_record(before)->gap + record->size.pages +
                 2u * record->size.guards + gap;

    kva_record(before)->gap = (u16)joined;
    raise_gap(before, joined);
    u32 starts = kva_sheet(page)->starts[group] & ~(1u << page % GROUP_PAGES);
    kva_sheet(page)->starts[group] = (u16)starts;
    if (page / GROUP_PAGES != before / GROUP_PAGES && (gap > 0 || starts == 0))
        lower_own_gap(page, gap);
    if (starts == 0)
        drop_sheet_if_empty(page / SHEET_PAGES);
}

void kva_free(virt_addr_t start)
{
    u32 page = kva_page(start);

    if (page - 1 >= KVA_PAGES || !is_page_aligned(start) ||
        !kva_is_start(page))
        kva_refuse_free(start, CALLER());

    lock(LOCK_KVA);
    const struct kva_record *record = kva_record(page);
    if (may_be_mapped(start, record->size.pages))
        unmap(start, record->size.pages);
    note_freed(record, page, CALLER());
    remove_range(page, record);
    unlock(LOCK_KVA);
}

/* -------------------------------------------------------------------- boot */

void kva_init(void)
{
    directory = pfn_to_ptr(pt_kernel()->directory);
    kva_row.gaps3[TOP_WORDS] = ~0u;
    kva_row.sheets[0] = &kva_row.first;
    write_range(KVA_EDGE, "", 1, 0, KVA_PAGES);
    raise_gap(KVA_EDGE, KVA_PAGES);
    platform_log("kva: %u MiB of addresses for kernel ranges, from 0x%08x",
                 (KVA_END - KVA_START) >> 20, KVA_START);
}
