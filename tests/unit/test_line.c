/*
 * tests/unit/test_line.c - the line editor, before a terminal of our own.
 *
 * The terminal understands what the editor may send, and nothing else. After
 * each key it must show the prompt and the line, with the cursor in place.
 */
#include "kernel/line.h"
#include "kernel/string.h"
#include "strata_test.h"

enum {
    WIDE = 256, /* no line of a plain editor wraps here */
    PROMPT_LENGTH = 2,
    SCREEN_TEXT = LINE_COLUMNS - 1 - PROMPT_LENGTH,
};

static struct {
    char row[WIDE + 1];
    u32 column;
    u32 bells;
    u32 escapes;  /* sequences */
    bool confused; /* something came that has no meaning */
    char sequence[8];
    u32 sequence_length; /* 0: in none */
} terminal;

static void clear_row(u32 from)
{
    memset(terminal.row + from, ' ', WIDE - from);
}

static void obey_sequence(void)
{
    const char *s = terminal.sequence;

    if (strcmp(s, "\x1b[K") == 0)
        clear_row(terminal.column);
    else if (strcmp(s, "\x1b[2J") == 0)
        clear_row(0);
    else if (strcmp(s, "\x1b[H") == 0)
        terminal.column = 0;
    else if (s[2] >= '0' && s[2] <= '9' && s[3] == 'C')
        terminal.column += (u32)(s[2] - '0');
    else if (s[2] >= '0' && s[2] <= '9' && s[4] == 'C')
        terminal.column += (u32)((s[2] - '0') * 10 + s[3] - '0');
    else
        terminal.confused = true;
    terminal.escapes++;
}

static void take_sequence(char c)
{
    u32 length = terminal.sequence_length++;

    terminal.sequence[length] = c;
    terminal.sequence[length + 1] = '\0';
    if ((length > 1 && c >= '@') || length == sizeof terminal.sequence - 2) {
        obey_sequence();
        terminal.sequence_length = 0;
    }
}

static void show(char c)
{
    if (c < ' ' || terminal.column == WIDE)
        terminal.confused = true;
    else
        terminal.row[terminal.column++] = c;
}

static void terminal_put(struct print_sink *sink, char c)
{
    (void)sink;
    if (c == '\x1b' || terminal.sequence_length > 0) {
        take_sequence(c);
    } else if (c == '\r') {
        terminal.column = 0;
    } else if (c == '\n') {
        terminal.column = 0;
        clear_row(0);
    } else if (c == '\b') {
        terminal.confused |= terminal.column == 0;
        terminal.column -= terminal.column > 0;
    } else if (c == '\a') {
        terminal.bells++;
    } else {
        show(c);
    }
}

static const char *word(u32 index)
{
    static const char *const words[] = { "map", "mem", "memory", "off" };

    return index < ARRAY_SIZE(words) ? words[index] : NULL;
}

static struct print_sink out = { terminal_put };
static struct line_setup setup = { &out, "> ", word, false };
static struct line line;

static void begin(bool plain)
{
    memset(&terminal, 0, sizeof terminal);
    clear_row(0);
    memset(&line, 0, sizeof line);
    setup.plain = plain;
    line.setup = &setup;
    line_begin(&line);
}

/* Type keys; a Return among them begins a new line. */
static void type(const char *keys)
{
    for (; *keys; keys++)
        if (line_key(&line, *keys))
            line_begin(&line);
}

/* Type keys before a Return, and look at the line that comes out. */
static bool gives(const char *keys, const char *wanted)
{
    type(keys);
    bool right = line_key(&line, '\r') && strcmp(line.text, wanted) == 0;
    if (!right)
        test_print("#   \"%s\" instead of \"%s\"", line.text, wanted);
    line_begin(&line);
    return right;
}

TEST(lib, what_is_typed_is_the_line)
{
    begin(false);
    EXPECT(gives("frames 12", "frames 12"));
    EXPECT(gives("", ""));
    EXPECT(gives("caf\xc3\xa9", "caf"));
}

TEST(lib, return_and_newline_end_one_line_together)
{
    begin(false);
    EXPECT(line_key(&line, '\r'));
    EXPECT(!line_key(&line, '\n'));
    EXPECT(line_key(&line, '\n'));
    EXPECT(line_key(&line, '\r'));
}

TEST(lib, control_keys_move_and_delete)
{
    begin(false);
    EXPECT(gives("bd\x01" "a\x06" "c\x05" "e", "abcde"));
    EXPECT(gives("abc\x02\x02\x04", "ac"));
    EXPECT(gives("abcd\x02\x02\x0b", "ab"));
    EXPECT(gives("abcd\x02\x02\x15", "cd"));
    EXPECT(gives("one two  \x17x", "one x"));
    EXPECT(gives("abc\x7f\bd", "ad"));
    EXPECT(gives("\x7f\x02\x04\x17\x15\x0b" "a\x06", "a"));
}

TEST(lib, arrows_and_their_like_are_control_keys)
{
    begin(false);
    EXPECT(gives("bd\x1b[Ha\x1b[C" "c\x1b[Fe", "abcde"));
    EXPECT(gives("bd\x1bOHa\x1bOC" "c\x1bOFe", "abcde"));
    EXPECT(gives("abc\x1b[D\x1b[D\x1b[3~", "ac"));
    EXPECT(gives("b\x1b[1~a\x1b[4~c\x1b[7~x\x1b[8~y", "xabcy"));
}

TEST(lib, an_unknown_escape_sequence_changes_nothing)
{
    begin(false);
    EXPECT(gives("a\x1b[5~b\x1b[1;5Cc\x1bxd", "abcd"));
    EXPECT(gives("a\x1b", "a"));
    EXPECT(gives("a\x1b[", "a"));
}

