/*
 * mm/slab_record.c - L4: what is known of an object that is checked, and what
 * is said of it when somebody has misused it.
 *
 * An overrun that goes on over the zone meets the mark first, which is the
 * record's first word: so nothing of a damaged record is believed.
 */
#include "slab_record.h"

#include "lib/mem.h"
#include "mm/platform.h"

enum {
    POISON = 0x6b,    /* in what is free       */
    ZONE = 0xbb,      /* around what is in use */
    INNERMOST = 8,    /* calls that may be the heap's own */
};

static u32 last_serial;

u32 slab_overhead(u32 align, u32 switches)
{
    u32 zones = 0;

    if (switches & SLAB_REDZONE)
        zones = round_up(SLAB_REDZONE_BYTES, max_u32(align, 8)) +
                SLAB_REDZONE_BYTES;
    return switches ? zones + (u32)sizeof(struct slab_record) : 0;
}

/* ----------------------------------------------------------------- states */

enum slab_state slab_state_of(const struct slab_record *record)
{
    u32 state = record->mark ^ (u32)(uintptr_t)record;

    if (state == SLAB_LIVE || state == SLAB_HELD || state == SLAB_GONE)
        return (enum slab_state)state;
    return SLAB_UNKNOWN;
}

void slab_set_state(struct slab_record *record, enum slab_state state)
{
    record->mark = (u32)state ^ (u32)(uintptr_t)record;
}

bool slab_record_is_live(const struct slab_record *record)
{
    return slab_state_of(record) == SLAB_LIVE;
}

/* ----------------------------------------------------------------- traces */

/* The calls that led here, from `caller` on: what is before is the heap. */
static void trace(const void *calls[SLAB_TRACE_MAX], u32 switches,
                  const void *caller)
{
    const void *all[INNERMOST + SLAB_TRACE_MAX];
    u32 count = 0, first = 0;

    memset(calls, 0, SLAB_TRACE_MAX * sizeof *calls);
    calls[0] = caller;
    if (switches & SLAB_TRACE)
        count = platform_backtrace(all, ARRAY_SIZE(all));
    while (first < count && all[first] != caller)
        first++;
    for (u32 i = 0; first + i < count && i < SLAB_TRACE_MAX; i++)
        calls[i] = all[first + i];
}

static void log_trace(const char *what,
                      const void *const calls[SLAB_TRACE_MAX])
{
    platform_log("%s at:", what);
    for (u32 i = 0; i < SLAB_TRACE_MAX && calls[i]; i++)
        platform_log("  %p", calls[i]);
}

static void log_traces(const struct slab_record *record)
{
    if (!(record->switches & SLAB_TRACE))
        return;
    log_trace("allocated", record->allocated);
    if (slab_state_of(record) != SLAB_LIVE)
        log_trace("freed", record->freed);
}

/* ---------------------------------------------------------- filled bytes */

void slab_record_alloc(struct slab_record *record, const void *caller)
{
    u8 *end = record->object + record->bytes;

    if (record->switches & SLAB_REDZONE) {
        memset(record->room, ZONE, (size_t)(record->object - record->room));
        memset(end, ZONE, (size_t)(record->room_end - end));
    }
    record->serial = ++last_serial;
    trace(record->allocated, record->switches, caller);
    slab_set_state(record, SLAB_LIVE);
}

void slab_record_free(struct slab_record *record, const void *caller)
{
    trace(record->freed, record->switches, caller);
    slab_set_state(record, SLAB_HELD);
    if (record->switches & SLAB_POISON)
        memset(record->room, POISON,
               (size_t)(record->room_end - record->room));
}

u32 slab_last_serial(void)
{
    return last_serial;
}

/* The first byte that is not `filling`, or NULL. */
static const u8 *find_other(const u8 *from, const u8 *end, u8 filling)
{
    for (; from < end; from++)
        if (*from != filling)
            return from;
    return NULL;
}

const u8 *slab_find_change(const struct slab_record *record)
{
    if (!(record->switches & SLAB_POISON))
        return NULL;
    return find_other(record->room, record->room_end, POISON);
}

/* ---------------------------------------------------------------- reports */

static const char *owner_name(const struct slab_record *record)
{
    return record->cache ? record->cache->name : "large blocks";
}

void slab_report_change(const struct slab_record *record, const u8 *changed,
                        u8 found)
{
    log_traces(record);
    platform_panic("use after free: 0x%02x was written to byte %d of an object "
                   "of %u bytes, %p of '%s'; allocated at %p, freed at %p",
                   found, (int)(changed - record->object), record->bytes,
                   (void *)record->object, owner_name(record),
                   record->allocated[0], record->freed[0]);
}

static void judge_zones(const char *what, const struct slab_record *record,
                        const void *caller)
{
    const u8 *end = record->object + record->bytes;
    const u8 *before = find_other(record->room, record->object, ZONE);
    const u8 *found = before ? before : find_other(end, record->room_end, ZONE);

    if (!found)
        return;
    log_traces(record);
    platform_panic("%s: 0x%02x was written to byte %d of an object of %u "
                   "bytes, %p of '%s'; allocated at %p; found by %s, called "
                   "at %p", before ? "underrun" : "overrun", *found,
                   (int)(found - record->object), record->bytes,
                   (void *)record->object, owner_name(record),
                   record->allocated[0], what, caller);
}

NORETURN static void refuse_damaged(const char *what, const void *object,
                                    const void *caller)
{
    platform_panic("overrun: the record of an object was written over, from "
                   "the object or from one before; found by %s of %p, by %p",
                   what, object, caller);
}

NORETURN static void refuse_freed(const char *what,
                                  const struct slab_record *record,
                                  const void *caller)
{
    log_traces(record);
    platform_panic("%s of %p, by %p: it is free already; freed before by %p; "
                   "allocated at %p (%u bytes of '%s')", what,
                   (void *)record->object, caller, record->freed[0],
                   record->allocated[0], record->bytes, owner_name(record));
}

void slab_judge(const char *what, const struct slab_record *record,
                const void *object, const void *caller)
{
    enum slab_state state = slab_state_of(record);
    int offset = (int)((const u8 *)object - record->object);

    if (state == SLAB_UNKNOWN)
        refuse_damaged(what, object, caller);
    CHECK(offset == 0,
          "%s of %p, by %p: it lies %d bytes %s an object of cache '%s', of %u "
          "bytes, allocated at %p", what, object, caller,
          offset < 0 ? -offset : offset, offset < 0 ? "before" : "inside",
          owner_name(record), record->bytes, record->allocated[0]);
    if (state != SLAB_LIVE)
        refuse_freed(what, record, caller);
    if (record->switches & SLAB_REDZONE)
        judge_zones(what, record, caller);
}
