/*
 * tests/model/kva_model.c - kernel ranges as bytes, one for each page.
 *
 *      page    0 1 2 3 4 5 6 7 8 ...
 *      used    1 1 1 0 0 1 1 1 0 ...     a gap of two pages at page 3
 *
 * It does not say which of several gaps is taken that are as long.
 */
#include "kva_model.h"

enum {
    NO_GAP = 1u << 24,
    LISTED_TOGETHER = 128, /* of long gaps, so many lengths count as one */
};

static void fill(struct kva_model *model, u32 first, u32 pages, u8 used)
{
    for (u32 i = 0; i < pages; i++)
        model->used[first + i] = used;
    model->top = max_u32(model->top, first + pages);
    while (model->top > 0 && !model->used[model->top - 1])
        model->top--;
}

static void add_range(const struct kva_range *range, void *context)
{
    u32 first = (range->start - KVA_START) / PAGE_SIZE - range->guard_pages;
    u32 pages = (range->end - range->start) / PAGE_SIZE;

    fill(context, first, pages + 2 * range->guard_pages, 1);
}

void kva_model_begin(struct kva_model *model)
{
    fill(model, 0, KVA_MODEL_PAGES, 0);
    model->top = 0;
    kva_each(add_range, model);
}

/* How many free pages there are from `first` on. */
static u32 gap_at(const struct kva_model *model, u32 first)
{
    u32 count = 0;

    if (first >= model->top)
        return KVA_MODEL_PAGES - first;
    while (!model->used[first + count])
        count++;
    return count;
}

/* The smallest gap of at least so many pages; or more than there are. */
static u32 smallest_gap(const struct kva_model *model, u32 pages)
{
    u32 smallest = NO_GAP;

    for (u32 first = 0; first < KVA_MODEL_PAGES; first++) {
        if (model->used[first])
            continue;
        u32 gap = gap_at(model, first);
        if (gap >= pages)
            smallest = min_u32(smallest, gap);
        first += gap;
    }
    return smallest;
}

/* Where the gap begins that page `first` lies in. */
static u32 bottom_of(const struct kva_model *model, u32 first)
{
    while (first > 0 && !model->used[first - 1])
        first--;
    return first;
}

bool kva_model_take(struct kva_model *model, virt_addr_t start, u32 pages,
                    u32 align, u32 guards)
{
    u32 need = pages + 2 * guards;
    u32 enough = smallest_gap(model, need + align - 1);

    if (start == 0)
        return enough == NO_GAP;
    u32 first = (start - KVA_START) / PAGE_SIZE - guards;
    if (start / PAGE_SIZE % align != 0 || first >= KVA_MODEL_PAGES ||
        gap_at(model, first) < need)
        return false;
    u32 bottom = bottom_of(model, first);
    u32 gap = gap_at(model, bottom);
    fill(model, first, need, 1);
    return first - bottom < align &&
           gap <= (align == 1 ? enough : enough + LISTED_TOGETHER);
}

void kva_model_free(struct kva_model *model, virt_addr_t start, u32 pages,
                    u32 guards)
{
    fill(model, (start - KVA_START) / PAGE_SIZE - guards, pages + 2 * guards,
         0);
}

bool kva_model_resize(struct kva_model *model, virt_addr_t start, u32 old,
                      u32 pages, u32 guards)
{
    u32 first = (start - KVA_START) / PAGE_SIZE - guards;

    fill(model, first, old + 2 * guards, 0);
    bool fits = gap_at(model, first) >= pages + 2 * guards;
    fill(model, first, (fits ? pages : old) + 2 * guards, 1);
    return fits;
}

bool kva_model_holds(const struct kva_model *model, virt_addr_t va)
{
    return va >= KVA_START && va < KVA_END &&
           model->used[(va - KVA_START) / PAGE_SIZE];
}

u32 kva_model_free_pages(const struct kva_model *model)
{
    u32 count = 0;

    for (u32 i = 0; i < KVA_MODEL_PAGES; i++)
        count += !model->used[i];
    return count;
}

u32 kva_model_gaps(const struct kva_model *model)
{
    u32 count = 0;

    for (u32 i = 0; i < KVA_MODEL_PAGES; i++)
        count += !model->used[i] && (i == 0 || model->used[i - 1]);
    return count;
}
