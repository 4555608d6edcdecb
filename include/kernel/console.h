/*
 * kernel/console.h - what the kernel says, and hears: the serial port, and
 * the screen as its mirror.
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include "lib/types.h"

/*
 * Find and set up the serial port and the screen. The first call of all.
 *
 * Cost:     O(screen).
 * Context:  boot; needs neither our GDT nor an IDT, only the direct map.
 */
void console_init(void);

/*
 * Begin to hear: the serial port interrupts for each byte from now on.
 *
 * Cost:     O(1).
 * Context:  boot, after pic_init().
 */
void console_listen(void);

/*
 * Say a character, on the serial port and on the screen. Newline is '\n'.
 *
 * Cost:     O(1); waits until the serial port has room, but not for ever. A
 *           newline at the bottom of the screen moves the screen.
 * Context:  any, interrupts on or off.
 */
void console_putc(char c);

/*
 * Has a byte come in which console_getc() has not given out?
 *
 * Cost:     O(1).
 * Context:  any.
 */
bool console_has_input(void);

/*
 * Wait until console_getc() need not wait, a signal is due, or so many ticks
 * have gone by. Another may take the byte before.
 *
 * ticks:    0: for ever.
 * Returns:  false if a signal is due.
 * Cost:     a switch each way.
 * Context:  as console_getc().
 */
NODISCARD bool console_wait(u32 ticks);

/*
 * Wait for the next byte that comes in on the serial port; others run
 * meanwhile, or the processor sleeps.
 *
 * Returns:  the byte.
 * Cost:     O(1), once it is there.
 * Context:  thread, after console_listen(). Interrupts are on while waiting,
 *           and afterwards as they were before.
 */
char console_getc(void);

#endif
