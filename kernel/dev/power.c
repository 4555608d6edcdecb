/*
 * kernel/dev/power.c - the ways to leave.
 *
 * Each emulator has its own switch, and none minds the others': so all are
 * tried in turn, and what is still running at the end halts.
 *
 *      QEMU's isa-debug-exit   only with a result: ends with 2 * status + 1,
 *                              which is never 0, so it is no clean ending
 *      ACPI, as QEMU wires it  sleep type 0 (on QEMU: off) and "sleep now"
 *      Bochs and v86           the word "Shutdown", letter by letter
 */
#include "kernel/power.h"
#include "kernel/printf.h"
#include "x86/cpu.h"
#include "x86/io.h"

enum {
    DEBUG_EXIT_PORT = 0xf4,
    ACPI_CONTROL_PORT = 0x604,
    ACPI_SLEEP_NOW = 0x2000,
    SHUTDOWN_PORT = 0x8900,
    KEYBOARD_COMMAND_PORT = 0x64,
    KEYBOARD_RESET = 0xfe, /* pulses the processor's reset line */
    MOMENT = 100000, /* port accesses, each about a microsecond */
};

/* What is asked for takes its time: meanwhile nothing else is to happen. */
static void wait_a_moment(void)
{
    for (u32 i = 0; i < MOMENT; i++)
        inb(KEYBOARD_COMMAND_PORT);
}

void power_off(u32 status)
{
    outl(DEBUG_EXIT_PORT, status);
    power_down();
}

void power_down(void)
{
    interrupts_off();
    outw(ACPI_CONTROL_PORT, ACPI_SLEEP_NOW);
    for (const char *letter = "Shutdown"; *letter; letter++)
        outb(SHUTDOWN_PORT, (u8)*letter);
    wait_a_moment();
    kprintf("halted\n");
    cpu_halt();
}

/* With an empty table of interrupts, an exception has no handler, nor has
 * the fault about that, nor the one about that: the third resets. */
static void triple_fault(void)
{
    static const struct {
        u8 limit_and_base[6];
    } empty_table;

    __asm__ volatile("lidt %0\n\tint3" : : "m"(empty_table));
}

void power_reset(void)
{
    interrupts_off();
    outb(KEYBOARD_COMMAND_PORT, KEYBOARD_RESET);
    wait_a_moment();
    triple_fault();
    cpu_halt();
}
