/*
 * kernel/pic.h - the interrupt controllers: two 8259, 8 lines each.
 */
#ifndef KERNEL_PIC_H
#define KERNEL_PIC_H

#include "lib/types.h"

enum {
    PIC_LINES = 16,
    PIC_VECTOR = 0x20, /* line n interrupts as vector PIC_VECTOR + n */
};

/*
 * Move the lines to vectors 0x20 to 0x2f, clear of the exceptions, and mask
 * them all. They stay masked until pic_unmask().
 *
 * Cost:     O(1).
 * Context:  boot, interrupts off.
 */
void pic_init(void);

/*
 * Let a line interrupt, or no longer.
 *
 * line:     0 to 15; a line of the second controller brings line 2 along.
 * Cost:     O(1).
 * Context:  any, interrupts off.
 */
void pic_unmask(u32 line);
void pic_mask(u32 line);

/*
 * Is the interrupt on `line` one that nobody asked for? A controller whose
 * request goes away too early says 7, or 15. To be asked first; such an
 * interrupt gets no pic_end().
 *
 * Returns:  true if it is, and the controllers are ready for the next.
 * Cost:     O(1).
 * Context:  the interrupt's entry.
 */
bool pic_is_spurious(u32 line);

/*
 * Tell the controllers that the interrupt on `line` is dealt with.
 *
 * Cost:     O(1).
 * Context:  the interrupt's entry, interrupts off.
 */
void pic_end(u32 line);

#endif
