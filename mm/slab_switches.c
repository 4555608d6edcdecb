/*
 * mm/slab_switches.c - L4: what is to be checked, and in which caches.
 *
 *      poison,guard:thread     poison in every cache, in 'thread' guard, too
 *
 * The text is taken apart once. Names stay where they are in it.
 */
#include "mm/platform.h"
#include "slab_record.h"

enum { RULES = 16 };

/* One switch of the text. */
struct rule {
    u32 on;
    const char *name; /* of the only cache, up to `length`; NULL: of all */
    u32 length;
};

static struct {
    const char *text;
    struct rule rules[RULES];
    u32 count;
} state;

static const struct {
    const char *word;
    enum slab_switch on;
} words[] = {
    { "poison", SLAB_POISON },         { "redzone", SLAB_REDZONE },
    { "quarantine", SLAB_QUARANTINE }, { "guard", SLAB_GUARD },
    { "guard-before", SLAB_GUARD_BEFORE }, { "trace", SLAB_TRACE },
};

/* Are the first `length` characters this name? An underscore of theirs may
 * stand for a blank. */
static bool is_name(const char *text, u32 length, const char *name)
{
    for (u32 i = 0; i < length; i++)
        if (name[i] == '\0' ||
            (text[i] != name[i] && !(text[i] == '_' && name[i] == ' ')))
            return false;
    return name[length] == '\0';
}

/* How many characters there are before the comma, the end, or a `stop`. */
static u32 length_until(const char *text, char stop)
{
    u32 length = 0;

    while (text[length] && text[length] != ',' && text[length] != stop)
        length++;
    return length;
}

static u32 switch_of(const char *text, u32 length)
{
    for (u32 i = 0; i < ARRAY_SIZE(words); i++)
        if (is_name(text, length, words[i].word))
            return words[i].on;
    return 0;
}

static void say_unknown(const char *text, u32 length)
{
    platform_log("heap: no switch is called '%.*s'", (int)length, text);
    platform_log("heap: there are poison redzone quarantine guard "
                 "guard-before trace");
}

/* The word with `length` characters, up to its colon `up_to` of them. */
static void add_rule(const char *text, u32 length, u32 up_to)
{
    struct rule rule = { .on = switch_of(text, up_to) };

    if (up_to < length) {
        rule.name = text + up_to + 1;
        rule.length = length - up_to - 1;
    }
    if (rule.on == 0)
        say_unknown(text, up_to);
    else if (state.count == RULES)
        platform_log("heap: more than %u switches, '%.*s' is ignored", RULES,
                     (int)length, text);
    else
        state.rules[state.count++] = rule;
}

const char *slab_switch(const char *text)
{
    const char *before = state.text;

    state.text = text;
    state.count = 0;
    while (text && *text) {
        u32 length = length_until(text, ',');
        add_rule(text, length, length_until(text, ':'));
        text += length + (text[length] == ',');
    }
    return before;
}

u32 slab_switches_of(const char *name)
{
    u32 on = 0;

    for (u32 i = 0; i < state.count; i++) {
        const struct rule *rule = &state.rules[i];
        if (!rule->name || is_name(rule->name, rule->length, name))
            on |= rule->on;
    }
    return on;
}
