/*
 * kernel/symbols.h - the kernel's functions and their source, by address.
 */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include "lib/types.h"

struct symbol {
    const char *name; /* of the function                                  */
    u32 offset;       /* of the address, from the function's start        */
    const char *file; /* such as "mm/kva.c"; NULL: the line is not known  */
    u32 line;
};

/*
 * The function that holds `address`, and the source of the instruction there.
 *
 * out:      receives them.
 * Returns:  is the address in a function of the kernel?
 * Cost:     O(log functions + length of the function).
 * Context:  any, a panic too: it reads nothing but .ksyms.
 */
bool symbol_find(u32 address, struct symbol *out);

/*
 * The same of a return address: the function that made the call, and the line
 * of the call. The address may lie behind both, if the call was the last thing
 * in them.
 */
bool symbol_find_call(u32 address, struct symbol *out);

/*
 * Where the function called `name` starts.
 *
 * Returns:  its address; 0 if there is no such function.
 * Cost:     O(functions).
 * Context:  any.
 */
u32 symbol_address(const char *name);

#endif
