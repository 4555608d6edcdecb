/*
 * Tests of kernel/sys/usercopy.c and user_buffer.c: what can be copied is, to
 * the byte, and nothing else happens.
 */
#include "abi/errno.h"
#include "kernel/user_buffer.h"
#include "lib/mem.h"
#include "mm/kheap.h"
#include "x86/cpu.h"

#include "strata_test.h"
#include "user_room.h"

enum {
    ROOM = 2 * PAGE_SIZE,
    PATTERN = 0x5a,
    NOWHERE = 0x10000000, /* nothing is mapped there */
};

static u8 memory[ROOM + 64];

static void fill(u32 seed)
{
    for (u32 i = 0; i < sizeof memory; i++)
        memory[i] = (u8)(i * 7 + i / 256 + seed);
}

/* Are the room's first bytes those of the memory? */
static bool room_shows(u32 offset, const u8 *bytes, u32 count)
{
    for (u32 i = 0; i < count; i++)
        if (user_room_get(offset + i) != bytes[i])
            return false;
    return true;
}

TEST(usercopy, every_length_and_alignment_comes_through)
{
    u8 back[24];

    if (!user_room_enter(2))
        SKIP("needs a space");
    fill(1);
    for (u32 bytes = 0; bytes <= 19; bytes++)
        for (u32 at = 0; at < 4; at++) {
            EXPECT(user_write(user_room(at), memory + bytes % 4, bytes));
            memset(back, 0, sizeof back);
            EXPECT(user_read(back + 1, user_room(at), bytes));
            EXPECT(memcmp(back + 1, memory + bytes % 4, bytes) == 0);
            EXPECT_EQ(back[0] + back[1 + bytes], 0);
        }
    user_room_leave();
}

TEST(usercopy, pages_are_made_on_the_way)
{
    if (!user_room_enter(2))
        SKIP("needs a space");
    fill(2);
    EXPECT(user_write(user_room(5), memory, ROOM - 5));
    EXPECT(room_shows(5, memory, 100));
    EXPECT(room_shows(ROOM - 100, memory + ROOM - 105, 100));
    EXPECT_EQ(user_room_get(4), 0);
    user_room_leave();
}

TEST(usercopy, a_copy_ends_at_the_very_byte_that_is_not_there)
{
    if (!user_room_enter(2))
        SKIP("needs a space");
    fill(3);
    for (u32 before = 0; before <= 9; before++)
        for (u32 behind = 1; behind <= 9; behind++) {
            user_addr_t at = user_room(ROOM - before);

            EXPECT_EQ(user_write_some(at, memory, before + behind), before);
            EXPECT(room_shows(ROOM - before, memory, before));
            EXPECT_EQ(user_read_some(memory + ROOM, at, before + behind),
                      before);
            EXPECT_EQ(user_zero_some(at, before + behind), before);
            EXPECT(!user_read(memory + ROOM, at, before + behind));
            EXPECT(!user_write(at, memory, before + behind));
            EXPECT(!user_zero(at, before + behind));
        }
    user_room_leave();
}

TEST(usercopy, the_kernels_half_is_refused_before_the_first_byte)
{
    u32 word = PATTERN;

    if (!user_room_enter(1))
        SKIP("needs a space");
    const user_addr_t bad[] = {
        user_addr((u32)&word), user_addr(USER_END), user_addr(USER_END - 3),
        user_addr(~0u), user_addr(~0u - 3), user_addr(DIRECT_MAP_START),
    };
    for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
        u32 other = 1;

        EXPECT(!user_read(&other, bad[i], 4));
        EXPECT_EQ(other, 1);
        EXPECT(!user_write(bad[i], &other, 4));
        EXPECT(!user_zero(bad[i], 4));
        EXPECT_EQ(user_write_some(bad[i], &other, 4), 0);
    }
    EXPECT_EQ(word, PATTERN);
    EXPECT(!user_read(memory, user_room(0), ~0u));
    EXPECT(!user_read(memory, user_room(0), USER_END));
    user_room_leave();
}

