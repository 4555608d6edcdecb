/*
 * Tests of kernel/symbols.c: an address is told with the line that it comes
 * from, neither the one before nor the one behind.
 */
#include "kernel/image.h"
#include "kernel/printf.h"
#include "kernel/string.h"
#include "kernel/symbols.h"
#include "mm/platform.h"

#include "strata_test.h"

#define HERE "tests/kernel/test_symbols.c"

static volatile u32 word;
static u32 *volatile nowhere;
static u32 line; /* of what comes next */
static char text[160];

/* A call of it counts: it is not made once for all. */
NOINLINE static u32 return_address(void)
{
    word++;
    return (u32)CALLER();
}

/* What `address`, which is returned to, is said to be. */
static void expect_call(u32 address, const char *function, u32 wanted)
{
    struct symbol symbol;

    if (!EXPECT(symbol_find_call(address, &symbol)))
        return;
    EXPECT(strcmp(symbol.name, function) == 0);
    EXPECT(symbol.file && strcmp(symbol.file, HERE) == 0);
    EXPECT_EQ(symbol.line, wanted);
}

NOINLINE static void call_thrice(u32 addresses[3])
{
    line = __LINE__;
    addresses[0] = return_address();
    addresses[1] = return_address();

    addresses[2] = return_address();
}

TEST(symbols, each_call_has_its_own_line)
{
    u32 addresses[3];

    call_thrice(addresses);
    expect_call(addresses[0], "call_thrice", line + 1);
    expect_call(addresses[1], "call_thrice", line + 2);
    expect_call(addresses[2], "call_thrice", line + 4);
}

static inline __attribute__((always_inline)) u32 call_inline(void)
{
    line = __LINE__ + 1;
    return return_address();
}

NOINLINE static u32 call_through_inline(void)
{
    return call_inline() + word; /* so that it has to come back */
}

TEST(symbols, a_call_that_was_expanded_inline_has_the_line_that_makes_it)
{
    word = 0;
    u32 address = call_through_inline() - word;

    expect_call(address, "call_through_inline", line);
}

/* The return address lies behind the function, as nothing comes back. */
NORETURN NOINLINE static void end_with_a_call(void)
{
    line = __LINE__ + 1;
    platform_panic("called by %p", CALLER());
}

TEST(symbols, a_sentence_says_the_line_of_the_call)
{
    u32 here = __LINE__ + 2;

    EXPECT_PANIC(end_with_a_call(), "called by 0x");
    ksnprintf(text, sizeof text, "> (" HERE ":%u)", here);
    EXPECT_SENTENCE(text);
}

NOINLINE static void read_nowhere(void)
{
    word = 1;
    line = __LINE__ + 1;
    word = *nowhere;
    word = 2;
}

TEST(symbols, a_fault_has_the_line_of_its_instruction)
{
    EXPECT_PANIC(read_nowhere(), "null pointer in 0x");
    ksnprintf(text, sizeof text, "<read_nowhere+0x");
    EXPECT_SENTENCE(text);
    ksnprintf(text, sizeof text, "> (" HERE ":%u)", line);
    EXPECT_SENTENCE(text);
    EXPECT_EQ(word, 1);
}

/* The first instruction of a function, and the last byte of the one before. */
TEST(symbols, the_same_address_is_a_function_or_the_end_of_a_call_before_it)
{
    u32 start = symbol_address("read_nowhere");
    struct symbol function, call;

    EXPECT(symbol_find(start, &function));
    EXPECT(strcmp(function.name, "read_nowhere") == 0);
    EXPECT_EQ(function.offset, 0);
    EXPECT(symbol_find_call(start, &call));
    EXPECT(strcmp(call.name, "read_nowhere") != 0);
}

TEST(symbols, an_address_in_code_has_its_functions_name)
{
    u32 address = symbol_address("pmm_check");
    struct symbol symbol;

    EXPECT(address >= (u32)text_start && address < (u32)text_end);
    EXPECT(symbol_find(address + 3, &symbol));
    EXPECT(strcmp(symbol.name, "pmm_check") == 0);
    EXPECT_EQ(symbol.offset, 3);
}

TEST(symbols, code_in_assembly_has_lines_too)
{
    struct symbol symbol;

    EXPECT(symbol_find(symbol_address("panic"), &symbol));
    EXPECT(symbol.file && strcmp(symbol.file, "kernel/x86/traps.asm") == 0);
    EXPECT(symbol.line > 0);
}

TEST(symbols, what_is_in_no_function_has_neither_name_nor_line)
{
    struct symbol symbol;

    EXPECT(!symbol_find(0, &symbol));
    EXPECT(!symbol_find(0xffffffff, &symbol));
    EXPECT(!symbol_find((u32)&word, &symbol));
    EXPECT(!symbol_find_call(0, &symbol));
    EXPECT_EQ(symbol_address("no_such_function"), 0);
}
