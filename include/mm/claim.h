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
 * For CLAIM(): a claim has failed.
 *
 * Returns:  who is to be called with the sentence, at once. Without a listener
 *           that is platform_panic() itself, so that who is said to panic is
 *           whose claim it is.
 * Cost:     O(1); of the call, that of the listener.
 * Context:  any.
 */
typedef PRINTF_LIKE(1, 2) void (*claim_teller_t)(const char *format, ...);
claim_teller_t claim_fails(struct claims *to);

/* Does the condition hold? If not, the listener is told so by the sentence; if
 * nobody listens, it is a panic. */
#define CLAIM(to, condition, ...)                         \
    ({                                                    \
        bool claim_holds = (condition);                   \
        if (__builtin_expect(!claim_holds, 0))            \
            claim_fails(to)(__VA_ARGS__);                 \
        claim_holds;                                      \
    })

/* How many claims have failed so far. */
static inline u32 claims_failed(const struct claims *to)
{
    return to ? to->failed : 0;
}

#endif
