/*
 * kernel/x86/irq.c - the interrupts of the devices, line by line.
 *
 * A handler is called with interrupts off and is done before the next one
 * starts, so handlers never interrupt each other.
 */
#include "x86/irq.h"

#include "kernel/panic.h"
#include "kernel/pic.h"
#include "x86/cpu.h"

static void (*handlers[PIC_LINES])(void);
static const struct trap_frame *interrupted;

void irq_register(u32 line, void (*handler)(void))
{
    if (line >= PIC_LINES)
        panic("irq_register: there is no line %u", line);
    if (handlers[line])
        panic("irq_register: line %u has a handler, %pI", line,
              (void *)handlers[line]);

    u32 flags = interrupts_save();
    handlers[line] = handler;
    pic_unmask(line);
    interrupts_restore(flags);
}

bool irq_is_from_user(void)
{
    return trap_is_from_user(interrupted);
}

bool irq_take(const struct trap_frame *frame)
{
    u32 line = frame->vector - PIC_VECTOR;

    if (line >= PIC_LINES)
        return false;
    if (pic_is_spurious(line))
        return true;
    interrupted = frame;
    if (handlers[line])
        handlers[line]();
    pic_end(line);
    return true;
}
