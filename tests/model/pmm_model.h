/*
 * pmm_model.h - what include/mm/pmm.h promises, kept in the plainest way: for
 * each frame who holds it, and for each aligned block of each order how many
 * of its frames are free.
 *
 * The model is told every operation and what the allocator answered. A word
 * of it, below, is a sentence that says what is wrong, or NULL if nothing is.
 * It knows of the allocator only what the header says; where free frames lie
 * and in which order they are given out is the allocator's own affair.
 */
#ifndef PMM_MODEL_H
#define PMM_MODEL_H

#include "mm/pmm.h"

struct model_frame {
    u32 head;    /* of the allocation that it is part of               */
    u32 payload; /* for a kind with references, how many               */
    u8 kind;     /* who holds it; FRAME_FREE: nobody                   */
    u8 order;    /* of the allocation                                  */
    bool ours;   /* allocated before the model's eyes, not before that */
    bool marked; /* a tail with kind and payload of its own            */
};

struct pmm_model {
    u32 span;
    u32 table_bytes;            /* what pmm_stats() said at first         */
    struct model_frame *frames; /* `span` of them                         */
    u16 *blocks[ORDER_MAX + 1]; /* [k][n]: free frames in n * 2^k ... + 2^k */
    u32 runs[ZONES][ORDER_MAX + 1]; /* blocks below the ceiling, all free */
    u32 kinds[FRAME_KINDS];     /* frames of each kind                    */
    u32 suspect;                /* the frame that the last word is about  */
};

/* How much memory a model of so many frames needs. */
u32 pmm_model_bytes(u32 span);

/*
 * Learn from the allocator what is free, and what others hold: that is to
 * stay as it is. `memory` is there already, and aligned to 8.
 */
const char *pmm_model_learn(struct pmm_model *model, void *memory);

/*
 * What was done, and what was answered. pmm_alloc() is a run of order 0. What
 * is not answered right is not done in the model either.
 */
const char *pmm_model_alloc(struct pmm_model *model, enum zone zone, u32 order,
                            enum frame_kind kind, pfn_t answer);
const char *pmm_model_free(struct pmm_model *model, pfn_t head, u32 order,
                           enum frame_kind kind);
const char *pmm_model_split(struct pmm_model *model, pfn_t head, u32 order,
                            u32 keep, enum frame_kind kind);
const char *pmm_model_alloc_bulk(struct pmm_model *model, enum zone zone,
                                 enum frame_kind kind, u32 count,
                                 const pfn_t *frames, bool answer);
const char *pmm_model_free_bulk(struct pmm_model *model, enum frame_kind kind,
                                u32 count, const pfn_t *frames);
const char *pmm_model_get(struct pmm_model *model, pfn_t frame, bool answer);
const char *pmm_model_put(struct pmm_model *model, pfn_t frame, bool answer);
const char *pmm_model_set_payload(struct pmm_model *model, pfn_t head,
                                  enum frame_kind kind, u32 payload);
const char *pmm_model_set_run_payload(struct pmm_model *model, pfn_t head,
                                      u32 order, enum frame_kind kind,
                                      u32 payload);

/* Does the allocator tell of this frame what the model knows? */
const char *pmm_model_look(struct pmm_model *model, u32 n);

/* Does pmm_stats() count what the model counts? There may be fewer whole
 * chunks than free memory would give, since free frames may wait elsewhere. */
const char *pmm_model_look_at_stats(struct pmm_model *model);

/* All frames and all counters, and the model's own counts anew. */
const char *pmm_model_look_at_all(struct pmm_model *model);

#endif
