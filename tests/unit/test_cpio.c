/*
 * Tests of kernel/fs/cpio.c: whole archives are read as they were made, and of
 * broken ones nothing is believed.
 */
#include "lib/mem.h"
#include "mm/kheap.h"

#include "cpio_maker.h"
#include "strata_test.h"

enum { ROOM = 16 << 10, MODE = 0100644, FIELDS_AT = 6, DIGITS = 8 };

/* Places of numbers in a header. */
enum { AT_DATA_BYTES = 6, AT_NAME_BYTES = 11 };

static struct {
    struct cpio_maker maker;
    struct cpio_entry *entry;
    struct cpio_memory memory;
} world;

static bool enter(void)
{
    world.maker = (struct cpio_maker){ .bytes = kcalloc(1, ROOM) };
    world.entry = kalloc(sizeof *world.entry);
    return world.maker.bytes && world.entry;
}

static void leave(void)
{
    kfree(world.maker.bytes);
    kfree(world.entry);
}

static void add(const char *name, const char *data, u32 bytes)
{
    cpio_add(&world.maker, &(struct cpio_file){
        .name = name, .inode = 7, .mode = MODE, .links = 1,
        .data = data, .data_bytes = bytes,
    });
}

static enum cpio_answer next(void)
{
    return cpio_next(&world.memory.cpio, world.entry);
}

/* Is the entry that was read of this name, and has this content? */
static bool is_read(const char *name, const char *data, u32 bytes)
{
    u32 length = 0;

    while (name[length])
        length++;
    return world.entry->name_bytes == length &&
           memcmp(world.entry->name, name, length + 1) == 0 &&
           world.entry->data_bytes == bytes &&
           memcmp(world.maker.bytes + world.entry->data, data, bytes) == 0;
}

static void open_made(void)
{
    cpio_open_memory(&world.memory, world.maker.bytes, world.maker.size);
}

static const char *judge(u32 size, u32 *entries)
{
    return cpio_judge(world.maker.bytes, size, world.entry, entries);
}

TEST(cpio, files_come_as_they_were_put_in)
{
    if (!enter())
        SKIP("needs 20 KiB of heap");
    add(".", "", 0);
    add("etc/motd", "welcome", 7);
    add("a", "12345678", 8);
    cpio_end(&world.maker);
    open_made();
    EXPECT_EQ(next(), CPIO_ENTRY);
    EXPECT(is_read(".", "", 0));
    EXPECT_EQ(next(), CPIO_ENTRY);
    EXPECT(is_read("etc/motd", "welcome", 7));
    EXPECT_EQ(world.entry->mode, MODE);
    EXPECT_EQ(world.entry->inode, 7);
    EXPECT_EQ(world.entry->links, 1);
    EXPECT_EQ(world.entry->time, 0x5eed);
    EXPECT_EQ(world.entry->device_major, 8);
    EXPECT_EQ(world.entry->device_minor, 1);
    EXPECT_EQ(world.entry->is_major, 5);
    EXPECT_EQ(world.entry->is_minor, 1);
    EXPECT_EQ(next(), CPIO_ENTRY);
    EXPECT(is_read("a", "12345678", 8));
    EXPECT_EQ(next(), CPIO_END);
    EXPECT_EQ(next(), CPIO_END);
    leave();
}

TEST(cpio, each_length_of_name_and_content_is_padded)
{
    static const char letters[] = "abcdefgh";

    if (!enter())
        SKIP("needs 20 KiB of heap");
    for (u32 i = 0; i < 8; i++)
        for (u32 j = 0; j <= 8; j++)
            add(letters + i, letters, j);
    cpio_end(&world.maker);
    open_made();
    for (u32 i = 0; i < 8; i++)
        for (u32 j = 0; j <= 8; j++) {
            EXPECT_EQ(next(), CPIO_ENTRY);
            EXPECT(is_read(letters + i, letters, j));
        }
    EXPECT_EQ(next(), CPIO_END);
    leave();
}

TEST(cpio, an_archive_that_is_cut_anywhere_gives_what_is_whole)
{
    u32 entries, wholes = 0;

    if (!enter())
        SKIP("needs 20 KiB of heap");
    add("one", "1", 1);
    u32 one = world.maker.size - 3; /* its last padding may be missing */
    add("three", "123", 3);
    u32 two = world.maker.size - 1;
    cpio_end(&world.maker);
    for (u32 size = 0; size < world.maker.size; size++) {
        const char *objection = judge(size, &entries);

        EXPECT(objection == NULL);
        EXPECT_EQ(entries, (size >= one) + (size >= two));
        wholes += entries;
    }
    EXPECT(wholes > 0);
    leave();
}

