/*
 * lib/types.h - the words that every file uses.
 *
 * u32 and u64 are spelled out, not taken from <stdint.h>: there uint32_t is
 * `unsigned long` for i686-elf and `unsigned int` for i686-linux-gnu, so that
 * no printf format would suit both.
 */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h> /* for uintptr_t, and the limits */

typedef unsigned char      u8;
typedef unsigned short     u16;
typedef unsigned int       u32;
typedef unsigned long long u64;
typedef int                i32; /* where less than 0 is an error number */
typedef long long          i64;

#define NODISCARD          __attribute__((warn_unused_result))
#define NORETURN           __attribute__((noreturn))
#define NOINLINE           __attribute__((noinline))
#define COLD               __attribute__((cold, noinline)) /* seldom: small */
#ifdef __OPTIMIZE_SIZE__
#define FOR_SIZE           1 /* a call is better than what it spares */
#else
#define FOR_SIZE           0
#endif
#define ALWAYS_INLINE      inline __attribute__((always_inline))
#define PRINTF_LIKE(f, a)  __attribute__((format(printf, f, a)))

#define ARRAY_SIZE(a)      (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(ptr, type, member) \
    ((type *)(void *)((char *)(ptr) - offsetof(type, member)))

/* What an operation that may fail answers. */
enum status {
    OK = 0,
    ERR_NOMEM, /* no frame, no range, or a count at its limit */
    ERR_EXIST, /* something is there already                  */
    ERR_ABSENT, /* nothing is there                           */
    ERR_INVAL, /* the request makes no sense                  */
    ERR_FAULT, /* an address where nothing is                 */
    ERR_ACCESS, /* something is there, but not for that       */
    ERR_BUS,   /* beyond the end of what is there             */
};

static inline u32 min_u32(u32 a, u32 b)
{
    return a < b ? a : b;
}

static inline u32 max_u32(u32 a, u32 b)
{
    return a > b ? a : b;
}

static inline bool is_power_of_two(u32 n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

/* Round `n` to a multiple of `unit`, a power of two. The caller sees to it
 * that round_up() does not overflow. */
static inline u32 round_down(u32 n, u32 unit)
{
    return n & ~(unit - 1);
}

static inline u32 round_up(u32 n, u32 unit)
{
    return round_down(n + unit - 1, unit);
}

/* Index of the lowest and the highest set bit; `word` is not 0. */
static inline u32 lowest_bit(u32 word)
{
    return (u32)__builtin_ctz(word);
}

static inline u32 highest_bit(u32 word)
{
    return 31u - (u32)__builtin_clz(word);
}

/* How many bits of `word` are set: by pairs, nibbles, bytes (the builtin
 * would call libgcc on a processor without POPCNT). */
static inline u32 count_bits(u32 word)
{
    word -= word >> 1 & 0x55555555;
    word = (word & 0x33333333) + (word >> 2 & 0x33333333);
    return ((word + (word >> 4)) & 0x0f0f0f0f) * 0x01010101 >> 24;
}

#endif
