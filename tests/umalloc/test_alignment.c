/*
 * test_alignment.c - blocks whose address is a multiple of something.
 */
#include <errno.h>
#include <stdlib.h>

#include "check.h"
#include "malloc.h"
#include "sizes.h"

TEST(every_alignment_is_kept_for_every_kind_of_size)
{
    static const size_t sizes[] = { 0, 1, 15, 100, 511, 513, 3000, 16384,
                                    16385, 100000, 1 << 20, 3 << 20 };

    for (size_t alignment = 1; alignment <= 16 << 20; alignment *= 2)
        for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
            u8 *block = aligned_alloc(any_size(alignment), sizes[i]);

            EXPECT(block != NULL && is_aligned(block, alignment));
            EXPECT(malloc_usable_size(block) >= sizes[i]);
            use(block, sizes[i]);
            block = realloc(block, sizes[i] + 100);
            EXPECT(holds(block, sizes[i], 0x3c));
            free(block);
        }
}

static const size_t no_powers[] = { 0, 3, 5, 6, 7, 12, 24, 48, 100, 4095,
                                    4097, 6144, SIZE_MAX, SIZE_MAX / 2,
                                    SIZE_MAX / 2 + 2 };

TEST(aligned_alloc_to_no_power_of_two_is_NULL_and_EINVAL)
{
    for (u32 i = 0; i < ARRAY_SIZE(no_powers); i++) {
        errno = 0;
        EXPECT(aligned_alloc(any_size(no_powers[i]), 100) == NULL);
        EXPECT(errno == EINVAL);
    }
}

TEST(memalign_to_no_power_of_two_is_NULL_and_EINVAL)
{
    for (u32 i = 0; i < ARRAY_SIZE(no_powers); i++) {
        errno = 0;
        EXPECT(memalign(any_size(no_powers[i]), 100) == NULL);
        EXPECT(errno == EINVAL);
    }
}

TEST(posix_memalign_to_no_power_of_two_or_less_than_a_pointer_is_EINVAL)
{
    void *block = &block;

    errno = EXDEV;
    for (u32 i = 0; i < ARRAY_SIZE(no_powers); i++)
        EXPECT(posix_memalign(&block, any_size(no_powers[i]), 100) == EINVAL);
    EXPECT(posix_memalign(&block, any_size(1), 100) == EINVAL);
    EXPECT(posix_memalign(&block, any_size(sizeof(void *) / 2), 100) ==
           EINVAL);
    EXPECT(block == &block && errno == EXDEV);
}

TEST(posix_memalign_of_what_cannot_be_is_ENOMEM_and_leaves_errno_and_block)
{
    void *block = &block;

    errno = EXDEV;
    for (u32 i = 0; i < ARRAY_SIZE(impossible); i++) {
        EXPECT(posix_memalign(&block, 8, any_size(impossible[i])) == ENOMEM);
        EXPECT(posix_memalign(&block, 4096, any_size(impossible[i])) ==
               ENOMEM);
    }
    EXPECT(block == &block && errno == EXDEV);
}

/* With 32 bits there is just one such address. */
TEST(an_alignment_of_half_of_all_is_kept_or_ENOMEM)
{
    void *block = NULL;
    int error = posix_memalign(&block, any_size(SIZE_MAX / 2 + 1), 1);

    EXPECT(error == 0 ? (uintptr_t)block == SIZE_MAX / 2 + 1
                      : error == ENOMEM && block == NULL);
    free(block);
}

TEST(posix_memalign_gives_what_is_aligned)
{
    for (size_t alignment = sizeof(void *); alignment <= 65536;
         alignment *= 2) {
        void *block = NULL;

        EXPECT(posix_memalign(&block, alignment, 100) == 0);
        EXPECT(block != NULL && is_aligned(block, alignment));
        free(block);
    }
}

TEST(aligned_alloc_of_what_cannot_be_is_NULL_and_ENOMEM)
{
    static const size_t alignments[] = { 16, 64, 4096, 1 << 20, 1 << 30 };

    for (u32 i = 0; i < ARRAY_SIZE(impossible); i++)
        for (u32 j = 0; j < ARRAY_SIZE(alignments); j++) {
            errno = 0;
            EXPECT(aligned_alloc(any_size(alignments[j]),
                                 any_size(impossible[i])) == NULL);
            EXPECT(errno == ENOMEM);
        }
}

TEST(valloc_and_pvalloc_begin_with_a_page)
{
    u8 *block = valloc(10), *whole = pvalloc(5000);

    EXPECT(is_aligned(block, 4096) && is_aligned(whole, 4096));
    use(whole, 8192);
    free(block);
    free(whole);
    errno = 0;
    EXPECT(pvalloc(any_size(SIZE_MAX)) == NULL && errno == ENOMEM);
}
