/*
 * mm/vm_object.h - L5: memory that several regions may show: that of a file,
 * or what processes share. See mm/vm_object.c.
 */
#ifndef MM_VM_OBJECT_H
#define MM_VM_OBJECT_H

#include "lib/list.h"
#include "mm/addr.h"

struct vm_object;

/* Who fills the pages of an object. */
struct vm_object_source {
    /* Fill the page, PAGE_SIZE bytes that hold zeros. OK, or ERR_BUS if it can
     * not be read. NULL: they stay zeros. */
    enum status (*fill)(struct vm_object *object, u32 page, void *memory);
    /* The last reference is gone; the object's memory is freed after. NULL:
     * nobody needs to know. */
    void (*gone)(struct vm_object *object);
};

/* Memory that several regions may show: that of a file, or what processes
 * share. */
struct vm_object {
    const struct vm_object_source *source;
    void *context;   /* the source's                                        */
    const char *name; /* for people: of the file; NULL: shared memory. Lives as
                         long as the object                                 */
    u32 number;      /* of the objects made, the how manieth                */
    u32 references;  /* regions and who else holds it                       */
    u32 pages;       /* beyond them a touch is ERR_BUS                      */
    u32 resident;    /* of them, how many have a frame                      */
    u32 promised;    /* frames charged for it                               */
    pfn_t **frames;  /* by page: tables of CHUNK_FRAMES, made when needed   */
    struct list node; /* in the list of all, for the audit                  */
};

/*
 * Make an object, of which the caller holds a reference. Its pages are promised
 * at once, and filled when they are touched.
 *
 * Returns:  the object; NULL if there is no memory or no promise.
 * Cost:     O(1).
 * Context:  thread.
 */
NODISCARD struct vm_object *
vm_object_create(const struct vm_object_source *source, void *context,
                 u32 pages);

/*
 * Take, and drop, a reference of an object. The last one frees its frames.
 *
 * Cost:     O(1); with the last O(pages).
 * Context:  thread.
 */
void vm_object_get(struct vm_object *object);
void vm_object_put(struct vm_object *object);

/*
 * The frame that holds a page of an object; it is filled if it is not there.
 *
 * frame:    receives it; the object's reference: valid while the object is.
 * Returns:  OK; ERR_BUS: beyond its end, or its source cannot read it;
 *           ERR_NOMEM.
 * Cost:     O(1), and filling it.
 * Context:  thread.
 */
NODISCARD enum status vm_object_frame(struct vm_object *object, u32 page,
                                      pfn_t *frame);

/*
 * Has the object a frame for a page?
 *
 * Returns:  true if so; false beyond its end.
 * Cost:     O(1).
 * Context:  any.
 */
bool vm_object_has(const struct vm_object *object, u32 page);

#endif
