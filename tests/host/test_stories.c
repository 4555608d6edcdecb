/*
 * Hostile memory maps by the ten thousand; in the long run, a million.
 */
#include <stdlib.h>

#include "memmap_stories.h"
#include "strata_test.h"

enum { ENTRIES = 500, FIRST = 1000000 };

TEST(memmap, a_million_stories_agree_with_the_model)
{
    void *memory = malloc(trial_bytes(ENTRIES));
    struct trial *trial = trial_begin(memory, ENTRIES);
    const char *objection = NULL;
    u32 seed = FIRST;

    for (u32 i = test_rounds(10000); i > 0 && !objection; i--) {
        story_make(&trial->story, ++seed);
        objection = trial_run(trial);
    }
    if (objection)
        test_print("# story %u (%s): %s; see it with build/fuzz/story %u %u",
                   seed, trial->story.name, objection, seed,
                   trial->story.room);
    EXPECT(!objection);
    free(memory);
}
