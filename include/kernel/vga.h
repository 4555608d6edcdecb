/*
 * kernel/vga.h - the screen in text mode, 80 by 25, in the direct map.
 */
#ifndef KERNEL_VGA_H
#define KERNEL_VGA_H

#include "lib/types.h"

/* Where the text lies, physically: to be mapped as PT_DEVICE. */
#define VGA_TEXT_START 0x000b8000u
#define VGA_TEXT_END   0x000c0000u

/*
 * Look for text memory and clear it. Without any, the others do nothing.
 *
 * Cost:     O(screen).
 * Context:  boot; needs the direct map.
 */
void vga_init(void);

/*
 * Put a character where the last one ended. Understands newline, return,
 * backspace; leaves out what else is not printable.
 *
 * Cost:     O(1); a newline at the bottom O(screen).
 * Context:  any.
 */
void vga_putc(char c);

/*
 * Let the blinking cursor show where the next character goes.
 *
 * Cost:     O(1).
 * Context:  any.
 */
void vga_show_cursor(void);

#endif
