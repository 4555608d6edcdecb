/*
 * tests/audit_expect.c - see audit_expect.h.
 */
#include "audit_expect.h"

#include "kernel/printf.h"

enum { SENTENCE_MAX = 200, SHOWN_MAX = 4, DAMAGES_MAX = 8 };

/* ----------------------------------------------------------------- damage */

static struct {
    u32 *word;
    u32 was;
} damages[DAMAGES_MAX];

static u32 damage_count;

void audit_damage(u32 *word, u32 value)
{
    damages[damage_count].word = word;
    damages[damage_count++].was = *word;
    *(volatile u32 *)word = value;
}

void audit_repair(void)
{
    while (damage_count > 0) {
        damage_count--;
        *(volatile u32 *)damages[damage_count].word =
            damages[damage_count].was;
    }
}

/* --------------------------------------------------------------- sentences */

static struct {
    char wanted[SENTENCE_MAX];
    bool found;
    u32 shown;
} look;

static bool same_text(const char *left, const char *right)
{
    while (*left && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

static void hear(void *context, const char *format, va_list arguments)
{
    char sentence[SENTENCE_MAX];
    bool *is_shown = context;

    kvsnprintf(sentence, sizeof sentence, format, arguments);
    look.found |= same_text(sentence, look.wanted);
    if (*is_shown && look.shown++ < SHOWN_MAX)
        test_print("#   it says: %s", sentence);
}

void audit_expect(u32 count, const char *file, int line, const char *format,
                  ...)
{
    bool is_shown = false;
    va_list arguments;

    va_start(arguments, format);
    kvsnprintf(look.wanted, sizeof look.wanted, format, arguments);
    va_end(arguments);
    look.found = false;
    u32 found = test_audit(hear, &is_shown);
    if (count > 0)
        test_expect_equal(found, count, file, line,
                          "contradictions == expected");
    test_expect(look.found, file, line, look.wanted);
    if (!look.found || (count > 0 && found != count)) {
        is_shown = true;
        look.shown = 0;
        test_audit(hear, &is_shown);
    }
}
