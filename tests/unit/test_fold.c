/*
 * tests/unit/test_fold.c - text that is never wider than the screen.
 */
#include "kernel/fold.h"
#include "kernel/string.h"
#include "strata_test.h"

/* 20 characters each: TWENTY is a word, the others are two. */
#define TWENTY  "abcdefghijklmnopqrst"
#define SPACED  "abcdefghi klmnopqrst"

static struct {
    struct print_sink sink;
    char text[400];
    u32 length;
} out;

static void keep(struct print_sink *sink, char c)
{
    (void)sink;
    if (out.length < sizeof out.text - 1)
        out.text[out.length++] = c;
}

static void expect_folded(const char *text, const char *wanted)
{
    struct fold fold = { .sink = { fold_put }, .out = &out.sink };

    out.sink.put = keep;
    out.length = 0;
    while (*text)
        fold_put(&fold.sink, *text++);
    out.text[out.length] = '\0';
    if (!EXPECT(strcmp(out.text, wanted) == 0))
        test_print("#   \"%s\" instead of \"%s\"", out.text, wanted);
}

TEST(lib, fold_leaves_lines_of_80_columns_alone)
{
    expect_folded("a  b\n\n  c: \nd\n", "a  b\n\n  c:\nd\n");
    expect_folded(TWENTY SPACED TWENTY " 234567890123456 89\n",
                  TWENTY SPACED TWENTY " 234567890123456 89\n");
    expect_folded(TWENTY SPACED TWENTY " 2345678901234567890\n",
                  TWENTY SPACED TWENTY " 2345678901234567890\n");
}

TEST(lib, fold_breaks_a_line_of_81_columns_at_its_last_space)
{
    expect_folded(TWENTY SPACED TWENTY " 23456789012345 78901\n",
                  TWENTY SPACED TWENTY " 23456789012345\n  78901\n");
    expect_folded("  " TWENTY SPACED TWENTY "0123456789  23456789\nx\n",
                  "  " TWENTY SPACED TWENTY "0123456789\n    23456789\nx\n");
}

TEST(lib, fold_breaks_as_often_as_it_takes)
{
    expect_folded(TWENTY " " TWENTY " " TWENTY " " TWENTY " " TWENTY " " TWENTY
                  " " TWENTY " " TWENTY "\n",
                  TWENTY " " TWENTY " " TWENTY "\n  " TWENTY " " TWENTY " "
                  TWENTY "\n  " TWENTY " " TWENTY "\n");
}

TEST(lib, fold_keeps_words_that_are_wider_than_the_screen)
{
    expect_folded("a " TWENTY TWENTY TWENTY TWENTY TWENTY " b\n",
                  "a\n  " TWENTY TWENTY TWENTY TWENTY "\n  " TWENTY " b\n");
}
