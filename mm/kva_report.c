/*
 * mm/kva_report.c - L3 seen from outside: find, locate, visit, print.
 *
 * A ring remembers the last ranges that were freed, so that a report about a
 * wild address can say whose it was:
 *
 *      ring    | #64 | #65 | #2 | #3 | ... | #63 |     #66 comes here: [2]
 */
#include "kva_internal.h"

/* ------------------------------------------------------------- an address */

static struct kva_range make_range(const char *name, u32 page,
                                   struct kva_size size)
{
    return (struct kva_range){ name, kva_address(page),
                               kva_address(page + size.pages), size.guards };
}

static struct kva_range range_at(u32 page)
{
    return make_range(kva_record(page)->name, page, kva_record(page)->size);
}

/* Does a range from `first` on, of this size, hold `page`? */
static bool holds(u32 first, struct kva_size size, u32 page)
{
    return page - (first - size.guards) < size.pages + 2u * size.guards;
}

/* The last range that was freed of those that held the page. */
static void locate_freed(u32 page, struct kva_place *out)
{
    for (u32 age = 1; age <= min_u32(kva.freed_count, KVA_FREED); age++) {
        const struct kva_freed *freed =
            &kva.freed[(kva.freed_count - age) % KVA_FREED];
        if (holds(freed->page, freed->size, page)) {
            out->was_freed = true;
            out->freed = make_range(freed->name, freed->page, freed->size);
            out->freed_by = freed->by;
            return;
        }
    }
}

static bool is_in_kva(virt_addr_t va)
{
    return va >= KVA_START && va < KVA_END;
}

/* The range that holds `va`, or KVA_EDGE. Of two it can be: the last one that
 * starts before, or the guard of the one behind. */
static u32 holder_of(virt_addr_t va)
{
    u32 page = kva_page(va);

    if (!is_in_kva(va))
        return KVA_EDGE;
    u32 start = kva_before(page + 1);
    if (holds(start, kva_record(start)->size, page))
        return start;
    start = kva_next(start);
    if (start == KVA_LIMIT || !holds(start, kva_record(start)->size, page))
        return KVA_EDGE;
    return start;
}

bool kva_find(virt_addr_t va, struct kva_range *out)
{
    u32 page = holder_of(va);

    if (page != KVA_EDGE)
        *out = range_at(page);
    return page != KVA_EDGE;
}

void kva_locate(virt_addr_t va, struct kva_place *out)
{
    u32 holder = holder_of(va);
    u32 below = kva_before(va < KVA_START ? KVA_FIRST :
                           min_u32(kva_page(va) + 1, KVA_LIMIT));
    u32 above = kva_next(below);

    *out = (struct kva_place){ .has_below = false };
    if (holder != KVA_EDGE) {
        below = kva_before(holder);
        above = kva_next(holder);
    } else if (is_in_kva(va)) {
        locate_freed(kva_page(va), out);
    }
    out->has_below = below != KVA_EDGE;
    if (out->has_below)
        out->below = range_at(below);
    out->has_above = above != KVA_LIMIT;
    if (out->has_above)
        out->above = range_at(above);
}

static NORETURN void refuse_held(const char *what, virt_addr_t start, u32 page,
                                 const void *caller)
{
    struct kva_range range = range_at(page);
    bool is_guard = start < range.start || start >= range.end;

    platform_panic("%s of 0x%08x, by %p: no range starts there: it is %s "
                   "'%s', which starts at 0x%08x", what, start, caller,
                   is_guard ? "in a guard page of" : "inside", range.name,
                   range.start);
}

void kva_refuse(const char *what, virt_addr_t start, const void *caller)
{
    struct kva_place place;
    u32 holder = holder_of(start);

    if (holder != KVA_EDGE)
        refuse_held(what, start, holder, caller);
    kva_locate(start, &place);
    if (place.was_freed)
        platform_panic("%s of 0x%08x, by %p: no range starts there: '%s' was "
                       "freed by %p", what, start, caller, place.freed.name,
                       place.freed_by);
    platform_panic("%s of 0x%08x, by %p: no range starts there", what, start,
                   caller);
}

/* ------------------------------------------------------------- all of them */

void kva_each(void (*visit)(const struct kva_range *range, void *context),
              void *context)
{
    for (u32 page = kva_next(KVA_EDGE); page < KVA_LIMIT;
         page = kva_next(page)) {
        struct kva_range range = range_at(page);
        visit(&range, context);
    }
}

/* The first sheet takes no frame. */
void kva_each_frame(void (*visit)(pfn_t frame, void *context), void *context)
{
    for (u32 i = 1; i < SHEETS; i++)
        if (kva.sheets[i])
            visit(ptr_to_pfn(kva.sheets[i]), context);
}

void kva_stats(struct kva_stats *out)
{
    *out = (struct kva_stats){ .ranges = 0 };
    for (u32 i = 1; i < SHEETS; i++)
        out->node_frames += kva.sheets[i] != NULL;
    for (u32 page = KVA_EDGE; page < KVA_LIMIT; page = kva_next(page)) {
        u32 gap = kva_record(page)->gap;
        out->ranges += page != KVA_EDGE;
        out->free += gap;
        out->gaps += gap > 0;
    }
    out->pages = KVA_PAGES - out->free;
}

static void print_range(const struct kva_range *range, void *context)
{
    (void)context;
    platform_log("  %08x-%08x  %7u KiB  %u guard pages each side  %s",
                 range->start, range->end - 1,
                 (range->end - range->start) >> 10, range->guard_pages,
                 range->name);
}

void kva_dump(void)
{
    struct kva_stats stats;

    kva_each(print_range, NULL);
    kva_stats(&stats);
    platform_log("  %u ranges of %u pages, %u pages free in %u gaps; %u "
                 "frames of nodes",
                 stats.ranges, stats.pages, stats.free, stats.gaps,
                 stats.node_frames);
}
