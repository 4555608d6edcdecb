/*
 * mm/slab.h - L4, lower half: caches of equal-sized objects.
 *
 * See mm/slab.c.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include "lib/list.h"
#include "mm/addr.h"
#include "mm/claim.h"

/* Up to 32 slots of a slab. The groups of a slab follow each other, and are
 * its descriptor. */
struct slab_group {
    struct list node;   /* in the cache's list of open groups, if one is free */
    u32 free;           /* bit i: slot i is free                              */
    u32 all;            /* bit i: there is a slot i                           */
    u8 *base;           /* of slot 0                                          */
    struct slab_cache *cache;
    u32 slots;          /* of the slab; its own descriptor's slot counts      */
    u16 order;          /* of the slab's run of frames                        */
    u16 groups;         /* of the slab                                        */
};

/* What can be switched on to find those who misuse objects (slab_switch()).
 * A cache with any of it is a checked one. */
enum slab_switch {
    SLAB_POISON = 1,        /* what is free is filled, and looked at later   */
    SLAB_REDZONE = 2,       /* so are the bytes around an object             */
    SLAB_QUARANTINE = 4,    /* what is freed is not used again for a while   */
    SLAB_GUARD = 8,         /* pages of its own, an unmapped one behind      */
    SLAB_GUARD_BEFORE = 16, /* the same, the object behind an unmapped one   */
    SLAB_TRACE = 32,        /* not only who allocated and freed, but a       */
};                          /* back-trace of each                            */

enum {
    SLAB_REDZONE_BYTES = 16, /* at least; up to the next 8 behind an object */
    SLAB_TRACE_MAX = 8,
    SLAB_QUARANTINE_BYTES = 256 << 10,
};

/* What is known of an object of a checked cache, or was until its memory got
 * another use. It lies behind the object; for one with pages of its own, on a
 * page apart. */
struct slab_record {
    u32 mark;              /* in use or freed, mixed with its own address   */
    u32 serial;            /* of the allocation, from 1 on                  */
    u32 switches;          /* enum slab_switch, or'ed                       */
    u32 bytes;             /* that were asked for                           */
    u8 *object;
    u8 *room, *room_end;   /* the bytes around it that nobody else uses     */
    struct slab_cache *cache; /* NULL: larger than any object of a cache    */
    struct slab_record *next; /* in the quarantine                          */
    const void *allocated[SLAB_TRACE_MAX]; /* by whom: innermost call first */
    const void *freed[SLAB_TRACE_MAX];     /* NULL: there are no more       */
};

/* A cache of objects of one size; the memory is the caller's. Read it in
 * GDB, change it never. */
struct slab_cache {
    struct slab_group open; /* head of the list of groups with free slots */
    u32 slot_bytes;         /* what an object takes                       */
    u32 reciprocal;         /* of slot_bytes: 2^32 / that, rounded up; 0 in
                               a checked cache                            */
    u32 kfree_reciprocal;   /* the same, if its objects are kalloc()'s    */
    u32 allocs, frees;      /* since it was created; they may wrap        */
    u32 lenders;            /* so many caches behind it, in an array, may
                               serve when it has no free slot             */
    u32 order;              /* of the run of frames that a slab should be */
    u32 object_bytes;       /* what was asked for                         */
    u32 align;              /* of an object                               */
    u32 switches;           /* enum slab_switch, or'ed; 0: not checked    */
    u32 apart;              /* checked: objects in use that are in no slot,
                               less slots of freed ones; may wrap         */
    struct list closed;     /* checked: its open groups wait here, not in
                               `open`                                     */
    const char *name;
    struct slab_cache *descriptors; /* where its descriptors come from;
                                       NULL: from the slab's own slots    */
    struct slab_group *spare; /* a slab without objects, kept; or NULL    */
    struct list spare_node; /* in the list of caches with a spare         */
    struct list node;       /* in the list of all caches                  */
    u32 slabs;              /* in all                                     */
    u32 seen;               /* objects that slab_check() has seen         */
};

/* What one object's address leads to. */
struct slab_object {
    struct slab_cache *cache;
    void *start;
    u32 bytes;     /* from there on that may be used              */
    u32 offset;    /* of the address from there on                */
    bool in_use;   /* does a caller own it?                       */
};

struct slab_stats {
    u32 caches;
    u32 slabs;
    u32 frames;       /* of kind SLAB, descriptors included  */
    u32 empty_frames; /* of these: in slabs without objects  */
    u32 used;         /* objects                             */
    u32 used_bytes;   /* slots of these                      */
    u32 held;         /* objects and blocks in the quarantine */
    u32 held_bytes;
};

enum {
    SLAB_EMPTY_FRAMES = 4, /* kept at most, over all caches */
    SLAB_OBJECT_MAX = 8192,
};

