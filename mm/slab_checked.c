/*
 * mm/slab_checked.c - L4: alloc and free of objects that are checked.
 *
 *      alloc:  pages of its own --> else a slot: was it changed while it was
 *              free? --> zones filled, caller noted
 *      free:   an object in use? its zones as they were? --> caller noted,
 *              filled --> quarantine --> was it changed? --> the slot is free
 *
 * The quarantine is a queue through the records. What is free for the caller
 * counts as freed in its cache, though its slot is taken until it leaves.
 *
 * A finding ends in a panic. Before that the object is where it was, or free
 * and forgotten: so whoever goes on after a panic, as tests do, finds the heap
 * in order.
 */
#include "mm/lock.h"
#include "mm/platform.h"
#include "slab_record.h"
#include "slab_slot.h"

static struct {
    struct slab_record *first; /* the oldest */
    struct slab_record *last;
    u32 count;
    u32 bytes;
} quarantine;

/* ------------------------------------------------------------ closed caches */

static void move_nodes(struct list *from, struct list *to)
{
    if (list_is_empty(from))
        return;
    *to = *from;
    to->next->prev = to;
    to->prev->next = to;
    list_init(from);
}

void slab_open(struct slab_cache *cache)
{
    move_nodes(&cache->closed, &cache->open.node);
}

void slab_close(struct slab_cache *cache)
{
    if (cache->switches)
        move_nodes(&cache->open.node, &cache->closed);
}

static u8 *take_slot(struct slab_cache *cache)
{
    void *slot;

    lock(LOCK_HEAP);
    slab_open(cache);
    if (!slab_take(cache, &slot))
        slot = slab_take_new(cache);
    slab_close(cache);
    unlock(LOCK_HEAP);
    return slot;
}

static void give_slot(struct slab_cache *cache, void *slot)
{
    slab_open(cache);
    bool given =
        slab_give(slab_of(slot), slab_reciprocal(cache->slot_bytes), slot);
    slab_close(cache);
    CHECK(given, "slot %p of cache '%s' is to be freed, and is not in use",
          slot, cache->name);
}

/* ---------------------------------------------------------------- records */

static struct slab_record *record_of_slot(const struct slab_cache *cache,
                                          u8 *slot)
{
    return (struct slab_record *)(void *)(slot + cache->slot_bytes) - 1;
}

/* The one of the slot that the address lies in; NULL: it lies in none. */
static struct slab_record *record_in_slab(const struct slab_group *slab,
                                          const void *address)
{
    u32 slot_bytes = slab->cache->slot_bytes;
    u32 slot = (u32)((const u8 *)address - slab->base) / slot_bytes;

    if (!slab->cache->switches || slot >= slab->slots)
        return NULL;
    return record_of_slot(slab->cache, slab->base + slot * slot_bytes);
}

static struct slab_record *find_record(const void *address)
{
    const struct slab_group *slab = slab_of(address);

    return slab ? record_in_slab(slab, address) : slab_guard_find(address);
}

const struct slab_record *slab_find_record(const void *address)
{
    const struct slab_record *record = find_record(address);

    return record && slab_state_of(record) != SLAB_UNKNOWN ? record : NULL;
}

struct slab_cache *slab_owner(const void *object)
{
    const struct slab_group *slab = slab_of(object);
    const struct slab_record *record = slab ? NULL : slab_guard_find(object);

    if (slab)
        return slab->cache;
    return record ? record->cache : NULL;
}

void slab_forget_records(struct slab_group *slab)
{
    u8 *slot = slab->base;

    for (u32 i = 0; i < slab->slots; i++, slot += slab->cache->slot_bytes)
        record_of_slot(slab->cache, slot)->mark = 0;
}

/* ------------------------------------------------------------------ alloc */

/* The object was freed and left behind: is it as it was left? If not, it is
 * forgotten, and its slot free. */
static void judge_past(struct slab_record *record, u8 *slot)
{
    const u8 *changed = slab_state_of(record) == SLAB_GONE
                            ? slab_find_change(record) : NULL;

    if (!changed)
        return;
    struct slab_record past = *record;
    u8 found = *changed;
    slab_set_state(&past, SLAB_GONE);
    record->mark = 0;
    give_slot(past.cache, slot);
    slab_report_change(&past, changed, found);
}

static u8 *align_up(u8 *address, u32 align)
{
    return address + (-(u32)(uintptr_t)address & (align - 1));
}

static struct slab_record *alloc_in_slot(struct slab_cache *cache, u32 bytes,
                                         u32 align)
{
    u8 *slot = take_slot(cache);
    u32 zone = cache->switches & SLAB_REDZONE ? SLAB_REDZONE_BYTES : 0;

    if (!slot)
        return NULL;
    struct slab_record *record = record_of_slot(cache, slot);
    judge_past(record, slot);
    record->object = align_up(slot + zone, max_u32(align, cache->align));
    record->bytes = bytes;
    record->room = slot;
    record->room_end = (u8 *)record;
    return record;
}

