/*
 * mm/memmap.h - L0: whose bytes are these?
 *
 * The firmware's story about memory, made consistent: sorted, disjoint,
 * page-aligned ranges, each of one kind. See mm/memmap.c for the idea.
 */
#ifndef MM_MEMMAP_H
#define MM_MEMMAP_H

#include "mm/addr.h"
#include "mm/claim.h"

/* From the most usable to the least: where entries disagree, the later kind
 * wins. What no range covers is reserved. */
enum memmap_kind {
    MEMMAP_USABLE = 1, /* RAM, free for all                               */
    MEMMAP_ACPI,       /* RAM with the ACPI tables, usable once read      */
    MEMMAP_NVS,        /* RAM that the firmware keeps                     */
    MEMMAP_RESERVED,   /* not RAM, or not ours                            */
    MEMMAP_BAD,        /* RAM that does not work                          */
    MEMMAP_KERNEL,     /* usable, and taken: the kernel's image, and      */
                       /* what memmap_take() gave out                     */
    MEMMAP_MODULE,     /* usable, and taken: a boot module                */
    MEMMAP_BOOT,       /* usable, and taken: what the loader left for us  */
    MEMMAP_KINDS,
};

enum { MEMMAP_MAX = 256 }; /* ranges */

struct memmap_range {
    u64 start, end; /* bytes, [start, end) */
    enum memmap_kind kind;
};

/*
 * A story: who tells it, and what the kernel knows to be taken.
 *
 * next:   fills `*out` with the entry at `*cursor` as the firmware gave it,
 *         in bytes, and moves the cursor; false at the end. The cursor
 *         starts at 0. The same cursor always gives the same entry: the
 *         story is read several times over. Only kinds up to MEMMAP_BAD;
 *         out->end below out->start says "it wrapped around".
 * taken:  ranges that lie in RAM and are in use: the kernel, modules, ...
 */
struct memmap_story {
    bool (*next)(const void *from, u32 *cursor, struct memmap_range *out);
    const void *from;
    const struct memmap_range *taken;
    u32 taken_count;
};

/*
 * Conservation law, in bytes, checked by memmap_check():
 *   said == managed + rounding + overruled + beyond
 * All exact while `crowded` is 0; else `said`, `managed` and `beyond` are at
 * most what an endless table would hold.
 */
struct memmap_stats {
    u64 said;      /* called usable by at least one entry               */
    u64 managed;   /* whole frames of RAM below 4 GiB, taken ones too   */
    u64 rounding;  /* parts of a frame, at the edges                    */
    u64 overruled; /* called something less usable by another entry     */
    u64 beyond;    /* above 4 GiB: seen, not used                       */
    u32 entries;   /* in the firmware's story                           */
    u32 ignored;   /* of these: empty, or usable and wrapping around    */
    u32 crowded;   /* ranges that did not fit and became reserved       */
};

struct memmap {
    struct memmap_range ranges[MEMMAP_MAX];
    u32 count;
    struct memmap_stats stats;
};

/*
 * Make a consistent map of `story` in `map`, whatever the story says. What
 * is usable in the map, the story calls usable and nothing else, and nobody
 * has taken it; where there are too many ranges, the smallest are left out.
 *
 * map:      written whole; the caller's.
 * story:    only read, and not kept.
 * Cost:     O(entries * ranges), ranges at most MEMMAP_MAX.
 * Context:  any; touches nothing but its arguments.
 */
void memmap_build(struct memmap *map, const struct memmap_story *story);

enum { MEMMAP_PROBE_ANSWER = 0x51a7a };

/*
 * For memmap_init() only. On i386 a struct of one word is returned in a
 * register with -freg-struct-return, and without it in memory whose address
 * is one more argument, the first. So if caller and callee disagree, either
 * this function gets such an address that it ignores, or it takes `spare` for
 * one and writes there: nothing is damaged, and the answer is another.
 *
 * Returns:  MEMMAP_PROBE_ANSWER.
 * Cost:     O(1).
 * Context:  any.
 */
pfn_t memmap_probe(pfn_t *spare);

/*
 * What memmap_init() does once the flags are known to agree.
 *
 * Panics:   as memmap_init().
 * Cost:     as memmap_init().
 * Context:  as memmap_init().
 */
void memmap_init_machine(const struct memmap_story *story);

/*
 * Build the machine's own map and print it in a line. Once, at boot. Inline,
 * as the caller's flags are compared with those of mm/.
 *
 * Panics:   if no frame of usable RAM is left, or if one of caller and mm/ was
 *           compiled with -freg-struct-return and the other was not.
 * Cost:     as memmap_build().
 * Context:  boot.
 */
static inline void memmap_init(const struct memmap_story *story)
{
    pfn_t spare = PFN_NONE;

    CHECK(memmap_probe(&spare).n == MEMMAP_PROBE_ANSWER,
          "mm/ and its caller return structs in two ways: compile every "
          "object with -freg-struct-return");
    memmap_init_machine(story);
}

/*
 * Take memory for good, before there is a frame allocator: the highest
 * usable place below `ceiling` where it fits.
 *
 * bytes:    rounded up to whole frames; not 0.
 * ceiling:  no byte at or above this frame is given.
 * Returns:  the first frame of the place, of kind MEMMAP_KERNEL from now on;
 *           PFN_NONE if there is no such place, and nothing has changed.
 * Cost:     O(ranges).
 * Context:  boot, before pmm_init() has read the map.
 */
NODISCARD pfn_t memmap_take(u32 bytes, pfn_t ceiling);

/*
 * The machine's map, ranges in rising order.
 *
 * Returns:  the map; L0's own, never changes after pmm_init().
 * Cost:     O(1).
 * Context:  any, after memmap_init().
 */
const struct memmap *memmap_get(void);

/*
 * Call `visit` for each range of the machine's map, in rising order.
 *
 * Cost:     O(ranges).
 * Context:  any, after memmap_init().
 */
void memmap_each(void (*visit)(const struct memmap_range *range, void *context),
                 void *context);

/*
 * Fill `out` with the byte counts of the machine's map.
 *
 * Cost:     O(1).
 * Context:  any, after memmap_init().
 */
void memmap_stats(struct memmap_stats *out);

/*
 * Is RAM of this kind counted as managed: frames that L1 knows?
 *
 * Returns:  true for MEMMAP_USABLE and for the taken kinds.
 * Cost:     O(1).
 * Context:  any.
 */
bool memmap_is_managed(enum memmap_kind kind);

/*
 * The name of a kind, for people.
 *
 * Returns:  a word, static; "?" for what is no kind.
 * Cost:     O(1).
 * Context:  any.
 */
const char *memmap_kind_name(enum memmap_kind kind);

/*
 * Claim every invariant that mm/memmap.c lists, for `map`.
 *
 * Cost:     O(ranges).
 * Context:  any.
 */
void memmap_audit(struct claims *to, const struct memmap *map);

/*
 * Assert every invariant that mm/memmap.c lists, for `map`.
 *
 * Panics:   with the first that does not hold.
 * Cost:     O(ranges).
 * Context:  any.
 */
void memmap_check(const struct memmap *map);

/*
 * Print the machine's map, a line a range, and the sum of its bytes.
 *
 * Cost:     O(ranges).
 * Context:  thread.
 */
void memmap_dump(void);

#endif
