/*
 * Tests of mm/audit.c: stories of frames, damaged on purpose. Each kind of
 * contradiction is found, told in exactly the words expected, and nothing else
 * is.
 */
#include "mm/audit.h"
#include "mm/kheap.h"
#include "mm/memmap.h"
#include "mm/pmm.h"

#include "audit_expect.h"

enum {
    ENTRY_FREE = (u32)FRAME_FREE << ENTRY_KIND_SHIFT,
    CHUNK_WORDS = CHUNK_FRAMES / 32,
    BY_FITS = CHUNK_WORDS,            /* behind the words of a chunk ... */
    CLASSES = 7,                      /* ... a mask for each class       */
    STRIDE = CHUNK_WORDS + CLASSES,
};

static u32 entry_of(enum frame_kind kind, u32 payload)
{
    return (u32)kind << ENTRY_KIND_SHIFT | payload;
}

/* A frame that is free in the bitmap. */
static pfn_t find_free(void)
{
    pfn_t frame = pfn(0);

    pmm_trim();
    while (!pmm_is_free(frame))
        frame.n++;
    return frame;
}

/* A frame that has just been freed, and waits in the store, alone. */
static pfn_t make_wait(void)
{
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_USER);
    bool *joins = &pmm.joins[frame.n / CHUNK_FRAMES];
    bool was = *joins;

    pmm_trim();
    *joins = false;
    pmm_free(frame, FRAME_USER);
    *joins = was;
    EXPECT(pmm_waits(frame));
    return frame;
}

/* The words of a chunk, which lie in front of the entries. */
static u32 *chunk_words(u32 index)
{
    u32 chunks = (pmm.span + CHUNK_FRAMES - 1) / CHUNK_FRAMES;

    return pmm.entries - chunks * STRIDE + index * STRIDE;
}

TEST(audit, a_kernel_at_rest_has_no_contradictions)
{
    EXPECT_EQ(test_audit(NULL, NULL), 0);
    EXPECT_AUDIT_CLEAN();
}

TEST(audit, nothing_has_changed_after_it)
{
    u32 sum = 0, again = 0;

    for (u32 n = 0; n < pmm.span; n++)
        sum = sum * 31 + pmm.entries[n];
    EXPECT_AUDIT_CLEAN();
    for (u32 n = 0; n < pmm.span; n++)
        again = again * 31 + pmm.entries[n];
    EXPECT_EQ(sum, again);
}

/* ------------------------------------------------- the memory map, entries */

TEST(audit, reserved_memory_that_an_entry_calls_free_is_found)
{
    audit_damage(&pmm.entries[0], ENTRY_FREE);
    EXPECT_CONTRADICTION("frame 0x0: reserved in the memory map, free in its "
                         "entry (0x10000000)");
    audit_repair();
}

TEST(audit, a_frame_of_the_kernel_with_another_kind_is_found)
{
    pfn_t frame = ptr_to_pfn(pmm.entries);

    audit_damage(&pmm.entries[frame.n], entry_of(FRAME_USER, 0));
    EXPECT_CONTRADICTION("frame 0x%x: kernel in the memory map, a user page in "
                         "its entry (0x90000000)", frame.n);
    audit_repair();
}

TEST(audit, usable_memory_that_an_entry_calls_taken_is_found)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    audit_damage(&pmm.entries[frame.n], entry_of(FRAME_BOOT, 0));
    EXPECT_CONTRADICTION("frame 0x%x: usable in the memory map, boot memory "
                         "in its entry", frame.n);
    audit_repair();
    pmm_free(frame, FRAME_USER);
}

TEST(audit, a_memory_map_with_a_wrong_sum_is_found)
{
    struct memmap *map = (struct memmap *)(uintptr_t)memmap_get();
    const struct memmap_stats *stats = &map->stats;

    map->stats.managed++;
    EXPECT_CONTRADICTION("memmap invariant 3: %llu bytes said usable are not "
                         "%llu managed + %llu rounding + %llu overruled + "
                         "%llu beyond", stats->said, stats->managed,
                         stats->rounding, stats->overruled, stats->beyond);
    map->stats.managed--;
}