TEST(usercopy, null_and_nowhere_are_an_answer)
{
    if (!user_room_enter(1))
        SKIP("needs a space");
    EXPECT(!user_read(memory, user_addr(0), 1));
    EXPECT(!user_write(user_addr(0), memory, 100));
    EXPECT(!user_zero(user_addr(NOWHERE), 4096));
    EXPECT_EQ(user_read_some(memory, user_addr(NOWHERE), 4096), 0);
    EXPECT(user_read(memory, user_addr(NOWHERE), 0));
    EXPECT(user_write(user_addr(0), memory, 0));
    user_room_leave();
}

TEST(usercopy, the_brackets_are_closed_behind_a_copy_that_failed)
{
    if (!user_room_enter(1))
        SKIP("needs a space");
    EXPECT(!user_read(memory, user_addr(NOWHERE), 8));
    EXPECT(!(eflags_read() & EFLAGS_USER_ACCESS) || !cpu_features()->smap);
    user_room_leave();
}

/* Put a string so that its last bytes are the room's. */
static user_addr_t put_string(const char *text, u32 bytes)
{
    user_addr_t at = user_room(PAGE_SIZE - bytes);

    EXPECT(user_write(at, text, bytes));
    return at;
}

TEST(usercopy, a_string_is_read_up_to_its_end_and_no_further)
{
    static const char text[] = "a string of forty characters, or nearly so";
    char back[64];

    if (!user_room_enter(1))
        SKIP("needs a space");
    for (u32 i = 0; i < sizeof text; i++) {
        user_addr_t at = put_string(text + i, (u32)sizeof text - i);
        u32 length = (u32)sizeof text - 1 - i;

        EXPECT_EQ(user_read_string(back, at, sizeof back), length);
        EXPECT(memcmp(back, text + i, length + 1) == 0);
        EXPECT_EQ(user_read_string(back, at, length + 1), length);
        if (length > 0)
            EXPECT_EQ(user_read_string(back, at, length), -ENAMETOOLONG);
    }
    user_room_leave();
}

TEST(usercopy, a_string_without_an_end_is_a_fault)
{
    char back[64];

    if (!user_room_enter(1))
        SKIP("needs a space");
    user_addr_t at = put_string("without", 7);
    EXPECT_EQ(user_read_string(back, at, sizeof back), -EFAULT);
    EXPECT_EQ(user_read_string(back, at, 7), -ENAMETOOLONG);
    EXPECT_EQ(user_read_string(back, user_addr(NOWHERE), 9), -EFAULT);
    EXPECT_EQ(user_read_string(back, user_addr(USER_END), 9), -EFAULT);
    EXPECT_EQ(user_read_string(back, user_addr((u32)back), 9), -EFAULT);
    user_room_leave();
}

TEST(usercopy, a_buffer_in_pieces_is_one_after_the_other)
{
    static const struct iovec pieces[] = {
        { USER_ROOM + 100, 3 }, { USER_ROOM, 0 }, { USER_ROOM + 50, 5 },
        { USER_ROOM + 10, 4 },
    };

    if (!user_room_enter(1))
        SKIP("needs a space");
    struct user_buffer buffer = { .left = 10, .next = pieces };
    EXPECT_EQ(user_buffer_put(&buffer, "01", 2), 2);
    EXPECT_EQ(user_buffer_put(&buffer, "234567", 6), 6);
    EXPECT_EQ(user_buffer_put(&buffer, "89", 2), 2);
    EXPECT_EQ(buffer.left, 0);
    EXPECT_EQ(user_buffer_put(&buffer, "", 0), 0);
    EXPECT(room_shows(100, (const u8 *)"012", 4));
    EXPECT(room_shows(50, (const u8 *)"34567", 6));
    EXPECT(room_shows(10, (const u8 *)"89", 3));
    user_room_leave();
}

TEST(usercopy, a_buffer_ends_where_a_piece_cannot_be_touched)
{
    static const struct iovec pieces[] = {
        { USER_ROOM, 3 }, { NOWHERE, 5 }, { USER_ROOM + 10, 4 },
    };
    u8 back[12];

    if (!user_room_enter(1))
        SKIP("needs a space");
    struct user_buffer buffer = { .left = 12, .next = pieces };
    EXPECT_EQ(user_buffer_take(&buffer, back, 12), 3);
    EXPECT_EQ(buffer.left, 9);
    EXPECT_EQ(user_buffer_zero(&buffer, 9), 0);
    user_room_leave();
}
