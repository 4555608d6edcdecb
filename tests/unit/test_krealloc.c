/*
 * Tests of krealloc(), in mm/kheap.c and mm/kheap_large.c.
 */
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/pmm.h"

#include "strata_test.h"

TEST(kheap, krealloc_keeps_the_content)
{
    static const u32 sizes[] = { 1, 8, 9, 100, 5000, 9000, 40000, 100, 3 };
    u8 *block = NULL;
    u32 old = 0;

    NEED_FREE_FRAMES(64, "256 KiB");
    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        block = krealloc(block, sizes[i]);
        if (!EXPECT(block != NULL))
            return;
        for (u32 k = 0; k < min_u32(old, sizes[i]); k++)
            EXPECT(block[k] == (u8)k);
        for (u32 k = 0; k < sizes[i]; k++)
            block[k] = (u8)k;
        old = sizes[i];
    }
    EXPECT(krealloc(block, SIZE_MAX) == NULL);
    EXPECT(block[2] == 2);
    EXPECT(krealloc(block, 0) == NULL);
    EXPECT_PANIC(kfree(block), "it is free already");
}

TEST(kheap, krealloc_stays_where_the_block_has_room)
{
    NEED_PLAIN_HEAP();
    for (u32 bytes = 1; bytes <= 8; bytes++) {
        void *block = kalloc(8);
        EXPECT(krealloc(block, bytes) == block);
        kfree(block);
    }
    void *block = kalloc(1000);
    EXPECT(krealloc(block, 1024) == block);
    EXPECT(krealloc(block, 600) == block);
    kfree(block);
}

TEST(kheap, a_large_block_shrinks_in_place_and_its_tail_goes_back)
{
    static const u32 sizes[] = { 61, 60, 47, 32, 31, 17, 4, 3 };
    struct pmm_stats before, after;

    NEED_PLAIN_HEAP();

    NEED_FREE_FRAMES(256, "1 MiB");
    u8 *block = kalloc(61 * PAGE_SIZE);
    if (!EXPECT(block != NULL))
        return;
    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        u32 bytes = sizes[i] * PAGE_SIZE;
        pmm_stats(&before);
        u32 old = (u32)ksize(block);
        EXPECT(krealloc(block, bytes - 100) == block);
        EXPECT_EQ(ksize(block), bytes);
        pmm_stats(&after);
        EXPECT_EQ(after.kinds[FRAME_FREE] - before.kinds[FRAME_FREE],
                  (old - bytes) / PAGE_SIZE);
        kheap_check();
        pmm_check();
    }
    kfree(block);
    pmm_check();
}

TEST(kheap, a_mapped_block_grows_and_shrinks_in_place)
{
    NEED_PLAIN_HEAP();

    static const u32 pages[] = { 1025, 1030, 1026, 1200, 1025 };

    NEED_FREE_FRAMES(3 * CHUNK_FRAMES, "12 MiB");
    u8 *block = kalloc(pages[0] * PAGE_SIZE);
    if (!EXPECT(block != NULL))
        return;
    block[0] = 1;
    block[pages[0] * PAGE_SIZE - 1] = 2;
    for (u32 i = 1; i < ARRAY_SIZE(pages); i++) {
        u32 bytes = pages[i] * PAGE_SIZE;
        EXPECT(krealloc(block, bytes - 5) == block);
        EXPECT_EQ(ksize(block), bytes);
        EXPECT(block[0] == 1 && block[pages[0] * PAGE_SIZE - 1] == 2);
        block[bytes - 1] = 2;
        kheap_check();
        kva_check();
    }
    void *wall = kva_alloc_pages("wall", 1, 1);
    u8 *moved = krealloc(block, 1300 * PAGE_SIZE);
    EXPECT(moved && moved[0] == 1 && moved[pages[0] * PAGE_SIZE - 1] == 2);
    kfree(moved);
    if (wall)
        kva_free(ptr_to_virt(wall));
    kheap_check();
}