/* --------------------------------------------------- the bitmap and entries */

TEST(audit, a_free_frame_whose_entry_says_used_is_found)
{
    pfn_t frame = find_free();

    audit_damage(&pmm.entries[frame.n], entry_of(FRAME_USER, 0));
    EXPECT_CONTRADICTION("frame 0x%x: free in the bitmap, a user page in its "
                         "entry (0x90000000)", frame.n);
    audit_repair();
}

TEST(audit, a_frame_both_in_the_bitmap_and_in_the_store_is_found)
{
    pfn_t frame = find_free();

    audit_damage(&pmm.entries[frame.n], STORE_END);
    EXPECT_CONTRADICTION("frame 0x%x: free in the bitmap, waiting in the store "
                         "in its entry (0xffffff)", frame.n);
    audit_repair();
}

TEST(audit, a_used_frame_whose_entry_says_free_is_found)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    audit_damage(&pmm.entries[frame.n], ENTRY_FREE);
    EXPECT_CONTRADICTION("frame 0x%x: neither free in the bitmap nor in a run, "
                         "and its entry is free", frame.n);
    audit_repair();
    pmm_free(frame, FRAME_USER);
}

TEST(audit, an_entry_that_is_no_heads_is_found)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    audit_damage(&pmm.entries[frame.n],
                 entry_of(FRAME_USER, 1) | 12 << ENTRY_ORDER_SHIFT);
    EXPECT_CONTRADICTION("frame 0x%x: used in the bitmap, but its entry is "
                         "0x9c000001, no head's", frame.n);
    audit_repair();
    audit_damage(&pmm.entries[frame.n], 0xf0000000);
    EXPECT_CONTRADICTION("frame 0x%x: used in the bitmap, but its entry is "
                         "0xf0000000, no head's", frame.n);
    audit_repair();
    pmm_free(frame, FRAME_USER);
}

TEST(audit, a_frame_without_a_reference_is_found)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    audit_damage(&pmm.entries[frame.n], entry_of(FRAME_USER, 0));
    EXPECT_CONTRADICTION("frame 0x%x: a user page without a reference",
                         frame.n);
    audit_repair();
    pmm_free(frame, FRAME_USER);
}

TEST(audit, a_wrong_count_of_a_kind_is_found)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    audit_damage(&pmm.taken[FRAME_FILE], pmm.taken[FRAME_FILE] + 1);
    EXPECT_CONTRADICTION("%u frames are a file page, L1 counts %u",
                         stats.kinds[FRAME_FILE], stats.kinds[FRAME_FILE] + 1);
    audit_repair();
}

/* A word that is wholly free is filed as used, too. */
TEST(audit, a_word_of_the_bitmap_that_is_filed_twice_is_found)
{
    u32 chunk = 0, chunks = pmm.span / CHUNK_FRAMES;

    pmm_trim();
    while (chunk < chunks && chunk_words(chunk)[BY_FITS + CLASSES - 1] == 0)
        chunk++;
    if (chunk == chunks)
        SKIP("needs 32 free frames in a row");
    u32 *by_fits = chunk_words(chunk) + BY_FITS;
    u32 word = lowest_bit(by_fits[CLASSES - 1]);
    audit_damage(&by_fits[0], by_fits[0] | 1u << word);
    EXPECT_CONTRADICTION("pmm chunk invariant 1: word %u of chunk %u is "
                         "0xffffffff, and filed wrongly, in 2 places", word,
                         chunk);
    audit_repair();
}

TEST(audit, a_chunk_that_should_join_what_is_freed_is_found)
{
    u32 chunk = 0, chunks = pmm.span / CHUNK_FRAMES;

    pmm_trim();
    while (chunk < chunks && (chunk_words(chunk)[BY_FITS + CLASSES - 1] != ~0u
                              || !pmm.joins[chunk]))
        chunk++;
    if (chunk == chunks)
        SKIP("needs a free chunk");
    pmm.joins[chunk] = false;
    EXPECT_CONTRADICTION("pmm bitmap invariant 4: what is freed in chunk %u, "
                         "where 11 orders fit, must join", chunk);
    pmm.joins[chunk] = true;
}

