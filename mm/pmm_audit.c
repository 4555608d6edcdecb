/*
 * mm/pmm_audit.c - L1: does the story of each frame agree with itself?
 *
 * What is known of a frame stands in three places: the memory map says what
 * it may be, the bitmap whether it can be had, its entry what it is. The
 * store's lists are threaded through the entries of those that wait. All
 * frames are gone through once, stretch by stretch of the memory map.
 *
 * Who holds a frame, and how often it is mapped, others must tell. They
 * subtract it from the payload of its entry, pmm_tell(), and give it back
 * when all have spoken:
 *
 *      kind             told                           what is left at the end
 *      KERNEL and up    each reference, 1              0
 *      TABLE, RANGE     that it is in use, PMM_TOLD    PMM_TOLD less than none
 *
 * Kind and order stay as they are, whatever is told. So whoever tells comes to
 * the same decisions on the way forth and back.
 */
#include "mm/memmap.h"
#include "pmm_internal.h"

/* What the sweep has counted. */
struct census {
    u32 kinds[FRAME_KINDS]; /* frames                                   */
    u32 waiting[ORDER_MAX]; /* heads of runs that say that they wait    */
};

/* [first, end) of frames that the memory map calls the same. */
struct stretch {
    u32 first, end;
    const char *called;
    enum frame_kind kind; /* RESERVED or BOOT; FREE where L1 may choose */
};

/* ------------------------------------------------------------------ frames */

/* What an entry makes of its frame, in words. */
static const char *word_for(u32 entry)
{
    return entry_waits(entry) ? "waiting in the store"
                              : pmm_kind_name(entry_kind(entry));
}

/* L1 may not choose: reserved, or taken before it came. */
static void claim_fixed(struct claims *to, const struct stretch *stretch,
                        struct census *census)
{
    const u32 due = entry_make(stretch->kind, 0, 0);

    for (u32 n = stretch->first; n < stretch->end; n++) {
        CLAIM(to, pmm.entries[n] == due,
              "frame 0x%x: %s in the memory map, %s in its entry (0x%x)", n,
              stretch->called, word_for(pmm.entries[n]), pmm.entries[n]);
        CLAIM(to, !pmm_bitmap_test(n),
              "frame 0x%x: %s in the memory map, free in the bitmap", n,
              stretch->called);
    }
    census->kinds[stretch->kind] += stretch->end - stretch->first;
}

static void claim_free(struct claims *to, u32 n)
{
    CLAIM(to, pmm.entries[n] == ENTRY_FREE,
          "frame 0x%x: free in the bitmap, %s in its entry (0x%x)", n,
          word_for(pmm.entries[n]), pmm.entries[n]);
}

/* The frames behind a head have clear bits and the entries of tails. */
static void claim_tails(struct claims *to, u32 head, u32 frames)
{
    const u32 marked = entry_make(entry_kind(pmm.entries[head]), ORDER_TAIL, 0);

    for (u32 n = head + 1; n < head + frames; n++) {
        u32 entry = pmm.entries[n];

        CLAIM(to, entry == ENTRY_FREE || entry - entry_payload(entry) == marked,
              "frame 0x%x: inside the run of frame 0x%x, %s, but its entry "
              "is 0x%x", n, head, word_for(pmm.entries[head]), entry);
        CLAIM(to, !pmm_bitmap_test(n),
              "frame 0x%x: free in the bitmap, inside the run of frame 0x%x, "
              "%s", n, head, word_for(pmm.entries[head]));
    }
}

/* Could the entry be that of a head of a run in [n, end)? */
static bool is_sound_head(u32 n, u32 end)
{
    u32 entry = pmm.entries[n];
    u32 order = entry_order(entry);

    return entry_is_head(entry) && entry_kind(entry) < FRAME_KINDS &&
           order <= ORDER_MAX && n % (1u << order) == 0 &&
           (1u << order) <= end - n;
}

/* A frame that is used or waits, and what is one thing with it. How many
 * frames these are. */
static u32 claim_head(struct claims *to, u32 n, const struct stretch *stretch,
                      struct census *census)
{
    u32 entry = pmm.entries[n];
    enum frame_kind kind = entry_kind(entry);

