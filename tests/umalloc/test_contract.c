/*
 * test_contract.c - what C and POSIX say of each function, one by one.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "check.h"
#include "malloc.h"
#include "sizes.h"

/* With 32 bits a system may have so many addresses in a row. */
static const size_t hardly_possible[] = {
    SIZE_MAX / 2, SIZE_MAX / 2 - 1, SIZE_MAX / 2 - 4094, SIZE_MAX / 2 - 4095,
    SIZE_MAX / 2 - 4096, SIZE_MAX / 2 - (1 << 20),
};

TEST(every_size_up_to_20000_is_aligned_to_16_and_all_of_it_can_be_used)
{
    for (size_t bytes = 0; bytes <= 20000; bytes++) {
        void *block = malloc(bytes);

        EXPECT(block != NULL && is_aligned(block, 16));
        EXPECT(malloc_usable_size(block) >= bytes);
        use(block, malloc_usable_size(block));
        free(block);
    }
}

TEST(sizes_of_all_powers_of_two_up_to_64_MiB_and_their_neighbours_are_given)
{
    for (size_t power = 16; power <= 64 << 20; power *= 2)
        for (size_t bytes = power - 1; bytes <= power + 1; bytes++) {
            u8 *block = malloc(bytes);

            EXPECT(block != NULL && is_aligned(block, 16));
            block[0] = block[bytes - 1] = 1;
            free(block);
        }
}

TEST(no_two_blocks_overlap)
{
    enum { BLOCKS = 2000 };
    static u8 *blocks[BLOCKS];

    for (u32 i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(i);
        memset(blocks[i], (int)(i % 251), i);
    }
    for (u32 i = 0; i < BLOCKS; i++)
        EXPECT(holds(blocks[i], i, (u8)(i % 251)));
}

TEST(malloc_of_0_bytes_is_a_block_of_its_own)
{
    void *first = malloc(0), *second = malloc(0);

    EXPECT(first != NULL && second != NULL && first != second);
    free(first);
    free(second);
}

TEST(malloc_of_what_cannot_be_is_NULL_and_ENOMEM)
{
    for (u32 i = 0; i < ARRAY_SIZE(impossible); i++) {
        errno = 0;
        EXPECT(malloc(any_size(impossible[i])) == NULL);
        EXPECT(errno == ENOMEM);
    }
}

TEST(malloc_of_hardly_less_than_half_of_all_is_a_block_or_NULL_and_ENOMEM)
{
    for (u32 i = 0; i < ARRAY_SIZE(hardly_possible); i++) {
        size_t bytes = any_size(hardly_possible[i]);

        errno = 0;
        u8 *block = malloc(bytes);
        if (block)
            block[0] = block[bytes - 1] = 1;
        EXPECT(block ? malloc_usable_size(block) >= bytes : errno == ENOMEM);
        free(block);
    }
}

TEST(malloc_that_succeeds_leaves_errno)
{
    errno = EXDEV;
    free(malloc(10));
    free(malloc(1000000));
    free(malloc(10000000));
    EXPECT(errno == EXDEV);
}

TEST(free_of_NULL_does_nothing_and_leaves_errno)
{
    errno = EXDEV;
    free(NULL);
    EXPECT(errno == EXDEV);
}

TEST(free_leaves_errno_also_where_the_system_refuses)
{
    u8 *slab[1000], *run = malloc(200000), *large = malloc(5 << 20);

    for (u32 i = 0; i < 1000; i++)
        slab[i] = malloc(1000);
    fail_from(MUNMAP, 0);
    fail_from(MADVISE, 0);
    errno = EXDEV;
    free(run);
    free(large);
    for (u32 i = 0; i < 1000; i++)
        free(slab[i]);
    EXPECT(system_calls(MUNMAP) > 0 && system_calls(MADVISE) > 0);
    EXPECT(errno == EXDEV);
}

TEST(calloc_is_all_zeros_also_where_memory_was_used_before)
{
    static const size_t sizes[] = { 1, 16, 100, 512, 513, 5000, 16384, 16385,
                                    100000, 1 << 20, (1 << 20) + 1, 3 << 20 };

    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        void *block = malloc(sizes[i]);

        use(block, sizes[i]);
        free(block);
        u8 *zeros = calloc(1, sizes[i]);
        EXPECT(holds(zeros, sizes[i], 0));
        free(zeros);
    }
}

TEST(calloc_whose_product_wraps_around_is_NULL_and_ENOMEM)
{
    static const size_t half = (size_t)1 << (sizeof(size_t) * 4);
    static const size_t factors[][2] = {
        { SIZE_MAX, 2 }, { 2, SIZE_MAX }, { half, half },
        { half + 1, half }, { SIZE_MAX / 3 + 1, 3 }, { SIZE_MAX, SIZE_MAX },
    };

    for (u32 i = 0; i < ARRAY_SIZE(factors); i++) {
        errno = 0;
        EXPECT(calloc(any_size(factors[i][0]), factors[i][1]) == NULL);
        EXPECT(errno == ENOMEM);
    }
    for (u32 i = 0; i < ARRAY_SIZE(impossible); i++) {
        errno = 0;
        EXPECT(calloc(1, any_size(impossible[i])) == NULL && errno == ENOMEM);
    }
}

TEST(calloc_of_nothing_is_a_block)
{
    void *none = calloc(0, 10), *empty = calloc(any_size(SIZE_MAX), 0);

    EXPECT(none != NULL && empty != NULL && none != empty);
    free(none);
    free(empty);
}

