/*
 * kernel/boot_options.h - what the person at the boot loader typed.
 */
#ifndef KERNEL_BOOT_OPTIONS_H
#define KERNEL_BOOT_OPTIONS_H

#include "lib/types.h"

/*
 * Take the command line apart. Each word is an option, `name` or
 * `name=value`; double quotes keep spaces together, a backslash takes the
 * next character as it is. The kernel's own file name may come first. The
 * word `--` ends the options: see boot_arguments(). Says `unknown option: X`
 * for what it does not know.
 *
 * line:     is changed, and kept.
 * Cost:     O(characters * options).
 * Context:  boot, after console_init().
 */
void boot_options_parse(char *line);

/*
 * Cut the next word off a line, as boot_options_parse() has them.
 *
 * rest:     receives what follows the word; the line is changed.
 * Returns:  the word, without its quotes; NULL if there is none left.
 * Cost:     O(characters).
 * Context:  any.
 */
char *boot_next_word(char **rest);

/*
 * What stands behind ` -- ` on the command line: for init.
 *
 * Returns:  it, for boot_next_word(); "" if there is nothing.
 * Cost:     O(1).
 * Context:  any.
 */
char *boot_arguments(void);

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
