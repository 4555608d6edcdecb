/*
 * kernel/dev/uart.c - the serial port: a 16550 at port 0x3f8, 115200 8n1.
 *
 * Out: a byte may be handed over when bit 5 of the line status says that the
 * transmitter has room, and each is waited for. The wait is bounded, so that
 * a port which never gets ready cannot hang the boot; after one wait in vain
 * a byte is given a single look, until the port is ready again.
 *
 * In: each byte interrupts (line 4) and goes into a ring. The interrupt only
 * moves `head`, uart_take() only `tail`, so the two need no lock.
 *
 *      ring  . . . h e l p . . .
 *                  ^tail   ^head          head - tail: bytes waiting
 *
 * A full ring switches the port's interrupt off until it is empty again: the
 * port's own buffer fills up, and whoever sends has to wait.
 *
 * Invariant: head - tail <= RING_SIZE, both only ever rising (modulo 2^32).
 * Cost: uart_putc() two port accesses, if the port keeps up.
 */
#include "kernel/uart.h"
#include "x86/io.h"
#include "x86/irq.h"

enum uart_port {
    UART_BASE = 0x3f8,
    UART_DATA = UART_BASE,
    UART_INTERRUPTS = UART_BASE + 1,
    UART_DIVISOR_LOW = UART_BASE, /* these two while LINE_DIVISOR is set */
    UART_DIVISOR_HIGH = UART_BASE + 1,
    UART_FIFO = UART_BASE + 2,
    UART_LINE = UART_BASE + 3,
    UART_MODEM = UART_BASE + 4,
    UART_STATUS = UART_BASE + 5,
};

enum uart_bit {
    INTERRUPT_RECEIVED = 0x01,
    FIFO_ON_AND_EMPTY = 0x07,
    LINE_8N1 = 0x03,
    LINE_DIVISOR = 0x80,
    MODEM_READY = 0x03,      /* DTR and RTS */
    MODEM_INTERRUPTS = 0x08, /* OUT2 connects the interrupt line */
    STATUS_RECEIVED = 0x01,
    STATUS_ROOM = 0x20,
};

enum {
    UART_IRQ = 4,
    UART_DIVISOR = 1, /* 115200 / 1 */
    LOOKS_MAX = 2000000, /* each about a microsecond */
    RING_SIZE = 256,
    NOBODY = 0xff, /* read from a port behind which there is no device */
};

static struct {
    bool present;
    u32 looks;         /* how often to ask for room before giving up */
    void (*heard)(void);
    volatile u32 head; /* bytes that came in */
    volatile u32 tail; /* bytes taken        */
    u8 ring[RING_SIZE];
} uart;

void uart_init(void)
{
    uart.present = inb(UART_STATUS) != NOBODY;
    uart.looks = LOOKS_MAX;
    if (!uart.present)
        return;
    outb(UART_INTERRUPTS, 0);
    outb(UART_LINE, LINE_DIVISOR);
    outb(UART_DIVISOR_LOW, UART_DIVISOR);
    outb(UART_DIVISOR_HIGH, 0);
    outb(UART_LINE, LINE_8N1);
    outb(UART_FIFO, FIFO_ON_AND_EMPTY);
    outb(UART_MODEM, MODEM_READY | MODEM_INTERRUPTS);
}

static bool wait_for_room(void)
{
    for (u32 look = 0; look < uart.looks; look++)
        if (inb(UART_STATUS) & STATUS_ROOM) {
            uart.looks = LOOKS_MAX;
            return true;
        }
    uart.looks = 1;
    return false;
}

void uart_putc(u8 byte)
{
    if (uart.present && wait_for_room())
        outb(UART_DATA, byte);
}

static bool ring_is_full(void)
{
    return uart.head - uart.tail == RING_SIZE;
}

static void uart_interrupt(void)
{
    while (!ring_is_full() && (inb(UART_STATUS) & STATUS_RECEIVED)) {
        uart.ring[uart.head % RING_SIZE] = inb(UART_DATA);
        uart.head++;
    }
    if (ring_is_full())
        outb(UART_INTERRUPTS, 0);
    uart.heard();
}

void uart_listen(void (*heard)(void))
{
    uart.heard = heard;
    if (!uart.present)
        return;
    irq_register(UART_IRQ, uart_interrupt);
    outb(UART_INTERRUPTS, INTERRUPT_RECEIVED);
}

bool uart_has_input(void)
{
    return uart.head != uart.tail;
}

u8 uart_take(void)
{
    if (!uart_has_input())
        return 0;
    u8 byte = uart.ring[uart.tail % RING_SIZE];
    uart.tail++;
    if (!uart_has_input()) /* it may have been full, and deaf, before */
        outb(UART_INTERRUPTS, INTERRUPT_RECEIVED);
    return byte;
}
