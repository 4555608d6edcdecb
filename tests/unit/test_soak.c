/*
 * The soak: random work at all layers beside each other, round after round,
 * each with another seed and with other switches of the heap.
 *
 *      a round     the heap is made anew, with its switches
 *                  kalloc() until it answers NULL, then all is given back
 *        12 times  a phase of work on the heap, whose blocks stay
 *                  one of the jobs, with memory or with next to none
 *                  all is given back: the audit is clean, no frame missing
 *
 * As one of the tests it takes a few rounds. With `test=soak soak seed=1` on
 * the kernel's command line it goes on until a key is pressed, which `make
 * soak` does after its TIME. Each round says its seed before it begins, so that
 * it stands above whatever goes wrong. The first one repeats all of it,
 * exactly; a round's own has the same switches and the same work, but finds
 * other frames free.
 */
#include "kheap_work.h"
#include "kva_work.h"
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt_user.h"
#include "pmm_work.h"
#include "pt_work.h"
#include "slab_work.h"

#include "strata_test.h"

enum {
    FRAMES_MIN = 400,
    LARGE = 1 << 16, /* free frames, 256 MiB: from here on memory is made
                        short less often, and there are fewer rounds     */
    FEW_FRAMES = 4,  /* may be left when kalloc() answers NULL           */
    GIVEN_TIME = 8,  /* times as much in a round, if there is time       */
    SPARE_ORDER = 8, /* where memory is short, up to 2^8 frames are left */
};

/* What a round's heap is checked for, by its seed. */
static const char *const switches[] = {
    "", "poison", "redzone", "quarantine", "guard", "guard-before", "trace",
    "poison,redzone,quarantine,trace",
    "poison,redzone,quarantine,guard,trace",
};

static struct {
    u8 *memory;  /* the heap's model, then that of frames           */
    struct pmm_work frames;
    u32 random;
    u32 times;   /* this much is done of all                        */
} soak;

static u32 random_below(u32 limit)
{
    return (u32)((u64)test_random(&soak.random) * limit >> 24);
}

/* Note the failure, if these words are one. */
static bool agrees(const char *name, const char *words)
{
    if (words)
        test_print("# soak: %s: %s", name, words);
    return EXPECT(words == NULL);
}

/* -------------------------------------------------------------------- jobs */

/* When L1 runs dry, L2 gives it what it has in stock: the model, which knows
 * nothing of that, begins without. */
static const char *work_on_frames(u32 seed)
{
    struct pmm_work *work = &soak.frames;

    pt_trim();
    const char *words = pmm_work_begin(work,
                                       soak.memory + kheap_work_bytes());

    if (!words)
        words = pmm_work_run(work, seed, 500 * soak.times);
    if (words)
        pmm_work_print(work, words);
    return words;
}

static const char *work_on_pages(u32 seed)
{
    return pt_work(seed, 500 * soak.times);
}

static const char *work_on_ranges(u32 seed)
{
    static const struct kva_sort crowded = { 10, 3, 2, 64, false, false };

    return kva_work(&crowded, seed, 50 * soak.times);
}

static const char *work_on_ranges_with_memory(u32 seed)
{
    static const struct kva_sort memory = { 4, 0, 2, 24, true, true };

    return kva_work(&memory, seed, 100 * soak.times);
}

static const char *work_on_caches(u32 seed)
{
    return slab_work(seed, 250 * soak.times);
}

static const char *work_on_programs(u32 seed)
{
    return test_programs(seed, soak.times);
}

/* Each leaves the world as it found it, whatever else is allocated, and takes
 * it that memory may be short. */
static const struct {
    const char *name;
    const char *(*run)(u32 seed);
} jobs[] = {
    { "L1, frames", work_on_frames },
    { "L2, pages", work_on_pages },
    { "L3, ranges", work_on_ranges },
    { "L3, ranges with memory", work_on_ranges_with_memory },
    { "L4, caches", work_on_caches },
    { "L5, programs", work_on_programs },
};

static bool do_a_job(void)
{
    u32 job = random_below(ARRAY_SIZE(jobs));
    bool is_short = random_below(test_free_frames() < LARGE ? 3 : 16) == 0;

    if (is_short)
        test_drain(ZONE_ANY, random_below(1u << random_below(SPARE_ORDER + 1)));
    const char *words = jobs[job].run(test_random(&soak.random));
    if (is_short)
        test_refill();
    return agrees(jobs[job].name, words);
}

