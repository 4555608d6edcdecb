/*
 * mm/slab_record.h - objects that are checked. For mm/slab*.c and mm/kheap*.c
 * only.
 *
 * An object of a checked cache has a record of who allocated it and who freed
 * it. It lies in a slot that is larger than others, or on pages of its own:
 *
 *      slot     |front zone| object |   rear zone    | record |
 *               ^room                                ^room_end
 *
 *      guard           | record |     zone  | object |.........
 *                      ^page    ^room                ^room_end, guard page
 *
 *      guard-before    .........| object | zone      | record |
 *                   guard page  ^room                ^room_end
 *
 * Nothing of this costs the other caches an instruction. The fast paths of a
 * checked cache find nothing to take, since its open groups wait in another
 * list, and nothing to give, since its reciprocal is 0. So they go to where
 * else a slab would be made or a free be refused, and there it is looked at.
 */
#ifndef MM_SLAB_RECORD_H
#define MM_SLAB_RECORD_H

#include "mm/slab.h"

enum { SLAB_GUARDS = SLAB_GUARD | SLAB_GUARD_BEFORE };

/* --------------------------------------------- what is on: slab_switches.c */

/* What is to be checked in a cache of this name. */
u32 slab_switches_of(const char *name);

/* -------------------------------------------------- records: slab_record.c */

enum slab_state {
    SLAB_UNKNOWN,           /* never in use, or it was written over  */
    SLAB_LIVE = 0x1b5e9c41, /* in use                                */
    SLAB_HELD = 0x4d27f38b, /* freed, in the quarantine              */
    SLAB_GONE = 0x72c16e15, /* freed, and left behind                */
};

static inline u32 slab_reciprocal(u32 slot_bytes)
{
    return ~0u / slot_bytes + 1;
}

/* Bytes of a slot beside the object, if all before it is aligned. */
u32 slab_overhead(u32 align, u32 switches);

/* The serial number of the last allocation. */
u32 slab_last_serial(void);

enum slab_state slab_state_of(const struct slab_record *record);
void slab_set_state(struct slab_record *record, enum slab_state state);

/* The object is in use from now on: its room, its bytes and its switches are
 * in the record, and `caller` asked for it. */
void slab_record_alloc(struct slab_record *record, const void *caller);

/* It is freed: nothing may change in it any more. */
void slab_record_free(struct slab_record *record, const void *caller);

/* Panic if `what`, called by `caller` for `object`, cannot be done: it is not
 * the start of an object in use, or the bytes around it were written over. */
void slab_judge(const char *what, const struct slab_record *record,
                const void *object, const void *caller);

/* The first byte that was changed since the object was freed, or NULL. */
const u8 *slab_find_change(const struct slab_record *record);

/* Panic because of that: `found` is in the byte at `changed`. */
NORETURN void slab_report_change(const struct slab_record *record,
                                 const u8 *changed, u8 found);

/* ---------------------------------------- alloc and free: slab_checked.c */

/* As slab_cache_alloc() and slab_cache_free(), of `bytes` bytes, for
 * `caller`. With an alignment beyond the cache's own, the cache's objects must
 * be larger by that. */
void *slab_checked_alloc(struct slab_cache *cache, u32 bytes, u32 align,
                         const void *caller);
void slab_checked_free(const char *what, void *object, const void *caller);

/* A block of pages of its own, of no cache, if there are such; else NULL. It
 * is freed as above. */
void *slab_checked_pages(u32 bytes, u32 align, u32 switches,
                         const void *caller);

/* The record of `object`, for which `caller` called `what`. Panics as
 * slab_judge(). */
struct slab_record *slab_checked_find(const char *what, const void *object,
                                      const void *caller);

/* Which cache the object is one of, checked or not; NULL: of none. */
struct slab_cache *slab_owner(const void *object);

/* The objects of a slab that is new have no past. */
void slab_forget_records(struct slab_group *slab);

/* How many frames that gave back, those of slabs aside. */
u32 slab_empty_quarantine(void);

/* Into `held` and `held_bytes`. */
void slab_count_held(struct slab_stats *out);

/* A closed cache becomes one like any other, and closed again. */
void slab_open(struct slab_cache *cache);
void slab_close(struct slab_cache *cache);

/* --------------------------------------------------- pages: slab_guard.c */

/* Pages for an object, and for its record, which has the room and the object
 * in it; all else is 0. NULL if frames are getting rare, or there are no
 * addresses, or for an alignment of more than a page. */
struct slab_record *slab_guard_alloc(u32 bytes, u32 align, u32 switches);

/* Unmap the object; its addresses and the record stay. */
void slab_guard_unmap(const struct slab_record *record);
void slab_guard_free(struct slab_record *record);

/* The record of what the address belongs to, guard pages included; NULL. */
struct slab_record *slab_guard_find(const void *address);

void slab_guard_each(void (*visit)(struct slab_record *record, void *context),
                     void *context);

#endif
