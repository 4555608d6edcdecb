/*
 * Every allocation of mm/pmm*.c, with too little memory.
 */
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/pmm.h"
#include "nth.h"

enum { MOST = 200 };

static struct {
    enum zone zone;
    enum frame_kind kind;
    pfn_t head;
    pfn_t frames[MOST];
    u32 count; /* of what is held now: frames, or runs */
} asked;

static bool keep(pfn_t head)
{
    asked.head = head;
    asked.count = !pfn_is_none(head);
    return asked.count > 0;
}

static bool alloc(u32 size)
{
    (void)size;
    return keep(pmm_alloc(asked.zone, asked.kind));
}

static bool alloc_zeroed(u32 size)
{
    (void)size;
    if (!keep(pmm_alloc_zeroed(asked.zone, asked.kind)))
        return false;
    const u32 *words = pfn_to_ptr(asked.head);
    EXPECT(words[0] == 0 && words[1023] == 0);
    return true;
}

static bool alloc_run(u32 order)
{
    return keep(pmm_alloc_run(asked.zone, order, asked.kind));
}

static void free_run(void)
{
    if (asked.count > 0)
        pmm_free_run(asked.head, pmm_order(asked.head), asked.kind);
    asked.count = 0;
}

static bool alloc_bulk(u32 count)
{
    asked.count = pmm_alloc_bulk(asked.zone, asked.kind, count, asked.frames)
                      ? count
                      : 0;
    return asked.count > 0;
}

static void free_bulk(void)
{
    pmm_free_bulk(asked.kind, asked.count, asked.frames);
    asked.count = 0;
}

/* Sweep it for each kind, in the zones up to `last` that have memory. */
static void sweep_kinds(const struct nth_operation *operation, enum zone last)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    for (u32 zone = ZONE_DMA; zone <= last; zone++)
        for (u32 kind = FRAME_TABLE; kind < FRAME_KINDS; kind++) {
            asked.zone = (enum zone)zone;
            asked.kind = (enum frame_kind)kind;
            if (stats.free[zone] > 0)
                nth_sweep(operation, 1);
        }
}

SWEEP(pmm_alloc, of_every_kind_from_every_zone_is_refused_without_a_trace)
{
    static const struct nth_operation operation = { .run = alloc,
                                                    .undo = free_run };

    sweep_kinds(&operation, ZONE_ANY);
}

SWEEP(pmm_alloc_zeroed, is_refused_without_a_trace)
{
    static const struct nth_operation operation = { .run = alloc_zeroed,
                                                    .undo = free_run };

    sweep_kinds(&operation, ZONE_LOW);
}

SWEEP(pmm_alloc_run, of_small_and_large_orders_is_refused_without_a_trace)
{
    struct nth_operation operation = { .run = alloc_run, .undo = free_run };

    asked.kind = FRAME_LARGE;
    for (u32 order = 0; order <= ORDER_MAX; order += 1 + order / 3) {
        operation.in_a_row = order > 0;
        asked.zone = order % 2 ? ZONE_LOW : ZONE_ANY;
        nth_sweep(&operation, order);
    }
}

SWEEP(pmm_alloc_bulk, gives_back_what_it_got_when_it_gets_no_more)
{
    static const struct nth_operation operation = { .run = alloc_bulk,
                                                    .undo = free_bulk };
    static const u32 counts[] = { 1, 2, 31, 32, 33, 64, MOST };

    for (u32 i = 0; i < ARRAY_SIZE(counts); i++) {
        asked.zone = i % 2 ? ZONE_LOW : ZONE_ANY;
        asked.kind = i % 3 ? FRAME_USER : FRAME_TABLE;
        nth_sweep(&operation, counts[i]);
    }
}

/* ------------------------------------------------------- the sweeps as such */

TEST(nth, a_leak_in_any_layer_is_seen)
{
    struct nth_world before, after;
    pfn_t frame;

    nth_see_world(&before, NULL);
    frame = pmm_alloc(ZONE_LOW, FRAME_TABLE);
    nth_see_world(&after, NULL);
    EXPECT(nth_difference(&before, &after) != NULL);
    pmm_free(frame, FRAME_TABLE);
    virt_addr_t range = kva_alloc("test", 1, 1, 0);
    nth_see_world(&after, NULL);
    EXPECT(nth_difference(&before, &after) != NULL);
    kva_free(range);
    void *block = kalloc(1);
    nth_see_world(&after, NULL);
    EXPECT(nth_difference(&before, &after) != NULL);
    kfree(block);
    nth_see_world(&after, NULL);
    EXPECT(nth_difference(&before, &after) == NULL);
}

TEST(nth, drained_memory_comes_back_frame_by_frame)
{
    u32 before = test_free_frames();

    for (u32 in_pieces = 0; in_pieces < 2; in_pieces++) {
        if (in_pieces)
            test_drain_to_pieces(ZONE_LOW);
        else
            test_drain(ZONE_LOW, 0);
        EXPECT_EQ(test_held(), before);
        EXPECT_EQ(test_give_back(9), 9);
        EXPECT_EQ(test_free_frames(), 9);
        pfn_t run = pmm_alloc_run(ZONE_LOW, 1, FRAME_TABLE);
        if (in_pieces)
            EXPECT(pfn_is_none(run));
        if (!pfn_is_none(run))
            pmm_free_run(run, 1, FRAME_TABLE);
        test_refill();
        EXPECT_EQ(test_free_frames(), before);
    }
}
