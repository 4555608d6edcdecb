/*
 * kva_model.h - what mm/kva.c should do, in the plainest way: a byte for each
 * page, and a search from the first page on.
 */
#ifndef KVA_MODEL_H
#define KVA_MODEL_H

#include "mm/kva.h"

enum { KVA_MODEL_PAGES = (KVA_END - KVA_START) / PAGE_SIZE };

struct kva_model {
    u8 used[KVA_MODEL_PAGES]; /* not 0: a range holds the page */
};

/* Begin with what is allocated now. */
void kva_model_begin(struct kva_model *model);

/* Where such a range should be allocated; 0 if nowhere. Takes the pages. */
virt_addr_t kva_model_alloc(struct kva_model *model, u32 pages, u32 align,
                            u32 guards);

/* Give them back. */
void kva_model_free(struct kva_model *model, virt_addr_t start, u32 pages,
                    u32 guards);

/* Is the page at `va` held by any range? */
bool kva_model_holds(const struct kva_model *model, virt_addr_t va);

/* What kva_stats() should count: free pages, and the gaps they form. */
u32 kva_model_free_pages(const struct kva_model *model);
u32 kva_model_gaps(const struct kva_model *model);

#endif
