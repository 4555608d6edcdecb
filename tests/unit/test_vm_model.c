/*
 * Tests of L5 against a model: random work on spaces that are copies of each
 * other. See tests/model/space_model.h and tests/model/space_work.h.
 *
 * What fails tells its seed and the number of the call. The numbers are the
 * same in every run of the same machine; to begin with the seed that failed,
 * in a long run, make it FIRST_SEED.
 */
#include "mm/kheap.h"
#include "space_work.h"

#include "strata_test.h"

enum {
    FIRST_SEED = 1,
    ROUND = 2500, /* calls with one seed, then all is given back */
};

static struct space_work *work;

static bool work_with(u32 seed)
{
    const char *words = space_work_begin(work);

    if (!words)
        words = space_work_run(work, seed, ROUND);
    if (words)
        space_work_print(work, words);
    space_work_end(work);
    return EXPECT(words == NULL);
}

static void work_at_random(void)
{
    u32 seed = FIRST_SEED;

    for (u32 left = test_rounds(4); left > 0 && work_with(seed); left--)
        seed++;
}

/* Do what may end in a panic; then say where that was. */
static void under_guard(void (*body)(void))
{
    test_panic_expected = true;
    if (TEST_SAVE_PLACE(test_panic_place) == 0) {
        body();
        test_panic_expected = false;
    } else {
        space_work_print(work, "a panic");
        test_panic_came("(no panic)", __FILE__, __LINE__);
        space_work_end(work);
    }
}

TEST(vm, random_work_agrees_with_the_model)
{
    NEED_FREE_FRAMES(9000, "36 MiB");
    work = kalloc(sizeof *work);
    if (!work)
        SKIP("needs memory for the model");
    under_guard(work_at_random);
    kfree(work);
}

/* The model is told of answers that were never given. */
TEST(vm, the_model_objects_to_what_is_not_so)
{
    static struct vm_request request = { .at = MODEL_HEAP,
                                         .bytes = 4 * PAGE_SIZE,
                                         .flags = VM_READ,
                                         .place = VM_REPLACE };
    virt_addr_t at;

    work = kalloc(sizeof *work);
    if (!work)
        SKIP("needs memory for the model");
    EXPECT(space_work_begin(work) == NULL);
    struct space_model *model = &work->model;
    struct model_space *space = &model->spaces[0];
    EXPECT(model_compare(model, space) == NULL);
    EXPECT_EQ(model_map(model, space, &request, 0, &at), OK);
    EXPECT(model_compare(model, space) != NULL);
    EXPECT_EQ(vm_map(space->handle, &request, &at), OK);
    EXPECT(model_compare(model, space) == NULL);
    EXPECT_EQ(model_protect(space, at, PAGE_SIZE, VM_NONE), OK);
    EXPECT(model_compare(model, space) != NULL);
    EXPECT_EQ(vm_protect(space->handle, at, PAGE_SIZE, VM_NONE), OK);
    EXPECT(model_compare(model, space) == NULL);
    EXPECT_EQ(vm_unmap(space->handle, at + 2 * PAGE_SIZE, PAGE_SIZE), OK);
    EXPECT(model_compare(model, space) != NULL);
    space_work_end(work);
    kfree(work);
}
