/*
 * mm/claim.h - what ought to hold, and who hears of it when it does not.
 *
 * A layer's account of itself is a row of claims, in one function:
 * x_audit(to). x_check() is the same without a listener: the first claim that
 * fails is a panic. The audit (mm/audit.c) listens, and the account goes on;
 * so what a claim is about is looked at only if that is safe.
 */
#ifndef MM_CLAIM_H
#define MM_CLAIM_H

#include <stdarg.h>

#include "mm/platform.h"

/* Who listens. */
struct claims {
    u32 failed; /* claims, so far */
    /* Told each sentence; NULL: they are only counted. */
    void (*say)(void *context, const char *format, va_list arguments);
    void *context;
};

/*
 * For CLAIM(): tell the sentence.
 *
 * Returns:  false.
 * Cost:     that of the listener.
 * Context:  any.
 */
PRINTF_LIKE(2, 3)
bool claim_fails(struct claims *to, const char *format, ...);

/* Does the condition hold? If not, the listener is told so by the sentence; if
 * nobody listens, it is a panic. */
#define CLAIM(to, condition, ...)                        \
    (__builtin_expect(!!(condition), 1) ||               \
     ((to) ? claim_fails((to), __VA_ARGS__)              \
           : (platform_panic(__VA_ARGS__), false)))

/* How many claims have failed so far. */
static inline u32 claims_failed(const struct claims *to)
{
    return to ? to->failed : 0;
}

#endif
