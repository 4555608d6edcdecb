/*
 * Tests of L4 against a model: random work with every function of the heap,
 * with memory in plenty and with hardly any. See tests/model/kheap_model.c and
 * tests/model/kheap_work.c.
 *
 * What fails tells its seed and the number of the operation. The numbers are
 * the same in every run of the same machine; seed=N begins with another one.
 */
#include "kheap_model.h"
#include "kheap_work.h"
#include "mm/pmm.h"

#include "strata_test.h"

enum {
    ROUND = 50400, /* operations with one seed; 199 times that is 10^7 */
    FRAMES_MIN = 128,
};

static void *memory;

/* Note the failure, if these words are one. */
static bool agrees(const char *words)
{
    if (words)
        kheap_work_print(words);
    return EXPECT(words == NULL);
}

static struct pmm_stats counts(void)
{
    struct pmm_stats stats;

    kheap_trim();
    pmm_stats(&stats);
    return stats;
}

/* Page tables of kernel ranges stay. */
static void expect_same_counts(const struct pmm_stats *before)
{
    struct pmm_stats after = counts();

    EXPECT_EQ(after.kinds[FRAME_FREE] + after.kinds[FRAME_TABLE],
              before->kinds[FRAME_FREE] + before->kinds[FRAME_TABLE]);
    for (u32 kind = FRAME_TABLE + 1; kind < FRAME_KINDS; kind++)
        EXPECT_EQ(after.kinds[kind], before->kinds[kind]);
}

static const char *round_of(u32 seed)
{
    const char *words = NULL;

    kheap_work_begin(memory, seed);
    for (u32 i = 0; i < KHEAP_WORK_PHASES && !words; i++)
        words = kheap_work_phase(ROUND / KHEAP_WORK_PHASES);
    return words ? words : kheap_work_end();
}

static void work_at_random(void)
{
    struct pmm_stats before = counts();
    u32 seed = test_option("seed", 1);
    u32 rounds = 2 * test_rounds(1) - 1; /* 1; in the long run, 199 */

    for (u32 i = 0; i < rounds; i++)
        if (!agrees(round_of(seed + i)))
            return;
    expect_same_counts(&before);
    test_print("# %u operations", rounds * ROUND);
}

/* Do what may end in a panic of the heap; then say where that was. */
static void under_guard(void (*body)(void))
{
    test_panic_expected = true;
    if (TEST_SAVE_PLACE(test_panic_place) == 0) {
        body();
        test_panic_expected = false;
    } else {
        agrees("a panic");
        test_panic_came("(no panic)", __FILE__, __LINE__);
    }
}

TEST(kheap, random_work_agrees_with_the_model)
{
    NEED_FREE_FRAMES(FRAMES_MIN, "512 KiB");
    memory = kalloc(kheap_work_bytes());
    if (!memory)
        SKIP("needs memory to remember every block");

    under_guard(work_at_random);
    under_guard(kheap_work_abandon); /* if nothing failed, that is nothing */
    kfree(memory);
}

/* ---------------------------------------------------------- false answers */

static struct kheap_model model;

/* The model is told of answers that the heap never gave. */
static void tell_lies(u8 *block)
{
    EXPECT(kheap_model_alloc(&model, 1, 1, NULL));
    EXPECT(kheap_model_alloc(&model, SIZE_MAX, 1, block));
    EXPECT(kheap_model_look_at_stats(&model)); /* a refusal too many */
    EXPECT(kheap_model_free(&model, 0));

    EXPECT(!kheap_model_alloc(&model, 100, 1, block));
    EXPECT(!kheap_model_look(&model, 0));
    EXPECT(kheap_model_zeroed(&model, block, 100));
    EXPECT(kheap_model_resize(&model, 0, 10, NULL));
    EXPECT(kheap_model_alloc(&model, ksize(block) + 1, 1, block));
    EXPECT(!kheap_model_alloc(&model, 50, 1, block)); /* twice the same */
    EXPECT(kheap_model_look(&model, 0));
    EXPECT(kheap_model_alloc(&model, 100, CHUNK_SIZE, block + 8));
    EXPECT(!kheap_model_resize(&model, 2, 0, NULL));
    EXPECT(kheap_model_resize(&model, 0, 100, block));
}

TEST(kheap, the_model_objects_to_false_answers)
{
    struct model_block blocks[8];
    u8 *block = kalloc(100);

    if (test_free_frames() < FRAMES_MIN || !block) {
        kfree(block);
        SKIP("needs 512 KiB of free memory");
    }
    kheap_model_begin(&model, blocks, ARRAY_SIZE(blocks));
    tell_lies(block);
    kfree(block);
}
