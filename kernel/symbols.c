/*
 * kernel/symbols.c - from an address to the function that holds it, and to
 * its line of source.
 *
 * The kernel is linked twice. From the first result tools/ksyms.py makes the
 * table of its functions' addresses, names and lines; the second link puts it
 * into .ksyms, behind everything else, so that no address moves:
 *
 *      .ksyms    count
 *                address[count]      rising
 *                about[count]        offsets from ksyms_start
 *                files' names, each ending with a 0 byte
 *                about each function:
 *                  its name, ending with a 0 byte
 *                  its file: 2 bytes, the offset of its name; "": none
 *                  its lines: pairs of numbers, then a 0
 *
 * A pair says where the next line begins, and which it is: how many bytes
 * behind the one before, plus 1, and how many lines, 2n for n forwards and
 * 2n - 1 for n backwards. A number is told in bytes of seven bits, the lowest
 * first; a byte with bit 7 is not its last. Before the first pair, the line is
 * 0, which is not known.
 *
 * Cost: an address is found by halving the table, some ten steps; then the
 * function's lines are gone through. Space: 10 bytes a function, its name, and
 * some 2 bytes a line.
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

static const u8 *about(u32 i)
{
    return ksyms_start + word(1 + symbol_count() + i);
}

static const char *name_of(u32 i)
{
    return (const char *)about(i);
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

/* The table might be damaged, too: nothing is read behind its end. */
static u32 next_byte(const u8 **at)
{
    return *at < ksyms_end ? *(*at)++ : 0;
}

static u32 next_number(const u8 **at)
{
    enum { BITS = 7, MORE = 1 << BITS };
    u32 number = 0, byte = MORE;

    for (u32 shift = 0; (byte & MORE) && shift < 32; shift += BITS) {
        byte = next_byte(at);
        number |= (byte & (MORE - 1)) << shift;
    }
    return number;
}

static u32 next_change(const u8 **at)
{
    u32 number = next_number(at);

    return number & 1 ? 0 - (number + 1) / 2 : number / 2;
}

/* The line at `offset` of a function, of the lines that `at` points to. */
static u32 line_at(const u8 *at, u32 offset)
{
    u32 line = 0, step;
    u32 start = 0;

    while ((step = next_number(&at)) != 0) {
        start += step - 1;
        if (start > offset)
            break;
        line += next_change(&at);
    }
    return line;
}

bool symbol_find(u32 address, struct symbol *out)
{
    u32 count = image_is_text(address) ? count_up_to(address) : 0;

    if (count == 0)
        return false;
    *out = (struct symbol){ .name = name_of(count - 1),
                            .offset = address - address_of(count - 1) };
    const u8 *at = about(count - 1) + strlen(out->name) + 1;
    u32 file = next_byte(&at);
    file |= next_byte(&at) << 8;
    out->line = line_at(at, out->offset);
    out->file = out->line ? (const char *)ksyms_start + file : NULL;
    return true;
}

bool symbol_find_call(u32 address, struct symbol *out)
{
    if (!symbol_find(address - 1, out))
        return false;
    out->offset++;
    return true;
}

u32 symbol_address(const char *name)
{
    for (u32 i = 0; i < symbol_count(); i++)
        if (strcmp(name_of(i), name) == 0)
            return address_of(i);
    return 0;
}
