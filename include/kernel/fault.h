/*
 * kernel/fault.h - the report of a page fault that nobody handles: what was
 * tried, how the address is looked up, what lives there, the likely cause.
 */
#ifndef KERNEL_FAULT_H
#define KERNEL_FAULT_H

#include "lib/types.h"
#include "x86/trap.h"

/*
 * Panic about a page fault, with a sentence that names the likely cause.
 *
 * frame:    the registers, of TRAP_PAGE_FAULT or TRAP_DOUBLE_FAULT; valid
 *           until the end.
 * address:  what CR2 said, read before anything else could fault.
 * Cost:     does not return.
 * Context:  the fault's entry, interrupts off; also within a report.
 */
NORETURN void fault_report(const struct trap_frame *frame, u32 address);

/*
 * Did the processor fail to push onto the stack at `esp`, its last page
 * fault having been at `address`? That is what a double fault comes from.
 *
 * Cost:     O(1).
 * Context:  any.
 */
bool fault_is_push(u32 esp, u32 address);

/*
 * Print the story of the fault that `frame` belongs to: for the panic's
 * report. Prints nothing about another frame.
 *
 * Cost:     O(ranges).
 * Context:  the report of a panic.
 */
void fault_print(const struct trap_frame *frame);

#endif
