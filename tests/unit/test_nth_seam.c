/*
 * Tests of tests/seam.c: an allocation of L4 fails, whoever calls.
 *
 * The operation here is one that calls each function of L4 that allocates, and
 * unwinds as it should.
 */
#include "mm/kheap.h"
#include "nth.h"
#include "seam.h"

static struct slab_cache cache;

static struct {
    void *object, *block, *zeroed, *aligned;
} taken;

/* Up to a page, kalloc_aligned() itself calls slab_cache_alloc(), and can do
 * without: so it may succeed though there was a refusal. */
static u32 alignment;

static void make_cache(u32 size)
{
    slab_cache_create(&cache, "seam", size, 8);
}

static void give_back(void)
{
    if (taken.object)
        slab_cache_free(&cache, taken.object);
    kfree(taken.block);
    kfree(taken.zeroed);
    kfree(taken.aligned);
    taken.object = taken.block = taken.zeroed = taken.aligned = NULL;
}

static bool grow_block(u32 size)
{
    void *grown = krealloc(taken.block, 20 * size);

    if (grown)
        taken.block = grown;
    return grown != NULL;
}

static bool take_all(u32 size)
{
    if ((taken.object = slab_cache_alloc(&cache)) &&
        (taken.block = kalloc(size)) && (taken.zeroed = kcalloc(2, size)) &&
        (taken.aligned = kalloc_aligned(size, alignment)) && grow_block(size))
        return true;
    give_back();
    return false;
}

static void undo(void)
{
    give_back();
    slab_cache_destroy(&cache);
}

static const struct nth_operation operation = { .prepare = make_cache,
                                                .run = take_all,
                                                .undo = undo };

/* Was the call refused, and only since the seam did so? */
static bool is_refused(void *answer)
{
    bool refused = answer == NULL && seam_calls() == 1;

    seam_refuse(1);
    return refused;
}

TEST(nth, each_function_of_l4_that_allocates_can_be_refused)
{
    if (!seam_is_there())
        SKIP("needs the checked kernel, whose linker leads to the seam");
    void *block = kalloc(24);
    make_cache(24);
    seam_refuse(1);
    EXPECT(is_refused(kalloc(24)));
    EXPECT(is_refused(kcalloc(2, 24)));
    EXPECT(is_refused(kalloc_aligned(24, 64)));
    EXPECT(is_refused(krealloc(NULL, 24)));
    EXPECT(is_refused(krealloc(block, 100)));
    EXPECT(is_refused(slab_cache_alloc(&cache)));
    seam_refuse(0);
    slab_cache_destroy(&cache);
    kfree(block);
}

TEST(nth, freeing_by_krealloc_is_never_refused)
{
    if (!seam_is_there())
        SKIP("needs the checked kernel, whose linker leads to the seam");
    void *block = kalloc(10);
    seam_refuse(1);
    EXPECT(krealloc(block, 0) == NULL);
    EXPECT_EQ(seam_calls(), 0);
    seam_refuse(0);
}

TEST(nth, who_calls_through_the_seam_is_the_caller_for_the_heap)
{
    const char *before = slab_switch("trace:seam");

    make_cache(24);
    seam_refuse(2);
    void *object = slab_cache_alloc(&cache);
    seam_refuse(0);
    uintptr_t call = (uintptr_t)slab_find_record(object)->allocated[0];
    uintptr_t test = (uintptr_t)
        test_nth_who_calls_through_the_seam_is_the_caller_for_the_heap;
    EXPECT(call - test < 1024);
    slab_cache_free(&cache, object);
    slab_cache_destroy(&cache);
    slab_switch(before);
}

TEST(nth, what_allocates_from_l4_in_many_steps_unwinds_them_all)
{
    if (!seam_is_there())
        SKIP("needs the checked kernel, whose linker leads to the seam");
    for (alignment = 64; alignment <= 2 * PAGE_SIZE; alignment *= 2)
        for (u32 size = 1; size <= 100; size += 9)
            nth_sweep_l4(&operation, size);
}
