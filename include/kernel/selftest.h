/*
 * kernel/selftest.h - the tests of tests/ inside the booted kernel.
 */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

#include "lib/types.h"

/*
 * Run the self-tests and print their results as TAP.
 *
 * pattern:  only those whose "suite: claim" contains it; NULL: all.
 * Returns:  how many failed.
 * Cost:     that of the tests.
 * Context:  thread; every layer is up, and nobody else is at work.
 */
u32 selftest_run(const char *pattern);

/*
 * If the kernel's command line says `test` or `test=PATTERN`, run the tests
 * and turn the machine off with their result; otherwise do nothing.
 *
 * Cost:     as selftest_run().
 * Context:  as selftest_run().
 */
void selftest_run_if_asked(void);

#endif
