/*
 * kernel/mon/line.c - a line editor.
 *
 *      Ctrl-A Home    to the start          Ctrl-B Left     back a character
 *      Ctrl-E End     to the end            Ctrl-F Right    on a character
 *      Ctrl-U         delete up to here     Backspace       delete before
 *      Ctrl-K         delete from here on   Ctrl-D Delete   delete here
 *      Ctrl-W         delete a word         Ctrl-C          give the line up
 *      Ctrl-P Up      an older line         Ctrl-L          clear the screen
 *      Ctrl-N Down    a newer line          Tab             complete the word
 *
 * A key changes the text, the cursor or both; then draw() shows the whole
 * line anew, so that no change has to know what it looks like. A line wider
 * than the terminal is shown in part:
 *
 *      strata> ds are shown from the cursor backwards_
 *
 * Arrows and their like come as escape sequences (ESC [ A); each stands for
 * a control key, and is turned into that.
 *
 * A plain editor knows only keys that work at the end of the line, and draws
 * with nothing but characters and backspaces.
 *
 * Invariants:
 *   1. cursor <= length <= LINE_MAX, and text[length] is the only 0 byte.
 *   2. plain: cursor == length between keys.
 *   3. back <= min(entered, LINE_HISTORY).
 */
#include "kernel/line.h"
#include "kernel/string.h"

#define CONTROL(letter) ((letter) & 0x1f)

enum {
    KEY_BELL = '\a',
    KEY_BACKSPACE = 0x7f,
    KEY_ESCAPE = 0x1b,
};

enum escape_state { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_SEQUENCE };

PRINTF_LIKE(2, 3)
static void say(const struct line *line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    kvprintf(line->setup->out, format, arguments);
    va_end(arguments);
}

static void draw_plain(struct line *line)
{
    for (; line->shown > line->length; line->shown--)
        say(line, "\b \b");
    say(line, "%s", line->text + line->shown);
    line->shown = line->length;
}

/* How many characters of a line fit behind the prompt. */
static u32 room_for_text(const struct line *line)
{
    return LINE_COLUMNS - 1 - (u32)strlen(line->setup->prompt);
}

static void draw(struct line *line)
{
    const char *prompt = line->setup->prompt;
    u32 room = room_for_text(line);
    u32 first = line->cursor > room ? line->cursor - room : 0;

    if (line->setup->plain) {
        draw_plain(line);
        return;
    }
    say(line, "\r%s%.*s\x1b[K", prompt, (int)room, line->text + first);
    say(line, "\r\x1b[%uC", (u32)strlen(prompt) + line->cursor - first);
}

static void ring_bell(const struct line *line)
{
    say(line, "%c", KEY_BELL);
}

static void set_text(struct line *line, const char *text)
{
    line->length = (u32)strlen(text);
    line->cursor = line->length;
    memcpy(line->text, text, line->length + 1);
}

static void delete(struct line *line, u32 from, u32 count)
{
    memmove(line->text + from, line->text + from + count,
            line->length + 1 - from - count);
    line->length -= count;
    line->cursor = from;
}

static void insert(struct line *line, char c)
{
    if (line->length == LINE_MAX) {
        ring_bell(line);
        return;
    }
    memmove(line->text + line->cursor + 1, line->text + line->cursor,
            line->length + 1 - line->cursor);
    line->text[line->cursor++] = c;
    line->length++;
}

/* A character typed at the end needs no more than itself: what comes in by
 * a script is echoed as it is. */
static void type(struct line *line, char c)
{
    u32 before = line->length;
    bool at_end = line->cursor == before && before < room_for_text(line);

    insert(line, c);
    if (line->setup->plain || !at_end)
        draw(line);
    else
        say(line, "%c", c);
}

static void go_to_start(struct line *line)
{
    line->cursor = 0;
}

static void go_to_end(struct line *line)
{
    line->cursor = line->length;
}

static void go_back(struct line *line)
{
    line->cursor -= line->cursor > 0;
}

static void go_on(struct line *line)
{
    line->cursor += line->cursor < line->length;
}

static void delete_before(struct line *line)
{
    if (line->cursor > 0)
        delete(line, line->cursor - 1, 1);
}

static void delete_here(struct line *line)
{
    if (line->cursor < line->length)
        delete(line, line->cursor, 1);
}

static void delete_to_start(struct line *line)
{
    delete(line, 0, line->cursor);
}

static void delete_to_end(struct line *line)
{
    delete(line, line->cursor, line->length - line->cursor);
}

/* Back over spaces, then over what is none. */
static void delete_word(struct line *line)
{
    u32 end = line->cursor;
    u32 start = end;

    while (start > 0 && line->text[start - 1] == ' ')
        start--;
    while (start > 0 && line->text[start - 1] != ' ')
        start--;
    delete(line, start, end - start);
}

static void clear_screen(struct line *line)
{
    say(line, "\x1b[H\x1b[2J"); /* draw() follows */
}

static char *history_entry(struct line *line, u32 back)
{
    return line->history[(line->entered - back) % LINE_HISTORY];
}

/* Invariant 3 lets `back` be anything up to that. Line 0 is the draft. */
static void show_history(struct line *line, u32 back)
{
    if (line->back == 0)
        memcpy(line->draft, line->text, line->length + 1);
    line->back = back;
    set_text(line, back ? history_entry(line, back) : line->draft);
}

static void go_older(struct line *line)
{
    if (line->back < min_u32(line->entered, LINE_HISTORY))
        show_history(line, line->back + 1);
    else
        ring_bell(line);
}

