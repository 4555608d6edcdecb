/*
 * tests/model/kheap_work.c - random work on the heap.
 *
 * An operation takes a block, gives one back, changes its size, or looks at
 * one. How likely each is, and of which sizes, the phase says.
 */
#include "kheap_work.h"

#include "kheap_model.h"
#include "mm/pmm.h"

#include "strata_test.h"

enum {
    HELD_MAX = 4096,  /* blocks                                       */
    LARGE = 1 << 16,  /* free frames, 256 MiB: from here on memory is
                         made short once only                         */
    SHORT_EVERY = 3,  /* phases: in the last of these memory is short */
    SPARE_ORDER = 8,  /* up to so many frames are left then: 2^8      */
};

/* Which sizes a phase asks for. */
enum sizes {
    SIZES_SMALL,  /* up to 128 bytes, each as often as the others     */
    SIZES_ONE,    /* always the same, of a slab                       */
    SIZES_SKEWED, /* the smaller, the more often; some up to 64 KiB   */
    SIZES_ALL,    /* these, but a few are more than a chunk           */
    SIZES,
};

static struct {
    struct kheap_model model;
    u32 seed;
    u32 random;
    u32 number;       /* of the operation, from 1                     */
    const char *name; /* of it                                        */
    size_t bytes;
    size_t align;
    /* the phase */
    u32 phase;        /* how many there were                          */
    enum sizes sizes;
    u32 one;          /* size                                         */
    u32 lean;         /* of 100 operations that take or give, how many
                         take                                         */
    bool is_short;
} work;

/* --------------------------------------------------------------- decisions */

/* From 0 to limit - 1; limit is at most 2^24. */
static u32 random_below(u32 limit)
{
    return (u32)((u64)test_random(&work.random) * limit >> 24);
}

/* Up to 2^16 bytes, half of them below 2^4; some are a little more or less
 * than an eighth of a power of two, where size classes end. */
static u32 skewed_size(void)
{
    u32 order = 4;

    if (random_below(4) == 0)
        return ((8 + random_below(8)) << random_below(11)) + random_below(3) -
               1;
    while (order < 16 && random_below(2))
        order++;
    return random_below((1u << order) + 1);
}

static u32 large_size(void)
{
    switch (random_below(64)) {
    case 0: return CHUNK_SIZE + random_below(CHUNK_SIZE);
    case 1: return CHUNK_SIZE;
    case 2: case 3: case 4: return random_below(1 << 20);
    default: return random_below(64 << 10);
    }
}

static u32 choose_size(void)
{
    switch (work.sizes) {
    case SIZES_SMALL: return random_below(129);
    case SIZES_ONE: return work.one;
    case SIZES_SKEWED: return skewed_size();
    default: return random_below(128) ? skewed_size() : large_size();
    }
}

/* Most often up to a page, sometimes more, rarely too much. */
static size_t choose_align(void)
{
    u32 odds = random_below(64);

    if (odds == 0)
        return (size_t)CHUNK_SIZE << random_below(2);
    return (size_t)1 << random_below(odds < 8 ? 17 : 13);
}

static u32 choose_slot(void)
{
    return random_below(work.model.count);
}

static void announce(const char *name, size_t bytes, size_t align)
{
    work.name = name;
    work.bytes = bytes;
    work.align = align;
}

/* ------------------------------------------------------------- operations */

static const char *take_plain(void)
{
    u32 bytes = choose_size();

    announce("kalloc", bytes, 1);
    return kheap_model_alloc(&work.model, bytes, 1, kalloc(bytes));
}

static const char *take_zeroed(void)
{
    u32 count = random_below(17);
    u32 bytes = choose_size() / 16;

    announce("kcalloc", count * bytes, 1);
    void *block = kcalloc(count, bytes);
    const char *words = kheap_model_zeroed(&work.model, block, count * bytes);
    const char *more = kheap_model_alloc(&work.model, count * bytes, 1, block);
    return words ? words : more;
}

static const char *take_aligned(void)
{
    u32 bytes = choose_size();
    size_t align = choose_align();

    announce("kalloc_aligned", bytes, align);
    return kheap_model_alloc(&work.model, bytes, align,
                             kalloc_aligned(bytes, align));
}

static const char *take_by_resize(void)
{
    u32 bytes = choose_size();

    announce("krealloc of NULL", bytes, 1);
    return kheap_model_alloc(&work.model, bytes, 1, krealloc(NULL, bytes));
}

