/*
 * user/malloc/malloc.c - L6: the heap of a program.
 *
 * Up to 16 KiB, a block is a slot of a slab: a run of pages cut into equal
 * slots, of one of 113 size classes. Up to 1 MiB it is a run of pages, the
 * smallest free one that will do. What is larger is mapped by itself. Runs lie
 * in chunks of 4 MiB; what is known of a chunk's pages and slots lies at its
 * start, between two guard pages, and nothing is known from the data:
 *
 *    chunk, aligned to its size
 *      +-------+-----------------------------------+-------+--------- ... -+
 *      | guard | slab_of[], bits of pages | groups | guard | pages of data |
 *      +-------+-----------------------------------+-------+--------- ... -+
 *                  |                        ^  |             ^
 *    page's number |    number of a group   |  | base        |
 *                  +------------------------+  +-------------+
 *
 * Up to 32 slots of a slab are a group, whose word `free` has a bit for each:
 * set if the slot is nobody's. So malloc() takes the lowest bit of its class's
 * current group; free() finds chunk, page, slab and slot by the address, and
 * sees by the bit if the slot is free already. When malloc() finds that a group
 * has no free slot, it retires it: then its bits say that all are free. So the
 * next free() comes to where it is asked what is wrong, and there the group is
 * taken into use again: neither function looks for it on its way.
 *
 * Before a class gets a new slab, classes a little larger lend it slots. Pages
 * that are free go back to the system, but for a few, or for as many as were in
 * use lately; so does a chunk that is empty, but for one.
 *
 * A chunk is found by a table, in which it is the distance from `nowhere`, a
 * chunk where nothing is: a table of zeros leads there. Threads are spread over
 * arenas, each with a lock and chunks of its own; a block goes back to where it
 * came from. While there is one thread, no lock is taken.
 *
 * Invariants:
 *   1. A bit of group->free is set iff the slot is nobody's; but a group that
 *      is retired has all bits set, and all slots are somebody's.
 *   2. A group is current, in its class's list, or retired; whoever is in the
 *      list has a free slot.
 *   3. A page is free, or in exactly one run; `last` has the last page of each.
 *   4. What is dirty is free, and all that is free and resident is dirty.
 *   5. Each page of a slab leads to the slab's first group, each other page to
 *      the group 0 of its chunk, in which no address is a slot.
 *   6. Data before `ready` may be written to, and nothing else of the data.
 *   7. But for fork(), who has an arena's lock takes no other arena's;
 *      heap.lock is the last.
 *
 * Cost: malloc and free of a slot some 50 to 75 instructions together; a slab
 * or a run O(chunks), and a walk through 32 words of those that may have it; a
 * large block O(large blocks), and the system's calls. Space: 32 bytes for 32
 * slots (48 on 64 bits), 700 bytes for a MiB of pages; of a block beyond 512
 * bytes, a sixteenth at most for rounding, or a quarter if it is lent.
 */
#include "malloc.h"

#include "lib/types.h"

#if __STDC_HOSTED__
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#else
#include "lib/mem.h"
#include "lib/syscall.h"
#endif

#define LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Called with the arguments of the caller, where they are. */
#if defined(__clang__)
#define OUT_OF_LINE __attribute__((noinline))
#else
#define OUT_OF_LINE __attribute__((noipa))
#endif

enum {
    PAGE_BYTES = 4096,
    PAGE_SHIFT = 12,
    ALIGNMENT = 16,

    CHUNK_SHIFT = 22,
    CHUNK_BYTES = 1 << CHUNK_SHIFT,
    CHUNK_PAGES = CHUNK_BYTES / PAGE_BYTES,
    CHUNK_WORDS = CHUNK_PAGES / 32,

    GROUP_SLOTS = 32,
    EXACT_CLASSES = 33,           /* of multiples of 16, up to 512         */
    EXACT_BYTES = 512,
    EXACT_SHIFT = 9,
    STEPS_SHIFT = 4,              /* beyond: 16 from 2^n to 2^(n+1), so    */
    STEPS = 1 << STEPS_SHIFT,     /* that 2^n and a header lose little     */
    CLASSES = EXACT_CLASSES + 5 * STEPS,
    SLOT_MAX = EXACT_BYTES << 5,
    RUN_MAX = 1 << 20,

    /* Pages of a chunk before its data: guard, head, guard. The head has room
     * for the groups of a chunk full of slots of 16 bytes. */
    HEAD_PAGES = sizeof(void *) == 4 ? 62 : 89,
    DATA_PAGE = HEAD_PAGES + 2,
    READY_STEP = 32,              /* so many pages are made ready at once  */
    HEAD_STEP = 4,

    SLAB_PAGES_MAX = 8,
    LARGE_SLAB_PAGES_MAX = 17,    /* of slots larger than a page, but of
                                     the first: 16 of a page and a header  */
    SLOTS_WANTED = 4,
    LOANS_MAX = 16,               /* in a row */
    IDLE_MAX = 4,
    DIRTY_MIN = 4,                /* so many dirty pages may be kept, or   */
    DIRTY_SHARE = 1024,           /* a share of those in use; or more, up  */
    DIRTY_MAX = 512,              /* to this, if runs of several pages     */
    REGRET_PAGES = 4,             /* were soon wanted back, or if as many  */
    EBB_SHARE = 16,               /* pages and a share more were in use    */
    PEAK_SHIFT = 10,              /* about 2^this given pages ago, while   */
    EBB_LEAST = 12,               /* so many are                           */
    ARENAS = 8,

    HELD_MAX = 1024,              /* in the quarantine: blocks, and bytes  */
    HELD_BYTES = 1 << 20,

    /* Addresses have 32 bits, or 47: chunks are found in one step, or two. */
    ROOT_SHIFT = 10,
    ROW_SHIFT = (sizeof(void *) == 4 ? 32 : 47) - CHUNK_SHIFT - ROOT_SHIFT,
};

/* ------------------------------------------------------------- structures */

/* Up to 32 slots of a slab. The groups of a slab follow each other; the first
 * one stands for the slab. */
struct group {
    u32 free;            /* bit i: slot i is nobody's                       */
    u32 all;             /* bit i: there is a slot i                        */
    u8 *base;            /* of slot 0                                       */
    u32 bytes;           /* of a slot                                       */
    u32 reciprocal;      /* of that: 2^32 / bytes, rounded up. 0: free() is
                            to look twice                                   */
    struct group *next;  /* in the class's list                             */
    struct group **link; /* what points to this one there; of one that is
                            not listed, the list itself                     */
    bool retired;        /* no slot is free, though the bits say so         */
    u8 number;           /* in the slab                                     */
    u8 pages;            /* of the slab                                     */
};

/* Bits for the pages of a chunk. */
struct pages {
    u32 words[CHUNK_WORDS];
};

/* The head of a chunk. Groups have the numbers that they would have if the
 * head were an array of them. */
struct chunk {
    struct group none;         /* the group 0                              */
    u16 slab_of[CHUNK_PAGES];  /* by page: the number of its slab's group  */
    struct pages free;         /* data that is nobody's                    */
    struct pages last;         /* the last one of each run                 */
    struct pages dirty;        /* free, or of the head and without groups;
                                  and may be resident                      */
    struct arena *arena;
    struct chunk *next;        /* of the arena                             */
    u32 free_pages;
    u32 longest;               /* no free run is longer than that          */
    u32 ready;                 /* pages before this one may be written to  */
    u32 head_ready;            /* so may this many pages of the head       */
    u32 head_full;             /* so many pages of it, from its start on,
                                  have no unused group                     */
    u8 used_groups[HEAD_PAGES]; /* by page of the head                     */
};

/* The groups of a size. */
struct class {
    struct group *listed;  /* those with a free slot, but the current one */
    struct group *current; /* or of `nowhere`, which never has one        */
    u32 slabs;
    u32 borrowed;          /* slots of larger classes, since one of its own
                              was last freed                              */
};

struct arena {
    u32 lock;
    struct class classes[CLASSES];
    struct chunk *chunks;
    u32 used_pages, dirty_pages;
    u32 taken_dirty;                 /* of the pages taken last            */
    u32 purged_pages;                /* given back, and not yet missed     */
    u32 patience;                    /* so many dirty pages may stay       */
    size_t peak;                     /* pages in use at most, lately, and
                                        PEAK_SHIFT bits of fraction        */
    u32 threads;                     /* that have it as theirs; heap.lock  */
    u32 idle_pages, idle_count;
    struct group *idle[IDLE_MAX];    /* slabs that may be empty, and stay
                                        for a while; oldest first          */
};