    if (!CLAIM(to, entry != ENTRY_FREE,
               "frame 0x%x: neither free in the bitmap nor in a run, and its "
               "entry is free", n) ||
        !CLAIM(to, is_sound_head(n, stretch->end),
               "frame 0x%x: used in the bitmap, but its entry is 0x%x, no "
               "head's", n, entry) ||
        !CLAIM(to, entry_waits(entry) || kind >= FRAME_TABLE,
               "frame 0x%x: %s in the memory map, %s in its entry", n,
               stretch->called, pmm_kind_name(kind)))
        return 1;
    u32 frames = 1u << entry_order(entry);
    if (frames > 1)
        claim_tails(to, n, frames);
    CLAIM(to, !kind_is_counted(kind) || entry_payload(entry) > 0,
          "frame 0x%x: %s without a reference", n, pmm_kind_name(kind));
    census->kinds[kind] += frames;
    if (entry_waits(entry) && entry_order(entry) < ORDER_MAX)
        census->waiting[entry_order(entry)]++;
    return frames;
}

/* What nearly all frames in use are: single, of a kind that L1 gives, with a
 * reference if that has any. */
static inline bool is_plain(u32 entry)
{
    enum frame_kind kind = (enum frame_kind)(entry >> ENTRY_KIND_SHIFT);

    return kind_is_allocatable(kind) && entry_order(entry) == 0 &&
           (kind < FRAME_KERNEL || entry_payload(entry) > 0);
}

/* A whole word of the bitmap is free: are its entries? */
static inline bool is_free_word(u32 n)
{
    u32 other = 0;

    for (u32 i = 0; i < 32; i++)
        other |= pmm.entries[n + i] ^ ENTRY_FREE;
    return other == 0;
}

/* L1 chooses, and the bitmap and the entry must say the same. */
static void claim_managed(struct claims *to, const struct stretch *stretch,
                          struct census *census)
{
    u32 word = 0;

    for (u32 n = stretch->first, at = ~0u; n < stretch->end;) {
        if (n / 32 != at) {
            at = n / 32;
            word = pmm_bitmap_word(at * 32);
        }
        if (word == ~0u && n % 32 == 0 && stretch->end - n >= 32 &&
            is_free_word(n)) {
            census->kinds[FRAME_FREE] += 32;
            n += 32;
        } else if (word >> n % 32 & 1) {
            claim_free(to, n++);
            census->kinds[FRAME_FREE]++;
        } else if (is_plain(pmm.entries[n])) {
            census->kinds[pmm.entries[n++] >> ENTRY_KIND_SHIFT]++;
        } else {
            n += claim_head(to, n, stretch, census);
        }
    }
}

static void claim_stretch(struct claims *to, const struct stretch *stretch,
                          struct census *census)
{
    if (stretch->kind == FRAME_FREE)
        claim_managed(to, stretch, census);
    else
        claim_fixed(to, stretch, census);
}

static u32 frame_at(u64 address)
{
    return address >> PAGE_SHIFT < pmm.span ? (u32)(address >> PAGE_SHIFT)
                                            : pmm.span;
}

/* Go over all frames. What no range of the map tells of is reserved. */
static void claim_frames(struct claims *to, struct census *census)
{
    const struct memmap *map = memmap_get();
    u32 next = 0;

    for (u32 i = 0; i < min_u32(map->count, MEMMAP_MAX); i++) {
        const struct memmap_range *range = &map->ranges[i];
        struct stretch stretch = { frame_at(range->start),
                                   frame_at(range->end),
                                   memmap_kind_name(range->kind),
                                   FRAME_RESERVED };
        if (memmap_is_managed(range->kind))
            stretch.kind = range->kind == MEMMAP_USABLE ? FRAME_FREE
                                                        : FRAME_BOOT;
        claim_fixed(to, &(struct stretch){ next, stretch.first, "nothing",
                                           FRAME_RESERVED }, census);
        claim_stretch(to, &stretch, census);
        next = max_u32(next, stretch.end);
    }
    CLAIM(to, next == pmm.span, "frame 0x%x: beyond the memory map, but L1 "
          "spans 0x%x frames", next, pmm.span);
}

static void claim_counts(struct claims *to, const struct census *census)
{
    for (u32 kind = FRAME_RESERVED; kind < FRAME_KINDS; kind++)
        CLAIM(to, census->kinds[kind] == pmm.taken[kind] - pmm.given[kind],
              "%u frames are %s, L1 counts %u", census->kinds[kind],
              pmm_kind_name((enum frame_kind)kind),
              pmm.taken[kind] - pmm.given[kind]);
}

