/*
 * tests/nth.c - fail the n-th: how an operation is swept.
 *
 * While L1 is drained, a frame more is given back before each run. Since a run
 * that fails changes nothing, memory need not be drained anew each time, and
 * one look at the world before the first run serves for all. A table of the
 * kernel half may stay behind (see mm/kva.h); it is counted as free, and the
 * runs after it have one frame less than the count says.
 */
#include "nth.h"

#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt_user.h"
#include "mm/vm.h"
#include "seam.h"

enum {
    ONE_BY_ONE = 16,  /* from so many free frames on, in growing steps */
    PIECES_MOST = 16, /* runs of what cannot succeed in pieces         */
    /* The audit takes as long as memory is large. With less than so many
     * frames it is made after each failure, with more as much less often;
     * in the long run, 100 times as often. */
    AUDITED_FRAMES = 4096,
};

static struct {
    u32 sweeps;
    u32 failures;
    u32 audits;
    u32 unaudited; /* failures since the last audit */
} tried;

static struct {
    enum nth_scarcity what;
    u32 withheld; /* frames that nobody else can be promised */
} scarce;

/* --------------------------------------------------------------- the world */

static const char *const fact_names[NTH_FACTS] = {
    "free frames", "boot frames", "tables", "frames of ranges",
    "frames of slabs", "frames of large blocks", "kernel pages", "user pages",
    "file pages", "pages of the direct map", "open windows", "ranges",
    "pages in ranges", "free pages of kva", "gaps of kva", "slab caches",
    "slabs", "frames that slabs count", "empty frames of slabs",
    "objects in use", "bytes in use", "large blocks", "frames of blocks",
    "mapped blocks", "pages of mapped blocks", "blocks of the heap",
    "frames promised", "spaces", "regions of spaces", "objects of spaces",
    "what the operation counts",
};

/* The order is that of the names. */
void nth_see_world(struct nth_world *world,
                   const struct nth_operation *operation)
{
    struct pmm_stats frames;
    struct pt_stats pages;
    struct kva_stats ranges;
    struct kheap_stats heap;
    struct vm_stats spaces;

    test_trim();
    vm_trim();
    pt_trim();
    pmm_stats(&frames);
    pt_stats(&pages);
    kva_stats(&ranges);
    kheap_stats(&heap);
    vm_stats(&spaces);
    u32 tables = test_kernel_tables(), spare = test_held() + tables;
    *world = (struct nth_world){ {
        frames.kinds[FRAME_FREE] + spare, frames.kinds[FRAME_BOOT],
        frames.kinds[FRAME_TABLE] - spare, frames.kinds[FRAME_RANGE],
        frames.kinds[FRAME_SLAB], frames.kinds[FRAME_LARGE],
        frames.kinds[FRAME_KERNEL], frames.kinds[FRAME_USER],
        frames.kinds[FRAME_FILE],
        pages.large_pages * CHUNK_FRAMES + pages.small_pages, pages.windows,
        ranges.ranges, ranges.pages, ranges.free, ranges.gaps,
        heap.slabs.caches, heap.slabs.slabs, heap.slabs.frames,
        heap.slabs.empty_frames, heap.slabs.used, heap.slabs.used_bytes,
        heap.large_blocks, heap.large_frames, heap.mapped_blocks,
        heap.mapped_pages, (u32)(heap.allocs - heap.frees),
        spaces.promised - scarce.withheld - tables,
        spaces.spaces, spaces.regions, spaces.objects,
        operation && operation->count ? operation->count() : 0,
    } };
}

const char *nth_difference(const struct nth_world *before,
                           const struct nth_world *after)
{
    for (u32 i = 0; i < NTH_FACTS; i++)
        if (before->facts[i] != after->facts[i])
            return fact_names[i];
    return NULL;
}

static void tell_difference(const struct nth_world *before,
                            const struct nth_world *after)
{
    for (u32 i = 0; i < NTH_FACTS; i++)
        if (before->facts[i] != after->facts[i])
            test_print("#   %s: %u before, %u after", fact_names[i],
                       before->facts[i], after->facts[i]);
}

static bool is_audit_due(void)
{
    tried.unaudited += test_rounds(1);
    if (tried.unaudited <= pmm_span() / AUDITED_FRAMES)
        return false;
    tried.unaudited = 0;
    tried.audits++;
    return true;
}

/* The one place that says what must be as it was. `n` failures were tried. */
static bool expect_world_unchanged(const struct nth_world *before,
                                   const struct nth_operation *operation,
                                   u32 size, u32 n)
{
    struct nth_world after;

    nth_see_world(&after, operation);
    if (is_audit_due())
        EXPECT_AUDIT_CLEAN();
    bool same = nth_difference(before, &after) == NULL;
    if (!same) {
        test_expect(false, __FILE__, __LINE__, "the world is as before");
        test_print("#   of size %u, at failure %u:", size, n);
        tell_difference(before, &after);
    }
    return same;
}

/* ------------------------------------------------------------------- sweeps */

static void withhold_promises(void)
{
    struct vm_stats spaces;

    vm_stats(&spaces);
    if (spaces.limit > spaces.promised)
        scarce.withheld = spaces.limit - spaces.promised;
    EXPECT(vm_promise(scarce.withheld));
}

