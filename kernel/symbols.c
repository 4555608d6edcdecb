/*
 * kernel/symbols.c - from an address to the function that holds it.
 *
 * The kernel is linked twice. From the first result tools/ksyms.py makes the
 * table of its functions' addresses and names; the second link puts it into
 * .ksyms, behind everything else, so that no address moves:
 *
 *      .ksyms    count
 *                address[count]      rising
 *                name[count]         offsets from ksyms_start
 *                the names, each ending with a 0 byte
 *
 * Cost: an address is found by halving the table, some ten steps. Space:
 * 8 bytes a function, and its name.
 */
#include "kernel/symbols.h"

#include "kernel/image.h"
#include "kernel/string.h"

static u32 word(u32 index)
{
    return ((const u32 *)(const void *)ksyms_start)[index];
}

static u32 symbol_count(void)
{
    return word(0);
}

static u32 address_of(u32 i)
{
    return word(1 + i);
}

static const char *name_of(u32 i)
{
    return (const char *)ksyms_start + word(1 + symbol_count() + i);
}

/* How many functions start at or below `address`. */
static u32 count_up_to(u32 address)
{
    u32 below = 0, above = symbol_count();

    while (below < above) {
        u32 middle = (below + above) / 2;

        if (address_of(middle) <= address)
            below = middle + 1;
        else
            above = middle;
    }
    return below;
}

const char *symbol_find(u32 address, u32 *offset)
{
    u32 count = image_is_text(address) ? count_up_to(address) : 0;

    if (count == 0)
        return NULL;
    *offset = address - address_of(count - 1);
    return name_of(count - 1);
}

u32 symbol_address(const char *name)
{
    for (u32 i = 0; i < symbol_count(); i++)
        if (strcmp(name_of(i), name) == 0)
            return address_of(i);
    return 0;
}