/* More than there are addresses, by itself or as a product. */
static const char *ask_too_much(void)
{
    size_t bytes = SIZE_MAX - random_below(2 * PAGE_SIZE);

    announce("a request for too much", bytes, 1);
    void *block = random_below(2) ? kalloc(bytes) : kcalloc(bytes / 4, 5);
    return kheap_model_alloc(&work.model, bytes, 1, block);
}

static const char *take(void)
{
    u32 odds = random_below(64);

    if (odds == 0)
        return ask_too_much();
    if (odds < 12)
        return take_aligned();
    if (odds < 24)
        return take_zeroed();
    return odds < 32 ? take_by_resize() : take_plain();
}

static const char *give(void)
{
    u32 slot = choose_slot();
    const struct model_block *block = &work.model.blocks[slot];

    announce("kfree", block->bytes, block->align);
    const char *words = kheap_model_look(&work.model, slot);
    if (words)
        return words;
    kfree(block->start);
    return kheap_model_free(&work.model, slot);
}

/* To any size, to one that is near, or to nothing. */
static const char *resize(void)
{
    u32 slot = choose_slot();
    const struct model_block *block = &work.model.blocks[slot];
    u32 odds = random_below(32);
    u32 bytes = choose_size();

    if (odds < 12)
        bytes = block->bytes + random_below(64);
    else if (odds < 20)
        bytes = block->bytes - random_below(min_u32(block->bytes, 64) + 1);
    else if (odds == 20)
        bytes = 0;
    announce("krealloc", bytes, block->align);
    return kheap_model_resize(&work.model, slot, bytes,
                              krealloc(block->start, bytes));
}

static const char *step(void)
{
    u32 odds = random_below(4096);

    work.number++;
    if (odds == 0) {
        announce("kheap_trim", 0, 0);
        kheap_trim();
        return kheap_model_look_at_stats(&work.model);
    }
    if (work.model.count == 0)
        return take();
    if (odds < 600)
        return resize();
    if (odds < 700)
        return kheap_model_look(&work.model, choose_slot());
    return work.model.count < work.model.max && random_below(100) < work.lean
               ? take()
               : give();
}

/* ------------------------------------------------------------------ phases */

/* On a large machine it takes long to make memory short. */
static bool is_short_phase(u32 phase)
{
    if (phase % SHORT_EVERY != SHORT_EVERY - 1)
        return false;
    return phase < SHORT_EVERY || test_free_frames() < LARGE;
}

static void begin_phase(void)
{
    static const u8 leans[] = { 98, 75, 60, 50, 50, 40, 25, 5 };

    work.sizes = (enum sizes)random_below(SIZES);
    work.one = 1 + random_below(16u << random_below(10));
    work.lean = leans[random_below(ARRAY_SIZE(leans))];
    work.is_short = is_short_phase(work.phase++);
    if (work.is_short) {
        work.lean = max_u32(work.lean, 60);
        test_drain(ZONE_ANY, random_below(1u << random_below(SPARE_ORDER + 1)));
    }
}

/* ---------------------------------------------------------- the whole work */

u32 kheap_work_bytes(void)
{
    return HELD_MAX * (u32)sizeof(struct model_block);
}

void kheap_work_begin(void *memory, u32 seed)
{
    kheap_model_begin(&work.model, memory, HELD_MAX);
    work.seed = seed;
    work.random = seed * 0x9e3779b9;
    work.number = 0;
    work.phase = 0;
}

const char *kheap_work_phase(u32 operations)
{
    const char *words = NULL;

    kheap_model_resume(&work.model);
    begin_phase();
    for (u32 i = 0; i < operations && !words; i++)
        words = step();
    if (work.is_short)
        test_refill();
    if (words)
        return words;
    announce("the end of a phase", 0, 0);
    kheap_check();
    return kheap_model_look_at_all(&work.model);
}

const char *kheap_work_end(void)
{
    const char *words = NULL;

    kheap_model_resume(&work.model);
    while (work.model.count > 0 && !words)
        words = give();
    return words ? words : kheap_model_look_at_stats(&work.model);
}

void kheap_work_abandon(void)
{
    test_refill();
    while (work.model.count > 0)
        kfree(work.model.blocks[--work.model.count].start);
}

void kheap_work_print(const char *words)
{
    test_print("# seed %u, operation %u, %s (%zu bytes, aligned to %zu): %s; "
               "it is about %p", work.seed, work.number,
               work.name ? work.name : "the first", work.bytes, work.align,
               words, work.model.suspect);
}
