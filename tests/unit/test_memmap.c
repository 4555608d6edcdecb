/*
 * Tests of mm/memmap.c, on stories of our own.
 */
#include "lib/mem.h"
#include "mm/memmap.h"

#include "strata_test.h"

enum { KIB = 1024, STORY_MAX = 600 };

/* A story that is an array, for memmap_build(). */
static struct {
    struct memmap_range entries[STORY_MAX];
    u32 count;
    struct memmap_range taken[8];
    u32 taken_count;
} told;

static struct memmap map;

static void tell(u64 start, u64 end, enum memmap_kind kind)
{
    told.entries[told.count++] = (struct memmap_range){ start, end, kind };
}

static void take(u64 start, u64 end, enum memmap_kind kind)
{
    told.taken[told.taken_count++] =
        (struct memmap_range){ start, end, kind };
}

static void begin(void)
{
    told.count = 0;
    told.taken_count = 0;
}

static bool next_told(const void *from, u32 *cursor, struct memmap_range *out)
{
    (void)from;
    if (*cursor == told.count)
        return false;
    *out = told.entries[(*cursor)++];
    return true;
}

static void build(void)
{
    const struct memmap_story story = { next_told, NULL, told.taken,
                                        told.taken_count };

    memmap_build(&map, &story);
    memmap_check(&map);
}

static bool range_is(u32 i, u64 start, u64 end, enum memmap_kind kind)
{
    return i < map.count && map.ranges[i].start == start &&
           map.ranges[i].end == end && map.ranges[i].kind == kind;
}

/* What the map says of a page; 0: nothing. */
static u32 map_page(u32 page)
{
    for (u32 i = 0; i < map.count; i++)
        if (map.ranges[i].start <= (u64)page * PAGE_SIZE &&
            (u64)page * PAGE_SIZE < map.ranges[i].end)
            return map.ranges[i].kind;
    return 0;
}

TEST(memmap, an_empty_story_gives_an_empty_map)
{
    begin();
    build();
    EXPECT_EQ(map.count, 0);
    EXPECT_EQ(map.stats.said, 0);
}

