/*
 * kernel/pit.h - the timer: an 8254, 100 interrupts a second on line 0.
 */
#ifndef KERNEL_PIT_H
#define KERNEL_PIT_H

#include "lib/types.h"

enum { PIT_HZ = 100, PIT_IRQ = 0 };

/*
 * Start the timer.
 *
 * Cost:     O(1).
 * Context:  boot, after pic_init().
 */
void pit_init(void);

/*
 * How often the timer has interrupted.
 *
 * Returns:  ticks of 1/PIT_HZ seconds since pit_init(); goes round after 497
 *           days.
 * Cost:     O(1).
 * Context:  any.
 */
u32 pit_ticks(void);

#endif