/* --------------------------------------------------------------- the store */

/* Does a run of this order wait there, that this store may have? */
static bool may_be_listed(u32 s, u32 order, u32 n)
{
    u32 end = s == STORE_LOW ? DIRECT_MAP_FRAMES : FRAMES_MAX;

    return n < min_u32(pmm.span, end) && entry_waits(pmm.entries[n]) &&
           entry_order(pmm.entries[n]) == order;
}

/* Go along a list of the store, and count its runs. Did it end well? */
static bool claim_list(struct claims *to, u32 s, u32 order, u32 *count)
{
    const struct pmm_store *store = &pmm.stores[s];
    u32 most = (STORE_FRAMES >> order) - (u32)store->room[order];
    u32 from = STORE_END;

    for (u32 n = store->head[order]; n != STORE_END;
         from = n, n = entry_payload(pmm.entries[n])) {
        if (!CLAIM(to, may_be_listed(s, order, n),
                   "store %u, runs of order %u: the list leads from frame "
                   "0x%x to frame 0x%x, where none of them waits", s, order,
                   from, n) ||
            !CLAIM(to, most-- > 0,
                   "store %u, runs of order %u: the list leads in a circle, or "
                   "there are more than it has room for; beyond the last is "
                   "frame 0x%x", s, order, n))
            return false;
        ++*count;
    }
    return true;
}

static bool is_listed(u32 order, u32 wanted)
{
    for (u32 s = 0; s < STORES; s++)
        for (u32 n = pmm.stores[s].head[order]; n != STORE_END;
             n = entry_payload(pmm.entries[n]))
            if (n == wanted)
                return true;
    return false;
}

/* The lists are sound, but do not have all that wait. */
static void name_lost(struct claims *to, u32 order)
{
    for (u32 n = 0; n < pmm.span; n++)
        CLAIM(to, !entry_waits(pmm.entries[n]) ||
                      entry_order(pmm.entries[n]) != order ||
                      is_listed(order, n),
              "frame 0x%x: waits in the store by its entry, but is in no list "
              "of it", n);
}

static void claim_stores(struct claims *to, const struct census *census)
{
    for (u32 order = 0; order < ORDER_MAX; order++) {
        u32 listed = 0;
        bool is_sound = true;

        for (u32 s = 0; s < STORES; s++)
            is_sound &= claim_list(to, s, order, &listed);
        if (is_sound && listed < census->waiting[order])
            name_lost(to, order);
        else if (is_sound)
            CLAIM(to, listed == census->waiting[order],
                  "store: its lists share runs of order %u: %u wait, %u are "
                  "listed", order, census->waiting[order], listed);
    }
}

/* ------------------------------------------------------------------- audit */

/* Once a frame's story is known to be false, the sums tell nothing new. */
void pmm_audit(struct claims *to)
{
    struct census census = { { 0 }, { 0 } };

    pmm_bitmap_audit(to);
    u32 failed = claims_failed(to);
    claim_frames(to, &census);
    if (claims_failed(to) == failed)
        claim_counts(to, &census);
    claim_stores(to, &census);
}

void pmm_check(void)
{
    pmm_audit(NULL);
}

/* ----------------------------------------------------------------- stories */

void pmm_each_untold(void (*visit)(pfn_t frame, void *context), void *context)
{
    static const struct {
        u32 mask, due;
    } end[16] = {
        [FRAME_TABLE] = { PAYLOAD_MAX & -PMM_TOLD, PAYLOAD_MAX & -PMM_TOLD },
        [FRAME_RANGE] = { PAYLOAD_MAX & -PMM_TOLD, PAYLOAD_MAX & -PMM_TOLD },
        [FRAME_KERNEL] = { PAYLOAD_MAX, 0 },
        [FRAME_USER] = { PAYLOAD_MAX, 0 },
        [FRAME_FILE] = { PAYLOAD_MAX, 0 },
    };

    const u32 span = pmm.span;

    for (u32 n = 0; n < span; n++) {
        u32 entry = pmm.entries[n];
        u32 kind = entry >> ENTRY_KIND_SHIFT;

        if (entry != ENTRY_FREE &&
            (entry & end[kind].mask) != end[kind].due &&
            entry_order(entry) <= ORDER_MAX)
            visit(pfn(n), context);
    }
}
