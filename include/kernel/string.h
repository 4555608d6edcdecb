/*
 * kernel/string.h - strings that end with a 0 byte: the few functions of the
 * C library that the kernel needs, as the C standard defines them.
 */
#ifndef KERNEL_STRING_H
#define KERNEL_STRING_H

#include "lib/mem.h"

/* Cost of each: O(characters); strstr() O(product of the lengths). */
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t most);
char *strchr(const char *text, int c);
char *strstr(const char *text, const char *part);

#endif