/* A block with a mapping of its own. */
struct large {
    u8 *start;
    size_t bytes;
};

/* What STRATA_MALLOC in the environment may switch on. */
enum {
    POISON = 1,     /* fill what is new, and what is free            */
    QUARANTINE = 2, /* what is freed is not used again for a while   */
};

enum { FILL_NEW = 0xa5, FILL_FREE = 0x5a };

/* A block in the quarantine. */
struct held {
    u8 *block;
    size_t bytes;
};

/* In a circle. */
struct quarantine {
    u32 first, count;
    size_t bytes;
    struct held held[HELD_MAX];
};

/* What is used first lies on one page: the end of `chunks`, where the system
 * has its mappings, and the first arena. */
struct heap {
    struct {                      /* never written to: of a chunk, what is */
        struct group none;        /* looked at                             */
        u16 slab_of[CHUNK_PAGES];
    } nowhere;
    uintptr_t chunks[1 << ROOT_SHIFT]; /* by address: distance of a chunk's
                                     head from `nowhere`, or on 64 bits of a
                                     row of such from `no_row` */
    struct arena first;
    struct arena *arenas[ARENAS]; /* the others       */
    u32 switches;

#if __STDC_HOSTED__
    pthread_key_t leaving;        /* a thread that ends leaves its arena */
#endif
    u32 lock;                     /* of all that follows */
    u32 large_count, large_room;
    struct large *large;          /* by address          */
    struct quarantine *quarantine;
};

#define NOWHERE ((struct chunk *)(uintptr_t)&heap.nowhere)

static struct heap heap __attribute__((aligned(PAGE_BYTES))) = {
    .first.classes[0 ... CLASSES - 1].current = &heap.nowhere.none,
};

_Static_assert(sizeof(void *) > 4 || sizeof(struct heap) <= 2 * PAGE_BYTES,
               "a page that is not touched, and one that is");

/* On 64 bits: a row without chunks. */
static uintptr_t no_row[1 << ROW_SHIFT];

/* --------------------------------------------------------- from the system */

#if __STDC_HOSTED__

/* Does the process have one thread? Where the library does not tell: no. */
#if defined(__GLIBC__)
#include <sys/single_threaded.h>
#define IS_ALONE() __libc_single_threaded
#else
#define IS_ALONE() false
#endif

static void *map(void *at, size_t bytes, u32 rights, u32 flags)
{
    return mmap(at, bytes, (int)rights, (int)flags | MAP_ANONYMOUS, -1, 0);
}

static bool is_error(const void *address)
{
    return address == MAP_FAILED;
}

#else

#define IS_ALONE() true
extern char **environ;
int errno;

#endif

/* New memory: to be written to, or with PROT_NONE just the addresses. */
static void *new_mapping(size_t bytes, u32 rights)
{
    void *start = map(NULL, bytes, rights, MAP_PRIVATE);

    return is_error(start) ? NULL : start;
}

/* If the system will not unmap it, at least its memory goes back. */
static void drop_mapping(void *start, size_t bytes)
{
    if (bytes > 0 && munmap(start, bytes) != 0)
        madvise(start, bytes, MADV_DONTNEED);
}

static bool make_ready(void *start, size_t bytes)
{
    return mprotect(start, bytes, PROT_READ | PROT_WRITE) == 0;
}

/* `alignment` is a power of two, of a page at least. */
static u8 *new_aligned_mapping(size_t bytes, size_t alignment, u32 rights)
{
    u8 *start = new_mapping(bytes, rights);

    if (start == NULL || ((uintptr_t)start & (alignment - 1)) == 0)
        return start;
    drop_mapping(start, bytes);
    size_t more = alignment - PAGE_BYTES;
    if (bytes + more < bytes)
        return NULL;
    start = new_mapping(bytes + more, rights);
    if (start == NULL)
        return NULL;
    size_t before = -(uintptr_t)start & (alignment - 1);
    drop_mapping(start, before);
    drop_mapping(start + before + bytes, more - before);
    return start + before;
}

/* Memory of our own, behind a guard page. */
static void *new_guarded_mapping(size_t bytes)
{
    u8 *start = new_mapping(PAGE_BYTES + bytes, PROT_NONE);

    if (start == NULL)
        return NULL;
    if (make_ready(start + PAGE_BYTES, bytes))
        return start + PAGE_BYTES;
    drop_mapping(start, PAGE_BYTES + bytes);
    return NULL;
}

static void drop_guarded_mapping(void *start, size_t bytes)
{
    drop_mapping((u8 *)start - PAGE_BYTES, PAGE_BYTES + bytes);
}

/* ------------------------------------------------------------------- words */

