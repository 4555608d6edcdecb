/*
 * kernel/selftest.c - the tests' world, inside the booted kernel.
 *
 * The tests are the same that run on the host (tests/runner.c); here they
 * meet the true page tables and the true processor. A test may expect a
 * panic. The hook below sees each panic's sentence before anything is
 * reported and, if the test waits for one, goes back into the test instead
 * of returning: the panic has not happened. It was on its way with
 * interrupts off, and those are switched on again first.
 */
#include "kernel/selftest.h"
#include "kernel/boot_options.h"
#include "kernel/console.h"
#include "kernel/initrd.h"
#include "kernel/number.h"
#include "kernel/panic.h"
#include "kernel/power.h"
#include "kernel/printf.h"
#include "kernel/thread.h"
#include "strata_test.h"
#include "x86/cpu.h"

void test_print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    kvprint(format, arguments);
    va_end(arguments);
    kprintf("\n");
}

void test_trim(void)
{
    thread_trim();
    initrd_trim();
}

u32 test_audit(void (*say)(void *context, const char *format,
                           va_list arguments),
               void *context)
{
    u32 saved = interrupts_save();

    test_tell_held(1);
    u32 count = audit(say, context);
    test_tell_held(-1);
    interrupts_restore(saved);
    return count;
}

u32 test_rounds(u32 usual)
{
    return boot_option("long") ? usual * 100 : usual;
}

bool test_has_option(const char *name)
{
    return boot_option(name) != NULL;
}

u32 test_option(const char *name, u32 otherwise)
{
    const char *text = boot_option(name);
    u32 number = otherwise;

    return text && !number_parse(text, &number) ? number : otherwise;
}

bool test_time_is_up(void)
{
    return console_has_input();
}

static void catch_panic(const char *sentence)
{
    interrupts_on();
    test_panic(sentence); /* does not return if it was expected */
    interrupts_off();
}

u32 selftest_run(const char *pattern)
{
    panic_set_hook(catch_panic);
    u32 failed = test_run(pattern);
    panic_set_hook(NULL);
    return failed;
}

void selftest_run_if_asked(void)
{
    const char *pattern = boot_option("test");

    if (!pattern)
        return;
    u32 failed = selftest_run(*pattern ? pattern : NULL);
    power_off(failed ? POWER_TESTS_FAILED : POWER_TESTS_PASSED);
}
