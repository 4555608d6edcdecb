/*
 * Tests of checked blocks of kalloc(). The heap is made anew for each set of
 * switches, which takes one that nobody has a block or a cache of.
 */
#include "lib/mem.h"
#include "mm/kheap.h"
#include "mm/kva.h"

#include "strata_test.h"

/* The byte is written over while the block is freed, then mended. */
static void expect_told(u8 *block, volatile u8 *byte, const char *words)
{
    volatile u8 old = *byte;

    *byte = 0x41;
    EXPECT_PANIC(kfree(block), words);
    *byte = old;
}

TEST(checks, a_blocks_red_zone_begins_right_behind_what_was_asked_for)
{
    NEED_UNUSED_HEAP();
    const char *before = test_heap_restart("redzone");
    for (u32 bytes = 1; bytes < 3000; bytes += 13) {
        u8 *block = kalloc(bytes);
        EXPECT_EQ(ksize(block), bytes);
        EXPECT_EQ((uintptr_t)block % 8, 0);
        memset(block, 0x41, bytes);
        expect_told(block, block + bytes, "overrun: 0x41 was written to");
        expect_told(block, block - 1, "underrun: 0x41 was written to byte -1");
        kfree(block);
        EXPECT_PANIC(kfree(block), "it is free already; freed before by");
    }
    test_heap_restart(before);
}

TEST(checks, a_large_block_has_pages_of_its_own_whatever_is_switched_on)
{
    NEED_UNUSED_HEAP();
    NEED_FREE_FRAMES(64, "256 KiB");
    const char *before = test_heap_restart("quarantine");
    volatile u8 *block = kalloc(20000);
    EXPECT_EQ(ksize((u8 *)block), 20000);
    block[0] = block[19999] = 1;
    EXPECT_PANIC(block[20000] = 1, "page fault");
    EXPECT_PANIC(kfree((u8 *)block + PAGE_SIZE), "4096 bytes inside an object");
    kheap_check();
    kfree((u8 *)block);
    EXPECT_PANIC(block[0] = 1, "page fault");
    EXPECT_PANIC(kfree((u8 *)block), "it is free already; freed before by");
    test_heap_restart(before);
}

TEST(checks, krealloc_moves_a_checked_block_and_the_old_one_is_free)
{
    NEED_UNUSED_HEAP();
    const char *before = test_heap_restart("poison,redzone,quarantine");
    u8 *block = kalloc(100);
    memset(block, 7, 100);
    u8 *moved = krealloc(block, 101);
    EXPECT(moved != block && moved[99] == 7);
    EXPECT_EQ(ksize(moved), 101);
    EXPECT_PANIC((void)!krealloc(block, 50), "it is free already");
    EXPECT_PANIC((void)ksize(block), "it is free already");
    block[3] = 0x41;
    EXPECT_PANIC(kheap_trim(), "use after free: 0x41 was written to byte 3 of");
    kfree(moved);
    test_heap_restart(before);
}

TEST(checks, one_size_class_may_be_checked_by_its_name)
{
    NEED_UNUSED_HEAP();
    const char *before = test_heap_restart("guard:64_bytes,trace:kalloc");
    void *guarded = kalloc(60), *other = kalloc(72);
    EXPECT(!ptr_is_direct(guarded) && ptr_is_direct(other));
    EXPECT(slab_find_record(other)->switches == SLAB_TRACE);
    kfree(guarded);
    kfree(other);
    test_heap_restart(before);
}

TEST(checks, leaks_without_traces_are_counted_as_unknown)
{
    NEED_UNUSED_HEAP();
    void *block = kalloc(100), *large = kalloc(10000);
    kheap_dump_leaks(0);
    kfree(block);
    kfree(large);
}

/* ------------------------------------------------------------- random work */

enum { LIVE = 64 };

static struct {
    u8 *block;
    u32 bytes;
    u8 mark;
} live[LIVE];

static void fill(u32 i, u8 *block, u32 bytes, u8 mark)
{
    live[i].block = block;
    live[i].bytes = block ? bytes : 0;
    live[i].mark = mark;
    if (block)
        memset(block, mark, bytes);
}

static bool is_intact(u32 i, u32 bytes)
{
    for (u32 k = 0; k < bytes; k++)
        if (live[i].block[k] != live[i].mark)
            return false;
    return true;
}

static void random_step(u32 *seed)
{
    u32 i = test_random(seed) % LIVE;
    u32 bytes = test_random(seed) % (16u << test_random(seed) % 11);
    u8 mark = (u8)test_random(seed);

    if (!live[i].block) {
        u32 align = 1u << test_random(seed) % 13;
        u8 *block = test_random(seed) % 4 ? kalloc(bytes)
                                          : kalloc_aligned(bytes, align);
        fill(i, block, bytes, mark);
        return;
    }
    EXPECT(is_intact(i, live[i].bytes));
    if (test_random(seed) % 4) {
        kfree(live[i].block);
        live[i].block = NULL;
        return;
    }
    u8 *moved = krealloc(live[i].block, bytes + 1);
    if (!moved)
        return;
    live[i].block = moved;
    EXPECT(is_intact(i, min_u32(bytes + 1, live[i].bytes)));
    fill(i, moved, bytes + 1, mark);
}

static void work_with(const char *text)
{
    u32 seed = 5;

    const char *before = test_heap_restart(text);
    for (u32 i = 0; i < test_rounds(1000); i++)
        random_step(&seed);
    kheap_check();
    for (u32 i = 0; i < LIVE; i++) {
        kfree(live[i].block);
        live[i].block = NULL;
    }
    test_heap_restart(before);
}

TEST(checks, random_work_is_right_with_each_switch_and_with_all)
{
    static const char *const texts[] = {
        "poison", "redzone", "quarantine", "guard", "guard-before", "trace",
        "poison,redzone,quarantine,trace",
        "poison,redzone,quarantine,guard,trace",
    };

    NEED_UNUSED_HEAP();
    NEED_FREE_FRAMES(512, "2 MiB");
    for (u32 i = 0; i < ARRAY_SIZE(texts); i++)
        work_with(texts[i]);
}
