/*
 * Tests of mm/memmap.c: stories by number, side by side with a model.
 */
#include "memmap_stories.h"
#include "mm/kheap.h"
#include "strata_test.h"

static bool agrees(struct trial *trial, u32 seed)
{
    story_make(&trial->story, seed);
    const char *objection = trial_run(trial);

    if (objection)
        test_print("# story %u (%s, room for %u bytes): %s; see it with "
                   "build/fuzz/story %u %u", seed, trial->story.name,
                   trial->story.room, objection, seed, trial->story.room);
    return EXPECT(objection == NULL);
}

/* Try the stories [first, first + count) of at most so many entries. */
static void try_stories(u32 entries, u32 first, u32 count)
{
    void *memory = kalloc(trial_bytes(entries));

    if (!EXPECT(memory != NULL))
        return;
    struct trial *trial = trial_begin(memory, entries);
    for (u32 i = 0; i < count && agrees(trial, first + i); i++)
        continue;
    kfree(memory);
}

TEST(memmap, recorded_maps_agree_with_the_model)
{
    try_stories(64, 0, STORY_RECORDED);
}

TEST(memmap, made_up_stories_agree_with_the_model)
{
    try_stories(700, STORY_RECORDED, test_rounds(100));
}

TEST(memmap, stories_of_thousands_of_entries_agree_with_the_model)
{
    NEED_FREE_FRAMES(1024, "4 MiB");
    try_stories(5000, 1000, 6);
}
