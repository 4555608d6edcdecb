/*
 * tests/model/kva_work.c - random work on kernel ranges.
 *
 * Where a range has memory, each of its pages is marked with a number that no
 * other one has; the mark is looked at when the page is given back.
 */
#include "kva_work.h"

#include "kva_model.h"
#include "mm/pmm.h"

#include "strata_test.h"

enum {
    LOOKS = 8,       /* at all counts, in all the work           */
    FEW_FRAMES = 16, /* for page tables, and to know of a range  */
};

struct range {
    virt_addr_t start; /* 0: none */
    u32 pages, guards;
    u32 mark;          /* of its first page */
};

static struct {
    struct kva_model model;
    struct range live[KVA_WORK_LIVE];
    const struct kva_sort *sort;
    struct kva_stats others; /* ranges that we have nothing to do with */
    u32 random;
    u32 mark;                /* the last one that was given            */
} work;

/* From 0 to limit - 1; the upper bits of the sequence are the best ones. */
static u32 random_below(u32 limit)
{
    return (u32)((u64)test_random(&work.random) * limit >> 24);
}

/* ------------------------------------------------------------------- marks */

static u32 *word_of(const struct range *range, u32 page, bool last)
{
    u32 *words = virt_to_ptr(range->start + page * PAGE_SIZE);

    return words + (last ? PAGE_SIZE / sizeof *words - 1 : 0);
}

static void mark_pages(const struct range *range, u32 first)
{
    for (u32 i = first; i < range->pages; i++) {
        *word_of(range, i, false) = range->mark + i;
        *word_of(range, i, true) = ~(range->mark + i);
    }
}

static bool are_marked(const struct range *range, u32 first)
{
    for (u32 i = first; i < range->pages; i++)
        if (*word_of(range, i, false) != range->mark + i ||
            *word_of(range, i, true) != ~(range->mark + i))
            return false;
    return true;
}

/* ------------------------------------------------------------------- steps */

/* May it be that there is no memory for so many pages? */
static bool is_short(u32 pages)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return stats.kinds[FRAME_FREE] < pages + FEW_FRAMES ||
           stats.free[ZONE_LOW] < FEW_FRAMES;
}

static void *alloc_memory(struct range *range)
{
    if (range->guards == 1 && random_below(2))
        return kva_alloc_stack("random stack", range->pages);
    return kva_alloc_pages("random pages", range->pages, range->guards);
}

static const char *alloc_one(struct range *range)
{
    const struct kva_sort *sort = work.sort;
    u32 order = random_below(sort->pages_order + 1);

    range->pages = 1 + random_below(1u << order);
    u32 align = 1u << random_below(sort->align_order + 1);
    range->guards = random_below(sort->guards_most + 1);
    if (sort->has_memory) {
        void *memory = alloc_memory(range);
        range->start = memory ? ptr_to_virt(memory) : 0;
    } else {
        range->start = kva_alloc("random", range->pages, align, range->guards);
    }
    if (range->start == 0 && is_short(sort->has_memory ? range->pages : 0))
        return NULL;
    if (!kva_model_take(&work.model, range->start, range->pages, align,
                        range->guards))
        return "the range is not where it should be";
    if (range->start && sort->has_memory) {
        range->mark = work.mark += KVA_MODEL_PAGES;
        mark_pages(range, 0);
    }
    return NULL;
}

static const char *free_one(struct range *range)
{
    if (work.sort->has_memory && !are_marked(range, 0))
        return "a page of a range has not kept its content";
    kva_free(range->start);
    kva_model_free(&work.model, range->start, range->pages, range->guards);
    range->start = 0;
    return NULL;
}

/* The pages that it gets have frames, those it had before may have none. */
static const char *resize_one(struct range *range)
{
    u32 old = range->pages;
    u32 pages = 1 + random_below(2 * old);
    bool fits = kva_model_resize(&work.model, range->start, old, pages,
                                 range->guards);
    bool answer = kva_resize_pages(range->start, pages);

    if (fits && !answer && pages > old && is_short(pages - old)) {
        kva_model_resize(&work.model, range->start, pages, old, range->guards);
        return NULL;
    }
    if (answer != fits)
        return "kva_resize_pages() answers otherwise";
    if (!fits)
        return NULL;
    range->pages = min_u32(pages, old);
    if (work.sort->has_memory && !are_marked(range, 0))
        return "a range that was resized has not kept its content";
    range->pages = pages;
    if (work.sort->has_memory)
        mark_pages(range, min_u32(pages, old));
    return NULL;
}

/* A random address is held by a range iff the model says so, and by one that
 * has it in its bounds. */
static const char *find_one(void)
{
    virt_addr_t va = KVA_START - 4 * PAGE_SIZE +
                     random_below(KVA_END - KVA_START + CHUNK_SIZE);
    struct kva_range range = { 0 };
    bool found = kva_find(va, &range);
    u32 guard_bytes = range.guard_pages * PAGE_SIZE;

    if (found != kva_model_holds(&work.model, va))
        return "kva_find() answers otherwise";
    if (found && (va < range.start - guard_bytes ||
                  va >= range.end + guard_bytes))
        return "kva_find() finds a range that does not hold the address";
    return NULL;
}

static const char *look_at_counts(void)
{
    struct kva_stats stats;
    u32 count = work.others.ranges;

    for (u32 i = 0; i < KVA_WORK_LIVE; i++)
        count += work.live[i].start != 0;
    kva_check();
    kva_stats(&stats);
    if (stats.ranges != count ||
        stats.free != kva_model_free_pages(&work.model) ||
        stats.gaps != kva_model_gaps(&work.model) ||
        stats.pages + stats.free != KVA_MODEL_PAGES)
        return "kva_stats() counts otherwise";
    return NULL;
}

static const char *step(void)
{
    struct range *range = &work.live[random_below(work.sort->slots)];

    if (!range->start)
        return alloc_one(range);
    if (work.sort->resizes && random_below(2))
        return resize_one(range);
    return free_one(range);
}

const char *kva_work(const struct kva_sort *sort, u32 seed, u32 steps)
{
    const char *words = NULL;

    work.sort = sort;
    work.random = seed * 0x9e3779b9;
    kva_stats(&work.others);
    kva_model_begin(&work.model);
    for (u32 i = 0; i < KVA_WORK_LIVE; i++)
        work.live[i].start = 0;
    for (u32 i = 0; i < steps && !words; i++) {
        words = step();
        if (i % 16 == 0 && !words)
            words = find_one();
        if (i % (steps / LOOKS) == 0 && !words)
            words = look_at_counts();
    }
    for (u32 i = 0; i < KVA_WORK_LIVE && !words; i++)
        if (work.live[i].start)
            words = free_one(&work.live[i]);
    return words ? words : look_at_counts();
}