/* What fits in its word may be another then, which is told as well. */
TEST(audit, a_frame_inside_a_run_that_is_free_in_the_bitmap_is_found)
{
    NEED_PLAIN_HEAP();

    void *block = kalloc(4 * PAGE_SIZE);
    EXPECT(block != NULL);
    u32 head = ptr_to_pfn(block).n, n = head + 2;
    u32 *word = chunk_words(n / CHUNK_FRAMES) + n % CHUNK_FRAMES / 32;

    audit_damage(word, *word | 1u << n % 32);
    EXPECT_NAMED("frame 0x%x: free in the bitmap, inside the run of frame "
                 "0x%x, a large block", n, head);
    audit_repair();
    kfree(block);
}

/* -------------------------------------------------------------- any damage */

/* It lists what it finds, ends, and leaves what it found as it was. */
TEST(audit, entries_of_random_content_are_survived)
{
    enum { ROUNDS = 30, DAMAGES = 4, FRAMES_MAX_HERE = 250000 };
    u32 random = 1;

    if (pmm.span > FRAMES_MAX_HERE)
        SKIP("needs a smaller machine, as it takes long");
    for (u32 round = 0; round < ROUNDS; round++) {
        u32 places[DAMAGES], values[DAMAGES];
        for (u32 i = 0; i < DAMAGES; i++) {
            places[i] = test_random(&random) % (pmm.span / DAMAGES) * DAMAGES +
                        i;
            values[i] = test_random(&random) << 16 ^ test_random(&random);
            audit_damage(&pmm.entries[places[i]], values[i]);
        }
        EXPECT(test_audit(NULL, NULL) > 0);
        for (u32 i = 0; i < DAMAGES; i++)
            EXPECT_EQ(pmm.entries[places[i]], values[i]);
        audit_repair();
    }
    EXPECT_AUDIT_CLEAN();
}

/* --------------------------------------------------------------- the store */

TEST(audit, a_link_of_the_store_that_leads_nowhere_is_found)
{
    pfn_t frame = make_wait();

    audit_damage(&pmm.entries[frame.n], 0);
    EXPECT_CONTRADICTION("store 1, runs of order 0: the list leads from frame "
                         "0x%x to frame 0x0, where none of them waits",
                         frame.n);
    audit_repair();
    audit_damage(&pmm.entries[frame.n], 0xabcdef);
    EXPECT_CONTRADICTION("store 1, runs of order 0: the list leads from frame "
                         "0x%x to frame 0xabcdef, where none of them waits",
                         frame.n);
    audit_repair();
}

TEST(audit, a_list_of_the_store_in_a_circle_is_found)
{
    pfn_t frame = make_wait();

    audit_damage(&pmm.entries[frame.n], frame.n);
    EXPECT_CONTRADICTION("store 1, runs of order 0: the list leads in a "
                         "circle, or there are more than it has room for; "
                         "beyond the last is frame 0x%x", frame.n);
    audit_repair();
}

TEST(audit, a_frame_that_waits_in_no_list_is_found)
{
    pfn_t frame = make_wait();

    audit_damage(&pmm.stores[STORE_ANY].head[0], STORE_END);
    EXPECT_CONTRADICTION("frame 0x%x: waits in the store by its entry, but is "
                         "in no list of it", frame.n);
    audit_repair();
}

TEST(audit, a_frame_that_waits_in_two_lists_is_found)
{
    pfn_t frame = make_wait();

    pmm.stores[STORE_LOW].room[0]--;
    audit_damage(&pmm.stores[STORE_LOW].head[0], frame.n);
    EXPECT_CONTRADICTION("store: its lists share runs of order 0: 1 wait, 2 "
                         "are listed");
    audit_repair();
    pmm.stores[STORE_LOW].room[0]++;
}
