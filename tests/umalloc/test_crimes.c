/*
 * test_crimes.c - what a program must not do is caught, always, and told in
 * one sentence.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "malloc.h"

#define CRIME(name, ...)          \
    static void name(void)        \
    {                             \
        __VA_ARGS__               \
    }

/* -------------------------------------------------------------- free twice */

CRIME(free_slot_twice, {
    void *block = malloc(100);
    free(block);
    free(hidden(block));
})

/* The group is retired, and again in use, when the second one comes. */
CRIME(free_slot_of_full_group_twice, {
    void *blocks[200];
    for (u32 i = 0; i < 200; i++)
        blocks[i] = malloc(100);
    free(blocks[20]);
    free(blocks[21]);
    free(hidden(blocks[20]));
})

CRIME(free_only_slot_of_full_group_twice, {
    void *blocks[200];
    for (u32 i = 0; i < 200; i++)
        blocks[i] = malloc(100);
    free(blocks[20]);
    free(hidden(blocks[20]));
})

CRIME(free_middle_slot_twice, {
    void *block = malloc(10000);
    free(block);
    free(hidden(block));
})

CRIME(free_run_twice, {
    void *block = malloc(100000);
    free(block);
    free(hidden(block));
})

CRIME(free_large_twice, {
    void *block = malloc(3 << 20);
    free(block);
    free(hidden(block));
})

CRIME(free_slot_of_dropped_slab_twice, {
    void *block = malloc(100);
    free(block);
    malloc_trim(0);
    free(hidden(block));
})

TEST(a_slot_that_is_freed_twice_is_told)
{
    EXPECT_ABORT(free_slot_twice, "free of 0x%: it is free already, a block "
                                  "of 112 bytes at 0x%");
    EXPECT_ABORT(free_slot_of_full_group_twice,
                 "free of 0x%: it is free already, a block of 112 bytes at "
                 "0x%");
    EXPECT_ABORT(free_only_slot_of_full_group_twice,
                 "free of 0x%: it is free already, a block of 112 bytes at "
                 "0x%");
    EXPECT_ABORT(free_middle_slot_twice,
                 "free of 0x%: it is free already, a block of 10240 bytes at "
                 "0x%");
}

TEST(pages_that_are_freed_twice_are_told)
{
    EXPECT_ABORT(free_run_twice, "free of 0x%: no block is there");
    EXPECT_ABORT(free_large_twice, "free of 0x%: no block is there");
    EXPECT_ABORT(free_slot_of_dropped_slab_twice,
                 "free of 0x%: no block is there");
}

/* ----------------------------------------------------------- inside a block */

CRIME(free_inside_slot, {
    u8 *block = malloc(100);
    free(hidden(block + 16));
})

CRIME(free_last_byte_of_slot, {
    u8 *block = malloc(48);
    free(hidden(block + 47));
})

CRIME(free_inside_free_slot, {
    u8 *block = malloc(100);
    free(block);
    free(hidden(block + 1));
})

CRIME(free_inside_run, {
    u8 *block = malloc(100000);
    free(hidden(block + 4096));
})

CRIME(free_inside_large, {
    u8 *block = malloc(3 << 20);
    free(hidden(block + (2 << 20)));
})

TEST(an_address_inside_a_block_is_told_with_the_block)
{
    EXPECT_ABORT(free_inside_slot,
                 "free of 0x%: it is byte 16 of a block of 112 bytes at 0x%");
    EXPECT_ABORT(free_last_byte_of_slot,
                 "free of 0x%: it is byte 47 of a block of 48 bytes at 0x%");
    EXPECT_ABORT(free_inside_free_slot,
                 "free of 0x%: it is byte 1 of a block of 112 bytes at 0x%, "
                 "which is free");
    EXPECT_ABORT(free_inside_run, "free of 0x%: it is byte 4096 of a block of "
                                  "102400 bytes at 0x%");
    EXPECT_ABORT(free_inside_large, "free of 0x%: it is byte 2097152 of a "
                                    "block of 3145728 bytes at 0x%");
}

static void *never_a_slot;

static void free_never_a_slot(void)
{
    free(never_a_slot);
}

/* Before the first slot of a slab, where the rest of a division is. */
TEST(no_byte_of_a_chunk_passes_for_a_block_but_the_starts_of_blocks)
{
    enum { STEP = 499 * 16 };
    u8 *block = malloc(208), said[256];
    uintptr_t chunk = (uintptr_t)block & ~(uintptr_t)((4 << 20) - 1);

    for (uintptr_t at = chunk; at < chunk + (4 << 20); at += STEP) {
        if (at == (uintptr_t)block)
            continue;
        never_a_slot = (void *)at;
        int status = in_child(free_never_a_slot, (char *)said, sizeof said);
        /* The C library has blocks, too. */
        EXPECT(WIFSIGNALED(status) ? WTERMSIG(status) == SIGABRT
                                   : status == 0);
    }
    u8 *page = (u8 *)((uintptr_t)block & ~(uintptr_t)4095);
    for (u8 *at = page; at < page + 4096; at += 8) {
        bool is_slot = at >= page + 144 && (at - page - 144) % 208 == 0;
        if (is_slot)
            continue;
        never_a_slot = at;
        int status = in_child(free_never_a_slot, (char *)said, sizeof said);
        if (!EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT))
            break;
    }
}

