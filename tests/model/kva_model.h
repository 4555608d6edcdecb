/*
 * kva_model.h - what mm/kva.c should do, in the plainest way: a byte for each
 * page, and a look at all of them.
 */
#ifndef KVA_MODEL_H
#define KVA_MODEL_H

#include "mm/kva.h"

enum { KVA_MODEL_PAGES = (KVA_END - KVA_START) / PAGE_SIZE };

struct kva_model {
    u8 used[KVA_MODEL_PAGES]; /* not 0: a range holds the page   */
    u32 top;                  /* one more than the last such page */
};

/* Begin with what is allocated now. */
void kva_model_begin(struct kva_model *model);

/* May such a range start there? It must be at the bottom of the smallest gap
 * that fits; if aligned, of one that is not longer than the smallest where it
 * fits anyhow. 0 if there is no such gap. Takes the pages. */
bool kva_model_take(struct kva_model *model, virt_addr_t start, u32 pages,
                    u32 align, u32 guards);

/* Give them back. */
void kva_model_free(struct kva_model *model, virt_addr_t start, u32 pages,
                    u32 guards);

/* Can this range have so many pages instead? Takes or gives back the rest. */
bool kva_model_resize(struct kva_model *model, virt_addr_t start, u32 old,
                      u32 pages, u32 guards);

/* Is the page at `va` held by any range? */
bool kva_model_holds(const struct kva_model *model, virt_addr_t va);

/* What kva_stats() should count: free pages, and the gaps they form. */
u32 kva_model_free_pages(const struct kva_model *model);
u32 kva_model_gaps(const struct kva_model *model);

#endif
