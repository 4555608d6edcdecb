/*
 * kernel/lib/string.c - strings that end with a 0 byte. Short and plain:
 * they read option names and commands, nothing that would be hot.
 */
#include "kernel/string.h"

size_t strlen(const char *text)
{
    const char *end = text;

    while (*end)
        end++;
    return (size_t)(end - text);
}

int strncmp(const char *left, const char *right, size_t most)
{
    for (; most; most--, left++, right++)
        if (*left != *right || *left == '\0')
            return (u8)*left - (u8)*right;
    return 0;
}

int strcmp(const char *left, const char *right)
{
    return strncmp(left, right, (size_t)-1);
}

/* C takes a const string and returns a pointer without const. */
char *strchr(const char *text, int c)
{
    for (; *text != (char)c; text++)
        if (*text == '\0')
            return NULL;
    return (char *)(uintptr_t)text;
}

char *strstr(const char *text, const char *part)
{
    size_t length = strlen(part);

    for (; strncmp(text, part, length) != 0; text++)
        if (*text == '\0')
            return NULL;
    return (char *)(uintptr_t)text;
}
