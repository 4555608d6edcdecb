/*
 * kernel/power.h - the ways to leave: off, with or without a result, and
 * reset.
 */
#ifndef KERNEL_POWER_H
#define KERNEL_POWER_H

#include "lib/types.h"

/* Results of a run of the self-tests. */
enum power_status {
    POWER_TESTS_PASSED = 16,
    POWER_TESTS_FAILED = 17,
};

/*
 * Turn the machine off with a result, for whoever started the emulator.
 *
 * status:   written to QEMU's isa-debug-exit, which makes QEMU end with
 *           2 * status + 1. Where there is no such device, as power_down().
 * Cost:     does not return.
 * Context:  any.
 */
NORETURN void power_off(u32 status);

/*
 * Turn the machine off; there is no result to tell. QEMU ends with 0. A
 * machine that cannot be turned off halts.
 *
 * Cost:     does not return.
 * Context:  any.
 */
NORETURN void power_down(void);

/*
 * Start the machine anew.
 *
 * Cost:     does not return.
 * Context:  any.
 */
NORETURN void power_reset(void);

#endif
