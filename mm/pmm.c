/*
 * mm/pmm.c - L1: the frame allocator.
 *
 * Three parts, each of which falls back on the next. Most frames that are
 * asked for have just been freed: the store has them at hand. The bitmap
 * finds the best place for what the store has not. And beside the bits there
 * is an entry for each frame, which tells what it is used for:
 *
 *      alloc   store  --empty-->  bitmap  --empty-->  drain the store, retry
 *      free    store  <--full--   bitmap
 *              mm/pmm_front.h     mm/pmm_bitmap.c
 *
 *       31  28 27   24 23                   0
 *      +------+-------+----------------------+
 *      | kind | order |       payload        |      the entry of a frame
 *      +------+-------+----------------------+
 *
 * The kind says what the frame is used for, and whoever frees it must know.
 * A run is 2^order frames in a row, aligned to its size: its first frame is
 * the head, the others are tails. Only the head's entry is written. A tail's
 * stays FREE while its bit says used: that is what makes it a tail. (A slab
 * wants all of its frames to lead to it: pmm_set_run_payload() marks the tails
 * by an order that no head can have.) The head of a free run that waits in
 * the store has kind 0, and the next one's head for payload.
 *
 * Invariants, claimed by pmm_audit():
 *   1. A frame with a set bit in the bitmap has the entry FREE, order 0,
 *      payload 0.
 *   2. Any other frame has the entry of a head, in use or waiting, or it is a
 *      tail of the head before it.
 *   3. The store's lists have each head that waits exactly once, by its
 *      order, and together with the room not more than may wait; STORE_LOW
 *      only what lies in the direct map.
 *   4. taken[k] - given[k] is the number of frames in use as k.
 *   5. A frame with references has at least one.
 *   6. What the memory map does not call usable is RESERVED, or BOOT where it
 *      is taken; what it calls usable is neither.
 *
 * Cost: a single frame O(1), some 30 instructions for an alloc and a free in
 * the store, 200 in the bitmap (make bench-pmm). Space: 4 bytes a frame up to
 * the highest usable one, and the bitmap.
 */
#include "lib/mem.h"
#include "pmm_internal.h"

struct pmm pmm;

static const char *const kind_names[FRAME_KINDS] = {
    [FRAME_FREE] = "free",           [FRAME_RESERVED] = "reserved",
    [FRAME_BOOT] = "boot memory",    [FRAME_TABLE] = "a page table",
    [FRAME_RANGE] = "range nodes",   [FRAME_SLAB] = "a slab",
    [FRAME_LARGE] = "a large block", [FRAME_KERNEL] = "kernel pages",
    [FRAME_USER] = "a user page",    [FRAME_FILE] = "a file page",
};

COLD const char *pmm_kind_name(enum frame_kind kind)
{
    const char *name = (u32)kind < FRAME_KINDS ? kind_names[kind] : NULL;

    return name ? name : "?";
}

/* ---------------------------------------------------------------- refusals */

static struct {
    const void *(*owed_by)(pfn_t frame, virt_addr_t *va);
    u32 (*trim)(void);
} hooks;

COLD void pmm_set_hooks(const void *(*owed_by)(pfn_t frame, virt_addr_t *va),
                        u32 (*trim)(void))
{
    hooks.owed_by = owed_by;
    hooks.trim = trim;
}

/* Has the layer above given something back? Then try again. */
static bool has_trimmed(void)
{
    return hooks.trim && hooks.trim() > 0;
}

NORETURN COLD void pmm_refuse(const char *what, pfn_t frame,
                              enum frame_kind kind, u32 order,
                              const void *caller)
{
    if (frame.n >= pmm.span)
        platform_panic("%s of frame 0x%x as %s, order %u, by %p: there is no "
                       "such frame, the last is 0x%x",
                       what, frame.n, pmm_kind_name(kind), order, caller,
                       pmm.span - 1);

    virt_addr_t va;
    const void *owed_by = hooks.owed_by ? hooks.owed_by(frame, &va) : NULL;
    if (owed_by)
        platform_panic("%s of frame 0x%x as %s, order %u, by %p: the processor "
                       "may still remember a mapping of it, at 0x%08x: a flush "
                       "is owed, by %p", what, frame.n, pmm_kind_name(kind),
                       order, caller, va, owed_by);

    u32 entry = pmm.entries[frame.n];
    bool is_tail = !entry_is_head(entry) && !pmm_is_free(frame);
    platform_panic("%s of frame 0x%x as %s, order %u, by %p: it is %s, "
                   "order %u, payload %u",
                   what, frame.n, pmm_kind_name(kind), order, caller,
                   is_tail ? "the inside of a run"
                           : pmm_kind_name(entry_kind(entry)),
                   is_tail ? 0 : entry_order(entry),
                   entry_waits(entry) ? 0 : entry_payload(entry));
}