TEST(cpio, no_byte_that_is_changed_leads_it_astray)
{
    static const u8 others[] = { 0, '0', '1', '7', '8', 'F', 'f', 'g', '/',
                                 ':', '@', 'G', '`', 0x7f, 0x80, 0xff };

    if (!enter())
        SKIP("needs 20 KiB of heap");
    add("bin/sh", "#!", 2);
    add("dev", "", 0);
    cpio_end(&world.maker);
    for (u32 at = 0; at < world.maker.size; at++) {
        u8 was = world.maker.bytes[at];

        for (u32 i = 0; i < ARRAY_SIZE(others); i++) {
            world.maker.bytes[at] = others[i];
            const char *objection = judge(world.maker.size, NULL);
            EXPECT(objection == NULL);
        }
        world.maker.bytes[at] = was;
    }
    leave();
}

/* Write eight digits over a number of the first header. */
static void set_number(u32 field, const char *digits)
{
    memcpy(world.maker.bytes + FIELDS_AT + field * DIGITS, digits, DIGITS);
}

static bool is_refused(const char *why)
{
    open_made();
    if (next() != CPIO_BROKEN)
        return false;
    const char *objection = world.memory.cpio.objection;
    for (u32 i = 0; why[i] || objection[i]; i++)
        if (why[i] != objection[i])
            return false;
    return !world.memory.strayed;
}

TEST(cpio, lengths_that_wrap_are_refused)
{
    if (!enter())
        SKIP("needs 20 KiB of heap");
    add("name", "content", 7);
    cpio_end(&world.maker);
    set_number(AT_DATA_BYTES, "ffffffff");
    EXPECT(is_refused("content beyond its end"));
    set_number(AT_DATA_BYTES, "ffffff80");
    EXPECT(is_refused("content beyond its end"));
    set_number(AT_DATA_BYTES, "00000007");
    set_number(AT_NAME_BYTES, "ffffffff");
    EXPECT(is_refused("a name of no sensible length"));
    set_number(AT_NAME_BYTES, "00001000");
    EXPECT(is_refused("a name beyond its end"));
    set_number(AT_NAME_BYTES, "00000001");
    EXPECT(is_refused("a name of no sensible length"));
    set_number(AT_NAME_BYTES, "00000004");
    EXPECT(is_refused("a name that does not end where it should"));
    set_number(AT_NAME_BYTES, "00000006");
    EXPECT(is_refused("a name that does not end where it should"));
    leave();
}

TEST(cpio, digits_are_hexadecimal_large_or_small)
{
    if (!enter())
        SKIP("needs 20 KiB of heap");
    add("name", "0123456789", 10);
    cpio_end(&world.maker);
    set_number(AT_DATA_BYTES, "0000000A");
    open_made();
    EXPECT_EQ(next(), CPIO_ENTRY);
    set_number(AT_DATA_BYTES, "0000000x");
    EXPECT(is_refused("a header whose digits are none"));
    set_number(AT_DATA_BYTES, "      0a");
    EXPECT(is_refused("a header whose digits are none"));
    leave();
}

TEST(cpio, what_is_no_archive_is_refused)
{
    static const char *const others[] = { "070707", "\037\213\010", "ustar",
                                          "070701" };

    if (!enter())
        SKIP("needs 20 KiB of heap");
    world.maker.size = 4096;
    for (u32 i = 0; i < ARRAY_SIZE(others); i++) {
        for (u32 j = 0; others[i][j]; j++)
            world.maker.bytes[j] = (u8)others[i][j];
        open_made();
        EXPECT_EQ(next(), CPIO_BROKEN);
    }
    world.maker.size = 0;
    open_made();
    EXPECT(is_refused("it ends without a trailer"));
    leave();
}

TEST(cpio, random_damage_leads_it_nowhere)
{
    u32 seed = 7, count = test_rounds(2000);

    if (!enter())
        SKIP("needs 20 KiB of heap");
    for (u32 i = 0; i < 20; i++)
        add(&"a/longer/name/of/a/file"[i], "some content", i % 13);
    cpio_end(&world.maker);
    for (u32 i = 0; i < count; i++) {
        u32 at = test_random(&seed) % world.maker.size;
        u8 was = world.maker.bytes[at];

        world.maker.bytes[at] = (u8)test_random(&seed);
        const char *objection = judge(world.maker.size, NULL);
        EXPECT(objection == NULL);
        if (test_random(&seed) % 4)
            world.maker.bytes[at] = was;
    }
    leave();
}
