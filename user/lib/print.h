/*
 * user/lib/print.h - formatted text to descriptor 1.
 */
#ifndef USER_PRINT_H
#define USER_PRINT_H

#include "lib/types.h"

/*
 * Print a line, or part of one. Of printf's conversions there are %d %u %x %s
 * %c and %%, without width or precision. Written by one call, so that what two
 * processes print is not mixed; what exceeds 256 bytes is left out.
 */
PRINTF_LIKE(1, 2) void print(const char *format, ...);

#endif