static void make_scarce(enum nth_scarcity scarcity)
{
    scarce.what = scarcity;
    if (scarcity == NTH_PROMISES)
        withhold_promises();
    else if (scarcity == NTH_PIECES)
        test_drain_to_pieces(ZONE_ANY);
    else
        test_drain(scarcity == NTH_LOW ? ZONE_LOW : ZONE_ANY, 0);
}

/* Some more is there now. Returns: how much; 0 if that was all. */
static u32 give_back(u32 frames)
{
    if (scarce.what != NTH_PROMISES)
        return test_give_back(frames);
    frames = min_u32(frames, scarce.withheld);
    scarce.withheld -= frames;
    vm_release(frames);
    return frames;
}

static void give_all_back(void)
{
    test_refill();
    vm_release(scarce.withheld);
    scarce.withheld = 0;
}

/* With all memory there is, only what needs frames in a row may fail. */
static bool fails_in_plenty(const struct nth_operation *operation, u32 size)
{
    give_all_back();
    bool done = operation->run(size);
    EXPECT(done || operation->in_a_row);
    return !done;
}

/* How often did it fail? */
static u32 run_until_done(const struct nth_operation *operation, u32 size,
                          bool cannot)
{
    struct nth_world before;
    u32 n = 0;

    nth_see_world(&before, operation);
    while (!operation->run(size)) {
        n++;
        tried.failures++;
        if (!expect_world_unchanged(&before, operation, size, n) ||
            (cannot && n == PIECES_MOST))
            return n;
        if (give_back(1 + n / ONE_BY_ONE) == 0)
            return n + fails_in_plenty(operation, size);
    }
    test_expect(!cannot, __FILE__, __LINE__, "frames in a row are needed");
    return n;
}

static u32 heap_refusals(void)
{
    struct kheap_stats stats;

    kheap_stats(&stats);
    return stats.failures;
}

/* Tables of the kernel half stay where they are: those that many operations
 * need, of the first chunks of kva, are made while memory is not in pieces. */
static void make_common_tables(void)
{
    enum { COMMON = 3 };
    virt_addr_t pages[COMMON], between[COMMON];

    for (u32 i = 0; i < COMMON; i++) {
        pages[i] = ptr_to_virt(kva_alloc_pages("common", 1, 0));
        between[i] = kva_alloc("between", CHUNK_FRAMES - 1, 1, 0);
    }
    for (u32 i = 0; i < COMMON; i++) {
        kva_free(pages[i]);
        kva_free(between[i]);
    }
}

void nth_sweep_in(enum nth_scarcity scarcity,
                  const struct nth_operation *operation, u32 size)
{
    bool cannot = scarcity == NTH_PIECES && operation->in_a_row;
    struct nth_world outside;

    tried.sweeps++;
    make_common_tables();
    nth_see_world(&outside, operation);
    if (operation->prepare)
        operation->prepare(size);
    u32 refusals = heap_refusals();
    make_scarce(scarcity);
    u32 failures = run_until_done(operation, size, cannot);
    if (operation->is_block)
        EXPECT_EQ(heap_refusals() - refusals, failures);
    operation->undo();
    expect_world_unchanged(&outside, operation, size, failures);
    give_all_back();
}

bool nth_has(enum nth_scarcity scarcity)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return scarcity != NTH_LOW || stats.free[ZONE_ANY] > stats.free[ZONE_LOW];
}

void nth_sweep(const struct nth_operation *operation, u32 size)
{
    for (u32 scarcity = 0; scarcity < NTH_SCARCITIES; scarcity++)
        if (nth_has((enum nth_scarcity)scarcity))
            nth_sweep_in((enum nth_scarcity)scarcity, operation, size);
}

/* Is there an n-th allocation? An operation may do without what was refused:
 * that is a success, and the next allocation has its turn. */
static bool refuse_nth(const struct nth_operation *operation, u32 size, u32 n)
{
    struct nth_world outside, inside;

    nth_see_world(&outside, operation);
    if (operation->prepare)
        operation->prepare(size);
    nth_see_world(&inside, operation);
    seam_refuse(n);
    bool done = operation->run(size);
    bool was_refused = seam_calls() >= n;
    seam_refuse(0);
    tried.failures += was_refused;
    EXPECT(done || was_refused);
    if (!done)
        expect_world_unchanged(&inside, operation, size, n);
    operation->undo();
    expect_world_unchanged(&outside, operation, size, n);
    return was_refused;
}

void nth_sweep_l4(const struct nth_operation *operation, u32 size)
{
    if (!seam_is_there())
        return;
    tried.sweeps++;
    for (u32 n = 1; refuse_nth(operation, size, n); n++)
        continue;
}

void nth_sweep_all(const struct nth_operation *operation, u32 size)
{
    nth_sweep(operation, size);
    nth_sweep_l4(operation, size);
}

void nth_count_sweep(u32 failures)
{
    tried.sweeps++;
    tried.failures += failures;
}

void nth_report(void)
{
    if (tried.sweeps > 0)
        test_print("# nth: %u sweeps, %u failures tried, %u audits",
                   tried.sweeps, tried.failures, tried.audits);
    tried.sweeps = tried.failures = tried.audits = 0;
}
