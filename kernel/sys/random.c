/*
 * kernel/sys/random.c - random numbers: xoshiro128++ of Blackman and Vigna.
 *
 * Four words are stirred by shifts, rotations and exclusive ors, and two of
 * them make a number; it takes 2^128 - 1 of them until they repeat. They start
 * from the time stamp counter, and it goes in again with each request. That is
 * no source of secrets: who sees a few numbers can tell the next ones. It is
 * enough for hash tables, and for the canary that a C library wants to have.
 */
#include "kernel/random.h"

#include "kernel/pit.h"
#include "lib/mem.h"
#include "x86/cpu.h"

static struct {
    u32 word[4];
} state = { { 0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667 } };

static u32 rotate(u32 word, u32 by)
{
    return word << by | word >> (32 - by);
}

static u32 next(void)
{
    u32 *s = state.word;
    u32 result = rotate(s[0] + s[3], 7) + s[0];
    u32 shifted = s[1] << 9;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 11);
    return result;
}

static void stir(void)
{
    u64 ticks = cpu_features()->tsc ? cpu_ticks_since_entry() : pit_ticks();

    state.word[0] ^= (u32)ticks;
    state.word[1] ^= (u32)(ticks >> 32);
    state.word[2] |= 1; /* never all zeros: that would stay so */
    next();
}

void random_fill(void *to, u32 bytes)
{
    u8 *byte = to;

    for (stir(); bytes > 0;) {
        u32 word = next();
        u32 part = min_u32(bytes, sizeof word);

        memcpy(byte, &word, part);
        byte += part;
        bytes -= part;
    }
}
