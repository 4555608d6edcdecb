/*
 * mm/vm_internal.h - what the files of L5 share. For mm/vm*.c only.
 */
#ifndef MM_VM_INTERNAL_H
#define MM_VM_INTERNAL_H

#include "mm/pmm.h"
#include "mm/pt_user.h"
#include "mm/slab.h"
#include "mm/vm.h"

enum { VM_REGIONS_A_FRAME = 64 }; /* are charged as a frame */

struct vm {
    struct list spaces;
    struct list objects;
    struct slab_cache region_cache, space_cache, object_cache;
    pfn_t zeros;           /* the frame that every untouched page shows     */
    struct vm_stats stats;
    u32 lot;               /* the last rank drawn                           */
    u32 objects_made;      /* since boot                                    */
};

extern struct vm vm;

/* ------------------------------------------------------------------ regions */

static inline struct vm_region *vm_region_of(struct list *node)
{
    return CONTAINER_OF(node, struct vm_region, node);
}

/* The region behind, and the one before; NULL if there is none. */
static inline struct vm_region *vm_next(const struct vm_space *space,
                                        const struct vm_region *region)
{
    struct list *node = region->node.next;

    return node == &space->regions ? NULL : vm_region_of(node);
}

static inline struct vm_region *vm_before(const struct vm_space *space,
                                          const struct vm_region *region)
{
    struct list *node = region->node.prev;

    return node == &space->regions ? NULL : vm_region_of(node);
}

static inline u32 vm_bytes(const struct vm_region *region)
{
    return region->end - region->start;
}

static inline u32 vm_pages(const struct vm_region *region)
{
    return vm_bytes(region) >> PAGE_SHIFT;
}

/* The page of its object that a region shows at `va`. */
static inline u32 vm_object_page(const struct vm_region *region,
                                 virt_addr_t va)
{
    return region->first_page + ((va - region->start) >> PAGE_SHIFT);
}

/* What the processor may let a program do in a region whose page is its
 * alone. What may be read at all may be run, and what may be written, read. */
static inline enum pt_access vm_access(u32 flags)
{
    if (!(flags & VM_RIGHTS))
        return PT_NONE;
    return PT_READ | PT_USER | (flags & VM_WRITE ? PT_WRITE : 0) |
           (flags & VM_EXEC ? PT_EXEC : 0);
}

/* --------------------------------------------------------------- vm_tree.c */

/* What hangs in a tree where nothing hangs. */
extern struct vm_region vm_no_region;

/* Enter a region that overlaps no other, before `next`, or, if that is NULL,
 * behind all others. */
void vm_tree_insert(struct vm_space *space, struct vm_region *region,
                    struct vm_region *next);
void vm_tree_remove(struct vm_space *space, struct vm_region *region);

/* Move a bound of a region, within the gap beside it or within itself. */
void vm_set_start(struct vm_space *space, struct vm_region *region,
                  virt_addr_t start);
void vm_set_end(struct vm_space *space, struct vm_region *region,
                virt_addr_t end);

/* The first region that ends above `va`; NULL. */
struct vm_region *vm_search(const struct vm_space *space, virt_addr_t va);

/* The same; mostly it is the one that was wanted last. */
static inline struct vm_region *vm_first_above(const struct vm_space *space,
                                               virt_addr_t va)
{
    struct vm_region *recent = space->recent;

    return recent && va - recent->start < vm_bytes(recent)
               ? recent : vm_search(space, va);
}

/* Room for so many bytes, a page at least, as high as can be told fast; 0 if
 * there is none. `*next` is the region behind it, or NULL. */
virt_addr_t vm_find_room(struct vm_space *space, u32 bytes,
                         struct vm_region **next);

/* Where the room before a region ends that others may have. */
virt_addr_t vm_guarded_start(const struct vm_region *region);

/* Room for so many bytes at the hint, or where there is some; 0 if nowhere. */
virt_addr_t vm_find_place(struct vm_space *space, virt_addr_t hint,
                          u32 bytes);

/* How much room before a region vm_find_room() knows of, by its class. */
u32 vm_gap(const struct vm_space *space, const struct vm_region *region);

/* ------------------------------------------------------------- vm_region.c */

/* A new region, in no tree yet: [start, end), else like `like`, whose object it
 * takes a reference of. NULL if there are too many or there is no memory. */
NODISCARD struct vm_region *vm_region_new(struct vm_space *space,
                                          const struct vm_region *like,
                                          virt_addr_t start, virt_addr_t end);

/* Free a region that is in no tree, or no more. */
void vm_region_free(struct vm_space *space, struct vm_region *region);

/* Free the struct that is kept for the next region. */
void vm_drop_spare(struct vm_space *space);

/* Make two of a region, which ends at `at` then. The upper one; NULL if there
 * is no memory, and nothing has changed. */
NODISCARD struct vm_region *vm_split(struct vm_space *space,
                                     struct vm_region *region, virt_addr_t at);

/* Make [start, end) of a region one of its own. That; NULL as vm_split(). */
NODISCARD struct vm_region *vm_isolate(struct vm_space *space,
                                       struct vm_region *region,
                                       virt_addr_t start, virt_addr_t end);

/* Join a region with its neighbours where they are alike. The whole. */
struct vm_region *vm_join(struct vm_space *space, struct vm_region *region);

/* Could a region be part of the one before it, or of the one that follows?
 * Those may be NULL. */
static inline bool vm_continues(const struct vm_region *before,
                                const struct vm_region *region)
{
    return before && before->end == region->start &&
           before->flags == region->flags &&
           before->object == region->object &&
           (!before->object ||
            before->first_page + vm_pages(before) == region->first_page);
}

static inline bool vm_precedes(const struct vm_region *region,
                               const struct vm_region *next)
{
    return next && vm_continues(region, next);
}

/* Is [at, at + bytes), page-aligned, within the user half? */
static inline bool vm_is_user(virt_addr_t at, u32 bytes)
{
    return at <= USER_END && bytes <= USER_END - at;
}

/* Remove all in [start, end): regions, pages and promises. ERR_NOMEM if a
 * region would have to be split and cannot be; nothing has changed. */
NODISCARD enum status vm_remove(struct vm_space *space, virt_addr_t start,
                                virt_addr_t end);

/* ------------------------------------------------------------- vm_commit.c */

/* Is something charged for what has these flags? */
static inline bool vm_is_charged(u32 flags)
{
    return (flags & (VM_WRITE | VM_SHARED | VM_NO_RESERVE)) == VM_WRITE;
}

/* Charge a space. False: no promise. */
NODISCARD bool vm_charge(struct vm_space *space, u32 frames);
void vm_discharge(struct vm_space *space, u32 frames);

/* Charge what has just been discharged: that cannot fail. */
void vm_recharge(struct vm_space *space, u32 frames);

/* May one more page table be made for a touch? */
bool vm_may_have_table(void);

/* A frame for a page, of whatever content; PFN_NONE. */
NODISCARD pfn_t vm_frame(enum frame_kind kind);

/* ------------------------------------------------------------- vm_object.c */

/* As vm_object_create(), and without a promise if it is not `charged`: each
 * page is charged when it is touched. */
NODISCARD struct vm_object *
vm_object_new(const struct vm_object_source *source, void *context, u32 pages,
              bool charged);

/* As vm_tell() and vm_holds(), of one object. */
void vm_object_tell(const struct vm_object *object, int sign);
u32 vm_object_holds(const struct vm_object *object, pfn_t frame);

#endif
