/*
 * Tests of L1 against a model: random work, and zones filled to the last
 * frame. See tests/model/pmm_model.c and tests/model/pmm_work.c.
 *
 * What fails tells its seed and the number of the operation. The numbers are
 * the same in every run of the same machine; seed=N begins with another one.
 */
#include "mm/kheap.h"
#include "mm/pmm.h"
#include "pmm_work.h"

#include "strata_test.h"

enum {
    ROUND = 100000,       /* operations with one seed                */
    LARGE = 1 << 16,      /* frames, 256 MiB: from here on less is
                             done, so that it does not take longer   */
    VERY_LARGE = 1 << 19, /* 2 GiB                                   */
    STRIDE = 7,
};

static struct pmm_work work;

static struct pmm_stats counts(void)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return stats;
}

static void expect_same_counts(const struct pmm_stats *before)
{
    struct pmm_stats after = counts();

    for (u32 kind = 0; kind < FRAME_KINDS; kind++)
        EXPECT_EQ(after.kinds[kind], before->kinds[kind]);
    for (u32 zone = 0; zone < ZONES; zone++)
        EXPECT_EQ(after.free[zone], before->free[zone]);
}

/* ----------------------------------------------------------------- failures */

/* Do what may end in a panic of the allocator; then say where that was. */
static void under_guard(void (*body)(void))
{
    test_panic_expected = true;
    if (TEST_SAVE_PLACE(test_panic_place) == 0) {
        body();
        test_panic_expected = false;
    } else {
        pmm_work_print(&work, "a panic");
        test_panic_came("(no panic)", __FILE__, __LINE__);
    }
}

/* Note the failure, if these words are one. */
static bool agrees(const char *words)
{
    if (words)
        pmm_work_print(&work, words);
    return EXPECT(words == NULL);
}

/* After a failure, give back what the model says we hold, for those tests
 * that follow. If nothing failed, that is nothing. */
static void give_back(void)
{
    for (u32 n = 0; n < work.model.span; n++) {
        const struct model_frame *frame = &work.model.frames[n];
        enum frame_kind kind = (enum frame_kind)frame->kind;

        if (!frame->ours || frame->head != n || pmm_kind(pfn(n)) != kind)
            continue;
        for (u32 i = 1; kind >= FRAME_KERNEL && i < frame->payload; i++)
            pmm_put(pfn(n));
        pmm_free_run(pfn(n), frame->order, kind);
    }
}

/* -------------------------------------------------------------- random work */

static u32 operations(void)
{
    u32 free = work.model.kinds[FRAME_FREE];

    if (free >= VERY_LARGE)
        return test_rounds(ROUND / 20);
    return test_rounds(free >= LARGE ? ROUND / 5 : ROUND);
}

static void work_at_random(void)
{
    struct pmm_stats before = counts();
    u32 seed = test_option("seed", 1);

    for (u32 left = operations(); left > 0; seed++) {
        u32 now = min_u32(left, ROUND);

        if (!agrees(pmm_work_run(&work, seed, now)))
            return;
        left -= now;
    }
    expect_same_counts(&before);
}

TEST(pmm, random_work_agrees_with_the_model)
{
    void *memory = kalloc(pmm_work_bytes(pmm_span()));

    if (!memory)
        SKIP("needs memory for the model, 20 bytes a frame");
    if (agrees(pmm_work_begin(&work, memory)))
        under_guard(work_at_random);
    under_guard(give_back);
    kfree(memory);
}

/* -------------------------------------------------- zones, frame by frame */

/* Take every frame of the zone, of all kinds by turns. */
static bool fill(enum zone zone)
{
    const char *words = NULL;
    pfn_t frame;

    do {
        enum frame_kind kind = (enum frame_kind)(
            FRAME_TABLE + work.number++ % (FRAME_KINDS - FRAME_TABLE));

        frame = pmm_alloc(zone, kind);
        words = pmm_model_alloc(&work.model, zone, 0, kind, frame);
        if (!words && !pfn_is_none(frame))
            words = pmm_model_look(&work.model, frame.n);
    } while (!words && !pfn_is_none(frame));
    return agrees(words);
}

static const char *free_if_ours(u32 n)
{
    const struct model_frame *frame = &work.model.frames[n];
    enum frame_kind kind = (enum frame_kind)frame->kind;

    if (!frame->ours)
        return NULL;
    work.number++;
    pmm_free(pfn(n), kind);
    return pmm_model_free(&work.model, pfn(n), 0, kind);
}

