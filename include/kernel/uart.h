/*
 * kernel/uart.h - the serial port: a 16550 at port 0x3f8, 115200 8n1.
 */
#ifndef KERNEL_UART_H
#define KERNEL_UART_H

#include "lib/types.h"

/*
 * Look for the serial port and set it up. Without one, uart_putc() does
 * nothing.
 *
 * Cost:     O(1).
 * Context:  boot.
 */
void uart_init(void);

/*
 * Let each byte that comes in interrupt, and keep it for uart_take().
 *
 * heard:    called whenever some have come, by the interrupt.
 * Cost:     O(1).
 * Context:  boot, after pic_init().
 */
void uart_listen(void (*heard)(void));

/*
 * Send a byte as it is.
 *
 * Cost:     O(1); waits until there is room, at most some seconds once. A
 *           byte that finds no room in that time is lost.
 * Context:  any.
 */
void uart_putc(u8 byte);

/*
 * Is there a byte for uart_take()?
 *
 * Cost:     O(1).
 * Context:  any.
 */
bool uart_has_input(void);

/*
 * The oldest byte that came in and was not taken.
 *
 * Returns:  the byte; 0 if there is none.
 * Cost:     O(1).
 * Context:  thread, one at a time.
 */
u8 uart_take(void);

#endif