TEST(memmap, the_less_usable_kind_wins_in_any_order)
{
    static const u8 orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                    { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    static const struct memmap_range entries[3] = {
        { 0, 1024 * KIB, MEMMAP_USABLE },
        { 256 * KIB, 768 * KIB, MEMMAP_ACPI },
        { 512 * KIB, 640 * KIB, MEMMAP_RESERVED },
    };

    for (u32 i = 0; i < ARRAY_SIZE(orders); i++) {
        begin();
        for (u32 k = 0; k < 3; k++)
            told.entries[told.count++] = entries[orders[i][k]];
        build();
        EXPECT_EQ(map.count, 5);
        EXPECT(range_is(0, 0, 256 * KIB, MEMMAP_USABLE));
        EXPECT(range_is(1, 256 * KIB, 512 * KIB, MEMMAP_ACPI));
        EXPECT(range_is(2, 512 * KIB, 640 * KIB, MEMMAP_RESERVED));
        EXPECT(range_is(3, 640 * KIB, 768 * KIB, MEMMAP_ACPI));
        EXPECT(range_is(4, 768 * KIB, 1024 * KIB, MEMMAP_USABLE));
        EXPECT_EQ(map.stats.overruled, 512 * KIB);
    }
}

TEST(memmap, unsorted_overlapping_and_touching_ram_becomes_one_range)
{
    begin();
    tell(64 * KIB, 128 * KIB, MEMMAP_USABLE);
    tell(0, 40 * KIB, MEMMAP_USABLE);
    tell(32 * KIB, 64 * KIB, MEMMAP_USABLE);
    tell(16 * KIB, 24 * KIB, MEMMAP_USABLE);
    build();
    EXPECT_EQ(map.count, 1);
    EXPECT(range_is(0, 0, 128 * KIB, MEMMAP_USABLE));
    EXPECT_EQ(map.stats.said, 128 * KIB);
}

TEST(memmap, two_halves_of_a_frame_make_a_whole_one)
{
    begin();
    tell(0, 0x1800, MEMMAP_USABLE);
    tell(0x1800, 0x3000, MEMMAP_USABLE);
    build();
    EXPECT(range_is(0, 0, 0x3000, MEMMAP_USABLE));
    EXPECT_EQ(map.stats.rounding, 0);
}

TEST(memmap, usable_is_rounded_inwards_and_reserved_outwards)
{
    begin();
    tell(0x1001, 0x4fff, MEMMAP_USABLE);
    tell(0x8fff, 0x9001, MEMMAP_RESERVED);
    build();
    EXPECT_EQ(map.count, 2);
    EXPECT(range_is(0, 0x2000, 0x4000, MEMMAP_USABLE));
    EXPECT(range_is(1, 0x8000, 0xa000, MEMMAP_RESERVED));
    EXPECT_EQ(map.stats.rounding, 0xfff + 0xfff);
}

TEST(memmap, ram_that_fills_no_frame_is_lost_to_rounding)
{
    begin();
    tell(0x1001, 0x1fff, MEMMAP_USABLE);
    build();
    EXPECT_EQ(map.count, 0);
    EXPECT_EQ(map.stats.rounding, 0xffe);
}

TEST(memmap, a_frame_that_kinds_share_is_of_the_least_usable)
{
    begin();
    tell(0x1000, 0x1400, MEMMAP_ACPI);
    tell(0x1400, 0x1800, MEMMAP_BAD);
    tell(0x1800, 0x3000, MEMMAP_NVS);
    build();
    EXPECT_EQ(map.count, 2);
    EXPECT(range_is(0, 0x1000, 0x2000, MEMMAP_BAD));
    EXPECT(range_is(1, 0x2000, 0x3000, MEMMAP_NVS));
}

TEST(memmap, empty_entries_and_usable_ones_that_wrap_are_ignored)
{
    begin();
    tell(0x5000, 0x5000, MEMMAP_USABLE);
    tell(0x5000, 0x4000, MEMMAP_USABLE);
    tell(0x6000, 0x6000, MEMMAP_RESERVED);
    tell(0x1000, 0x3000, MEMMAP_USABLE);
    build();
    EXPECT_EQ(map.count, 1);
    EXPECT_EQ(map.stats.entries, 4);
    EXPECT_EQ(map.stats.ignored, 3);
    EXPECT_EQ(map.stats.said, 0x2000);
}

TEST(memmap, a_reserved_entry_that_wraps_reaches_to_the_end)
{
    begin();
    tell(0, 64 * KIB, MEMMAP_USABLE);
    tell(32 * KIB, 0x10, MEMMAP_RESERVED);
    build();
    EXPECT(range_is(0, 0, 32 * KIB, MEMMAP_USABLE));
    EXPECT(range_is(1, 32 * KIB, 1ull << 32, MEMMAP_RESERVED));
}

TEST(memmap, ram_beyond_4_gib_is_counted_and_cut_off)
{
    begin();
    tell(0xfffff000, 0x100002000, MEMMAP_USABLE);
    tell(0x200000000, 0x240000000, MEMMAP_USABLE);
    tell(0x220000000, 0x220001000, MEMMAP_RESERVED);
    build();
    EXPECT_EQ(map.count, 1);
    EXPECT(range_is(0, 0xfffff000, 0x100000000, MEMMAP_USABLE));
    EXPECT_EQ(map.stats.beyond, 0x40000000 - 0x1000 + 0x2000);
    EXPECT_EQ(map.stats.overruled, 0x1000);
    EXPECT_EQ(map.stats.managed, 0x1000);
}

TEST(memmap, the_last_byte_of_2_to_the_64_is_no_trap)
{
    begin();
    tell(0, ~0ull, MEMMAP_USABLE);
    tell(0x10000, ~0ull, MEMMAP_RESERVED);
    build();
    EXPECT(range_is(0, 0, 0x10000, MEMMAP_USABLE));
    EXPECT_EQ(map.stats.managed, 0x10000);
}

TEST(memmap, what_is_taken_is_taken_of_usable_memory_only)
{
    begin();
    tell(0, 64 * KIB, MEMMAP_USABLE);
    tell(32 * KIB, 40 * KIB, MEMMAP_NVS);
    take(28 * KIB + 1, 44 * KIB - 1, MEMMAP_MODULE);
    take(60 * KIB, 80 * KIB, MEMMAP_BOOT);
    build();
    EXPECT_EQ(map.count, 6);
    EXPECT(range_is(0, 0, 28 * KIB, MEMMAP_USABLE));
    EXPECT(range_is(1, 28 * KIB, 32 * KIB, MEMMAP_MODULE));
    EXPECT(range_is(2, 32 * KIB, 40 * KIB, MEMMAP_NVS));
    EXPECT(range_is(3, 40 * KIB, 44 * KIB, MEMMAP_MODULE));
    EXPECT(range_is(4, 44 * KIB, 60 * KIB, MEMMAP_USABLE));
    EXPECT(range_is(5, 60 * KIB, 64 * KIB, MEMMAP_BOOT));
    EXPECT_EQ(map.stats.managed, 56 * KIB);
}

TEST(memmap, where_takers_overlap_the_first_has_it)
{
    begin();
    tell(0, 64 * KIB, MEMMAP_USABLE);
    take(16 * KIB, 32 * KIB, MEMMAP_KERNEL);
    take(0, 64 * KIB, MEMMAP_MODULE);
    build();
    EXPECT_EQ(map.count, 3);
    EXPECT(range_is(1, 16 * KIB, 32 * KIB, MEMMAP_KERNEL));
    EXPECT_EQ(map.stats.managed, 64 * KIB);
}

TEST(memmap, ranges_beyond_the_table_become_reserved_and_are_counted)
{
    begin();
    for (u32 i = 0; i < 300; i++)
        tell(i * 0x2000, i * 0x2000 + 0x1000, MEMMAP_USABLE);
    build();
    EXPECT_EQ(map.count, MEMMAP_MAX);
    EXPECT_EQ(map.stats.crowded, 300 - MEMMAP_MAX);
    EXPECT_EQ(map.stats.said, MEMMAP_MAX * 0x1000);
    EXPECT_EQ(map.stats.managed, MEMMAP_MAX * 0x1000);
}

TEST(memmap, a_swarm_of_crumbs_does_not_displace_the_ram)
{
    begin();
    for (u32 i = 0; i < 300; i++)
        tell(i * 0x2000, i * 0x2000 + 0x1000, MEMMAP_USABLE);
    tell(16 << 20, 64 << 20, MEMMAP_USABLE);
    take(20 << 20, 21 << 20, MEMMAP_KERNEL);
    build();
    EXPECT_EQ(map.count, MEMMAP_MAX);
    EXPECT(range_is(MEMMAP_MAX - 3, 16 << 20, 20 << 20, MEMMAP_USABLE));
    EXPECT(range_is(MEMMAP_MAX - 2, 20 << 20, 21 << 20, MEMMAP_KERNEL));
    EXPECT(range_is(MEMMAP_MAX - 1, 21 << 20, 64 << 20, MEMMAP_USABLE));
}

TEST(memmap, what_lies_beyond_4_gib_takes_no_room_from_the_rest)
{
    begin();
    for (u32 i = 0; i < 300; i++)
        tell((4ull << 30) + ((u64)i << 30), (4ull << 30) + ((u64)i << 30) + 1,
             MEMMAP_USABLE);
    for (u32 i = 0; i < MEMMAP_MAX; i++)
        tell(i * 0x2000, i * 0x2000 + 0x1000, MEMMAP_USABLE);
    build();
    EXPECT_EQ(map.count, MEMMAP_MAX);
    EXPECT_EQ(map.stats.managed, MEMMAP_MAX * 0x1000);
}

TEST(memmap, a_full_table_has_room_for_what_is_taken)
{
    begin();
    tell(0, 16 << 20, MEMMAP_USABLE);
    for (u32 i = 0; i < 300; i++)
        tell((2 << 20) + i * 0x2000, (2 << 20) + i * 0x2000 + 0x1000,
             MEMMAP_RESERVED);
    for (u32 i = 0; i < ARRAY_SIZE(told.taken); i++)
        take(0x100000 + i * 0x2000, 0x101000 + i * 0x2000, MEMMAP_KERNEL);
    build();
    for (u32 i = 0; i < ARRAY_SIZE(told.taken); i++)
        EXPECT_EQ(map_page(0x100 + i * 2), MEMMAP_KERNEL);
    EXPECT(map.stats.crowded > 0);
}

TEST(memmap, a_taker_of_nothing_takes_nothing)
{
    begin();
    tell(0, 64 * KIB, MEMMAP_USABLE);
    take(0x5000, 0x5000, MEMMAP_MODULE);
    take(0x5800, 0x5800, MEMMAP_MODULE);
    build();
    EXPECT_EQ(map.count, 1);
}

TEST(memmap, a_full_table_never_hides_that_memory_is_reserved)
{
    begin();
    tell(0, 600 * 0x1000, MEMMAP_USABLE);
    for (u32 i = 0; i < 300; i++)
        tell(i * 0x2000, i * 0x2000 + 0x1000, MEMMAP_RESERVED);
    build();
    for (u32 i = 0; i < map.count; i++)
        if (map.ranges[i].kind == MEMMAP_USABLE)
            EXPECT(map.ranges[i].start % 0x2000 == 0x1000 &&
                   map.ranges[i].end - map.ranges[i].start == 0x1000);
    EXPECT(map.stats.crowded > 0);
}

TEST(memmap, hundreds_of_entries_in_a_row_take_one_range)
{
    begin();
    for (u32 i = 0; i < STORY_MAX; i++)
        tell(i * 0x1000, i * 0x1000 + 0x1000, MEMMAP_USABLE);
    build();
    EXPECT_EQ(map.count, 1);
    EXPECT_EQ(map.stats.crowded, 0);
}

/* By units of half a page: the worst that was said of each. */
enum { UNIT = PAGE_SIZE / 2, UNITS = 128 };

static u8 model[UNITS];

static void tell_model(u32 first, u32 end, enum memmap_kind kind)
{
    tell((u64)first * UNIT, (u64)end * UNIT, kind);
    for (u32 unit = first; unit < end; unit++)
        if (kind > model[unit])
            model[unit] = (u8)kind;
}

static u32 model_page(u32 page)
{
    u32 left = model[2 * page], right = model[2 * page + 1];
    u32 worst = max_u32(left, right);

    if (worst == MEMMAP_USABLE && left != right)
        return 0;
    return worst;
}

TEST(memmap, random_stories_agree_with_a_model_of_half_pages)
{
    u32 seed = 42;

    for (u32 round = 0; round < test_rounds(300); round++) {
        begin();
        memset(model, 0, sizeof model);
        for (u32 i = test_random(&seed) % 24; i > 0; i--) {
            u32 first = test_random(&seed) % UNITS;
            u32 end = first + test_random(&seed) % (UNITS - first + 1);
            u32 kind = test_random(&seed) % 8;
            tell_model(first, end,
                       kind > MEMMAP_BAD || kind == 0
                           ? MEMMAP_USABLE
                           : (enum memmap_kind)kind);
        }
        build();
        for (u32 page = 0; page < UNITS / 2; page++)
            if (!EXPECT(map_page(page) == model_page(page)))
                return;
    }
}

/* -------------------------------------------------------- the machine's own */

TEST(memmap, the_machines_bytes_add_up)
{
    struct memmap_stats stats;

    memmap_stats(&stats);
    EXPECT(stats.said == stats.managed + stats.rounding + stats.overruled +
                             stats.beyond);
    EXPECT(stats.managed > 0);
}

TEST(memmap, a_check_names_the_invariant_that_is_broken)
{
    begin();
    tell(0, 64 * KIB, MEMMAP_USABLE);
    tell(16 * KIB, 32 * KIB, MEMMAP_NVS);
    build();
    map.ranges[1].start -= 1;
    EXPECT_PANIC(memmap_check(&map), "memmap invariant 1");
    map.ranges[1].start += 1;
    map.ranges[1].kind = MEMMAP_USABLE;
    EXPECT_PANIC(memmap_check(&map), "memmap invariant 2");
    map.ranges[1].kind = MEMMAP_NVS;
    map.stats.overruled++;
    EXPECT_PANIC(memmap_check(&map), "memmap invariant 3");
}