/* Give all of it back, every STRIDE-th frame first. */
static bool empty(void)
{
    const char *words = NULL;

    for (u32 first = 0; first < STRIDE; first++)
        for (u32 n = first; n < work.model.span && !words; n += STRIDE)
            words = free_if_ours(n);
    return agrees(words);
}

static void fill_and_empty(void)
{
    for (u32 zone = 0; zone < ZONES; zone++) {
        work.now = (struct work_operation){ .name = "alloc until none is left",
                                            .zone = (enum zone)zone };
        if (!fill((enum zone)zone) ||
            !agrees(pmm_model_look_at_all(&work.model)))
            return;
        EXPECT_EQ(counts().free[zone], 0);
        pmm_check();
        work.now.name = "free of all that was taken";
        if (!empty() || !agrees(pmm_model_look_at_all(&work.model)))
            return;
        pmm_check();
    }
}

/* The same where a model would take too long: only the counts. */
static void drain_and_refill(const struct pmm_stats *before)
{
    for (u32 zone = 0; zone < ZONES; zone++) {
        u32 taken = test_drain((enum zone)zone, 0);
        struct pmm_stats full = counts();

        EXPECT_EQ(taken, before->free[zone]);
        EXPECT_EQ(full.kinds[FRAME_FREE], before->kinds[FRAME_FREE] - taken);
        EXPECT_EQ(full.kinds[FRAME_TABLE], before->kinds[FRAME_TABLE] + taken);
        for (u32 z = 0; z < ZONES; z++)
            EXPECT_EQ(full.free[z], z > zone ? before->free[z] - taken : 0);
        test_refill();
        expect_same_counts(before);
    }
}

TEST(pmm, each_zone_is_filled_and_emptied_frame_by_frame)
{
    kheap_trim();
    struct pmm_stats before = counts();
    if (before.kinds[FRAME_FREE] >= LARGE) {
        drain_and_refill(&before);
        return;
    }

    void *memory = kalloc(pmm_work_bytes(pmm_span()));
    if (!memory)
        SKIP("needs memory for the model, 20 bytes a frame");
    if (agrees(pmm_work_begin(&work, memory)))
        under_guard(fill_and_empty);
    under_guard(give_back);
    kfree(memory);
}

/* ---------------------------------------------------------- false answers */

/* The model is told of answers that the allocator never gave. */
static void tell_lies(struct pmm_model *model, u32 frame)
{
    u32 odd = frame | 1;
    u32 foreign = 0; /* the BIOS's */

    EXPECT(pmm_model_alloc(model, ZONE_LOW, 0, FRAME_USER, PFN_NONE));
    EXPECT(pmm_model_alloc(model, ZONE_LOW, 0, FRAME_USER, pfn(foreign)));
    EXPECT(pmm_model_alloc(model, ZONE_LOW, 1, FRAME_USER, pfn(odd)));
    EXPECT(pmm_model_alloc(model, ZONE_ANY, 0, FRAME_USER, pfn(model->span)));
    EXPECT(pmm_model_alloc_bulk(model, ZONE_LOW, FRAME_USER, 1, NULL, false));
    EXPECT(pmm_model_free(model, pfn(frame), 0, FRAME_USER));
    EXPECT(pmm_model_free(model, pfn(foreign), 0, FRAME_RESERVED));
    EXPECT(pmm_model_look_at_stats(model) == NULL);

    EXPECT(!pmm_model_alloc(model, ZONE_ANY, 0, FRAME_USER, pfn(frame)));
    EXPECT(pmm_model_alloc(model, ZONE_ANY, 0, FRAME_USER, pfn(frame)));
    EXPECT(pmm_model_look(model, frame));
    EXPECT(pmm_model_look_at_stats(model));
    EXPECT(pmm_model_put(model, pfn(frame), false));
    EXPECT(pmm_model_get(model, pfn(frame), false));
    EXPECT(!pmm_model_get(model, pfn(frame), true));
    EXPECT(pmm_model_free(model, pfn(frame), 0, FRAME_USER));
    EXPECT(pmm_model_put(model, pfn(frame), true));
}

TEST(pmm, the_model_objects_to_false_answers)
{
    void *memory = kalloc(pmm_model_bytes(pmm_span()));

    if (!memory)
        SKIP("needs memory for the model, 16 bytes a frame");
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_TABLE);
    if (!pfn_is_none(frame))
        pmm_free(frame, FRAME_TABLE);
    if (agrees(pmm_model_learn(&work.model, memory)) && !pfn_is_none(frame))
        tell_lies(&work.model, frame.n);
    if (frame.n >= 16 << 8 && !pfn_is_none(frame))
        EXPECT(pmm_model_alloc(&work.model, ZONE_DMA, 0, FRAME_USER, frame));
    kfree(memory);
}