static void go_newer(struct line *line)
{
    if (line->back > 0)
        show_history(line, line->back - 1);
    else
        ring_bell(line);
}

/* Keep a line, unless it is empty or the same as the one before. */
static void remember(struct line *line)
{
    if (line->length == 0)
        return;
    if (line->entered && !strcmp(history_entry(line, 1), line->text))
        return;
    line->entered++;
    memcpy(history_entry(line, 1), line->text, line->length + 1);
}

/* The next word from `*index` on that begins like the line, or NULL. */
static const char *next_candidate(const struct line *line, u32 *index)
{
    const char *word;

    while ((word = line->setup->word((*index)++)) != NULL)
        if (strncmp(word, line->text, line->length) == 0)
            return word;
    return NULL;
}

static void list_candidates(struct line *line)
{
    const char *word;

    say(line, "\n");
    for (u32 i = 0; (word = next_candidate(line, &i)) != NULL;)
        say(line, "%s  ", word);
    say(line, "\n%s", line->setup->plain ? line->setup->prompt : "");
    line->shown = 0;
}

static u32 common_length(const char *left, const char *right)
{
    u32 length = 0;

    while (left[length] && left[length] == right[length])
        length++;
    return length;
}

/* Write what is certain; if nothing more is, show the choice. */
static void complete(struct line *line)
{
    u32 index = 0;
    const char *first = next_candidate(line, &index);

    if (!first || line->cursor < line->length) {
        ring_bell(line);
        return;
    }
    bool is_only = true;
    u32 common = (u32)strlen(first);
    for (const char *word; (word = next_candidate(line, &index)) != NULL;) {
        is_only = false;
        common = min_u32(common, common_length(first, word));
    }
    if (!is_only && common == line->length)
        list_candidates(line);
    for (u32 i = line->length; i < common; i++)
        insert(line, first[i]);
    if (is_only)
        insert(line, ' ');
}

static const struct key {
    char code;
    bool plain; /* works in a plain editor, too */
    void (*edit)(struct line *line);
} keys[] = {
    { KEY_BACKSPACE, true, delete_before },
    { '\b', true, delete_before },
    { '\t', true, complete },
    { CONTROL('U'), true, delete_to_start },
    { CONTROL('W'), true, delete_word },
    { CONTROL('A'), false, go_to_start },
    { CONTROL('B'), false, go_back },
    { CONTROL('D'), false, delete_here },
    { CONTROL('E'), false, go_to_end },
    { CONTROL('F'), false, go_on },
    { CONTROL('K'), false, delete_to_end },
    { CONTROL('L'), false, clear_screen },
    { CONTROL('N'), false, go_newer },
    { CONTROL('P'), false, go_older },
};

static void edit(struct line *line, char code)
{
    for (u32 i = 0; i < ARRAY_SIZE(keys); i++)
        if (keys[i].code == code && (keys[i].plain || !line->setup->plain)) {
            keys[i].edit(line);
            draw(line);
            return;
        }
    ring_bell(line);
}

/* The last byte of a sequence ESC [ n x, and the key it stands for. */
static const struct sequence {
    char last, digit, code;
} sequences[] = {
    { 'A', 0, CONTROL('P') }, { 'B', 0, CONTROL('N') },
    { 'C', 0, CONTROL('F') }, { 'D', 0, CONTROL('B') },
    { 'H', 0, CONTROL('A') }, { 'F', 0, CONTROL('E') },
    { '~', '1', CONTROL('A') }, { '~', '4', CONTROL('E') },
    { '~', '7', CONTROL('A') }, { '~', '8', CONTROL('E') },
    { '~', '3', CONTROL('D') },
};

static void end_sequence(struct line *line, char last)
{
    for (u32 i = 0; i < ARRAY_SIZE(sequences); i++)
        if (sequences[i].last == last &&
            sequences[i].digit == line->escape_digit) {
            edit(line, sequences[i].code);
            return;
        }
    ring_bell(line);
}

/* Is the key part of an escape sequence? Then it is dealt with. A control
 * key ends the sequence, and counts. */
static bool take_escape(struct line *line, char key)
{
    u8 state = line->escape;

    line->escape = key == KEY_ESCAPE ? ESCAPE_BEGUN : ESCAPE_NONE;
    if (key < ' ' || state == ESCAPE_NONE)
        return key == KEY_ESCAPE;
    if (state == ESCAPE_SEQUENCE && key >= '@') {
        end_sequence(line, key);
        return true;
    }
    if (state == ESCAPE_SEQUENCE || key == '[' || key == 'O')
        line->escape = ESCAPE_SEQUENCE;
    line->escape_digit = state == ESCAPE_SEQUENCE ? key : 0;
    return true;
}

static bool end_line(struct line *line)
{
    remember(line);
    say(line, "\n");
    return true;
}

static bool give_up_line(struct line *line)
{
    set_text(line, "");
    say(line, "^C\n");
    return true;
}

void line_begin(struct line *line)
{
    set_text(line, "");
    line->shown = 0;
    line->back = 0;
    say(line, "%s", line->setup->prompt);
}

/* Terminals send a return for Return, files end lines with a newline, and
 * some send both: that is still one line. */
bool line_key(struct line *line, char key)
{
    bool second_half = key == '\n' && line->after_return;

    line->after_return = key == '\r';
    if (second_half || take_escape(line, key))
        return false;
    if (key == '\r' || key == '\n')
        return end_line(line);
    if (key == CONTROL('C'))
        return give_up_line(line);
    if (key >= ' ' && key <= '~')
        type(line, key);
    else
        edit(line, key);
    return false;
}
