/*
 * x86/irq.h - who handles the interrupts of the devices.
 */
#ifndef X86_IRQ_H
#define X86_IRQ_H

#include "x86/trap.h"

/*
 * From now on call `handler` for each interrupt on `line`, and let the line
 * interrupt.
 *
 * line:     0 to 15.
 * handler:  runs with interrupts off and may not call mm/. It need not tell
 *           the interrupt controller anything.
 * Panics:   if there is no such line, or it has a handler already.
 * Cost:     O(1).
 * Context:  boot, after pic_init().
 */
void irq_register(u32 line, void (*handler)(void));

/*
 * If what has interrupted is a device, call its handler.
 *
 * Returns:  true if it is one, and it is dealt with.
 * Cost:     that of the handler.
 * Context:  the interrupt's entry, interrupts off.
 */
bool irq_take(const struct trap_frame *frame);

/* Has the interrupt that is being handled come while a program ran, not the
 * kernel? Cost: O(1). Context: a device's handler. */
bool irq_is_from_user(void);

#endif
