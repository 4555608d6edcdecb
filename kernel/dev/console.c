/*
 * kernel/dev/console.c - what the kernel says, and hears.
 *
 * The serial port is the console; the screen repeats what is said there. A
 * terminal needs a return before each newline.
 *
 * Cost: that of uart_putc() and vga_putc().
 */
#include "kernel/console.h"
#include "kernel/poll.h"
#include "kernel/uart.h"
#include "kernel/vga.h"
#include "x86/cpu.h"

/* Those who wait for a byte. */
static struct wait_queue readers = WAIT_QUEUE(readers);

/* A PC's firmware that has used the serial port leaves a terminal that cuts
 * long lines instead of wrapping them. */
static void wrap_lines(void)
{
    for (const char *c = "\033[?7h"; *c; c++)
        uart_putc((u8)*c);
}

void console_init(void)
{
    uart_init();
    vga_init();
    wrap_lines();
}

static void wake_readers(void)
{
    wake_all(&readers);
    poll_changed();
}

void console_listen(void)
{
    uart_listen(wake_readers);
}

void console_putc(char c)
{
    if (c == '\n')
        uart_putc('\r');
    uart_putc((u8)c);
    vga_putc(c);
}

bool console_has_input(void)
{
    return uart_has_input();
}

bool console_wait(u32 ticks)
{
    u32 flags = interrupts_save();
    bool undisturbed = true;

    vga_show_cursor();
    if (!uart_has_input())
        undisturbed = ticks ? wait_heeding_signals_for(&readers, ticks)
                            : wait_heeding(&readers, HEED_SIGNALS);
    interrupts_restore(flags);
    return undisturbed;
}

char console_getc(void)
{
    u32 flags = interrupts_save();

    vga_show_cursor();
    while (!uart_has_input())
        wait_on(&readers);
    char c = (char)uart_take();
    interrupts_restore(flags);
    return c;
}