void pmm_check_request(u32 order, enum frame_kind kind, const void *caller)
{
    CHECK(kind_is_allocatable(kind) && order <= ORDER_MAX,
          "allocation of 2^%u frames as %s (kind %u), by %p: nobody may",
          order, pmm_kind_name(kind), kind, caller);
}

/* ---------------------------------------------------------------- the store */

/* Move everything that waits to the bitmap. Was there anything? */
static COLD bool drain(void)
{
    u32 drained = 0;

    for (u32 s = 0; s < STORES; s++)
        for (u32 order = 0; order < ORDER_MAX; order++)
            while (pmm.stores[s].head[order] != STORE_END) {
                u32 n = pmm_store_take(&pmm.stores[s], order);
                pmm.entries[n] = ENTRY_FREE;
                pmm_bitmap_give(n, order);
                drained++;
            }
    return drained > 0;
}

void pmm_trim(void)
{
    lock(LOCK_PMM);
    drain();
    unlock(LOCK_PMM);
}

/* ------------------------------------------------------------ alloc, free */

pfn_t pmm_alloc_slow(enum zone zone, u32 order, enum frame_kind kind)
{
    pmm_check_request(order, kind, CALLER());

    lock(LOCK_PMM);
    u32 n = pmm_bitmap_take(zone, order);
    if (n == NO_FRAME && drain())
        n = pmm_bitmap_take(zone, order);
    if (n != NO_FRAME) {
        pmm.entries[n] = pmm_entry_fresh(kind, order);
        pmm.taken[kind] += 1u << order;
    }
    unlock(LOCK_PMM);
    if (n == NO_FRAME && has_trimmed())
        return pmm_alloc_slow(zone, order, kind);
    return pfn(n);
}

bool pmm_is_marked(pfn_t head, u32 order)
{
    return order > 0 && pmm.entries[head.n + 1] != ENTRY_FREE;
}

/* Make the run's entries those of one that has just been allocated. */
static void forget_payload(pfn_t head, u32 order, enum frame_kind kind)
{
    if (pmm_is_marked(head, order))
        for (u32 i = 1; i < 1u << order; i++)
            pmm.entries[head.n + i] = ENTRY_FREE;
    pmm.entries[head.n] = pmm_entry_fresh(kind, order);
}

static void free_to_bitmap(pfn_t head, u32 order, enum frame_kind kind)
{
    lock(LOCK_PMM);
    pmm.entries[head.n] = ENTRY_FREE;
    pmm.given[kind] += 1u << order;
    pmm_bitmap_give(head.n, order);
    unlock(LOCK_PMM);
}

/* pmm_free() counts down how many single frames may still wait, but pmm_alloc()
 * does not count up, as the next free would have to wait for that. So once in
 * many frees look how many do wait. If those are nearly as many as may, a
 * quarter goes to the bitmap. */
static void look_for_room(struct pmm_store *store, u32 order)
{
    int limit = STORE_FRAMES >> order;

    lock(LOCK_PMM);
    store->room[order] = limit;
    for (u32 n = store->head[order]; n != STORE_END;
         n = entry_payload(pmm.entries[n]))
        store->room[order]--;
    while (store->room[order] <= limit / 4) {
        u32 n = pmm_store_take(store, order);
        pmm.entries[n] = ENTRY_FREE;
        pmm_bitmap_give(n, order);
        store->room[order]++;
    }
    unlock(LOCK_PMM);
}

void pmm_free_slow(pfn_t head, u32 order, enum frame_kind kind)
{
    if (!pmm_is_run(head, order, kind))
        pmm_refuse("free", head, kind, order, CALLER());

    struct pmm_store *store = pmm_store_of(kind);
    if (pmm.entries[head.n] != pmm_entry_fresh(kind, order)) {
        forget_payload(head, order, kind);
    } else if (order < ORDER_MAX && store->room[order] < 0) {
        look_for_room(store, order);
    } else {
        free_to_bitmap(head, order, kind);
        return;
    }
    pmm_free_run(head, order, kind);
}

