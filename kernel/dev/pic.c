/*
 * kernel/dev/pic.c - the interrupt controllers: two 8259.
 *
 *      timer ------ 0 +-------+
 *      keyboard --- 1 |       |
 *               +-- 2 | first |--- processor
 *      serial --|-- 4 |       |
 *        ...    |   7 +-------+
 *        8 +--------+ |
 *      ... | second |-+
 *       15 +--------+
 *
 * The firmware leaves the lines at vectors 8 to 15, which are exceptions in
 * protected mode; so both controllers are told new vectors. They also learn
 * that they hang together by line 2, and that interrupts are ended by us.
 *
 * Cost: one or two port accesses each.
 */
#include "kernel/pic.h"
#include "x86/io.h"

enum {
    FIRST_COMMAND = 0x20,
    FIRST_DATA = 0x21,
    SECOND_COMMAND = 0xa0,
    SECOND_DATA = 0xa1,
    UNUSED_PORT = 0x80, /* a write takes about a microsecond */

    INIT = 0x11, /* four words of initialisation follow each other */
    INIT_CASCADE_LINE = 2,
    INIT_8086 = 0x01,
    READ_IN_SERVICE = 0x0b,
    END_OF_INTERRUPT = 0x20,

    LINES_EACH = 8,
    LAST_OF_FIRST = 7,
    LAST_OF_SECOND = 15,
};

static struct {
    u16 masked; /* bit n: line n may not interrupt */
} pic;

/* Old controllers need time between two words. */
static void pic_write(u16 port, u32 word)
{
    outb(port, (u8)word);
    outb(UNUSED_PORT, 0);
}

static void write_masks(void)
{
    outb(FIRST_DATA, (u8)pic.masked);
    outb(SECOND_DATA, (u8)(pic.masked >> LINES_EACH));
}

void pic_init(void)
{
    pic_write(FIRST_COMMAND, INIT);
    pic_write(SECOND_COMMAND, INIT);
    pic_write(FIRST_DATA, PIC_VECTOR);
    pic_write(SECOND_DATA, PIC_VECTOR + LINES_EACH);
    pic_write(FIRST_DATA, 1 << INIT_CASCADE_LINE);
    pic_write(SECOND_DATA, INIT_CASCADE_LINE);
    pic_write(FIRST_DATA, INIT_8086);
    pic_write(SECOND_DATA, INIT_8086);
    pic.masked = (u16)~(1 << INIT_CASCADE_LINE);
    write_masks();
}

void pic_unmask(u32 line)
{
    pic.masked &= (u16)~(1u << line);
    write_masks();
}

void pic_mask(u32 line)
{
    pic.masked |= (u16)(1u << line);
    write_masks();
}

/* A true interrupt is in service until pic_end(), a spurious one never. */
static bool is_in_service(u16 command_port, u32 bit)
{
    outb(command_port, READ_IN_SERVICE);
    return (inb(command_port) >> bit & 1) != 0;
}

bool pic_is_spurious(u32 line)
{
    if (line == LAST_OF_FIRST)
        return !is_in_service(FIRST_COMMAND, LAST_OF_FIRST);
    if (line != LAST_OF_SECOND ||
        is_in_service(SECOND_COMMAND, LAST_OF_SECOND - LINES_EACH))
        return false;
    outb(FIRST_COMMAND, END_OF_INTERRUPT); /* the first did serve line 2 */
    return true;
}

void pic_end(u32 line)
{
    if (line >= LINES_EACH)
        outb(SECOND_COMMAND, END_OF_INTERRUPT);
    outb(FIRST_COMMAND, END_OF_INTERRUPT);
}
