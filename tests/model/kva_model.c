/*
 * tests/model/kva_model.c - kernel ranges as bytes, one for each page.
 *
 *      page    0 1 2 3 4 5 6 7 8 ...
 *      used    1 1 1 0 0 1 1 1 0 ...     a gap of two pages at page 3
 *
 * A request is tried at page 0, at page 1, and so on.
 */
#include "kva_model.h"

static void fill(struct kva_model *model, u32 first, u32 pages, u8 used)
{
    for (u32 i = 0; i < pages; i++)
        model->used[first + i] = used;
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
    kva_each(add_range, model);
}

/* How many free pages there are from `first` on, `most` at most. */
static u32 free_from(const struct kva_model *model, u32 first, u32 most)
{
    u32 count = 0;

    while (count < most && first + count < KVA_MODEL_PAGES &&
           !model->used[first + count])
        count++;
    return count;
}

virt_addr_t kva_model_alloc(struct kva_model *model, u32 pages, u32 align,
                            u32 guards)
{
    u32 all = pages + 2 * guards;

    if (pages > KVA_MODEL_PAGES || guards > KVA_MODEL_PAGES)
        return 0;
    for (u32 first = 0; first < KVA_MODEL_PAGES; first++) {
        virt_addr_t start = KVA_START + (first + guards) * PAGE_SIZE;
        u32 free = free_from(model, first, all);
        if (free == all && start / PAGE_SIZE % align == 0) {
            fill(model, first, all, 1);
            return start;
        }
        if (free < all) /* nothing can begin before what is in the way */
            first += free;
    }
    return 0;
}

void kva_model_free(struct kva_model *model, virt_addr_t start, u32 pages,
                    u32 guards)
{
    fill(model, (start - KVA_START) / PAGE_SIZE - guards, pages + 2 * guards,
         0);
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