/* Pages of its own are unmapped when it is freed, which needs no poison. */
static void *begin(struct slab_record *record, struct slab_cache *cache,
                   u32 switches, const void *caller)
{
    record->cache = cache;
    record->switches = switches;
    if (!ptr_is_direct(record))
        record->switches &= ~(u32)SLAB_POISON;
    slab_record_alloc(record, caller);
    return record->object;
}

void *slab_checked_alloc(struct slab_cache *cache, u32 bytes, u32 align,
                         const void *caller)
{
    struct slab_record *record = NULL;

    if (cache->switches & SLAB_GUARDS) {
        record = slab_guard_alloc(bytes, max_u32(align, cache->align),
                                  cache->switches);
        cache->allocs += record != NULL;
        cache->apart += record != NULL;
    }
    if (!record)
        record = alloc_in_slot(cache, bytes, align);
    if (!record && quarantine.count > 0) {
        slab_empty_quarantine();
        record = alloc_in_slot(cache, bytes, align);
    }
    return record ? begin(record, cache, cache->switches, caller) : NULL;
}

void *slab_checked_pages(u32 bytes, u32 align, u32 switches,
                         const void *caller)
{
    struct slab_record *record = slab_guard_alloc(bytes, align, switches);

    return record ? begin(record, NULL, switches, caller) : NULL;
}

/* ------------------------------------------------------------- quarantine */

/* What an object takes while it is there: a slot, or the record's page. */
static u32 held_bytes(const struct slab_record *record)
{
    return ptr_is_direct(record) ? record->cache->slot_bytes : PAGE_SIZE;
}

static void release_slot(struct slab_record *record)
{
    struct slab_cache *cache = record->cache;
    const u8 *changed = slab_find_change(record);
    struct slab_record past = *record;
    u8 found = changed ? *changed : 0;

    slab_set_state(&past, SLAB_GONE);
    slab_set_state(record, SLAB_GONE);
    if (changed)
        record->mark = 0;
    cache->frees--; /* counted when the caller freed it */
    cache->apart++;
    give_slot(cache, past.room);
    if (changed)
        slab_report_change(&past, changed, found);
}

static void release(struct slab_record *record)
{
    if (ptr_is_direct(record))
        release_slot(record);
    else
        slab_guard_free(record);
}

/* The oldest one goes. The next one is known by its record. */
static void release_oldest(void)
{
    struct slab_record *record = quarantine.first;

    CHECK(slab_state_of(record) == SLAB_HELD,
          "use after free: the record of an object in the quarantine, %p, was "
          "written over, from the object or from one before", (void *)record);
    quarantine.first = record->next;
    quarantine.count--;
    quarantine.bytes -= held_bytes(record);
    release(record);
}

static void hold(struct slab_record *record)
{
    record->next = NULL;
    if (quarantine.count++ > 0)
        quarantine.last->next = record;
    else
        quarantine.first = record;
    quarantine.last = record;
    quarantine.bytes += held_bytes(record);
    while (quarantine.bytes > SLAB_QUARANTINE_BYTES)
        release_oldest();
}

u32 slab_empty_quarantine(void)
{
    u32 pages = 0;

    while (quarantine.count > 0) {
        pages += !ptr_is_direct(quarantine.first);
        release_oldest();
    }
    return pages;
}

void slab_count_held(struct slab_stats *out)
{
    out->held = quarantine.count;
    out->held_bytes = quarantine.bytes;
}

/* ------------------------------------------------------------------- free */

/* Pages of its own that are to be guarded stay away for a while, too. */
static bool is_to_hold(const struct slab_record *record)
{
    u32 reasons = SLAB_QUARANTINE;

    if (!ptr_is_direct(record))
        reasons |= SLAB_GUARDS;
    return (record->switches & reasons) != 0;
}

struct slab_record *slab_checked_find(const char *what, const void *object,
                                      const void *caller)
{
    const struct slab_group *slab = slab_of(object);
    struct slab_record *record = find_record(object);
    bool is_known = record && slab_state_of(record) != SLAB_UNKNOWN;

    if (slab && !is_known && slab_is_free(slab, object))
        slab_refuse(what, slab, object, caller);
    slab_judge(what, record, object, caller);
    return record;
}

void slab_checked_free(const char *what, void *object, const void *caller)
{
    struct slab_record *record = slab_checked_find(what, object, caller);
    bool is_paged = !ptr_is_direct(record);

    remember_free(object, caller);
    if (is_paged)
        slab_guard_unmap(record);
    slab_record_free(record, caller);
    if (record->cache) {
        record->cache->frees++;
        record->cache->apart--;
    }
    if (is_to_hold(record))
        hold(record);
    else
        release(record);
}
