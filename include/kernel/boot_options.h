/*
 * kernel/boot_options.h - what the person at the boot loader typed.
 */
#ifndef KERNEL_BOOT_OPTIONS_H
#define KERNEL_BOOT_OPTIONS_H

#include "lib/types.h"

/*
 * Take the command line apart. Each word is an option, `name` or
 * `name=value`; double quotes keep spaces together, a backslash takes the
 * next character as it is. The kernel's own file name may come first. Says
 * `unknown option: X` for what it does not know.
 *
 * line:     is changed, and kept.
 * Cost:     O(characters * options).
 * Context:  boot, after console_init().
 */
void boot_options_parse(char *line);

/*
 * Was an option given on the command line?
 *
 * name:     "test" for `test` and `test=VALUE`.
 * Returns:  what stands behind its `=`, "" if it has none; NULL if the option
 *           was not given, or there is none of this name.
 * Cost:     O(options).
 * Context:  any.
 */
const char *boot_option(const char *name);

#endif
