/*
 * x86/io.h - the processor's second address space: 65536 ports, behind which
 * the devices of a PC lie. One instruction each.
 */
#ifndef X86_IO_H
#define X86_IO_H

#include "lib/types.h"

static inline u8 inb(u16 port)
{
    u8 value;

    __asm__ volatile("inb %w1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void outb(u16 port, u8 value)
{
    __asm__ volatile("outb %0, %w1" : : "a"(value), "Nd"(port));
}

static inline u16 inw(u16 port)
{
    u16 value;

    __asm__ volatile("inw %w1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void outw(u16 port, u16 value)
{
    __asm__ volatile("outw %0, %w1" : : "a"(value), "Nd"(port));
}

static inline u32 inl(u16 port)
{
    u32 value;

    __asm__ volatile("inl %w1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void outl(u16 port, u32 value)
{
    __asm__ volatile("outl %0, %w1" : : "a"(value), "Nd"(port));
}

#endif