/* -------------------------------------------------- exhaustion and recovery */

/* A block, whose last word is marked, too. */
struct piece {
    struct piece *before;
    u32 bytes;
};

static u32 *last_word(struct piece *piece)
{
    return (u32 *)(void *)((u8 *)piece + piece->bytes) - 1;
}

static struct piece *take_pieces(u32 bytes, struct piece *last)
{
    for (struct piece *piece = kalloc(bytes); piece; piece = kalloc(bytes)) {
        *piece = (struct piece){ last, bytes };
        *last_word(piece) = ~bytes;
        last = piece;
    }
    return last;
}

static bool give_pieces(struct piece *last)
{
    bool is_right = true;

    while (last && is_right) {
        struct piece *piece = last;
        last = piece->before;
        is_right = EXPECT(*last_word(piece) == ~piece->bytes);
        kfree(piece);
    }
    return is_right;
}

/* Larger blocks first: what they cannot use is left to the smaller ones. */
static bool exhaust(void)
{
    static const u32 sizes[] = { CHUNK_SIZE, 16 * PAGE_SIZE, PAGE_SIZE, 16 };
    struct piece *last = NULL;

    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
        last = take_pieces(sizes[i], last);
    bool is_exhausted = EXPECT(test_free_frames() < FEW_FRAMES);
    return give_pieces(last) && is_exhausted;
}

/* ------------------------------------------------------------------ rounds */

static bool work_beside_each_other(u32 seed)
{
    bool is_right = true;

    kheap_work_begin(soak.memory, seed);
    for (u32 i = 0; i < KHEAP_WORK_PHASES && is_right; i++) {
        const char *words = kheap_work_phase(200 * soak.times);
        if (words)
            kheap_work_print(words);
        is_right = agrees("L4, heap", words) && do_a_job();
        if (i == KHEAP_WORK_PHASES / 2 && is_right)
            is_right = EXPECT_AUDIT_CLEAN();
    }
    return is_right && agrees("L4, heap", kheap_work_end());
}

static bool round_of(u32 seed, u32 frames)
{
    soak.random = seed * 0x9e3779b9;
    bool is_right = exhaust() && work_beside_each_other(seed);
    kheap_work_abandon(); /* if nothing failed, that is nothing */
    bool is_clean = EXPECT_AUDIT_CLEAN();
    return EXPECT(test_all_frames() == frames) && is_clean && is_right;
}

static void print_work(void)
{
    struct kheap_stats stats;

    kheap_stats(&stats);
    test_print("#   %llu blocks, %u refused", stats.allocs, stats.failures);
}

/* Rounds, until one fails or the time is up. */
static void do_rounds(u32 frames)
{
    bool has_time = test_has_option("soak");
    u32 seed = test_option("seed", 1), round = 0;
    u32 usual = test_free_frames() < LARGE ? ARRAY_SIZE(switches) : 2;
    u32 rounds = usual + test_rounds(1) - 1;
    bool is_right = true;

    soak.times = has_time ? GIVEN_TIME : 1;
    while (is_right && (has_time ? !test_time_is_up() : round < rounds)) {
        const char *on = switches[seed % ARRAY_SIZE(switches)];
        test_print("# soak: round %u, seed %u, heap=%s", ++round, seed, on);
        test_heap_restart(on);
        is_right = round_of(seed++, frames);
        print_work();
    }
    test_print("# soak: the end, after %u rounds; %u frames free, %u at first",
               round, test_all_frames(), frames);
}

TEST(soak, random_work_at_all_layers_ends_with_every_frame_free)
{
    u32 pages = (kheap_work_bytes() + pmm_work_bytes(pmm_span())) / PAGE_SIZE;

    NEED_UNUSED_HEAP();
    NEED_FREE_FRAMES(FRAMES_MIN + pages, "2 MiB");
    soak.memory = kva_alloc_pages("models of the soak", pages + 1, 1);
    if (!EXPECT(soak.memory != NULL))
        return;
    const char *before = test_heap_restart(NULL);
    do_rounds(test_all_frames());
    test_heap_restart(before);
    kva_free(ptr_to_virt(soak.memory));
}
