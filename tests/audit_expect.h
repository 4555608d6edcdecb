/*
 * audit_expect.h - what the audit is to say of a world that was damaged on
 * purpose.
 */
#ifndef AUDIT_EXPECT_H
#define AUDIT_EXPECT_H

#include "strata_test.h"

/* One contradiction, with exactly this sentence. */
#define EXPECT_CONTRADICTION(...) \
    audit_expect(1, __FILE__, __LINE__, __VA_ARGS__)

/* So many, and this sentence is one of them. */
#define EXPECT_AMONG(count, ...) \
    audit_expect((count), __FILE__, __LINE__, __VA_ARGS__)

/* This sentence is one of them, however many there are. */
#define EXPECT_NAMED(...) \
    audit_expect(0, __FILE__, __LINE__, __VA_ARGS__)

PRINTF_LIKE(4, 5)
void audit_expect(u32 count, const char *file, int line, const char *format,
                  ...);

/* For a moment, *word is something else; audit_repair() puts all back. */
void audit_damage(u32 *word, u32 value);
void audit_repair(void);

#endif
