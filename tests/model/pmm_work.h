/*
 * pmm_work.h - random work on the frame allocator, every step of it told to
 * the model: phases that fill memory until it refuses, that empty it, and
 * that churn in between, in runs of all orders or frame by frame.
 */
#ifndef PMM_WORK_H
#define PMM_WORK_H

#include "pmm_model.h"

enum {
    WORK_BULK_MAX = 256, /* frames                                     */
    WORK_CROWD = 8192,   /* so many free ones are filled by and by      */
};

/* Which orders a phase takes. */
enum work_orders {
    ORDERS_SINGLE, /* frame by frame                        */
    ORDERS_SMALL,  /* up to 4, the smaller the more often   */
    ORDERS_SKEWED, /* up to 10, the smaller the more often  */
    ORDERS_EVEN,   /* each as often as the others           */
    ORDERS,
};

/* What the work is like for a while. */
struct work_phase {
    u32 left;         /* operations                                    */
    u32 lean;         /* of 100 that take or give, how many take       */
    u32 burst;        /* the longest series of taking, or of giving    */
    enum work_orders orders;
    enum zone zone;   /* where most frames are taken                   */
    bool newest;      /* give back the newest first, not at random     */
    bool chunks;      /* take whole chunks first, to be full sooner,   */
    u32 crowd;        /* until no more than so many frames are free    */
};

/* The operation that is tried, for the report. */
struct work_operation {
    const char *name;
    enum zone zone;
    enum frame_kind kind;
    u32 frame; /* ~0u if none */
    u32 order;
    u32 count; /* of frames: in bulk, or kept in a split */
};

struct pmm_work {
    struct pmm_model model;
    u32 *held; /* the heads of what we hold, in no order */
    u32 held_count;
    u32 held_max;
    u32 seed;
    u32 random;
    u32 number;    /* of the operation, from 1                       */
    u32 next_look; /* at everything: when a phase ends behind this   */
    u32 phase_max; /* operations                                     */
    u32 refusals;  /* in this phase                                  */
    u32 series;    /* how many more of the same sort there are now,  */
    bool taking;   /* and whether they take or give                  */
    struct work_operation now;
    struct work_phase phase;
    pfn_t bulk[WORK_BULK_MAX];
};

/* From 0 to limit - 1; limit is at most 2^24. */
u32 work_random(struct pmm_work *work, u32 limit);

/* One operation that takes frames, gives some back, or changes some. For the
 * last two, something is held. */
const char *work_take(struct pmm_work *work);
const char *work_give(struct pmm_work *work);
const char *work_touch(struct pmm_work *work);

/* How much memory is needed on a machine of so many frames. */
u32 pmm_work_bytes(u32 span);

/* Learn what is free. The memory is there already, and aligned to 8. */
const char *pmm_work_begin(struct pmm_work *work, void *memory);

/*
 * So many random operations, and then all that is held given back; a phase
 * often ends with pmm_check() and a look at every frame. Returns what is
 * wrong, in words of the model, or NULL.
 */
const char *pmm_work_run(struct pmm_work *work, u32 seed, u32 operations);

/* Print where in the work we are. */
void pmm_work_print(const struct pmm_work *work, const char *words);

#endif
