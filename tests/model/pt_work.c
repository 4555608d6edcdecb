/*
 * tests/model/pt_work.c - random work on page tables.
 *
 *      pages of an area    [ 3 |   |   | 0 | 3 | ...     which frame, or none
 *      frames              [ mark, mark, ...             what stands in it
 *
 * A frame may be mapped at several pages. What is written through one of them
 * is read through the others and through a window, so a translation that the
 * processor should have forgotten shows another frame's mark.
 */
#include "pt_work.h"

#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt.h"

#include "strata_test.h"

enum {
    PAGES = 64,       /* of an area          */
    FRAMES = 24,
    NONE = 0xff,
    FEW_FRAMES = 4,   /* for page tables     */
    USER_AREA = 0x40000000 - PAGES / 2 * PAGE_SIZE, /* in two tables */
};

struct area {
    struct page_table *pt;
    virt_addr_t start;
    bool is_user;
    u8 frame[PAGES]; /* an index, or NONE */
    u16 access[PAGES];
};

static struct {
    struct page_table space;
    struct area areas[2];
    pfn_t frames[FRAMES];
    u32 marks[FRAMES];
    u32 references[FRAMES]; /* ours, and one for each page */
    u32 random;
} work;

static u32 random_below(u32 limit)
{
    return (u32)((u64)test_random(&work.random) * limit >> 24);
}

static virt_addr_t page_at(const struct area *area, u32 page)
{
    return area->start + page * PAGE_SIZE;
}

static enum pt_access random_access(const struct area *area)
{
    u32 access = PT_READ;

    access |= random_below(2) ? PT_WRITE : 0;
    access |= random_below(2) ? PT_EXEC : 0;
    access |= area->is_user ? PT_USER : 0;
    return (enum pt_access)access;
}

static u32 count_mapped(const struct area *area, u32 page, u32 pages)
{
    u32 count = 0;

    for (u32 i = page; i < page + pages; i++)
        count += area->frame[i] != NONE;
    return count;
}

static bool is_short(void)
{
    return test_free_frames() < FEW_FRAMES;
}

/* --------------------------------------------- looks; no flush is owed then */

static u32 *word_of(void *memory, bool last)
{
    return (u32 *)memory + (last ? PAGE_SIZE / sizeof(u32) - 1 : 0);
}

static bool has_mark(void *memory, u32 frame)
{
    return *word_of(memory, false) == work.marks[frame] &&
           *word_of(memory, true) == ~work.marks[frame];
}

static void write_mark(void *memory, u32 frame, u32 mark)
{
    work.marks[frame] = mark;
    *(volatile u32 *)word_of(memory, false) = mark;
    *(volatile u32 *)word_of(memory, true) = ~mark;
}

static const char *look_at_frame(u32 frame)
{
    void *window = window_map(work.frames[frame]);
    bool is_right = has_mark(window, frame);

    window_unmap(window);
    if (!is_right)
        return "a frame has not kept what was written to it";
    if (pmm_payload(work.frames[frame]) != work.references[frame])
        return "a frame has another number of references";
    return NULL;
}

static const char *look_at_page(const struct area *area, u32 page)
{
    struct pt_walk walk = pt_walk(area->pt, page_at(area, page));
    u32 frame = area->frame[page];

    if (walk.mapped != (frame != NONE))
        return "a page is mapped that should not be, or the other way round";
    if (frame == NONE)
        return NULL;
    if (walk.phys.addr != pfn_to_phys(work.frames[frame]).addr)
        return "a page shows another frame";
    if (walk.access != area->access[page])
        return "a page has other rights";
    if (!area->is_user && !has_mark(virt_to_ptr(page_at(area, page)), frame))
        return "the processor reads another frame than the tables say";
    return look_at_frame(frame);
}

static const char *look_at_all(void)
{
    const char *words = NULL;

    pt_check();
    for (u32 i = 0; i < ARRAY_SIZE(work.areas); i++)
        for (u32 page = 0; page < PAGES && !words; page++)
            words = look_at_page(&work.areas[i], page);
    for (u32 frame = 0; frame < FRAMES && !words; frame++)
        words = look_at_frame(frame);
    return words;
}

/* ------------------------------------------------------------------- steps */

static void note_mapped(struct area *area, u32 page, u32 frame,
                        enum pt_access access)
{
    area->frame[page] = (u8)frame;
    area->access[page] = (u16)access;
    work.references[frame]++;
}

static void note_unmapped(struct area *area, u32 page, u32 pages)
{
    for (u32 i = page; i < page + pages; i++) {
        if (area->frame[i] == NONE)
            continue;
        work.references[area->frame[i]]--;
        area->frame[i] = NONE;
    }
}