TEST(lib, a_line_given_up_is_empty_and_not_remembered)
{
    begin(false);
    type("mem\r");
    type("lost");
    EXPECT(line_key(&line, '\x03'));
    EXPECT_EQ(line.length, 0);
    line_begin(&line);
    EXPECT(gives("\x1b[A", "mem"));
}

TEST(lib, a_full_line_rings_and_keeps_what_it_has)
{
    begin(false);
    for (u32 i = 0; i < LINE_MAX; i++)
        type("x");
    EXPECT_EQ(terminal.bells, 0);
    type("y\x02y");
    EXPECT_EQ(terminal.bells, 2);
    EXPECT_EQ(line.length, LINE_MAX);
    EXPECT(strchr(line.text, 'y') == NULL);
}

TEST(lib, up_and_down_walk_through_the_last_16_lines)
{
    char name[8];

    begin(false);
    for (u32 i = 0; i < LINE_HISTORY + 3; i++) {
        ksnprintf(name, sizeof name, "line%u\r", i);
        type(name);
    }
    type("draft");
    for (u32 i = 0; i < LINE_HISTORY; i++)
        type("\x1b[A");
    EXPECT(strcmp(line.text, "line3") == 0);
    EXPECT_EQ(terminal.bells, 0);
    type("\x10");
    EXPECT(strcmp(line.text, "line3") == 0);
    EXPECT_EQ(terminal.bells, 1);
    type("\x1b[B");
    EXPECT(strcmp(line.text, "line4") == 0);
    for (u32 i = 0; i < LINE_HISTORY - 1; i++)
        type("\x0e");
    EXPECT(gives("", "draft"));
}

TEST(lib, empty_and_repeated_lines_are_not_remembered)
{
    begin(false);
    type("one\rtwo\rtwo\r\r");
    EXPECT(gives("\x1b[A\x1b[A", "one"));
}

TEST(lib, a_changed_line_of_the_past_does_not_change_the_past)
{
    begin(false);
    type("one\rtwo\r");
    EXPECT(gives("\x1b[A\x1b[A!", "one!"));
    EXPECT(gives("\x1b[A\x1b[A\x1b[A", "one"));
}

TEST(lib, tab_completes_what_is_certain)
{
    begin(false);
    EXPECT(gives("o\t", "off "));
    EXPECT(gives("me\t", "mem"));
    EXPECT(gives("memo\t", "memory "));
    EXPECT_EQ(terminal.bells, 0);
    EXPECT(gives("x\t", "x"));
    EXPECT(gives("off \t", "off "));
    EXPECT(gives("of\x02\t", "of"));
    EXPECT_EQ(terminal.bells, 3);
}

/* Does the terminal show the prompt, the part of the line around the cursor
 * and nothing else? */
static bool is_shown(void)
{
    u32 room = setup.plain ? WIDE : SCREEN_TEXT;
    u32 first = line.cursor > room ? line.cursor - room : 0;
    u32 visible = min_u32(line.length - first, room);
    char wanted[WIDE + 1];

    memset(wanted, ' ', WIDE);
    memcpy(wanted, "> ", PROMPT_LENGTH);
    memcpy(wanted + PROMPT_LENGTH, line.text + first, visible);
    return memcmp(wanted, terminal.row, WIDE) == 0 &&
           terminal.column == PROMPT_LENGTH + line.cursor - first &&
           !terminal.confused;
}

static bool is_sound(void)
{
    return line.cursor <= line.length && line.length <= LINE_MAX &&
           strlen(line.text) == line.length;
}

/* Letters that make words, every control key, arrows; and now and then a
 * long stretch, so that lines get too wide for the screen. */
static void random_key(u32 *seed)
{
    static const char *const rare[] = {
        "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[3~",
        "0123456789 123456789 123456789 123456789 ",
    };
    static const char common[] = "memapof  \t\x7f\r";
    u32 choice = test_random(seed) % 8;
    char key[2] = { 0 };

    if (choice == 0)
        key[0] = (char)(test_random(seed) % 26 + 1);
    else
        key[0] = common[test_random(seed) % (sizeof common - 1)];
    type(choice == 1 ? rare[test_random(seed) % ARRAY_SIZE(rare)] : key);
}

static void type_at_random(bool plain)
{
    u32 seed = 1;
    u32 wrong = 0;

    begin(plain);
    for (u32 i = 0; i < test_rounds(3000); i++) {
        random_key(&seed);
        wrong += !is_sound() || !is_shown();
    }
    EXPECT_EQ(wrong, 0);
}

TEST(lib, a_line_wider_than_the_terminal_scrolls_sideways)
{
    char key[2] = { 0 };
    u32 wrong = 0;

    begin(false);
    for (u32 i = 0; i < LINE_MAX; i++) {
        key[0] = (char)('a' + i % 26);
        type(key);
        wrong += !is_shown();
    }
    for (u32 i = 0; i < LINE_MAX; i++) {
        type("\x1b[D");
        wrong += !is_shown();
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(line.cursor, 0);
}

TEST(lib, the_terminal_shows_the_line_after_every_key)
{
    type_at_random(false);
}

TEST(lib, a_plain_editor_sends_no_escape_sequence)
{
    type_at_random(true);
    EXPECT_EQ(terminal.escapes, 0);
}

TEST(lib, a_plain_editor_echoes_what_is_typed)
{
    begin(true);
    EXPECT(gives("frames\x7f\x7f\x7f\x7f\x15pt 5", "pt 5"));
    EXPECT(gives("abc\x02x\x01y", "abcxy"));
}