TEST(realloc_keeps_the_content_from_any_size_to_any)
{
    static const size_t sizes[] = { 1, 16, 17, 100, 512, 600, 5000, 16384,
                                    20000, 300000, 1 << 20, 2 << 20, 5 << 20 };

    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
        for (u32 j = 0; j < ARRAY_SIZE(sizes); j++) {
            size_t less = sizes[i] < sizes[j] ? sizes[i] : sizes[j];
            u8 *block = malloc(sizes[i]);

            memset(block, 0x3c, sizes[i]);
            block = realloc(block, sizes[j]);
            EXPECT(block != NULL && is_aligned(block, 16));
            EXPECT(holds(block, less, 0x3c));
            use(block, sizes[j]);
            free(block);
        }
}

TEST(realloc_of_NULL_is_malloc)
{
    u8 *block = realloc(hidden(NULL), 100);

    EXPECT(block != NULL);
    use(block, 100);
    free(block);
    void *empty = realloc(hidden(NULL), 0);
    EXPECT(empty != NULL);
    free(empty);
}

static void free_what_realloc_has_freed(void)
{
    void *block = malloc(100);

    EXPECT(realloc(hidden(block), any_size(0)) == NULL);
    free(hidden(block));
}

TEST(realloc_to_0_frees_and_is_NULL_and_leaves_errno)
{
    errno = EXDEV;
    EXPECT(realloc(malloc(100), any_size(0)) == NULL);
    EXPECT(errno == EXDEV);
    EXPECT_ABORT(free_what_realloc_has_freed,
                 "free of 0x%: it is free already, a block of 112 bytes at "
                 "0x%");
}

TEST(realloc_to_what_cannot_be_is_NULL_and_ENOMEM_and_the_block_stays)
{
    static const size_t sizes[] = { 10, 1000, 100000, 3 << 20 };

    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        u8 *block = malloc(sizes[i]);

        use(block, sizes[i]);
        for (u32 j = 0; j < ARRAY_SIZE(impossible); j++) {
            errno = 0;
            EXPECT(realloc(hidden(block), any_size(impossible[j])) == NULL);
            EXPECT(errno == ENOMEM);
        }
        EXPECT(holds(block, sizes[i], 0x3c));
        free(block);
    }
}

TEST(reallocarray_is_realloc_of_the_product)
{
    u8 *block = reallocarray(hidden(NULL), 10, 30);

    EXPECT(malloc_usable_size(block) >= 300);
    use(block, 300);
    block = reallocarray(block, 1000, 30);
    EXPECT(malloc_usable_size(block) >= 30000 && holds(block, 300, 0x3c));
    EXPECT(reallocarray(block, 0, 30) == NULL);
}

TEST(reallocarray_whose_product_wraps_around_is_NULL_and_the_block_stays)
{
    u8 *block = malloc(100);

    use(block, 100);
    errno = 0;
    EXPECT(reallocarray(hidden(block), any_size(SIZE_MAX / 2 + 1), 2) ==
           NULL);
    EXPECT(errno == ENOMEM);
    errno = 0;
    EXPECT(reallocarray(hidden(block), any_size(SIZE_MAX),
                        any_size(SIZE_MAX)) == NULL);
    EXPECT(errno == ENOMEM);
    EXPECT(holds(block, 100, 0x3c));
    free(block);
}

/* ------------------------------------------------------------------- others */

TEST(malloc_usable_size_of_NULL_is_0)
{
    EXPECT(malloc_usable_size(hidden(NULL)) == 0);
}

TEST(what_a_class_rounds_up_is_a_sixteenth_at_most_beyond_512_bytes)
{
    for (size_t bytes = 512; bytes <= 16384; bytes += 37) {
        void *block = aligned_alloc(32, bytes); /* borrows no larger slot */

        EXPECT(malloc_usable_size(block) <= bytes + bytes / 16 + 16);
        free(block);
    }
}

TEST(malloc_trim_is_1_only_if_there_was_something_to_give_back)
{
    for (u32 i = 0; i < 6; i++)
        free(malloc((size_t)100 << i));
    EXPECT(malloc_trim(0) == 1);
    EXPECT(malloc_trim(0) == 0);
}

/* --------------------------------------------------------------- frugality */

enum { BATCH = 1024, BATCHES = 100 };

/* All are freed, in an order that has nothing to do with the addresses. */
static void do_batch(u32 *state)
{
    static u8 *blocks[BATCH];

    for (u32 i = 0; i < BATCH; i++) {
        blocks[i] = malloc(8 + draw(state, 505));
        blocks[i][0] = 1;
    }
    for (u32 i = BATCH; i > 0; i--) {
        u32 which = draw(state, i);

        free(blocks[which]);
        blocks[which] = blocks[i - 1];
    }
}

TEST(in_batches_the_system_is_asked_for_less_than_half_of_their_pages)
{
    u32 state = 1, pages = BATCH * 260 / 4096;

    do_batch(&state);
    fail_nothing();
    for (u32 i = 0; i < BATCHES; i++)
        do_batch(&state);
    EXPECT(system_calls(MADVISE) < BATCHES * pages / 2);
}

static void *take_and_end(void *of)
{
    (void)of;
    return malloc(100);
}

TEST(threads_that_do_not_live_together_share_an_arena)
{
    u8 *blocks[20];

    for (u32 i = 0; i < ARRAY_SIZE(blocks); i++) {
        pthread_t thread;
        void *block = NULL;

        EXPECT(pthread_create(&thread, NULL, take_and_end, NULL) == 0);
        pthread_join(thread, &block);
        blocks[i] = block;
    }
    for (u32 i = 0; i < ARRAY_SIZE(blocks); i++) {
        EXPECT((uintptr_t)blocks[i] >> 16 == (uintptr_t)blocks[0] >> 16);
        free(blocks[i]);
    }
}
