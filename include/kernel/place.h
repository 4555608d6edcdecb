/*
 * kernel/place.h - what lives at an address: all that the layers know of it,
 * in one place.
 */
#ifndef KERNEL_PLACE_H
#define KERNEL_PLACE_H

#include "mm/kva.h"
#include "mm/pt.h"
#include "mm/slab.h"

struct vm_region;
struct vm_space;

enum place_kind {
    PLACE_NULL,   /* where null pointers point                         */
    PLACE_USER,   /* the user half                                     */
    PLACE_IMAGE,  /* a part of the kernel's image                      */
    PLACE_FRAME,  /* direct map: a frame of RAM                        */
    PLACE_HOLE,   /* direct map: no RAM                                */
    PLACE_RANGE,  /* a kernel range                                    */
    PLACE_GUARD,  /* a page never mapped, beside what it guards        */
    PLACE_FREED,  /* where a kernel range was until it was freed       */
    PLACE_GAP,    /* between the kernel ranges                         */
    PLACE_WINDOW, /* the windows, open or closed                       */
    PLACE_TOP,    /* above the windows, where nothing is ever          */
    PLACE_KINDS,
};

struct place {
    enum place_kind kind;
    pfn_t directory;        /* it was looked up by this one             */
    struct pt_walk walk;
    bool is_damaged;        /* the walk leads to what is no page table  */
    const char *name;       /* IMAGE, RANGE, GUARD, FREED: whose        */
    virt_addr_t start, end; /* of that, guards not counted              */
    bool is_constant;       /* IMAGE: the kernel itself never writes it */
    struct kva_place kva;   /* RANGE, GUARD, FREED, GAP: what is around */
    const struct slab_record *object; /* the one of the heap that it is in,
                               or just beside, if that is checked; or NULL */
    const struct vm_space *space; /* USER: whose it is; NULL: unknown   */
    const struct vm_region *region; /* the one it is in, or NULL        */
    const struct vm_region *below, *above; /* the nearest ones, or NULL */
};

/*
 * Find out what lives at `va`.
 *
 * space:    in which; NULL: in the one that is loaded.
 * Cost:     O(kernel ranges + spaces + regions + log functions).
 * Context:  any, also before the layers are up: then it knows less.
 */
void place_find(const struct vm_space *space, virt_addr_t va,
                struct place *out);

/*
 * Print what place_find() found, in a line or two.
 *
 * Cost:     O(ranges of the memory map).
 * Context:  any, after console_init().
 */
void place_print(const struct place *place);

/*
 * Print what the heap knows of a checked object, in a few lines.
 *
 * address:  in it or beside it.
 * Cost:     O(1).
 * Context:  any, after console_init().
 */
void place_print_object(const struct slab_record *object, virt_addr_t address);

/*
 * Print how the processor looks the address up, level by level.
 *
 * Cost:     O(1).
 * Context:  any, after console_init().
 */
void place_print_walk(const struct place *place);

/*
 * Print, as the middle of a line, what a frame is used for.
 *
 * Cost:     O(1).
 * Context:  any, after console_init().
 */
void place_print_use(pfn_t frame);

/*
 * Of kernel/place_user.c. Find whose space it is that out->directory is of, and
 * the region there, and its neighbours; print that, as place_print() does, if
 * there is such a space.
 *
 * Cost:     O(spaces + regions).
 * Context:  any, once there are programs.
 */
void place_find_region(struct place *out);
void place_print_user(const struct place *place);

/*
 * Print, as the middle of a line, whose space it is.
 *
 * Cost:     O(processes).
 * Context:  any, after process_init().
 */
void place_print_owner(const struct vm_space *space);

/*
 * Print, as a line of its own, who maps a frame, or is behind it as a page
 * table; nothing if nobody is.
 *
 * Cost:     O(1024 * tables).
 * Context:  thread.
 */
void place_print_users(pfn_t frame);

/*
 * Has pt_init() replaced the map of boot/entry.asm?
 *
 * Cost:     O(1).
 * Context:  any.
 */
bool place_map_is_final(void);

/*
 * Are the kernel ranges and the heap up, so that they may be asked?
 *
 * Cost:     O(caches).
 * Context:  any.
 */
bool place_heap_is_up(void);

#endif
