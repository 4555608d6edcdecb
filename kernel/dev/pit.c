/*
 * kernel/dev/pit.c - the timer: counter 0 of an 8254 divides 1193182 Hz.
 *
 * Cost: an interrupt each 10 ms, which adds 1 and tells the
 * threads.
 */
#include "kernel/pit.h"

#include "kernel/alarm.h"
#include "kernel/process.h"
#include "x86/io.h"
#include "x86/irq.h"

enum {
    PIT_COUNTER_0 = 0x40,
    PIT_COMMAND = 0x43,
    PIT_RATE_OF_COUNTER_0 = 0x34, /* mode 2, low byte then high byte */
    PIT_INPUT_HZ = 1193182,
    PIT_DIVISOR = (PIT_INPUT_HZ + PIT_HZ / 2) / PIT_HZ,
};

static struct {
    volatile u32 ticks;
} pit;

static void pit_interrupt(void)
{
    pit.ticks++;
    process_tick(irq_is_from_user());
    thread_tick(pit.ticks);
    alarm_tick(pit.ticks);
}

void pit_init(void)
{
    outb(PIT_COMMAND, PIT_RATE_OF_COUNTER_0);
    outb(PIT_COUNTER_0, PIT_DIVISOR & 0xff);
    outb(PIT_COUNTER_0, PIT_DIVISOR >> 8);
    irq_register(PIT_IRQ, pit_interrupt);
}

u32 pit_ticks(void)
{
    return pit.ticks;
}
