/*
 * space_model.h - what include/mm/vm.h promises, in the plainest way: for each
 * page that may be mapped what it is, and a number that stands for its content.
 *
 *      window       [ page | page | ... ]      in some windows of the user half
 *      page         flags, content             a page is looked at by itself;
 *      object       [ content | ... ]          regions are what is alike
 *
 * The rules are those of Linux's mmap2 and its kin. What it says of memory is
 * what must be if there is enough of it.
 */
#ifndef SPACE_MODEL_H
#define SPACE_MODEL_H

#include "mm/vm.h"

enum {
    MODEL_SPACES = 4,
    MODEL_PAGES = 1480,     /* in all windows */
    MODEL_OBJECTS = 32,
    MODEL_OBJECT_PAGES = 80,
    MODEL_MAPPED = 1 << 30, /* among a page's flags */
};

struct model_window {
    virt_addr_t start;
    u32 pages;
};

/* In rising order; more than MODEL_STACK_MAX apart. */
enum { MODEL_WINDOWS = 6 };
extern const struct model_window model_windows[MODEL_WINDOWS];
#define MODEL_HEAP       0x20000000u      /* the third begins there    */
#define MODEL_STACK_MAX  (500u * PAGE_SIZE)

struct model_page {
    u32 flags;   /* enum vm_rights | enum vm_flags | MODEL_MAPPED; 0: nothing */
    u32 object;  /* which it shows, from 1; 0: none                       */
    u32 object_page;
    u32 content; /* if it is its own,                                     */
    bool is_own; /* and not yet zeros or the object's                     */
};

struct model_object {
    struct vm_object *handle;
    bool is_kept;  /* by the test, whether or not it is mapped */
    u32 pages;
    u32 content[MODEL_OBJECT_PAGES];
};

struct model_space {
    struct vm_space *handle; /* NULL: there is none */
    virt_addr_t heap_end;
    virt_addr_t told; /* 0, or where something has been put */
    struct model_page pages[MODEL_PAGES];
};

struct space_model {
    struct model_space spaces[MODEL_SPACES];
    struct model_object objects[MODEL_OBJECTS]; /* the first is nobody's */
};

/* ---------------------------------------------------------- space_model.c */

/* The page at `va`, in a window; NULL. */
struct model_page *model_page_at(struct model_space *space, virt_addr_t va);

static inline bool model_is_mapped(const struct model_page *page)
{
    return page && page->flags & MODEL_MAPPED;
}

/* Could two pages that follow each other be of one region? */
bool model_is_alike(const struct model_page *page,
                    const struct model_page *next);

/* The first address from `at` on that is not mapped, or `end`. */
virt_addr_t model_first_hole(struct model_space *space, virt_addr_t at,
                             virt_addr_t end);

/* Where the region of the page at `va`, which is mapped, ends. */
virt_addr_t model_region_end(struct model_space *space, virt_addr_t va);

/* The first mapped page at `va` or above, the end of the last one below it; 0
 * if there is none. */
virt_addr_t model_next(struct model_space *space, virt_addr_t va);
virt_addr_t model_end_below(struct model_space *space, virt_addr_t va);

/* The highest room of so many bytes below VM_MAP_END; or what was told, if it
 * is right to take that. That is as high as the sure room, or higher. */
virt_addr_t model_room(struct model_space *space, u32 bytes);
virt_addr_t model_sure_room(struct model_space *space, u32 bytes);

/* May a mapping be put there without a word about what is there? */
bool model_is_room(struct model_space *space, virt_addr_t at, u32 bytes);

/* What a page that is mapped holds. */
u32 model_content(const struct space_model *model,
                  const struct model_page *page);

/* An object that nobody maps. */
struct model_object *model_free_object(struct space_model *model);

/* Let the child be a copy; its handle stays. */
void model_fork(const struct model_space *space, struct model_space *child);

/* Has the space what the model says, page by page and in all its counts? What
 * is wrong, in words, or NULL. */
const char *model_compare(struct space_model *model,
                          struct model_space *space);

/* ---------------------------------------------------------- space_calls.c */

/* What must be answered; and then it is so. */
enum status model_map(struct space_model *model, struct model_space *space,
                      const struct vm_request *request, u32 object,
                      virt_addr_t *at);
enum status model_unmap(struct model_space *space, virt_addr_t at, u32 bytes);
enum status model_protect(struct model_space *space, virt_addr_t at, u32 bytes,
                          enum vm_rights rights);
enum status model_remap(struct space_model *model, struct model_space *space,
                        virt_addr_t *at, u32 old_bytes, u32 new_bytes,
                        u32 flags, virt_addr_t to);
virt_addr_t model_brk(struct model_space *space, virt_addr_t end);
enum status model_advise(struct model_space *space, virt_addr_t at, u32 bytes,
                         u32 advice);
enum status model_lock(struct space_model *model, struct model_space *space,
                       virt_addr_t at, u32 bytes, bool locked);
enum status model_touch(struct space_model *model, struct model_space *space,
                        virt_addr_t va, enum vm_rights access);

/* Write to a page that was touched for it. */
void model_write(struct space_model *model, struct model_space *space,
                 virt_addr_t va, u32 content);

#endif
