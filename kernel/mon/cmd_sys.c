/*
 * kernel/mon/cmd_sys.c - the shell's commands about the machine.
 */
#include "kernel/command.h"
#include "kernel/panic.h"
#include "kernel/power.h"
#include "kernel/selftest.h"

void command_test(const struct argument *pattern)
{
    selftest_run(pattern->given ? pattern->text : NULL);
}

/* ------------------------------------------------------------------ machine */

void command_panic(const struct argument *sentence)
{
    panic("%s", sentence->given ? sentence->text : "asked for at the prompt");
}

void command_reboot(const struct argument *argument)
{
    (void)argument;
    power_reset();
}

/* Nobody asked for a result, so the emulator is to end cleanly. */
void command_off(const struct argument *argument)
{
    (void)argument;
    power_down();
}
