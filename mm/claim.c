/*
 * mm/claim.c - a claim has failed: its sentence goes to who listens.
 */
#include "mm/claim.h"

bool claim_fails(struct claims *to, const char *format, ...)
{
    va_list arguments;

    to->failed++;
    if (to->say) {
        va_start(arguments, format);
        to->say(to->context, format, arguments);
        va_end(arguments);
    }
    return false;
}
