/*
 * kernel/lib/number.c - numbers as people type them.
 */
#include "kernel/number.h"

/* What a digit is worth; 16 for what is no digit in any base. */
static u32 digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (u32)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (u32)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (u32)(c - 'A') + 10;
    return 16;
}

const char *number_parse(const char *word, u32 *out)
{
    bool is_hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
    u32 base = is_hex ? 16 : 10;
    bool overflows = false;
    u32 value = 0;

    word += is_hex ? 2 : 0;
    if (*word == '\0')
        return "is not a number";
    for (; *word; word++) {
        u32 digit = digit_value(*word);

        if (digit >= base)
            return "is not a number";
        overflows |= value > (~0u - digit) / base;
        value = value * base + digit;
    }
    if (overflows)
        return "is more than 32 bits";
    *out = value;
    return NULL;
}
