/*
 * tests/abi/window.h - the window of addresses in which random_calls works:
 * chance, the hash of what is found, and what is known of each page.
 */
#ifndef WINDOW_H
#define WINDOW_H

#include "abi/fcntl.h"
#include "lib/print.h"
#include "lib/syscall.h"

enum {
    PAGES = 200,        /* of the window: too few for a huge page           */
    LENGTH_MAX = 24,    /* pages of most calls                              */
    HEAP_BYTES = 48 * PAGE,
    CHILD_CALLS = 8,
    CHECKPOINTS = 10,
    ELSEWHERE = 0x0e15e,
};

#define START 0x50010000u

/* What is known of a page of the window. */
struct page {
    u32 history;   /* the calls that were made on it, hashed; 0: not mapped */
    bool shared;
    bool sure;     /* it is known whether it may be written to              */
    bool writable; /* and it may                                            */
};

static struct {
    u32 random, hash;
    u32 call, first_told;
    bool child;
    i32 probe[2];
    u32 heap;
    struct page pages[PAGES];
} state;

/* --- chance, and what is found -------------------------------------------- */

static inline u32 draw(u32 below)
{
    u32 r = state.random;

    r ^= r << 13;
    r ^= r >> 17;
    r ^= r << 5;
    state.random = r;
    return r % below;
}

static inline bool once_in(u32 n)
{
    return draw(n) == 0;
}

static inline u32 mix(u32 hash, u32 value)
{
    hash = (hash ^ value) * 0x01000193;
    return hash ^ hash >> 15;
}

static inline void found(u32 value)
{
    state.hash = mix(state.hash, value);
}

/* An answer as any kernel gives it: an error, or a place in the window. */
static inline u32 relative(u32 answer)
{
    if (answer >= (u32)-ERRNO_MAX || answer < PAGE)
        return answer;
    if (answer >= START && answer <= START + PAGES * PAGE)
        return answer - START;
    return ELSEWHERE;
}

static inline void tell(const char *name, u32 at, u32 bytes, u32 what,
                        u32 answer)
{
    found(relative(answer));
    if (state.call >= state.first_told)
        print("%u%s %s +%x %x %x = %x, hash %x\n", state.call,
              state.child ? " child" : "", name, at - START, bytes, what,
              relative(answer), state.hash);
}

/* --- touching ------------------------------------------------------------- */

/* The word at an address, or the error of reading it. */
static inline u32 peek(u32 at)
{
    u32 word = 0;
    i32 written = system_call(SYS_write, state.probe[1], at, sizeof word);

    if (written < 0)
        return (u32)written;
    read(state.probe[0], &word, sizeof word);
    return word;
}

static inline void poke(u32 at, u32 word)
{
    write(state.probe[1], &word, sizeof word);
    i32 answer = system_call(SYS_read, state.probe[0], at, sizeof word);

    if (answer < 0)
        found((u32)read(state.probe[0], &word, sizeof word));
    found((u32)answer);
}

/* The first and the last word of a page stand for it. */
static inline u32 word_of(u32 page, u32 which)
{
    return START + page * PAGE + which * (PAGE - sizeof(u32));
}

static inline void touch_page(u32 page)
{
    u32 at = word_of(page, draw(2)), word = draw(~0u);

    if (!state.pages[page].writable)
        poke(at, word);
    else if (once_in(4))
        found(*(volatile u32 *)at);
    else
        *(volatile u32 *)at = word;
}

static inline void check_pages(u32 first, u32 count)
{
    for (u32 page = first; page < first + count; page++) {
        found(peek(word_of(page, 0)));
        found(peek(word_of(page, 1)));
    }
}

/* --- what is known -------------------------------------------------------- */

static inline void forget(u32 first, u32 count)
{
    for (u32 page = first; page < first + count; page++)
        state.pages[page] = (struct page){ 0 };
}

/* A call was made on these pages: only with them they are alike now. */
static inline void note(u32 first, u32 count)
{
    for (u32 page = first; page < first + count; page++)
        if (state.pages[page].history)
            state.pages[page].history =
                mix(state.pages[page].history, state.call) | 1;
}

static inline void note_rights(u32 first, u32 count, bool writable)
{
    for (u32 page = first; page < first + count; page++)
        state.pages[page].writable = writable && state.pages[page].sure;
}

/* How many pages from here on have had the same calls made on them? */
static inline u32 alike(u32 first)
{
    u32 end = first;

    while (end < PAGES &&
           state.pages[end].history == state.pages[first].history)
        end++;
    return end - first;
}

#endif