pfn_t pmm_alloc_zeroed(enum zone zone, enum frame_kind kind)
{
    CHECK(zone != ZONE_ANY, "zeroed frame of ZONE_ANY, by %p: L1 reaches only "
          "what lies in the direct map", CALLER());

    pfn_t frame = pmm_alloc(zone, kind);
    if (!pfn_is_none(frame))
        memset(pfn_to_ptr(frame), 0, PAGE_SIZE);
    return frame;
}

/* -------------------------------------------------------------------- bulk */

/* Take frames from one word of the bitmap. How many there were. */
static u32 take_some(enum zone zone, enum frame_kind kind, u32 most,
                     pfn_t *frames)
{
    u32 count = 0;
    u32 mask = 0;
    u32 first = pmm_bitmap_take_some(zone, most, &mask);

    for (; mask; mask &= mask - 1) {
        frames[count] = pfn(first + lowest_bit(mask));
        pmm.entries[frames[count].n] = pmm_entry_fresh(kind, 0);
        count++;
    }
    pmm.taken[kind] += count;
    return count;
}

COLD bool pmm_alloc_bulk(enum zone zone, enum frame_kind kind, u32 count,
                    pfn_t *frames)
{
    struct pmm_store *store = pmm_store_for(zone, kind);
    u32 got = 0;

    pmm_check_request(0, kind, CALLER());
    while (got < count && store && store->head[0] != STORE_END)
        frames[got++] = pmm_alloc(zone, kind);

    lock(LOCK_PMM);
    while (got < count) {
        u32 some = take_some(zone, kind, count - got, frames + got);
        if (some == 0 && !drain())
            break;
        got += some;
    }
    unlock(LOCK_PMM);
    if (got == count)
        return true;
    pmm_free_bulk(kind, got, frames);
    return has_trimmed() && pmm_alloc_bulk(zone, kind, count, frames);
}

/* Give the frames at the front of the list that lie in one word, and need
 * not wait, to the bitmap. How many these were. */
static u32 give_some(enum frame_kind kind, u32 count, const pfn_t *frames)
{
    u32 given = 0;
    u32 mask = 0;

    while (given < count && frames[given].n / 32 == frames[0].n / 32 &&
           pmm_is_run(frames[given], 0, kind)) {
        pmm.entries[frames[given].n] = ENTRY_FREE;
        mask |= 1u << frames[given].n % 32;
        given++;
    }
    lock(LOCK_PMM);
    pmm_bitmap_give_some(frames[0].n, mask);
    pmm.given[kind] += given;
    unlock(LOCK_PMM);
    return given;
}

COLD void pmm_free_bulk(enum frame_kind kind, u32 count, const pfn_t *frames)
{
    while (count > 0) {
        pfn_t first = frames[0];
        u32 given = 1;
        if (!pmm_is_run(first, 0, kind))
            pmm_refuse("free", first, kind, 0, CALLER());
        if (pmm_may_wait(first.n, kind))
            pmm_free(first, kind);
        else
            given = give_some(kind, count, frames);
        frames += given;
        count -= given;
    }
}

/* -------------------------------------------------------------- references */

static void check_references(const char *what, pfn_t frame, const void *caller)
{
    if (frame.n >= pmm.span ||
        !kind_is_counted(entry_kind(pmm.entries[frame.n])) ||
        entry_order(pmm.entries[frame.n]) != 0)
        pmm_refuse(what, frame, pmm_kind(frame), 0, caller);
}

COLD bool pmm_get(pfn_t frame)
{
    check_references("get", frame, CALLER());

    if (entry_payload(pmm.entries[frame.n]) == REFERENCES_MAX)
        return false;
    lock(LOCK_PMM);
    pmm.entries[frame.n]++;
    unlock(LOCK_PMM);
    return true;
}

bool pmm_put(pfn_t frame)
{
    if (frame.n < pmm.span && pmm_put_last(pmm_book(), frame))
        return true;
    check_references("put", frame, CALLER());

    if (entry_payload(pmm.entries[frame.n]) == 1) {
        pmm_free(frame, entry_kind(pmm.entries[frame.n]));
        return true;
    }
    lock(LOCK_PMM);
    pmm.entries[frame.n]--;
    unlock(LOCK_PMM);
    return false;
}

bool pmm_is_sole(pfn_t frame, enum frame_kind kind)
{
    return frame.n < pmm.span &&
           pmm.entries[frame.n] == entry_make(kind, 0, 1);
}
