/*
 * mm/pmm_front.h - the front of L1: what has just been freed, without a call.
 *
 * The inline part of mm/pmm.h, which includes it; nobody else does.
 *
 * Who frees a frame, or who comes next, often wants one at once. So a freed
 * frame first waits in a store: last in, first out, a list for each order of
 * runs. The list is threaded through the entries of the frames that wait, so
 * it takes no memory, and no frame is touched:
 *
 *      stores[s].head[0]        entry 0x1a2b        entry 0x0077
 *        0x1a2b  ------------->   0x0077  ------->    STORE_END
 *
 * There are two stores, since some kinds need the direct map (tables, the
 * heap) and what they free should be theirs again; others take any frame.
 *
 * A chunk with a large free run may soon be whole. What is freed there does
 * not wait: it goes to the bitmap, which joins it with its neighbours.
 *
 * Behind that, what mm/pt.c counts for every page: references, and the live
 * entries of a table.
 */
#ifndef MM_PMM_FRONT_H
#define MM_PMM_FRONT_H

#include "mm/lock.h"
#include "mm/pmm.h"

enum {
    STORE_LOW,  /* TABLE to LARGE; frames of the direct map only */
    STORE_ANY,  /* KERNEL, USER, FILE                            */
    STORES,
    STORE_FRAMES = 1024,  /* of each order, so many frames may wait      */
    STORE_END = 0xffffff, /* behind the last frame that waits            */
};

/* An entry: payload in bits 0-23, order in 24-27, kind in 28-31. */
enum { ENTRY_ORDER_SHIFT = 24, ENTRY_KIND_SHIFT = 28 };

struct pmm_store {
    u32 head[ORDER_MAX]; /* of the runs of each order that wait */
    int room[ORDER_MAX]; /* how many more may, at the least     */
};

/* The state of L1 but for the bitmap. For mm/pmm*.c and this file only. */
struct pmm {
    u32 *entries; /* `span` of them                                       */
    u32 span;
    /* Frames that became of a kind, and that ceased to be. Two counts, since
     * who counts one up and down at once waits for himself. */
    u32 taken[FRAME_KINDS], given[FRAME_KINDS];
    struct pmm_store stores[STORES];
    bool joins[CHUNKS]; /* what is freed in the chunk does not wait       */
};

extern struct pmm pmm;

static inline bool kind_is_counted(enum frame_kind kind)
{
    return kind >= FRAME_KERNEL && kind < FRAME_KINDS;
}

/* The entry of an allocation that has just been made. */
static inline u32 pmm_entry_fresh(enum frame_kind kind, u32 order)
{
    return (u32)kind << ENTRY_KIND_SHIFT | order << ENTRY_ORDER_SHIFT |
           (u32)kind_is_counted(kind);
}

/* Where frames of this kind wait; NULL if it is none that is allocated. */
static inline struct pmm_store *pmm_store_of(enum frame_kind kind)
{
    if (kind < FRAME_TABLE || kind >= FRAME_KINDS)
        return NULL;
    return &pmm.stores[kind_is_counted(kind) ? STORE_ANY : STORE_LOW];
}

/* The store of which every frame suits the request, or NULL. */
static inline struct pmm_store *pmm_store_for(enum zone zone,
                                              enum frame_kind kind)
{
    if (zone == ZONE_ANY || (zone == ZONE_LOW && !kind_is_counted(kind)))
        return pmm_store_of(kind);
    return NULL;
}

/* May a run that begins with frame `n` wait there, if there is room? */
static inline bool pmm_may_wait(u32 n, enum frame_kind kind)
{
    return !pmm.joins[n / CHUNK_FRAMES] &&
           (kind_is_counted(kind) || n < DIRECT_MAP_FRAMES);
}

static inline u32 pmm_store_take(struct pmm_store *store, u32 order)
{
    u32 n = store->head[order];

    store->head[order] = pmm.entries[n] - (order << ENTRY_ORDER_SHIFT);
    return n;
}

/* Put the run into the room that was made for it. */
static inline void pmm_store_give(struct pmm_store *store, u32 n, u32 order)
{
    pmm.entries[n] = store->head[order] + (order << ENTRY_ORDER_SHIFT);
    store->head[order] = n;
}

/*
 * What is left of pmm_alloc_run() and pmm_free_run() when the store does not
 * serve: in mm/pmm.c. For a free, room[order] may be -1: the sign that it is
 * time to look how many wait.
 *
 * Returns:  as those. Panics: as those.
 * Cost:     as those.
 * Context:  as those.
 */
pfn_t pmm_alloc_slow(enum zone zone, u32 order, enum frame_kind kind);
void pmm_free_slow(pfn_t head, u32 order, enum frame_kind kind);

/* The run that waits at the head of the list. */
static ALWAYS_INLINE pfn_t pmm_alloc_run(enum zone zone, u32 order,
                                         enum frame_kind kind)
{
    struct pmm_store *store = pmm_store_for(zone, kind);
    const bool is_single = __builtin_constant_p(order) && order == 0;