/*
 * Say what is to be checked in the caches that are made from now on.
 *
 * text:     switches with commas between them: poison, redzone, quarantine,
 *           guard, guard-before, trace. Each may have a cache's name behind
 *           it, as in `guard:thread,poison`; `_` stands for a blank of a name,
 *           and `kalloc` is the name of all that kalloc() gives. It is kept.
 *           NULL or "": nothing. An unknown switch is said, and ignored.
 * Returns:  the text that was in force before; NULL at first.
 * Cost:     O(characters); while one is on, each slab_cache_create() has a
 *           look at each of them.
 * Context:  boot, before kheap_init().
 */
const char *slab_switch(const char *text);

/*
 * Make the caches of descriptors. Once, at boot; called by kheap_init().
 *
 * Cost:     O(1).
 * Context:  boot, after pmm_init().
 */
void slab_init(void);

/*
 * Make a cache. Nothing is allocated until the first object is.
 *
 * cache:    the caller's memory, until slab_cache_destroy().
 * name:     static text, for people.
 * bytes:    of an object, 1 to SLAB_OBJECT_MAX.
 * align:    of an object; a power of two up to PAGE_SIZE; at least 8 is given.
 * Panics:   if `bytes` or `align` is out of range.
 * Cost:     O(1).
 * Context:  thread.
 */
void slab_cache_create(struct slab_cache *cache, const char *name, u32 bytes,
                       u32 align);

/*
 * Give up a cache, and its empty slabs.
 *
 * Panics:   if one of its objects is still in use.
 * Cost:     O(slabs).
 * Context:  thread.
 */
void slab_cache_destroy(struct slab_cache *cache);

/*
 * Allocate an object. Its content is undefined.
 *
 * Returns:  the object, the caller's; NULL if a slab was needed and there
 *           are no frames for it, and nothing has changed.
 * Panics:   in a checked cache, if somebody has written over the memory while
 *           it was free.
 * Cost:     O(1); a new slab costs O(frames of it).
 * Context:  thread; takes the lock of L4.
 */
NODISCARD void *slab_cache_alloc(struct slab_cache *cache);

/*
 * Give an object back to its cache.
 *
 * object:   what slab_cache_alloc() of the same cache gave.
 * Panics:   if it is no object of this cache, not the start of one, or free
 *           already; in a checked cache also if the bytes around it, or one in
 *           the quarantine, were written over.
 * Cost:     O(1); O(frames of a slab) when an empty one goes back to L1.
 * Context:  thread; takes the lock of L4.
 */
void slab_cache_free(struct slab_cache *cache, void *object);

/*
 * What an address is to this layer. Any pointer may be asked about.
 *
 * Returns:  true, and `*out` filled, if it lies in a slot of a slab, and in a
 *           checked cache in an object; else false.
 * Cost:     O(1).
 * Context:  any.
 */
bool slab_find(const void *address, struct slab_object *out);

/*
 * Who freed an object last; of the heap's larger blocks, too.
 *
 * object:   any address; of an object, its first one.
 * Returns:  where the free was called from; NULL if it is not among the last
 *           256 frees.
 * Cost:     O(256).
 * Context:  any.
 */
const void *slab_freed_by(const void *object);

/*
 * What is known of the object that an address belongs to, if that is or was
 * one of a checked cache. The bytes around it and its guard pages belong to
 * it, too. Any pointer may be asked about.
 *
 * Returns:  the record, until its memory is used for another object; NULL.
 * Cost:     O(1); O(log pages) in kva.
 * Context:  any.
 */
const struct slab_record *slab_find_record(const void *address);

/*
 * Is the object that the record is about in use?
 *
 * Returns:  true; false if it has been freed.
 * Cost:     O(1).
 * Context:  any.
 */
bool slab_record_is_live(const struct slab_record *record);

/*
 * Empty the quarantine, and give all empty slabs back to L1.
 *
 * Returns:  how many frames that were.
 * Panics:   if somebody has written over an object in the quarantine.
 * Cost:     O(caches + frames given back + objects in the quarantine).
 * Context:  thread; takes the lock of L4.
 */
u32 slab_trim(void);

/*
 * Call `visit` for each cache.
 *
 * Cost:     O(caches).
 * Context:  thread.
 */
void slab_each(void (*visit)(const struct slab_cache *cache, void *context),
               void *context);

/*
 * Call `visit` for each object in use, of all caches.
 *
 * visit:    may not allocate or free.
 * Cost:     O(spanned frames + slots of all slabs).
 * Context:  thread.
 */
void slab_each_object(void (*visit)(const struct slab_object *object,
                                    void *context),
                      void *context);

/*
 * Fill `out` with counts over all caches.
 *
 * Cost:     O(caches).
 * Context:  any.
 */
void slab_stats(struct slab_stats *out);

/*
 * Assert every invariant that mm/slab.c lists.
 *
 * Panics:   with the first that does not hold.
 * Cost:     O(slabs * words of a slab's bits).
 * Context:  thread.
 */
void slab_check(void);

/*
 * Claim that frames, descriptors and caches agree about every slab.
 *
 * Cost:     O(spanned frames + groups of all slabs).
 * Context:  thread.
 */
void slab_audit(struct claims *to);

/*
 * Print a line for each cache that has slabs.
 *
 * Cost:     O(caches).
 * Context:  thread.
 */
void slab_dump(void);

#endif
