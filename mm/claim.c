/*
 * mm/claim.c - a claim has failed: its sentence goes to who listens.
 */
#include "mm/claim.h"

static struct {
    struct claims *listener;
} state;

PRINTF_LIKE(1, 2) static void tell(const char *format, ...)
{
    struct claims *to = state.listener;
    va_list arguments;

    to->failed++;
    if (to->say) {
        va_start(arguments, format);
        to->say(to->context, format, arguments);
        va_end(arguments);
    }
}

claim_teller_t claim_fails(struct claims *to)
{
    state.listener = to;
    return to ? tell : platform_panic;
}
