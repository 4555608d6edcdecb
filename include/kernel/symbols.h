/*
 * kernel/symbols.h - the names of the kernel's functions.
 */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include "lib/types.h"

/*
 * The function that holds `address`.
 *
 * offset:   receives how far behind the function's start it is.
 * Returns:  its name; NULL if the address is in no function of the kernel.
 * Cost:     O(log functions).
 * Context:  any.
 */
const char *symbol_find(u32 address, u32 *offset);

/*
 * Where the function called `name` starts.
 *
 * Returns:  its address; 0 if there is no such function.
 * Cost:     O(functions).
 * Context:  any.
 */
u32 symbol_address(const char *name);

#endif