/* ---------------------------------------------------------- no block at all */

static char some_global[64];

CRIME(free_global, { free(hidden(some_global)); })
CRIME(free_local, {
    char local[64] = "";
    free(hidden(local));
})
CRIME(free_code, { free(hidden((const void *)(uintptr_t)&free_global)); })
CRIME(free_small_number, { free(hidden((void *)(uintptr_t)0x10)); })
CRIME(free_last_byte_of_all, { free(hidden((void *)UINTPTR_MAX)); })
CRIME(free_middle_of_all, { free(hidden((void *)(UINTPTR_MAX / 2 + 1))); })

/* Right behind the guard page in front of a chunk: its own first words. */
CRIME(free_chunk_head, {
    uintptr_t block = (uintptr_t)malloc(100);
    free(hidden((void *)((block & ~(uintptr_t)((4 << 20) - 1)) + 4096)));
})

CRIME(free_page_never_used, {
    uintptr_t block = (uintptr_t)malloc(100);
    free(hidden((void *)((block | ((4 << 20) - 1)) - 4095)));
})

TEST(what_is_no_block_at_all_is_told)
{
    EXPECT_ABORT(free_global, "free of 0x%: no block is there");
    EXPECT_ABORT(free_local, "free of 0x%: no block is there");
    EXPECT_ABORT(free_code, "free of 0x%: no block is there");
    EXPECT_ABORT(free_small_number, "free of 0x10: no block is there");
    EXPECT_ABORT(free_last_byte_of_all, "free of 0x%: no block is there");
    EXPECT_ABORT(free_middle_of_all, "free of 0x%: no block is there");
    EXPECT_ABORT(free_chunk_head, "free of 0x%: no block is there");
    EXPECT_ABORT(free_page_never_used, "free of 0x%: no block is there");
}

/* --------------------------------------------------------- other functions */

CRIME(realloc_freed, {
    void *block = malloc(100);
    free(block);
    EXPECT(realloc(hidden(block), 200) == NULL);
})

CRIME(realloc_inside, {
    u8 *block = malloc(100);
    EXPECT(realloc(hidden(block + 8), 10) == NULL);
})

CRIME(reallocarray_global, {
    EXPECT(reallocarray(hidden(some_global), 2, 2) == NULL);
})

CRIME(size_of_freed, {
    void *block = malloc(100);
    free(block);
    EXPECT(malloc_usable_size(hidden(block)) == 0);
})

TEST(realloc_and_malloc_usable_size_take_nothing_but_blocks)
{
    EXPECT_ABORT(realloc_freed, "realloc of 0x%: it is free already, a block "
                                "of 112 bytes at 0x%");
    EXPECT_ABORT(realloc_inside,
                 "realloc of 0x%: it is byte 8 of a block of 112 bytes at "
                 "0x%");
    EXPECT_ABORT(reallocarray_global, "realloc of 0x%: no block is there");
    EXPECT_ABORT(size_of_freed, "malloc_usable_size of 0x%: it is free "
                                "already, a block of 112 bytes at 0x%");
}

/* ---------------------------------------------------------------- overflows */

/* From a block on, writing goes on until a guard page stops it. Then whatever
 * is known of the heap must be as it was: so a handler uses it. */
static void use_heap_and_leave(int signal)
{
    (void)signal;
    for (u32 i = 0; i < 1000; i++)
        free(malloc(i));
    _exit(0);
}

static void write_upwards(void)
{
    volatile u8 *block = malloc(100);

    signal(SIGSEGV, use_heap_and_leave);
    for (;;)
        *block++ = 0xff;
}

static void write_downwards(void)
{
    volatile u8 *block = malloc(100);

    signal(SIGSEGV, use_heap_and_leave);
    for (;;)
        *--block = 0xff;
}

static void write_upwards_from_large(void)
{
    volatile u8 *below = malloc(3 << 20), *block = malloc(100);

    EXPECT(block != NULL);
    signal(SIGSEGV, use_heap_and_leave);
    for (;;)
        *below++ = 0xff;
}

TEST(no_overflow_of_a_block_reaches_what_is_known_of_the_heap)
{
    char said[256];

    EXPECT(in_child(write_upwards, said, sizeof said) == 0);
    EXPECT(in_child(write_downwards, said, sizeof said) == 0);
    EXPECT(in_child(write_upwards_from_large, said, sizeof said) == 0);
}
