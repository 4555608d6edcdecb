/*
 * kernel/dev/vga.c - the screen in text mode.
 *
 * The adapter shows memory: 25 rows of 80 cells, a cell being a character
 * and, in the upper byte, its colours. To scroll is to move 24 rows up.
 *
 * It mirrors the serial port, where the console really is: what takes more
 * than a plain character (escape sequences, the bell) is left out. A machine
 * without text memory is recognised by that it does not remember.
 *
 * Cost: vga_putc() one store; scrolling moves 3840 bytes. The blinking
 * cursor costs four port accesses and is moved only when somebody waits for
 * input.
 */
#include "kernel/vga.h"
#include "lib/mem.h"
#include "mm/addr.h"
#include "x86/io.h"

enum {
    COLUMNS = 80,
    ROWS = 25,
    CELLS = COLUMNS * ROWS,
    LIGHT_GREY = 0x07, /* on black */
    BLANK = LIGHT_GREY << 8 | ' ',
    CURSOR_HIGH = 0x0e, /* registers of the adapter */
    CURSOR_LOW = 0x0f,
    VGA_INDEX = 0x3d4,
    VGA_VALUE = 0x3d5,
    ESCAPE = 0x1b,
};

static struct {
    u16 *cells; /* NULL: there is no screen */
    u32 next;   /* the cell to be written, below CELLS */
    u32 escape; /* how far into an escape sequence: 1 ESC, 2 ESC [ */
} vga;

static bool remembers(volatile u16 *cell, u16 value)
{
    *cell = value;
    return *cell == value;
}

static void clear(u16 *from, u32 count)
{
    for (u32 i = 0; i < count; i++)
        from[i] = BLANK;
}

void vga_init(void)
{
    u16 *cells = phys_to_ptr(phys(VGA_TEXT_START));

    if (!remembers(cells, 0x0755) || !remembers(cells, 0x07aa))
        return;
    vga.cells = cells;
    clear(cells, CELLS);
    vga_show_cursor();
}

static void scroll(void)
{
    u32 kept = CELLS - COLUMNS;

    memmove(vga.cells, vga.cells + COLUMNS, kept * sizeof(*vga.cells));
    clear(vga.cells + kept, COLUMNS);
    vga.next = kept;
}

/* Is `c` part of an escape sequence, ESC [ numbers letter? */
static bool is_escaped(char c)
{
    if (c == ESCAPE)
        vga.escape = 1;
    else if (vga.escape == 1)
        vga.escape = c == '[' ? 2 : 0;
    else if (vga.escape == 2)
        vga.escape = c >= '@' ? 0 : 2;
    else
        return false;
    return true;
}

void vga_putc(char c)
{
    if (!vga.cells || is_escaped(c))
        return;
    if (c == '\n')
        vga.next += COLUMNS - vga.next % COLUMNS;
    else if (c == '\r')
        vga.next -= vga.next % COLUMNS;
    else if (c == '\b')
        vga.next -= vga.next % COLUMNS != 0;
    else if (c >= ' ')
        vga.cells[vga.next++] = (u16)(LIGHT_GREY << 8 | c);
    if (vga.next == CELLS)
        scroll();
}

void vga_show_cursor(void)
{
    if (!vga.cells)
        return;
    outb(VGA_INDEX, CURSOR_HIGH);
    outb(VGA_VALUE, (u8)(vga.next >> 8));
    outb(VGA_INDEX, CURSOR_LOW);
    outb(VGA_VALUE, (u8)vga.next);
}
