/*
 * Tests of include/lib/bitset.h.
 */
#include "lib/bitset.h"

#include "strata_test.h"

/* The size of a set is that of its words: try those at which words end. */
static const u32 sizes[] = { 1, 31, 32, 33, 64, 65, 320, 1023, 1024 };

TEST(bitset, an_empty_set_has_no_first_bit)
{
    BITSET(set, BITSET_MAX) = { 0 };

    EXPECT(bitset_is_empty(set));
    EXPECT_EQ(bitset_first(set), BITSET_NONE);
    EXPECT_EQ(bitset_next(set, 0), BITSET_NONE);
    EXPECT_EQ(bitset_next(set, BITSET_MAX), BITSET_NONE);
    EXPECT(bitset_is_sound(set, BITSET_MAX));
}

TEST(bitset, fill_sets_exactly_the_bits_of_any_size)
{
    BITSET(set, BITSET_MAX + 32);

    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        u32 last_word = BITSET_WORDS(sizes[i]);
        set[last_word] = 0xdeadbeef;
        bitset_fill(set, sizes[i]);
        EXPECT_EQ(bitset_count(set, sizes[i]), sizes[i]);
        EXPECT_EQ(set[last_word], 0xdeadbeef);
        EXPECT(bitset_is_sound(set, sizes[i]));
        EXPECT_EQ(bitset_next(set, sizes[i] - 1), sizes[i] - 1);
        EXPECT_EQ(bitset_next(set, sizes[i]), BITSET_NONE);
    }
}

TEST(bitset, first_takes_the_bits_in_rising_order)
{
    BITSET(set, BITSET_MAX);

    bitset_fill(set, BITSET_MAX);
    for (u32 bit = 0; bit < BITSET_MAX; bit++) {
        EXPECT_EQ(bitset_first(set), bit);
        bitset_remove(set, bit);
    }
    EXPECT(bitset_is_empty(set));
}

TEST(bitset, next_finds_the_lowest_bit_from_a_place_on)
{
    BITSET(set, BITSET_MAX) = { 0 };

    for (u32 bit = 0; bit < BITSET_MAX; bit++) {
        bitset_add(set, bit);
        EXPECT_EQ(bitset_next(set, 0), bit);
        EXPECT_EQ(bitset_next(set, bit), bit);
        EXPECT_EQ(bitset_next(set, bit + 1), BITSET_NONE);
        bitset_remove(set, bit);
    }
}

TEST(bitset, set_word_keeps_the_summary_true)
{
    BITSET(set, BITSET_MAX) = { 0 };

    bitset_set_word(set, 31, 0x80000000);
    EXPECT_EQ(bitset_first(set), 1023);
    bitset_set_word(set, 0, 1);
    EXPECT_EQ(bitset_first(set), 0);
    bitset_set_word(set, 0, 0);
    EXPECT_EQ(bitset_first(set), 1023);
    bitset_set_word(set, 31, 0);
    EXPECT(bitset_is_empty(set));
}

/* The plainest set there is: a byte for each bit. */
static u32 model_next(const u8 *model, u32 from)
{
    while (from < BITSET_MAX && !model[from])
        from++;
    return from < BITSET_MAX ? from : BITSET_NONE;
}

TEST(bitset, random_changes_agree_with_an_array_of_bytes)
{
    static u8 model[BITSET_MAX];
    BITSET(set, BITSET_MAX) = { 0 };
    u32 seed = 1, count = 0;

    for (u32 bit = 0; bit < BITSET_MAX; bit++)
        model[bit] = 0;
    for (u32 i = 0; i < test_rounds(20000); i++) {
        u32 bit = test_random(&seed) % BITSET_MAX;
        bool add = test_random(&seed) % 5 < 2;

        count += (u32)add - model[bit];
        model[bit] = add;
        if (add)
            bitset_add(set, bit);
        else
            bitset_remove(set, bit);
        u32 from = test_random(&seed) % BITSET_MAX;
        if (!EXPECT(bitset_next(set, from) == model_next(model, from)) ||
            !EXPECT(bitset_test(set, from) == model[from]))
            return;
    }
    EXPECT_EQ(bitset_count(set, BITSET_MAX), count);
    EXPECT_EQ(bitset_first(set), model_next(model, 0));
    EXPECT(bitset_is_sound(set, BITSET_MAX));
}

TEST(bitset, a_summary_that_lies_is_not_sound)
{
    BITSET(set, BITSET_MAX) = { 0 };

    set[0] = 1;
    EXPECT(!bitset_is_sound(set, BITSET_MAX));
    set[0] = 0;
    set[5] = 1;
    EXPECT(!bitset_is_sound(set, BITSET_MAX));
    BITSET(small, 33) = { 1u << 2 };
    EXPECT(!bitset_is_sound(small, 33));
}
