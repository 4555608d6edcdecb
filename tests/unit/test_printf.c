/*
 * tests/unit/test_printf.c - formatted text.
 */
#include "kernel/printf.h"
#include "kernel/string.h"
#include "kernel/symbols.h"
#include "strata_test.h"

static char text[80];

/* Do the format and its arguments give the text, and its length? */
#define EXPECT_TEXT(wanted, ...)                                           \
    do {                                                                   \
        EXPECT_EQ(ksnprintf(text, sizeof text, __VA_ARGS__),               \
                  strlen(wanted));                                         \
        if (!EXPECT(strcmp(text, wanted) == 0))                            \
            test_print("#   \"%s\" instead of \"%s\"", text, wanted);      \
    } while (0)

TEST(lib, printf_prints_the_ends_of_32_bits)
{
    EXPECT_TEXT("0 4294967295", "%u %u", 0u, ~0u);
    EXPECT_TEXT("2147483647 -2147483648", "%d %i", 2147483647, -2147483647 - 1);
    EXPECT_TEXT("0 deadbeef DEADBEEF", "%x %x %X", 0u, 0xdeadbeef, 0xdeadbeef);
}

TEST(lib, printf_prints_64_bit_decimals_without_a_64_bit_division)
{
    EXPECT_TEXT("18446744073709551615", "%llu", ~0ull);
    EXPECT_TEXT("-9223372036854775808", "%lld", (long long)INT64_MIN);
    EXPECT_TEXT("4294967295 4294967296", "%llu %llu", 0xffffffffull,
                0x100000000ull);
    EXPECT_TEXT("99999999999999999", "%llu", 99999999999999999ull);
    EXPECT_TEXT("123456789abcdef0", "%llx", 0x123456789abcdef0ull);
}

/* 10^n and 10^n - 1 have every digit come from every step of the division. */
TEST(lib, printf_prints_each_power_of_ten)
{
    char wanted[24] = "1";
    u64 power = 1;

    for (u32 n = 1; n < 20; n++) {
        power *= 10;
        memset(wanted, '9', n);
        wanted[n] = '\0';
        EXPECT_TEXT(wanted, "%llu", power - 1);
        memset(wanted, '0', n + 1);
        wanted[0] = '1';
        wanted[n + 1] = '\0';
        EXPECT_TEXT(wanted, "%llu", power);
    }
}

TEST(lib, printf_takes_long_and_size_arguments)
{
    EXPECT_TEXT("-7 7 7", "%ld %lu %lx", -7l, 7ul, 7ul);
    EXPECT_TEXT("4096 -1 1000", "%zu %zd %zx", (size_t)4096, (ptrdiff_t)-1,
                (size_t)4096);
    EXPECT_TEXT("1 2 3", "%zu %llu %d", (size_t)1, 2ull, 3);
}

TEST(lib, printf_fills_to_the_width)
{
    EXPECT_TEXT("[   42|42   |00042]", "[%5u|%-5u|%05u]", 42u, 42u, 42u);
    EXPECT_TEXT("[  -42|-0042|-42  ]", "[%5d|%05d|%-5d]", -42, -42, -42);
    EXPECT_TEXT("[  ab|ab  |    x]", "[%4s|%-4s|%5c]", "ab", "ab", 'x');
    EXPECT_TEXT("12345 abcdef", "%3u %4s", 12345u, "abcdef");
    EXPECT_TEXT("0000beef", "%08x", 0xbeefu);

    const char *both = "[%-05u]"; /* which a compiler refuses */
    EXPECT_TEXT("[7    ]", both, 7u);
}

TEST(lib, printf_takes_width_and_precision_from_arguments)
{
    EXPECT_TEXT("[  7|7  ]", "[%*u|%*u]", 3, 7u, -3, 7u);
    EXPECT_TEXT("[ab|abc]", "[%.*s|%.*s]", 2, "abcdef", -1, "abc");
}

TEST(lib, printf_reads_no_more_of_a_string_than_the_precision)
{
    char unended[3] = { 'a', 'b', 'c' };

    EXPECT_TEXT("abc", "%.3s", unended);
    EXPECT_TEXT("[  ab]", "[%4.2s]", unended);
    EXPECT_TEXT("[]", "[%.0s]", unended);
}

TEST(lib, printf_survives_a_null_string)
{
    const char *volatile none = NULL; /* or the compiler would object */

    EXPECT_TEXT("(null)", "%s", none);
}

/* In a variable, or the compiler would refuse them: as it should. */
TEST(lib, printf_shows_what_is_no_conversion)
{
    const char *unknown = "%q %u";
    const char *unended = "%u %";
    const char *cut = "%u %5l";

    EXPECT_TEXT("%q 1", unknown, 1u);
    EXPECT_TEXT("1 %", unended, 1u);
    EXPECT_TEXT("1 %5l", cut, 1u);
    EXPECT_TEXT("100% 1", "100%% %u", 1u);
}

TEST(lib, printf_prints_an_address_of_no_function_plainly)
{
    EXPECT_TEXT("0x00000000", "%p", (void *)0);
    EXPECT_TEXT("0x00001234", "%p", (void *)0x1234);
}

TEST(lib, printf_names_the_function_of_an_address)
{
    u32 address = (u32)(uintptr_t)&memcpy;
    struct symbol symbol;
    char wanted[80];

    if (!symbol_find(address, &symbol))
        SKIP("needs the kernel's table of functions");
    ksnprintf(wanted, sizeof wanted,
              "0x%08x <memcpy+0x0> (kernel/lib/mem.c:%u)", address,
              symbol.line);
    EXPECT_TEXT(wanted, "%pI", (void *)(uintptr_t)address);
    ksnprintf(wanted, sizeof wanted,
              "0x%08x <memcpy+0x1> (kernel/lib/mem.c:%u)", address + 1,
              symbol.line);
    EXPECT_TEXT(wanted, "%p", (void *)(uintptr_t)(address + 1));
}

TEST(lib, printf_into_a_small_buffer_is_cut_and_tells_the_length)
{
    char small[5] = "####";

    EXPECT_EQ(ksnprintf(small, 4, "%u", 123456u), 6);
    EXPECT(strcmp(small, "123") == 0);
    EXPECT_EQ(ksnprintf(small, 1, "%s", "abc"), 3);
    EXPECT_EQ(small[0], 0);
    EXPECT_EQ(small[1], '2');
    EXPECT_EQ(ksnprintf(NULL, 0, "%s", "abc"), 3);
}