static size_t whole_pages(size_t bytes)
{
    return (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
}

/* The first page from `from` on whose bit differs from that of `flip`, which
 * is 0 or all ones; CHUNK_PAGES if there is none. */
static u32 next_page(const struct pages *pages, u32 from, u32 flip)
{
    u32 i = from / 32;

    if (from >= CHUNK_PAGES)
        return CHUNK_PAGES;
    u32 word = (pages->words[i] ^ flip) & ~0u << from % 32;
    while (word == 0) {
        if (++i == CHUNK_WORDS)
            return CHUNK_PAGES;
        word = pages->words[i] ^ flip;
    }
    return i * 32 + lowest_bit(word);
}

static bool page_has(const struct pages *pages, u32 page)
{
    return pages->words[page / 32] >> page % 32 & 1;
}

/* The bits of word `i` that lie in [start, end). */
static u32 bits_between(u32 i, u32 start, u32 end)
{
    u32 low = start > i * 32 ? start - i * 32 : 0;
    u32 high = end < (i + 1) * 32 ? end - i * 32 : 32;

    return ~0u >> (32 - (high - low)) << low;
}

/* Set the bits of [start, end), or clear them; how many were set. */
static u32 mark_pages(struct pages *pages, u32 start, u32 end, bool set)
{
    u32 before = 0;

    for (u32 i = start / 32; i * 32 < end; i++) {
        u32 bits = bits_between(i, start, end);

        before += count_bits(pages->words[i] & bits);
        if (set)
            pages->words[i] |= bits;
        else
            pages->words[i] &= ~bits;
    }
    return before;
}

/* ------------------------------------------------------------------ chunks */

/* The head of the chunk that an address lies in, or `nowhere`. */
static ALWAYS_INLINE struct chunk *chunk_of(const void *address)
{
    uintptr_t number = (uintptr_t)address >> CHUNK_SHIFT;
    uintptr_t row = number >> ROW_SHIFT;

    if (ROW_SHIFT == 0)
        return (void *)((uintptr_t)&heap.nowhere + heap.chunks[number]);
    if (row >> ROOT_SHIFT)
        return NOWHERE;
    const uintptr_t *chunks =
        (void *)((uintptr_t)no_row + heap.chunks[row]);
    return (void *)((uintptr_t)&heap.nowhere +
                    chunks[number & ((1u << ROW_SHIFT) - 1)]);
}

static struct chunk *chunk_of_group(const struct group *group)
{
    return (void *)(((uintptr_t)group & ~(uintptr_t)(CHUNK_BYTES - 1)) +
                    PAGE_BYTES);
}

static u8 *chunk_start(const struct chunk *chunk)
{
    return (u8 *)chunk - PAGE_BYTES;
}

static ALWAYS_INLINE u32 page_of(const void *address)
{
    return (u32)((uintptr_t)address >> PAGE_SHIFT) % CHUNK_PAGES;
}

/* The slab that an address in the chunk lies in, or the chunk's `none`. */
static ALWAYS_INLINE struct group *slab_of(struct chunk *chunk,
                                           const void *address)
{
    return (struct group *)(void *)chunk + chunk->slab_of[page_of(address)];
}

/* Where the address's entry in heap.chunks is, or in a row behind it. */
static uintptr_t *chunk_entry(const void *address)
{
    uintptr_t number = (uintptr_t)address >> CHUNK_SHIFT;

    if (ROW_SHIFT == 0)
        return &heap.chunks[number];
    uintptr_t *row = &heap.chunks[number >> ROW_SHIFT];
    if (*row == 0) {
        void *made = new_guarded_mapping(sizeof(uintptr_t) << ROW_SHIFT);

        if (made == NULL)
            return NULL;
        *row = (uintptr_t)made - (uintptr_t)no_row;
    }
    return (uintptr_t *)((uintptr_t)no_row + *row) +
           (number & ((1u << ROW_SHIFT) - 1));
}

/* ------------------------------------------------------------------- locks */

#if __STDC_HOSTED__

enum { UNLOCKED, LOCKED, SPINS = 100, YIELDS = 20, NAP_NS = 50000 };

static bool try_lock(u32 *word)
{
    return __atomic_exchange_n(word, LOCKED, __ATOMIC_ACQUIRE) == UNLOCKED;
}

/* Who has the lock has it for a microsecond, unless it waits for a processor;
 * then it must get one. That nobody is woken lets unlock() be a store. */
static NOINLINE void wait_for(u32 *word)
{
    int error = errno;

    for (u32 i = 0; __atomic_load_n(word, __ATOMIC_RELAXED) != UNLOCKED ||
                    !try_lock(word); i++)
        if (i < SPINS)
            __builtin_ia32_pause();
        else if (i < SPINS + YIELDS)
            sched_yield();
        else
            nanosleep(&(struct timespec){ .tv_nsec = NAP_NS }, NULL);
    errno = error;
}

static ALWAYS_INLINE void lock_shared(u32 *word)
{
    if (UNLIKELY(!try_lock(word)))
        wait_for(word);
}

/* No lock is taken while there is one thread; and none is held when a second
 * one comes. */
static ALWAYS_INLINE void lock(u32 *word)
{
    if (!IS_ALONE())
        lock_shared(word);
}

static ALWAYS_INLINE void unlock(u32 *word)
{
    __atomic_store_n(word, UNLOCKED, __ATOMIC_RELEASE);
}

#else

static void lock(u32 *word)
{
    (void)word;
}

static void lock_shared(u32 *word)
{
    (void)word;
}

static void unlock(u32 *word)
{
    (void)word;
}

#endif

/* ------------------------------------------------------- chunks come and go */

/* With `made` the chunk can be found by its addresses, with NULL not. */
static bool announce_chunk(u8 *start, const struct chunk *made)
{
    lock(&heap.lock);
    uintptr_t *entry = chunk_entry(start);

    if (entry)
        *entry = made ? (uintptr_t)made - (uintptr_t)&heap.nowhere : 0;
    unlock(&heap.lock);
    return entry != NULL;
}

static struct chunk *new_chunk(struct arena *arena)
{
    u8 *start = new_aligned_mapping(CHUNK_BYTES, CHUNK_BYTES, PROT_NONE);

    if (start == NULL)
        return NULL;
    struct chunk *chunk = (void *)(start + PAGE_BYTES);
    if (!make_ready(chunk, PAGE_BYTES) || !announce_chunk(start, chunk)) {
        drop_mapping(start, CHUNK_BYTES);
        return NULL;
    }
    mark_pages(&chunk->free, DATA_PAGE, CHUNK_PAGES, true);
    chunk->arena = arena;
    chunk->free_pages = chunk->longest = CHUNK_PAGES - DATA_PAGE;
    chunk->ready = DATA_PAGE;
    chunk->head_ready = 1;
    struct chunk **last = &arena->chunks;
    while (*last)
        last = &(*last)->next;
    *last = chunk;
    return chunk;
}

static bool chunk_is_empty(const struct chunk *chunk)
{
    return chunk->free_pages == CHUNK_PAGES - DATA_PAGE;
}

static void drop_chunk(struct arena *arena, struct chunk *chunk)
{
    struct chunk **link = &arena->chunks;
    u8 *start = chunk_start(chunk);

    while (*link != chunk)
        link = &(*link)->next;
    *link = chunk->next;
    for (u32 i = 0; i < CHUNK_WORDS; i++)
        arena->dirty_pages -= count_bits(chunk->dirty.words[i]);
    announce_chunk(start, NULL);
    drop_mapping(start, CHUNK_BYTES);
}

/* -------------------------------------------------------------------- runs */

/* The start of the smallest free run that holds so many pages from a multiple
 * of `align` on; 0 if there is none. */
static u32 best_run(struct chunk *chunk, u32 pages, u32 align)
{
    u32 best = 0, best_length = CHUNK_PAGES, longest = 0, end;
    u32 start = next_page(&chunk->free, DATA_PAGE, 0);

    for (; start < CHUNK_PAGES; start = next_page(&chunk->free, end, 0)) {
        end = next_page(&chunk->free, start, ~0u);
        u32 length = end - start, first = round_up(start, align);

        longest = max_u32(longest, length);
        if (first + pages <= end && length < best_length) {
            best = first;
            best_length = length;
        }
    }
    chunk->longest = longest;
    return best;
}

/* The pages before `end` may be written to; some more at once, if they can
 * be had. */
static bool ready_up_to(struct chunk *chunk, u32 end)
{
    if (end <= chunk->ready)
        return true;
    u32 more = min_u32(max_u32(end, chunk->ready + READY_STEP), CHUNK_PAGES);
    u8 *from = chunk_start(chunk) + chunk->ready * PAGE_BYTES;

    if (!make_ready(from, (more - chunk->ready) * PAGE_BYTES)) {
        more = end;
        if (!make_ready(from, (more - chunk->ready) * PAGE_BYTES))
            return false;
    }
    chunk->ready = more;
    return true;
}

/* Pages are needed that were given back. So more are to stay from now on. */
static void regret(struct arena *arena, u32 pages)
{
    if (arena->purged_pages < pages)
        return;
    arena->purged_pages -= pages;
    arena->patience = min_u32(arena->patience + pages, DIRTY_MAX);
}

static bool take_pages(struct chunk *chunk, u32 start, u32 pages)
{
    struct arena *arena = chunk->arena;
    u32 end = start + pages;

    if (!ready_up_to(chunk, end))
        return false;
    mark_pages(&chunk->free, start, end, false);
    mark_pages(&chunk->last, end - 1, end, true);
    u32 dirty = mark_pages(&chunk->dirty, start, end, false);
    arena->dirty_pages -= dirty;
    arena->taken_dirty = dirty;
    arena->used_pages += pages;
    chunk->free_pages -= pages;
    if (pages >= REGRET_PAGES)
        regret(arena, pages - dirty);
    if (arena->peak < (size_t)arena->used_pages << PEAK_SHIFT)
        arena->peak = (size_t)arena->used_pages << PEAK_SHIFT;
    return true;
}

/* Have the system take back what is dirty, as far as it will. */
static void purge_chunk(struct chunk *chunk)
{
    u32 end, start = next_page(&chunk->dirty, 0, 0);

    for (; start < CHUNK_PAGES; start = next_page(&chunk->dirty, end, 0)) {
        end = next_page(&chunk->dirty, start, ~0u);
        if (madvise(chunk_start(chunk) + start * PAGE_BYTES,
                    (end - start) * PAGE_BYTES, MADV_DONTNEED) != 0)
            continue;
        mark_pages(&chunk->dirty, start, end, false);
        chunk->arena->dirty_pages -= end - start;
        chunk->arena->purged_pages += end - start;
    }
}

static void purge(struct arena *arena)
{
    for (struct chunk *chunk = arena->chunks; chunk; chunk = chunk->next)
        purge_chunk(chunk);
}

/* Empty chunks go back, but one. */
static void drop_empty_chunks(struct arena *arena, struct chunk *but)
{
    struct chunk *next;

    for (struct chunk *chunk = arena->chunks; chunk; chunk = next) {
        next = chunk->next;
        if (chunk_is_empty(chunk) && chunk != but)
            drop_chunk(arena, chunk);
    }
}

/* The peak comes down to what is in use, the faster the more is given. Returns
 * how far above it is. */
static u32 ebb(struct arena *arena, u32 pages)
{
    size_t gap = arena->peak - ((size_t)arena->used_pages << PEAK_SHIFT);

    arena->peak -= (gap >> PEAK_SHIFT) * pages;
    return (u32)(gap >> PEAK_SHIFT);
}

/* What ebbs may flow again: so much may stay. But a program that has hardly
 * anything in use keeps hardly anything. */
static u32 dirty_limit(const struct arena *arena, u32 gap)
{
    u32 used = arena->used_pages, busy = used - arena->idle_pages;
    u32 least = max_u32(DIRTY_MIN, used / DIRTY_SHARE);
    u32 wanted = min_u32(arena->patience, used / 4);

    if (gap >= used / EBB_SHARE && busy >= EBB_LEAST)
        wanted = max_u32(wanted, gap);
    return max_u32(least, min_u32(wanted, DIRTY_MAX));
}

static void give_pages(struct chunk *chunk, u32 start, u32 pages)
{
    struct arena *arena = chunk->arena;
    u32 end = start + pages;

    mark_pages(&chunk->free, start, end, true);
    mark_pages(&chunk->last, end - 1, end, false);
    mark_pages(&chunk->dirty, start, end, true);
    arena->dirty_pages += pages;
    arena->used_pages -= pages;
    chunk->free_pages += pages;
    chunk->longest = CHUNK_PAGES;
    if (chunk_is_empty(chunk))
        drop_empty_chunks(arena, chunk);
    if (arena->dirty_pages > dirty_limit(arena, ebb(arena, pages)))
        purge(arena);
}

/* ------------------------------------------------------------------ groups */

/* The first number of a group on a page of the head, and that behind the last
 * one. */
static u32 first_group(u32 page)
{
    size_t before = page == 0 ? sizeof(struct chunk) : page * PAGE_BYTES;

    return (u32)((before + sizeof(struct group) - 1) / sizeof(struct group));
}

static u32 end_of_groups(u32 page)
{
    return (page + 1) * PAGE_BYTES / (u32)sizeof(struct group);
}

static struct group *group_of_number(struct chunk *chunk, u32 number)
{
    return (struct group *)(void *)chunk + number;
}

static u32 head_page_of(const struct group *group)
{
    return page_of(group) - 1;
}

static bool are_unused(const struct group *groups, u32 count)
{
    for (u32 i = 0; i < count; i++)
        if (groups[i].all != 0)
            return false;
    return true;
}

/* So many in a row, on the first page that has them; or NULL. */
static struct group *unused_groups(struct chunk *chunk, u32 count)
{
    for (u32 page = chunk->head_full; page < HEAD_PAGES; page++) {
        u32 first = first_group(page), end = end_of_groups(page);
        u32 unused = end - first - chunk->used_groups[page];

        if (unused == 0 && page == chunk->head_full)
            chunk->head_full++;
        if (unused < count)
            continue;
        if (page >= chunk->head_ready)
            return group_of_number(chunk, first);
        for (; first + count <= end; first += count)
            if (are_unused(group_of_number(chunk, first), count))
                return group_of_number(chunk, first);
    }
    return NULL;
}

/* They are all zeros. */
static struct group *take_groups(struct chunk *chunk, u32 count)
{
    struct group *groups = unused_groups(chunk, count);

    if (groups == NULL)
        return NULL;
    u32 page = head_page_of(groups);
    u32 ready = min_u32(page + HEAD_STEP, HEAD_PAGES);
    if (page >= chunk->head_ready) {
        if (!make_ready((u8 *)chunk + page * PAGE_BYTES,
                        (ready - page) * PAGE_BYTES))
            return NULL;
        chunk->head_ready = ready;
    }
    if (chunk->used_groups[page] == 0)
        chunk->arena->dirty_pages -=
            mark_pages(&chunk->dirty, page + 1, page + 2, false);
    chunk->used_groups[page] = (u8)(chunk->used_groups[page] + count);
    return groups;
}

static void give_groups(struct chunk *chunk, struct group *groups, u32 count)
{
    u32 page = head_page_of(groups);

    memset(groups, 0, count * sizeof *groups);
    chunk->used_groups[page] = (u8)(chunk->used_groups[page] - count);
    chunk->head_full = min_u32(chunk->head_full, page);
    if (page > 0 && chunk->used_groups[page] == 0) {
        mark_pages(&chunk->dirty, page + 1, page + 2, true);
        chunk->arena->dirty_pages++;
    }
}

/* So many pages, where so many groups can be had, too. Returns the chunk, and
 * the first page. */
static struct chunk *new_run(struct arena *arena, u32 pages, u32 align,
                             u32 groups, u32 *first)
{
    struct chunk *chunk = arena->chunks;

    for (; chunk; chunk = chunk->next)
        if (chunk->longest >= pages &&
            (groups == 0 || unused_groups(chunk, groups)) &&
            (*first = best_run(chunk, pages, align)) != 0 &&
            take_pages(chunk, *first, pages))
            return chunk;
    if ((chunk = new_chunk(arena)) == NULL)
        return NULL;
    *first = best_run(chunk, pages, align);
    return take_pages(chunk, *first, pages) ? chunk : NULL;
}

/* ------------------------------------------------------------------- lists */

/* Of a group that is not listed. */
static ALWAYS_INLINE struct class *class_of(const struct group *group)
{
    return CONTAINER_OF(group->link, struct class, listed);
}

/* To the front of its list. */
static ALWAYS_INLINE void list_group(struct group *group)
{
    struct group **list = group->link, *next = *list;

    group->next = next;
    if (next)
        next->link = &group->next;
    *list = group;
}

/* Who is to be listed again is the first one: so `link` stays the list. */
static ALWAYS_INLINE void unlist_group(struct group *group)
{
    struct group **link = group->link, *next = group->next;

    *link = next;
    if (next)
        next->link = link;
}

static bool slot_is_free(const struct group *group, u32 slot)
{
    return group->free >> slot % GROUP_SLOTS & 1;
}

/* The product's two halves. Of a u64 the compiler makes copies. */
static ALWAYS_INLINE u32 multiply(u32 a, const u32 *b, u32 *high)
{
    u32 low;

    __asm__("mull %3" : "=a"(low), "=d"(*high) : "0"(a), "m"(*b) : "cc");
    return low;
}

/* Set the bit `i` modulo 32. Was it set before? In C that takes four
 * instructions. */
static ALWAYS_INLINE bool set_bit(u32 *word, u32 i)
{
    bool was;
    u32 bits = *word;

    __asm__("btsl %2, %0" : "+r"(bits), "=@ccc"(was) : "r"(i));
    *word = bits;
    return was;
}

/* No slot is free. That the bits say the contrary brings the next free() of
 * one to revive(). */
static ALWAYS_INLINE void retire(struct group *group)
{
    group->free = ~0u;
    group->retired = true;
}

static ALWAYS_INLINE void *take_slot(struct group *group)
{
    u32 free = group->free;

    group->free = free & (free - 1);
    return group->base + lowest_bit(free) * group->bytes;
}

/* ----------------------------------------------------------------- classes */

static ALWAYS_INLINE u32 class_for(size_t bytes)
{
    if (bytes <= EXACT_BYTES)
        return (u32)(bytes + ALIGNMENT - 1) / ALIGNMENT;
    u32 most = (u32)bytes - 1, top = highest_bit(most);

    return EXACT_CLASSES + (top - EXACT_SHIFT) * STEPS +
           (most >> (top - STEPS_SHIFT)) % STEPS;
}

static u32 class_bytes(u32 class)
{
    if (class < EXACT_CLASSES)
        return max_u32(class, 1) * ALIGNMENT;
    u32 step = class - EXACT_CLASSES;

    return (STEPS + step % STEPS + 1u)
           << (EXACT_SHIFT - STEPS_SHIFT + step / STEPS);
}

/* How many slots has a slab of so many pages? At most a group, but a page. */
static u32 slots_in(u32 pages, u32 bytes)
{
    u32 slots = pages * PAGE_BYTES / bytes;

    return pages == 1 ? slots : min_u32(slots, GROUP_SLOTS);
}

/* As few pages as will do for so many slots, and little of them lost: less
 * than a page, so that the first page has a slot's start. At least two slots,
 * so that no slab is full and then empty. */
static u32 slab_pages(u32 bytes, bool is_first)
{
    bool is_large = bytes > PAGE_BYTES && !is_first;
    u32 most = is_large ? LARGE_SLAB_PAGES_MAX : SLAB_PAGES_MAX;
    u32 little = PAGE_BYTES / (is_large ? 128u : 64u);
    u32 best = 1, least = PAGE_BYTES;

    for (u32 pages = 1; pages <= most; pages++) {
        u32 slots = slots_in(pages, bytes);
        u32 lost = pages * PAGE_BYTES - slots * bytes;

        if (slots < 2 || lost >= PAGE_BYTES)
            continue;
        if (lost / pages < least) {
            best = pages;
            least = lost / pages;
        }
        if (slots >= SLOTS_WANTED && least <= little)
            break;
    }
    return best;
}

/* ------------------------------------------------------------------- slabs */

static u32 groups_for(u32 slots)
{
    return (slots + GROUP_SLOTS - 1) / GROUP_SLOTS;
}

static void set_up_group(struct group *slab, u32 number, u32 class, u32 slots,
                         u32 pages, u8 *base)
{
    struct group *group = &slab[number];
    u32 bytes = class_bytes(class), before = number * GROUP_SLOTS;

    group->all = ~0u >> (GROUP_SLOTS - min_u32(slots - before, GROUP_SLOTS));
    group->free = group->all;
    group->base = base + before * bytes;
    group->bytes = bytes;
    group->reciprocal = heap.switches ? 0 : ~0u / bytes + 1;
    group->number = (u8)number;
    group->pages = (u8)pages;
}

/* The slots end with the pages, so that what is lost lies before them: an
 * address there is no slot's. All groups are listed, the first one in front. */
static bool new_slab(struct arena *arena, u32 class)
{
    u32 bytes = class_bytes(class), first;
    u32 pages = slab_pages(bytes, arena->classes[class].slabs == 0);
    u32 slots = slots_in(pages, bytes), groups = groups_for(slots);
    struct chunk *chunk = new_run(arena, pages, 1, groups, &first);

    if (chunk == NULL)
        return false;
    struct group *slab = take_groups(chunk, groups);
    if (slab == NULL) {
        give_pages(chunk, first, pages);
        return false;
    }
    arena->classes[class].slabs++;
    arena->classes[class].borrowed = 0;
    u8 *end = chunk_start(chunk) + (first + pages) * PAGE_BYTES;
    for (u32 i = groups; i-- > 0;) {
        set_up_group(slab, i, class, slots, pages, end - slots * bytes);
        slab[i].link = &arena->classes[class].listed;
        list_group(&slab[i]);
    }
    for (u32 i = 0; i < pages; i++)
        chunk->slab_of[first + i] =
            (u16)(slab - (struct group *)(void *)chunk);
    return true;
}

static u32 slab_groups(const struct group *slab)
{
    return groups_for(slots_in(slab->pages, slab->bytes));
}

static bool slab_is_empty(const struct group *slab)
{
    for (u32 i = slab_groups(slab); i-- > 0;)
        if (slab[i].retired || slab[i].free != slab[i].all)
            return false;
    return true;
}

static void drop_slab(struct group *slab)
{
    struct chunk *chunk = chunk_of_group(slab);
    u32 groups = slab_groups(slab), pages = slab->pages;
    u32 first = page_of(slab->base);
    struct class *class = &chunk->arena->classes[class_for(slab->bytes)];

    class->slabs--;
    for (u32 i = 0; i < groups; i++)
        if (class->current == &slab[i])
            class->current = &heap.nowhere.none;
        else
            unlist_group(&slab[i]);
    for (u32 i = 0; i < pages; i++)
        chunk->slab_of[first + i] = 0;
    give_groups(chunk, slab, groups);
    give_pages(chunk, first, pages);
}

/* The slab that has been idle for longest goes, if it still is. */
static void drop_idle(struct arena *arena)
{
    struct group *slab = arena->idle[0];

    arena->idle_pages -= slab->pages;
    arena->idle_count--;
    for (u32 i = 0; i < arena->idle_count; i++)
        arena->idle[i] = arena->idle[i + 1];
    if (slab_is_empty(slab))
        drop_slab(slab);
}

/* Nothing but idle slabs is left in the chunk: then these go as well. */
static void drop_idle_chunk(struct arena *arena, const struct chunk *chunk)
{
    u32 idle = 0;

    for (u32 i = 0; i < arena->idle_count; i++)
        if (chunk_of_group(arena->idle[i]) == chunk)
            idle += arena->idle[i]->pages;
    if (chunk->free_pages + idle == CHUNK_PAGES - DATA_PAGE)
        while (arena->idle_count > 0)
            drop_idle(arena);
}

/* A group has no block any more. If its slab has none, it stays for a while:
 * a program may free its last block of a size, and allocate it again. */
static NOINLINE void group_is_empty(struct group *group)
{
    struct group *slab = group - group->number;
    struct chunk *chunk = chunk_of_group(slab);
    struct arena *arena = chunk->arena;
    int error = errno;

    if (!slab_is_empty(slab))
        return;
    for (u32 i = 0; i < arena->idle_count; i++)
        if (arena->idle[i] == slab)
            return;
    if (arena->idle_count == IDLE_MAX)
        drop_idle(arena);
    arena->idle[arena->idle_count++] = slab;
    arena->idle_pages += slab->pages;
    while (arena->idle_pages > IDLE_MAX && arena->idle_count > 1)
        drop_idle(arena);
    if (arena->chunks->next)
        drop_idle_chunk(arena, chunk);
    errno = error;
}

/* ------------------------------------------------------------ large blocks */

/* How many of the large blocks start at the address or before. */
static u32 large_up_to(const void *address)
{
    u32 low = 0, high = heap.large_count;

    while (low < high) {
        u32 middle = low + (high - low) / 2;

        if ((uintptr_t)heap.large[middle].start <= (uintptr_t)address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool large_has_room(void)
{
    u32 room = heap.large_room;

    if (heap.large_count < room)
        return true;
    u32 more = room ? 2 * room : PAGE_BYTES / sizeof(struct large);
    struct large *made = new_guarded_mapping(more * sizeof *made);
    if (made == NULL)
        return false;
    if (room > 0) {
        memcpy(made, heap.large, room * sizeof *made);
        drop_guarded_mapping(heap.large, room * sizeof *made);
    }
    heap.large = made;
    heap.large_room = more;
    return true;
}

static void enter_large(u8 *start, size_t bytes)
{
    u32 i = large_up_to(start);

    memmove(&heap.large[i + 1], &heap.large[i],
            (heap.large_count++ - i) * sizeof *heap.large);
    heap.large[i] = (struct large){ start, bytes };
}

/* It is no block any more; false if there is none. */
static bool strike_large(const void *start)
{
    u32 i = large_up_to(start);

    if (i == 0 || heap.large[i - 1].start != start)
        return false;
    memmove(&heap.large[i - 1], &heap.large[i],
            (heap.large_count-- - i) * sizeof *heap.large);
    return true;
}

static void *new_large(size_t bytes, size_t alignment)
{
    u8 *start = NULL;

    lock(&heap.lock);
    if (large_has_room())
        start = new_aligned_mapping(whole_pages(bytes), alignment,
                                    PROT_READ | PROT_WRITE);
    if (start)
        enter_large(start, whole_pages(bytes));
    unlock(&heap.lock);
    return start;
}

/* False if another thread was faster. */
static bool drop_large(u8 *start, size_t bytes)
{
    lock(&heap.lock);
    bool was_there = strike_large(start);
    unlock(&heap.lock);
    if (was_there)
        drop_mapping(start, bytes);
    return was_there;
}

static void *resize_large(u8 *start, size_t old, size_t bytes)
{
    size_t whole = whole_pages(bytes);

    if (whole == old)
        return start;
    lock(&heap.lock);
    u8 *moved = mremap(start, old, whole, MREMAP_MAYMOVE, NULL);
    if (!is_error(moved)) {
        strike_large(start);
        enter_large(moved, whole);
    }
    unlock(&heap.lock);
    return is_error(moved) ? NULL : moved;
}

/* ------------------------------------------------------- what is an address */

enum kind { NO_BLOCK, SLOT, RUN, LARGE };

/* What an address leads to. */
struct place {
    enum kind kind;
    bool in_use;
    u8 *start;
    size_t bytes;
    struct group *group; /* a slot's               */
    u32 slot;            /* its number in the slab */
};

static struct place locate_slot(struct group *slab, const u8 *address)
{
    ptrdiff_t offset = address - slab->base;

    if (offset < 0)
        return (struct place){ .kind = NO_BLOCK };
    u32 slot = (u32)offset / slab->bytes;
    struct group *group = slab + slot / GROUP_SLOTS;

    return (struct place){
        .kind = SLOT,
        .in_use = group->retired || !slot_is_free(group, slot),
        .start = slab->base + slot * slab->bytes,
        .bytes = slab->bytes,
        .group = group,
        .slot = slot,
    };
}

static struct place locate_run(const struct chunk *chunk, u32 page)
{
    if (page < DATA_PAGE || page_has(&chunk->free, page))
        return (struct place){ .kind = NO_BLOCK };
    u32 end = next_page(&chunk->last, page, 0) + 1;
    while (page > DATA_PAGE && !page_has(&chunk->free, page - 1) &&
           !page_has(&chunk->last, page - 1))
        page--;
    return (struct place){
        .kind = RUN,
        .in_use = true,
        .start = chunk_start(chunk) + page * PAGE_BYTES,
        .bytes = (end - page) * PAGE_BYTES,
    };
}

static struct place locate_large(const u8 *address)
{
    struct place place = { .kind = NO_BLOCK };

    lock(&heap.lock);
    u32 i = large_up_to(address);
    if (i > 0 &&
        (size_t)(address - heap.large[i - 1].start) < heap.large[i - 1].bytes)
        place = (struct place){ .kind = LARGE, .in_use = true,
                                .start = heap.large[i - 1].start,
                                .bytes = heap.large[i - 1].bytes };
    unlock(&heap.lock);
    return place;
}

/* Any address may be asked about. Whoever has no block there holds the lock of
 * its arena. */
static struct place locate(const void *address)
{
    struct chunk *chunk = chunk_of(address);

    if (chunk == NOWHERE)
        return locate_large(address);
    struct group *slab = slab_of(chunk, address);
    return slab == &chunk->none ? locate_run(chunk, page_of(address))
                                : locate_slot(slab, address);
}

/* --------------------------------------------------------------- sentences */

struct sentence {
    char text[256];
    u32 length;
};

static void say(struct sentence *sentence, const char *words)
{
    while (*words && sentence->length < sizeof sentence->text)
        sentence->text[sentence->length++] = *words++;
}

static void say_number(struct sentence *sentence, uintptr_t n, u32 base)
{
    char digits[24] = "", *first = digits + sizeof digits - 1;

    do
        *--first = "0123456789abcdef"[n % base];
    while ((n /= base) != 0);
    say(sentence, first);
}

static void say_address(struct sentence *sentence, const void *address)
{
    say(sentence, "0x");
    say_number(sentence, (uintptr_t)address, 16);
}

static void say_block(struct sentence *sentence, const struct place *place)
{
    say(sentence, "a block of ");
    say_number(sentence, place->bytes, 10);
    say(sentence, " bytes at ");
    say_address(sentence, place->start);
}

static NORETURN void die(struct sentence *sentence)
{
    say(sentence, "\n");
    if (write(2, sentence->text, sentence->length) < 0)
        sentence->length = 0; /* nobody listens */
#if __STDC_HOSTED__
    abort();
#else
    system_call(SYS_kill, system_call(SYS_getpid), SIGABRT);
    exit(128 + SIGABRT);
#endif
}

/* What was given to `function` is no block that somebody owns. */
static NORETURN void refuse(const char *function, const void *address,
                            const struct place *place)
{
    struct sentence sentence = { .length = 0 };

    say(&sentence, function);
    say(&sentence, " of ");
    say_address(&sentence, address);
    if (place->kind == NO_BLOCK) {
        say(&sentence, ": no block is there");
    } else if (address != place->start) {
        say(&sentence, ": it is byte ");
        say_number(&sentence, (uintptr_t)((const u8 *)address -
                                          place->start), 10);
        say(&sentence, " of ");
        say_block(&sentence, place);
        say(&sentence, place->in_use ? "" : ", which is free");
    } else {
        say(&sentence, ": it is free already, ");
        say_block(&sentence, place);
    }
    die(&sentence);
}

static void need_block(const char *function, const void *address,
                       const struct place *place)
{
    if (!place->in_use || place->start != address)
        refuse(function, address, place);
}

/* -------------------------------------------------------------- allocation */

/* The last class that may lend: it has a quarter more bytes, or little less. */
static u32 last_lender(u32 number)
{
    u32 last = number + number / 4, most = EXACT_CLASSES - 1;

    if (number > most)
        return min_u32(number + STEPS / 4, CLASSES - 1);
    return last <= most ? last : most + (last - most) / 2;
}

static void *take_listed(struct group *group)
{
    void *block = take_slot(group);

    if (group->free == 0) {
        unlist_group(group);
        retire(group);
    }
    return block;
}

/* A slot of a class a little larger, if there is a free one: rather than a
 * new slab. But not again and again, without a slot of its own being freed:
 * then the program needs more of this size. */
static void *borrow(struct arena *arena, u32 number)
{
    struct class *class = &arena->classes[number];
    struct class *last = &arena->classes[last_lender(number)];

    if (class->borrowed >= LOANS_MAX)
        return NULL;
    for (struct class *lender = class + 1; lender <= last; lender++) {
        if (lender->current->free == 0 && lender->listed == NULL)
            continue;
        class->borrowed++;
        return lender->current->free ? take_slot(lender->current)
                                     : take_listed(lender->listed);
    }
    return NULL;
}

/* What malloc() is to answer when it is known where the block is, or that
 * there is none. */
static void *answer(void *block)
{
    if (block == NULL)
        errno = ENOMEM;
    else if (heap.switches & POISON && chunk_of(block) != NOWHERE)
        memset(block, FILL_NEW, locate(block).bytes);
    return block;
}

static void *take_of_class(struct arena *arena, u32 number, bool exactly);

/* A larger class lends a slot, or the class gets a slab. With switches on no
 * group is current, and no fast path finds anything. */
static NOINLINE void *take_elsewhere(struct arena *arena, struct class *class,
                                     bool exactly)
{
    u32 number = (u32)(class - arena->classes);

    if (number == 0) /* 0 bytes */
        return take_of_class(arena, 1, exactly);
    if (class->listed == NULL) {
        void *block = exactly ? NULL : borrow(arena, number);

        if (block || !new_slab(arena, number))
            return answer(block);
    }
    struct group *group = class->listed;
    if (heap.switches)
        return answer(take_listed(group));
    unlist_group(group);
    class->current = group;
    return take_slot(group);
}

/* The current group has no free slot: the first one listed takes its place. */
static NOINLINE void *take_next(struct arena *arena, struct class *class,
                                bool exactly)
{
    struct group *next = class->listed;

    if (class->current != &heap.nowhere.none)
        retire(class->current);
    if (UNLIKELY(next == NULL || heap.switches)) {
        class->current = &heap.nowhere.none;
        return take_elsewhere(arena, class, exactly);
    }
    unlist_group(next);
    class->current = next;
    return take_slot(next);
}

static ALWAYS_INLINE void *take_of_class(struct arena *arena, u32 number,
                                         bool exactly)
{
    struct class *class = &arena->classes[number];

    if (LIKELY(class->current->free != 0))
        return take_slot(class->current);
    return take_next(arena, class, exactly);
}

static void *new_block_of_pages(struct arena *arena, size_t bytes, u32 align)
{
    u32 first;
    struct chunk *chunk = new_run(arena, (u32)(whole_pages(bytes) / PAGE_BYTES),
                                  align, 0, &first);

    return chunk ? chunk_start(chunk) + first * PAGE_BYTES : NULL;
}

static NOINLINE void *take_more(struct arena *arena, size_t bytes)
{
    if (bytes <= SLOT_MAX)
        return take_of_class(arena, class_for(bytes), false);
    if (bytes <= RUN_MAX)
        return answer(new_block_of_pages(arena, bytes, 1));
    return answer(bytes <= PTRDIFF_MAX ? new_large(bytes, PAGE_BYTES) : NULL);
}

static ALWAYS_INLINE void *take(struct arena *arena, size_t bytes)
{
    if (LIKELY(bytes <= EXACT_BYTES))
        return take_of_class(arena, class_for(bytes), false);
    return take_more(arena, bytes);
}

static void *take_aligned(struct arena *arena, size_t alignment, size_t bytes)
{
    bytes = bytes > 0 ? bytes : 1;
    if (alignment <= PAGE_BYTES && bytes <= SLOT_MAX) {
        u32 class = class_for(bytes > alignment ? bytes : alignment);

        while (class_bytes(class) & (alignment - 1))
            class++;
        return take_of_class(arena, class, true);
    }
    if (alignment <= RUN_MAX / 4 && bytes <= RUN_MAX)
        return answer(new_block_of_pages(
            arena, bytes, max_u32((u32)alignment / PAGE_BYTES, 1)));
    return answer(bytes <= PTRDIFF_MAX ? new_large(bytes, alignment) : NULL);
}

/* ------------------------------------------------------------ giving back */

/* One slot of a retired group is free again. If the current group is at its
 * end, too, this one takes its place: the next malloc() need not look. */
static NOINLINE void revive(struct group *group)
{
    struct class *class = class_of(group);
    struct group *last = class->current;

    group->retired = false;
    class->borrowed = 0;
    if (last->free == 0 && last != &heap.nowhere.none) {
        retire(last);
        class->current = group;
    } else {
        list_group(group);
    }
}

static void give_slot(struct group *group, u32 slot)
{
    if (group->retired) {
        group->free = 0;
        set_bit(&group->free, slot);
        revive(group);
        return;
    }
    set_bit(&group->free, slot);
    if (group->free == group->all)
        group_is_empty(group);
}

static void give_place(const struct place *place)
{
    if (place->kind == SLOT)
        give_slot(place->group, place->slot);
    else if (place->kind == RUN)
        give_pages(chunk_of(place->start), page_of(place->start),
                   (u32)(place->bytes / PAGE_BYTES));
    else if (!drop_large(place->start, place->bytes))
        refuse("free", place->start, &(struct place){ .kind = NO_BLOCK });
}

/* --------------------------------------------------------------- switches */

static void lock_arena_of(const void *block)
{
    if (chunk_of(block) != NOWHERE)
        lock(&chunk_of(block)->arena->lock);
}

static void unlock_arena_of(const void *block)
{
    if (chunk_of(block) != NOWHERE)
        unlock(&chunk_of(block)->arena->lock);
}

static bool is_held(const void *block)
{
    const struct quarantine *all = heap.quarantine;
    bool found = false;

    if (!(heap.switches & QUARANTINE))
        return false;
    lock(&heap.lock);
    for (u32 i = 0; i < all->count; i++)
        found |= all->held[(all->first + i) % HELD_MAX].block == block;
    unlock(&heap.lock);
    return found;
}

/* What is asked for by its address must be a block, and not be held. */
static struct place locate_block(const char *function, const void *block)
{
    lock_arena_of(block);
    struct place place = locate(block);
    unlock_arena_of(block);
    if (is_held(block))
        place.in_use = false;
    need_block(function, block, &place);
    return place;
}

static void give_located(const struct place *place)
{
    struct arena *arena =
        place->kind == LARGE ? NULL : chunk_of(place->start)->arena;

    if (arena)
        lock(&arena->lock);
    give_place(place);
    if (arena)
        unlock(&arena->lock);
}

/* Nobody may have written to a block while it was held. */
static void check_held(const struct held *held)
{
    struct sentence sentence = { .length = 0 };
    struct place place = { .start = held->block, .bytes = held->bytes };
    size_t i = 0;

    while (i < held->bytes && held->block[i] == FILL_FREE)
        i++;
    if (i == held->bytes)
        return;
    say(&sentence, "use after free: ");
    say_address(&sentence, (void *)(uintptr_t)held->block[i]);
    say(&sentence, " was written to byte ");
    say_number(&sentence, i, 10);
    say(&sentence, " of ");
    say_block(&sentence, &place);
    die(&sentence);
}

/* Hold the block. If there are too many, take out the one that is held for
 * longest instead: there is room only for who sees it under the lock. */
static bool needs_room(const struct place *place, struct held *out)
{
    struct quarantine *all = heap.quarantine;

    lock(&heap.lock);
    bool full = all->count == HELD_MAX || all->bytes > HELD_BYTES;
    if (full) {
        *out = all->held[all->first];
        all->first = (all->first + 1) % HELD_MAX;
        all->count--;
        all->bytes -= out->bytes;
    } else {
        all->held[(all->first + all->count++) % HELD_MAX] =
            (struct held){ place->start, place->bytes };
        all->bytes += place->bytes;
    }
    unlock(&heap.lock);
    return full;
}

static void enter_quarantine(const struct place *place)
{
    struct held oldest;

    while (needs_room(place, &oldest)) {
        if (heap.switches & POISON)
            check_held(&oldest);
        lock_arena_of(oldest.block);
        struct place gone = locate(oldest.block);
        unlock_arena_of(oldest.block);
        give_located(&gone);
    }
}

/* free(), while anything is switched on. A large block's pages go at once. */
static NOINLINE void free_checked(void *block)
{
    struct place place = locate_block("free", block);

    if (place.kind != LARGE && heap.switches & POISON)
        memset(place.start, FILL_FREE, place.bytes);
    if (place.kind != LARGE && heap.switches & QUARANTINE)
        enter_quarantine(&place);
    else
        give_located(&place);
}

OUT_OF_LINE static void give_slowly(void *block)
{
    int error = errno;

    if (block == NULL)
        return;
    if (heap.switches) {
        free_checked(block);
        return;
    }
    struct place place = locate(block);
    need_block("free", block, &place);
    give_place(&place);
    errno = error;
}

/* The product has the slot's number above bit 32, and below it something less
 * than the reciprocal for the first byte of a slot alone. */
static ALWAYS_INLINE void give(void *block)
{
    struct group *slab = slab_of(chunk_of(block), block);
    u32 slot, rest = multiply((u32)((u8 *)block - slab->base),
                              &slab->reciprocal, &slot);

    if (LIKELY(rest < slab->reciprocal)) {
        struct group *group = slab + slot / GROUP_SLOTS;

        if (LIKELY(!set_bit(&group->free, slot))) {
            if (UNLIKELY(group->free == group->all))
                group_is_empty(group);
            return;
        }
        if (LIKELY(group->retired)) {
            group->free = 0;
            set_bit(&group->free, slot);
            revive(group);
            return;
        }
    }
    give_slowly(block);
}

/* ----------------------------------------------------------------- threads */

/* The first arena is always there, others when they are needed. */
static struct arena *arena_of_number(u32 i)
{
    return i == 0 ? &heap.first : heap.arenas[i];
}

#if __STDC_HOSTED__

static struct arena *new_arena(void)
{
    struct arena *arena = new_guarded_mapping(sizeof *arena);

    for (u32 i = 0; arena && i < CLASSES; i++)
        arena->classes[i].current = &heap.nowhere.none;
    return arena;
}

/* That with the fewest threads, a new one before one that has any. */
static struct arena *loneliest_arena(void)
{
    struct arena *best = &heap.first;

    for (u32 i = 1; i < ARENAS && best->threads > 0; i++) {
        if (heap.arenas[i] == NULL)
            heap.arenas[i] = new_arena();
        if (heap.arenas[i] && heap.arenas[i]->threads < best->threads)
            best = heap.arenas[i];
    }
    return best;
}

static __thread struct arena *mine __attribute__((tls_model("initial-exec")));

static NOINLINE struct arena *choose_arena(void)
{
    lock(&heap.lock);
    mine = loneliest_arena();
    mine->threads++;
    unlock(&heap.lock);
    pthread_setspecific(heap.leaving, mine);
    return mine;
}

/* A thread ends. It may still allocate. */
static void leave_arena(void *arena)
{
    lock(&heap.lock);
    ((struct arena *)arena)->threads--;
    unlock(&heap.lock);
}

static ALWAYS_INLINE struct arena *my_arena(void)
{
    return LIKELY(mine != NULL) ? mine : choose_arena();
}

static void lock_all(void)
{
    for (u32 i = 0; i < ARENAS; i++)
        if (arena_of_number(i))
            lock(&arena_of_number(i)->lock);
    lock(&heap.lock);
}

static void unlock_all(void)
{
    unlock(&heap.lock);
    for (u32 i = 0; i < ARENAS; i++)
        if (arena_of_number(i))
            unlock(&arena_of_number(i)->lock);
}

/* A child has one thread, and nobody waits. */
static void forget_others(void)
{
    heap.lock = UNLOCKED;
    for (u32 i = 0; i < ARENAS; i++)
        if (arena_of_number(i)) {
            arena_of_number(i)->lock = UNLOCKED;
            arena_of_number(i)->threads = arena_of_number(i) == mine;
        }
}

#else

static struct arena *my_arena(void)
{
    return &heap.first;
}

#endif

/* ------------------------------------------------------------------- start */

/* What stands behind `words`, if the text begins with that; or NULL. */
static const char *behind(const char *text, const char *words)
{
    while (*words)
        if (*text++ != *words++)
            return NULL;
    return text;
}

/* Is `word` one of those in the text, which commas divide? */
static bool has_word(const char *text, const char *word)
{
    const char *rest = behind(text, word);

    if (rest && (*rest == 0 || *rest == ','))
        return true;
    while (*text && *text != ',')
        text++;
    return *text && has_word(text + 1, word);
}

static u32 wanted_switches(void)
{
    const char *text = NULL;

    for (char **line = environ; line && *line && !text; line++)
        text = behind(*line, "STRATA_MALLOC=");
    if (text == NULL)
        return 0;
    return (has_word(text, "poison") ? POISON : 0) |
           (has_word(text, "quarantine") ? QUARANTINE : 0);
}

/* Whatever has been allocated already: let no fast path find it. */
static void hide_all(struct arena *arena)
{
    for (u32 i = 0; i < CLASSES; i++) {
        struct group *group = arena->classes[i].current;

        arena->classes[i].current = &heap.nowhere.none;
        if (group->free)
            list_group(group);
        else if (group != &heap.nowhere.none)
            retire(group);
    }
    for (struct chunk *chunk = arena->chunks; chunk; chunk = chunk->next)
        for (u32 page = DATA_PAGE; page < CHUNK_PAGES; page++)
            slab_of(chunk, chunk_start(chunk) + page * PAGE_BYTES)
                ->reciprocal = 0;
}

/* Before main(), and before there are threads. */
__attribute__((constructor)) static void start(void)
{
    u32 switches = wanted_switches();

#if __STDC_HOSTED__
    pthread_key_create(&heap.leaving, leave_arena);
    pthread_atfork(lock_all, unlock_all, forget_others);
#endif
    if (switches & QUARANTINE)
        heap.quarantine = new_guarded_mapping(sizeof *heap.quarantine);
    if (switches & QUARANTINE && heap.quarantine == NULL)
        switches &= ~(u32)QUARANTINE;
    if (switches)
        hide_all(&heap.first);
    heap.switches = switches;
}

/* --------------------------------------------------------------- functions */

static NOINLINE void *malloc_shared(size_t bytes)
{
    struct arena *arena = my_arena();

    lock_shared(&arena->lock);
    void *block = take(arena, bytes);
    unlock(&arena->lock);
    return block;
}

void *malloc(size_t bytes)
{
    if (LIKELY(IS_ALONE()))
        return take(&heap.first, bytes);
    return malloc_shared(bytes);
}

static NOINLINE void free_shared(void *block)
{
    struct chunk *chunk = chunk_of(block);

    if (chunk == NOWHERE || heap.switches) {
        give_slowly(block);
        return;
    }
    struct arena *arena = chunk->arena;
    lock_shared(&arena->lock);
    give(block);
    unlock(&arena->lock);
}

void free(void *block)
{
    if (LIKELY(IS_ALONE()))
        give(block);
    else
        free_shared(block);
}

/* Pages that come from the system, or have been given back to it, are zeros. */
static void *take_zeros(size_t bytes)
{
    struct arena *arena = IS_ALONE() ? &heap.first : my_arena();

    lock(&arena->lock);
    arena->taken_dirty = 0;
    void *block = take_more(arena, bytes);
    bool dirty = arena->taken_dirty > 0 || heap.switches & POISON;
    unlock(&arena->lock);
    if (dirty && block && chunk_of(block) != NOWHERE)
        memset(block, 0, bytes);
    return block;
}

void *calloc(size_t count, size_t bytes)
{
    size_t all;

    if (__builtin_mul_overflow(count, bytes, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    if (all > SLOT_MAX)
        return take_zeros(all);
    void *block = malloc(all);
    if (block)
        memset(block, 0, all);
    return block;
}

/* A run loses its last pages, or gains those behind it if they are free. */
static bool resize_run(u8 *start, size_t old_bytes, size_t bytes)
{
    struct chunk *chunk = chunk_of(start);
    u32 page = page_of(start), end = page + (u32)(old_bytes / PAGE_BYTES);
    u32 new_end = page + (u32)(whole_pages(bytes) / PAGE_BYTES);

    if (new_end > end) {
        if (next_page(&chunk->free, end, ~0u) < new_end ||
            !take_pages(chunk, end, new_end - end))
            return false;
        mark_pages(&chunk->last, end - 1, end, false);
    } else if (new_end < end) {
        mark_pages(&chunk->last, new_end - 1, new_end, true);
        give_pages(chunk, new_end, end - new_end);
    }
    return true;
}

/* The block with room for so many bytes, if it needs no other memory; or
 * NULL. */
static void *resize_in_place(const struct place *place, size_t bytes)
{
    if (place->kind == SLOT)
        return bytes <= place->bytes &&
               (bytes > place->bytes / 2 || place->bytes == ALIGNMENT)
                   ? place->start : NULL;
    if (place->kind == LARGE)
        return bytes > RUN_MAX / 2 && bytes <= PTRDIFF_MAX
                   ? resize_large(place->start, place->bytes, bytes) : NULL;
    if (bytes <= SLOT_MAX || bytes > RUN_MAX)
        return NULL;
    lock_arena_of(place->start);
    bool fits = resize_run(place->start, place->bytes, bytes);
    unlock_arena_of(place->start);
    return fits ? place->start : NULL;
}

/* Is it a slot, somebody's, and no better one is there for so many bytes? No
 * lock is needed: whose slot it is, is not about to change. It may say no where
 * another thread is at work. */
static ALWAYS_INLINE bool fits_already(const void *block, size_t bytes)
{
    struct group *slab = slab_of(chunk_of(block), block);
    u32 slot, rest = multiply((u32)((const u8 *)block - slab->base),
                              &slab->reciprocal, &slot);

    if (rest >= slab->reciprocal || bytes > slab->bytes ||
        bytes <= slab->bytes / 2)
        return false;
    const struct group *group = slab + slot / GROUP_SLOTS;
    return group->retired || !slot_is_free(group, slot);
}

void *realloc(void *block, size_t bytes)
{
    if (block == NULL)
        return malloc(bytes);
    if (fits_already(block, bytes))
        return block;
    if (bytes == 0) {
        free(block);
        return NULL;
    }
    struct place place = locate_block("realloc", block);
    void *moved = resize_in_place(&place, bytes);
    if (moved)
        return moved;
    moved = malloc(bytes);
    if (moved == NULL)
        return NULL;
    memcpy(moved, block, bytes < place.bytes ? bytes : place.bytes);
    free(block);
    return moved;
}

void *reallocarray(void *block, size_t count, size_t bytes)
{
    size_t all;

    if (!__builtin_mul_overflow(count, bytes, &all))
        return realloc(block, all);
    errno = ENOMEM;
    return NULL;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment <= ALIGNMENT)
        return malloc(bytes);
    struct arena *arena = IS_ALONE() ? &heap.first : my_arena();
    lock(&arena->lock);
    void *block = take_aligned(arena, alignment, bytes);
    unlock(&arena->lock);
    return block;
}

void *memalign(size_t alignment, size_t bytes)
{
    return aligned_alloc(alignment, bytes);
}

int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    int error = errno;

    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    void *made = aligned_alloc(alignment, bytes);
    errno = error;
    if (made == NULL)
        return ENOMEM;
    *block = made;
    return 0;
}

/* Of old programs: from a page on, and whole pages. */
void *valloc(size_t bytes)
{
    return aligned_alloc(PAGE_BYTES, bytes);
}

void *pvalloc(size_t bytes)
{
    return aligned_alloc(PAGE_BYTES, bytes <= PTRDIFF_MAX ? whole_pages(bytes)
                                                          : bytes);
}


size_t malloc_usable_size(void *block)
{
    if (block == NULL)
        return 0;
    struct place place = locate_block("malloc_usable_size", block);
    return place.bytes;
}

static bool trim(struct arena *arena)
{
    lock(&arena->lock);
    u32 used = arena->used_pages, dirty = arena->dirty_pages;
    const struct chunk *chunks = arena->chunks;
    while (arena->idle_count > 0)
        drop_idle(arena);
    purge(arena);
    drop_empty_chunks(arena, NULL);
    bool gone = arena->used_pages < used || arena->dirty_pages < dirty ||
                arena->chunks != chunks;
    unlock(&arena->lock);
    return gone;
}

int malloc_trim(size_t keep)
{
    int error = errno;
    bool gone = false;

    (void)keep;
    for (u32 i = 0; i < ARENAS; i++)
        if (arena_of_number(i))
            gone |= trim(arena_of_number(i));
    errno = error;
    return gone;
}