    if (!store || order >= ORDER_MAX || store->head[order] == STORE_END)
        return pmm_alloc_slow(zone, order, kind);
    lock(LOCK_PMM);
    u32 n = pmm_store_take(store, order);
    if (!is_single)
        store->room[order]++;
    pmm.entries[n] = pmm_entry_fresh(kind, order);
    pmm.taken[kind] += 1u << order;
    unlock(LOCK_PMM);
    return pfn(n);
}

/* To the head of the list: the entry tells that all is well. */
static ALWAYS_INLINE void pmm_free_run(pfn_t head, u32 order,
                                       enum frame_kind kind)
{
    struct pmm_store *store = pmm_store_of(kind);

    if (!store || order >= ORDER_MAX || head.n >= pmm.span ||
        pmm.entries[head.n] != pmm_entry_fresh(kind, order) ||
        !pmm_may_wait(head.n, kind) || --store->room[order] < 0) {
        pmm_free_slow(head, order, kind);
        return;
    }
    lock(LOCK_PMM);
    pmm_store_give(store, head.n, order);
    pmm.given[kind] += 1u << order;
    unlock(LOCK_PMM);
}

/* Does the entry count references, of a single frame, and has it room for one
 * more? Kinds from KERNEL on have the highest bit set, and others not. */
static inline bool pmm_entry_may_get(u32 entry)
{
    const u32 counted = (u32)FRAME_KERNEL << ENTRY_KIND_SHIFT;
    const u32 order = 15u << ENTRY_ORDER_SHIFT;

    return (entry & (counted | order | REFERENCES_MAX)) == counted;
}

_Static_assert(FRAME_KERNEL == 8 && FRAME_KINDS <= 16, "the highest of 4 bits");

/* The entries, for a loop to keep in a register. */
struct pmm_book {
    u32 *entries;
};

static inline struct pmm_book pmm_book(void)
{
    return (struct pmm_book){ pmm.entries };
}

/* Can a reference of the frame be taken? Then pmm_take() does so: what is to
 * be written down first, be it an entry of a page table, is free to go in
 * between. */
static inline bool pmm_may_take(struct pmm_book book, pfn_t frame)
{
    return frame.n < pmm.span && pmm_entry_may_get(book.entries[frame.n]);
}

static inline void pmm_take(struct pmm_book book, pfn_t frame)
{
    book.entries[frame.n]++;
}

/* Take one more reference of a frame that has one, if that can be. */
static inline bool pmm_take_shared(struct pmm_book book, pfn_t frame)
{
    if (book.entries[frame.n] & REFERENCES_MAX)
        return false;
    book.entries[frame.n]++;
    return true;
}

/* Drop a reference that the caller holds, if it is not the last one. */
static inline bool pmm_put_shared(struct pmm_book book, pfn_t frame)
{
    u32 entry = book.entries[frame.n] - 1;

    if ((entry & PAYLOAD_MAX) == 0)
        return false;
    book.entries[frame.n] = entry;
    return true;
}

/* Drop a reference that the caller holds, if it is the last one and the frame
 * can wait: of whatever kind with references it is. */
static inline bool pmm_put_last(struct pmm_book book, pfn_t frame)
{
    const u32 any_kind = 7u << ENTRY_KIND_SHIFT;
    struct pmm_store *store = &pmm.stores[STORE_ANY];
    u32 entry = book.entries[frame.n];

    if ((entry & ~any_kind) != pmm_entry_fresh(FRAME_KERNEL, 0) ||
        !pmm_may_wait(frame.n, FRAME_KERNEL) || --store->room[0] < 0)
        return false;
    pmm_store_give(store, frame.n, 0);
    pmm.given[entry >> ENTRY_KIND_SHIFT]++;
    return true;
}

/* Count `change` more live entries of a page table. */
static inline void pmm_count_entries(pfn_t table, int change)
{
    pmm.entries[table.n] += (u32)change;
}

/* How many are live. */
static inline u32 pmm_count_of_entries(pfn_t table)
{
    return pmm.entries[table.n] & PAYLOAD_MAX;
}

/* A kind with references has the highest bit; the order is 0. */
static inline bool pmm_may_tell(pfn_t frame)
{
    const u32 counted = (u32)FRAME_KERNEL << ENTRY_KIND_SHIFT;

    return frame.n < pmm.span &&
           (pmm.entries[frame.n] & (counted | 15u << ENTRY_ORDER_SHIFT)) ==
               counted;
}

/* Kind and order stay, whatever is told. */
static inline void pmm_tell(pfn_t frame, u32 story)
{
    u32 entry = pmm.entries[frame.n];

    pmm.entries[frame.n] =
        (entry & ~(u32)PAYLOAD_MAX) | ((entry - story) & PAYLOAD_MAX);
}

static ALWAYS_INLINE pfn_t pmm_alloc(enum zone zone, enum frame_kind kind)
{
    return pmm_alloc_run(zone, 0, kind);
}

static ALWAYS_INLINE void pmm_free(pfn_t frame, enum frame_kind kind)
{
    pmm_free_run(frame, 0, kind);
}

#endif
