/*
 * space_work.h - random work on some spaces, copies of each other, every call
 * of it told to the model: while memory lasts, and while it does not.
 */
#ifndef SPACE_WORK_H
#define SPACE_WORK_H

#include "space_model.h"

/* What there is too little of, for a while. */
enum work_shortage {
    SHORT_OF_NOTHING,
    SHORT_OF_FRAMES,
    SHORT_OF_PROMISES,
    WORK_SHORTAGES,
};

enum { WORK_FILE = 1, WORK_FILE_PAGES = 40 }; /* an object of the model */

struct space_work;

/* The call that is tried; for the report, and to find out what was done of it
 * when memory was short. */
struct work_call {
    const char *name;
    virt_addr_t at, to;
    u32 bytes, new_bytes, flags, place;
    /* Do this of the call in the model; NULL: all or nothing is done. */
    void (*part)(struct space_work *work, struct model_space *space,
                 u32 bytes);
    enum status expected, answer;
    virt_addr_t suspect; /* the page that was looked at last */
};

struct space_work {
    struct space_model model;
    struct model_space before; /* the space, before the call */
    struct vm_object *file;
    enum work_shortage shortage;
    u32 seed, random, number, written;
    struct work_call call;
};

/* From 0 to limit - 1; true once in so many times. */
u32 work_some(struct space_work *work, u32 limit);
bool work_one_in(struct space_work *work, u32 many);

static inline bool work_is_short(const struct space_work *work)
{
    return work->shortage != SHORT_OF_NOTHING;
}

/* A random page of the windows. */
virt_addr_t work_page(struct space_work *work);

/* --------------------------------------------------------- space_steps.c */

/* A random call each. What is wrong, in words, or NULL. */
const char *work_map(struct space_work *work, struct model_space *space);
const char *work_unmap(struct space_work *work, struct model_space *space);
const char *work_protect(struct space_work *work, struct model_space *space);
const char *work_advise(struct space_work *work, struct model_space *space);
const char *work_lock(struct space_work *work, struct model_space *space);
const char *work_remap(struct space_work *work, struct model_space *space);
const char *work_brk(struct space_work *work, struct model_space *space);

/* ---------------------------------------------------------- space_work.c */

/* Make the first space, and the file. */
const char *space_work_begin(struct space_work *work);

/* So many random calls. What is wrong, in words, or NULL. */
const char *space_work_run(struct space_work *work, u32 seed, u32 calls);

/* Give everything back. */
void space_work_end(struct space_work *work);

/* Print where in the work we are. */
void space_work_print(const struct space_work *work, const char *words);

#endif
