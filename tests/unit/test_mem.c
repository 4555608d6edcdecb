/*
 * tests/unit/test_mem.c - memory, strings, numbers. On the host, the first
 * two are the C library's: there the tests are tested.
 */
#include "kernel/number.h"
#include "kernel/string.h"
#include "strata_test.h"

enum { ROOM = 64, EDGE = 8 };

static u8 room[ROOM], expected[ROOM];

/* Byte i of the room is i in both. */
static void reset(void)
{
    for (u32 i = 0; i < ROOM; i++)
        room[i] = expected[i] = (u8)i;
}

static bool as_expected(void)
{
    for (u32 i = 0; i < ROOM; i++)
        if (room[i] != expected[i])
            return false;
    return true;
}

/* What a copy should do, one byte after the other, by way of a third place. */
static void expect_copy(u32 to, u32 from, u32 bytes)
{
    u8 copy[ROOM];

    for (u32 i = 0; i < bytes; i++)
        copy[i] = expected[from + i];
    for (u32 i = 0; i < bytes; i++)
        expected[to + i] = copy[i];
}

TEST(lib, memmove_is_right_for_every_overlap)
{
    bool right = true;

    for (u32 to = 0; to < 3 * EDGE; to++)
        for (u32 from = 0; from < 3 * EDGE; from++)
            for (u32 bytes = 0; bytes <= 2 * EDGE + 3; bytes++) {
                reset();
                expect_copy(to, from, bytes);
                right &= memmove(room + to, room + from, bytes) == room + to;
                right &= as_expected();
            }
    EXPECT(right);
}

TEST(lib, memcpy_copies_exactly_its_bytes_at_any_alignment)
{
    bool right = true;

    for (u32 to = 0; to < EDGE; to++)
        for (u32 from = ROOM / 2; from < ROOM / 2 + EDGE; from++)
            for (u32 bytes = 0; bytes <= 3 * EDGE; bytes++) {
                reset();
                expect_copy(to, from, bytes);
                right &= memcpy(room + to, room + from, bytes) == room + to;
                right &= as_expected();
            }
    EXPECT(right);
}

TEST(lib, memset_fills_exactly_its_bytes_with_the_low_byte)
{
    bool right = true;

    for (u32 to = 0; to < EDGE; to++)
        for (u32 bytes = 0; bytes <= 4 * EDGE; bytes++) {
            reset();
            for (u32 i = 0; i < bytes; i++)
                expected[to + i] = 0xa5;
            right &= memset(room + to, 0x7a5, bytes) == room + to;
            right &= as_expected();
        }
    EXPECT(right);
}

TEST(lib, memcmp_orders_by_the_first_unsigned_byte_that_differs)
{
    EXPECT(memcmp("abc", "abd", 3) < 0);
    EXPECT(memcmp("\xff", "\x01", 1) > 0);
    EXPECT_EQ(memcmp("abc", "abd", 2), 0);
    EXPECT_EQ(memcmp("a", "b", 0), 0);
}

TEST(lib, strings_compare_as_the_c_standard_says)
{
    EXPECT_EQ(strlen(""), 0);
    EXPECT_EQ(strlen("strata"), 6);
    EXPECT_EQ(strcmp("mem", "mem"), 0);
    EXPECT(strcmp("mem", "memmap") < 0);
    EXPECT(strcmp("pt", "pmm") > 0);
    EXPECT_EQ(strncmp("memmap", "memory", 3), 0);
    EXPECT(strncmp("memmap", "memory", 4) < 0);
    EXPECT_EQ(strncmp("a", "b", 0), 0);
}

TEST(lib, strings_are_searched_as_the_c_standard_says)
{
    const char *text = "pmm: a frame";

    EXPECT(strchr(text, ':') == text + 3);
    EXPECT(strchr(text, '\0') == text + 12);
    EXPECT(strchr(text, 'z') == NULL);
    EXPECT(strstr(text, "frame") == text + 7);
    EXPECT(strstr(text, "") == text);
    EXPECT(strstr(text, "frames") == NULL);
}

static bool parses_to(const char *word, u32 wanted)
{
    u32 number = ~wanted;

    return number_parse(word, &number) == NULL && number == wanted;
}

TEST(lib, numbers_are_decimal_or_hexadecimal)
{
    EXPECT(parses_to("0", 0));
    EXPECT(parses_to("0042", 42));
    EXPECT(parses_to("4294967295", ~0u));
    EXPECT(parses_to("0x0", 0));
    EXPECT(parses_to("0xC0101aBc", 0xc0101abc));
    EXPECT(parses_to("0X00000000ffffffff", ~0u));
}

static bool is_refused(const char *word, const char *why)
{
    u32 number = 7;
    const char *wrong = number_parse(word, &number);

    return wrong && strcmp(wrong, why) == 0 && number == 7;
}

TEST(lib, a_number_with_junk_in_it_is_none)
{
    static const char *const junk[] = {
        "", "x", "0x", "0xg", "12a", "-1", "+1", " 1", "1 ", "0x1x", "1.5",
        "99999999999z",
    };

    for (u32 i = 0; i < ARRAY_SIZE(junk); i++)
        if (!EXPECT(is_refused(junk[i], "is not a number")))
            test_print("#   it is \"%s\"", junk[i]);
}

TEST(lib, a_number_beyond_32_bits_is_refused)
{
    EXPECT(is_refused("4294967296", "is more than 32 bits"));
    EXPECT(is_refused("42949672950", "is more than 32 bits"));
    EXPECT(is_refused("18446744073709551617", "is more than 32 bits"));
    EXPECT(is_refused("0x100000000", "is more than 32 bits"));
}
