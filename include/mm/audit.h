/*
 * mm/audit.h - all layers, held to account at once.
 *
 * See mm/audit.c.
 */
#ifndef MM_AUDIT_H
#define MM_AUDIT_H

#include "mm/claim.h"

/*
 * Reconcile what all layers say of every frame, every mapping and every
 * range. Nothing is allocated, and nothing has changed afterwards; the memory
 * may be damaged already.
 *
 * say:      told each contradiction, a sentence with all parties; may neither
 *           allocate nor free. NULL: they are only counted.
 * Returns:  how many contradictions there are.
 * Cost:     at most 60 instructions a frame spanned, 60 a mapping and 120000,
 *           if all is well; more for small objects; the search for the
 *           parties for each contradiction.
 * Context:  thread, interrupts off, at rest: no window open, no flush owed.
 */
u32 audit(void (*say)(void *context, const char *format, va_list arguments),
          void *context);

#endif
