/*
 * Tests of kernel/multiboot.c: maps as bytes, as a loader leaves them.
 */
#include "kernel/multiboot.h"

#include "lib/mem.h"
#include "strata_test.h"

static u8 bytes[512];
static struct multiboot_map map;

static void begin(void)
{
    memset(bytes, 0xaa, sizeof bytes);
    map = (struct multiboot_map){ .entries = bytes };
}

/* Append an entry that says it has `size` bytes behind its first member. */
static void append(u32 size, u64 start, u64 length, u32 type)
{
    struct multiboot_entry entry = { size, start, length, type };

    memcpy(bytes + map.bytes, &entry, sizeof entry);
    map.bytes += 4 + size;
}

static u32 count_entries(void)
{
    struct memmap_range range;
    u32 cursor = 0, count = 0;

    while (count < 1000 && multiboot_next_entry(&map, &cursor, &range))
        count++;
    return count;
}

static struct memmap_range entry_at(u32 index)
{
    struct memmap_range range = { 0 };
    u32 cursor = 0;

    for (u32 i = 0; i <= index; i++)
        EXPECT(multiboot_next_entry(&map, &cursor, &range));
    return range;
}

TEST(memmap, a_loaders_entries_may_be_longer_than_24_bytes)
{
    begin();
    append(20, 0, 0x9fc00, 1);
    append(24, 0x100000, 0x700000, 1);
    append(37, 0xfffc0000, 0x40000, 2);
    append(20, 0x100000000, 0x80000000, 1);
    EXPECT_EQ(multiboot_bad_bytes(&map), 0);
    EXPECT_EQ(count_entries(), 4);
    EXPECT(entry_at(1).start == 0x100000 && entry_at(1).end == 0x800000);
    EXPECT(entry_at(2).start == 0xfffc0000 && entry_at(2).end == 1ull << 32);
    EXPECT(entry_at(3).end == 0x180000000);
}

TEST(memmap, types_that_nobody_knows_are_reserved)
{
    static const struct {
        u32 type;
        enum memmap_kind kind;
    } known[] = {
        { 0, MEMMAP_RESERVED },  { 1, MEMMAP_USABLE }, { 2, MEMMAP_RESERVED },
        { 3, MEMMAP_ACPI },      { 4, MEMMAP_NVS },    { 5, MEMMAP_BAD },
        { 20, MEMMAP_RESERVED }, { ~0u, MEMMAP_RESERVED },
    };

    for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
        begin();
        append(20, 0, 0x1000, known[i].type);
        EXPECT_EQ(entry_at(0).kind, known[i].kind);
    }
}

TEST(memmap, a_loaders_map_ends_where_it_makes_no_sense)
{
    static const u32 sizes[] = { 0, 4, 19, 21, 1000, 0x7fffffff, ~0u };

    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        begin();
        append(20, 0, 0x1000, 1);
        append(20, 0x1000, 0x1000, 1);
        memcpy(bytes + 24, &sizes[i], 4);
        EXPECT_EQ(count_entries(), 1);
        EXPECT_EQ(multiboot_bad_bytes(&map), 24);
    }
}

TEST(memmap, a_loaders_map_that_is_cut_off_is_read_up_to_the_cut)
{
    for (u32 cut = 0; cut < 48; cut++) {
        begin();
        append(20, 0, 0x1000, 1);
        append(20, 0x1000, 0x1000, 1);
        map.bytes = cut;
        EXPECT_EQ(count_entries(), cut / 24);
        EXPECT_EQ(multiboot_bad_bytes(&map), cut % 24);
    }
}

TEST(memmap, what_is_told_besides_comes_after_the_loaders_map)
{
    begin();
    append(20, 0, 0x1000, 1);
    map.extra[0] = (struct memmap_range){ 0xa0000, 0x100000, MEMMAP_RESERVED };
    map.extra_count = 1;
    EXPECT_EQ(count_entries(), 2);
    EXPECT(entry_at(1).start == 0xa0000);
    map.bytes = 0;
    EXPECT_EQ(count_entries(), 1);
    EXPECT(entry_at(0).start == 0xa0000);
}

TEST(memmap, random_bytes_are_read_to_an_end)
{
    u32 seed = 9;

    for (u32 round = 0; round < test_rounds(2000); round++) {
        begin();
        map.bytes = test_random(&seed) % sizeof bytes;
        for (u32 i = 0; i < map.bytes; i++)
            bytes[i] = test_random(&seed) % 4 ? 0 : (u8)test_random(&seed);
        if (!EXPECT(count_entries() <= sizeof bytes / 24))
            return;
    }
}