/* Any pages of the area, from `page` on, to frames from any one on. */
static const char *map(struct area *area, u32 page, u32 pages)
{
    pfn_t list[PAGES];
    enum pt_access access = random_access(area);
    u32 first = random_below(FRAMES);
    bool is_free = count_mapped(area, page, pages) == 0;

    for (u32 i = 0; i < pages; i++)
        list[i] = work.frames[(first + i) % FRAMES];
    pt_flush(); /* a page whose flush is owed may not be mapped */
    enum status status =
        pages == 1 ? pt_map(area->pt, page_at(area, page), list[0], access)
                   : pt_map_range(area->pt, page_at(area, page), list, pages,
                                  access);
    if (status == ERR_NOMEM && is_short())
        return NULL;
    if (status != (is_free ? OK : ERR_EXIST))
        return "a page is mapped that was mapped, or the other way round";
    for (u32 i = 0; i < pages && status == OK; i++)
        note_mapped(area, page + i, (first + i) % FRAMES, access);
    return NULL;
}

static const char *unmap(struct area *area, u32 page, u32 pages)
{
    u32 mapped = count_mapped(area, page, pages);
    u32 answer = pages == 1
                     ? pt_unmap(area->pt, page_at(area, page)) == OK
                     : pt_unmap_range(area->pt, page_at(area, page), pages);

    note_unmapped(area, page, pages);
    return answer == mapped ? NULL : "other pages are unmapped";
}

static const char *protect(struct area *area, u32 page, u32 pages)
{
    enum pt_access access = random_access(area);
    u32 mapped = count_mapped(area, page, pages);
    enum status status =
        pages == 1 ? pt_protect(area->pt, page_at(area, page), access)
                   : pt_protect_range(area->pt, page_at(area, page), pages,
                                      access);

    if (status != (mapped > 0 ? OK : ERR_ABSENT))
        return "the rights of a page change that is not there, or do not";
    for (u32 i = page; i < page + pages; i++)
        area->access[i] = (u16)access;
    return NULL;
}

/* Write through the page if that is allowed, else through a window. */
static const char *touch(struct area *area, u32 page)
{
    u32 frame = area->frame[page];

    pt_flush();
    if (frame == NONE)
        return look_at_page(area, page);
    u32 mark = test_random(&work.random);
    if (!area->is_user && (area->access[page] & PT_WRITE)) {
        write_mark(virt_to_ptr(page_at(area, page)), frame, mark);
    } else {
        void *window = window_map(work.frames[frame]);
        write_mark(window, frame, mark);
        window_unmap(window);
    }
    return look_at_page(area, page);
}

static const char *step(void)
{
    struct area *area = &work.areas[random_below(ARRAY_SIZE(work.areas))];
    u32 page = random_below(PAGES);
    u32 pages = random_below(2) ? 1 : 1 + random_below(PAGES - page);

    switch (random_below(8)) {
    case 0: case 1: return map(area, page, pages);
    case 2: return unmap(area, page, pages);
    case 3: return protect(area, page, pages);
    case 4: pt_flush(); return look_at_page(area, page);
    case 5:
        pt_flush();
        pt_load(random_below(2) ? &work.space : pt_kernel());
        return NULL;
    default: return touch(area, page);
    }
}

/* ---------------------------------------------------------- the whole work */

static void begin_area(struct area *area, struct page_table *pt,
                       virt_addr_t start, bool is_user)
{
    *area = (struct area){ .pt = pt, .start = start, .is_user = is_user };
    for (u32 page = 0; page < PAGES; page++)
        area->frame[page] = NONE;
}

static void begin_frames(void)
{
    for (u32 frame = 0; frame < FRAMES; frame++) {
        void *window = window_map(work.frames[frame]);
        write_mark(window, frame, frame);
        window_unmap(window);
        work.references[frame] = 1;
    }
}

static const char *do_work(u32 steps)
{
    const char *words = NULL;

    begin_frames();
    for (u32 i = 0; i < steps && !words; i++)
        words = step();
    pt_flush();
    if (!words)
        words = look_at_all();
    pt_load(pt_kernel());
    pt_unmap_range(&work.space, USER_AREA, PAGES);
    pt_flush();
    return words;
}

/* If there is no memory to begin with, nothing is done. */
const char *pt_work(u32 seed, u32 steps)
{
    const char *words = NULL;

    work.random = seed * 0x9e3779b9;
    if (pt_create(&work.space) != OK)
        return is_short() ? NULL : "no space, and there is memory enough";
    virt_addr_t start = kva_alloc("random pages", PAGES, 1, 1);
    begin_area(&work.areas[0], &work.space, USER_AREA, true);
    begin_area(&work.areas[1], pt_kernel(), start, false);
    bool has_frames = pmm_alloc_bulk(ZONE_ANY, FRAME_USER, FRAMES,
                                     work.frames);
    if (start && has_frames)
        words = do_work(steps);
    if (start)
        kva_free(start);
    if (has_frames)
        pmm_free_bulk(FRAME_USER, FRAMES, work.frames);
    pt_destroy(&work.space);
    return words;
}
