/*
 * test_switches.c - poison and quarantine, by STRATA_MALLOC in the environment.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "malloc.h"
#include "roles.h"

static void free_slot_twice(void)
{
    void *block = malloc(100);

    free(block);
    free(hidden(block));
}

static void realloc_freed(void)
{
    void *block = malloc(100);

    free(block);
    EXPECT(realloc(hidden(block), 200) == NULL);
}

static void write_to_freed(void)
{
    u8 *block = malloc(100);

    free(block);
    *(volatile u8 *)((u8 *)hidden(block) + 12) = 0x41;
    for (u32 i = 0; i < 100000; i++)
        free(malloc(200));
}

static void expect_filled(void)
{
    u8 *block = malloc(100);

    for (u32 i = 0; i < 100; i++)
        EXPECT(block[i] == 0xa5);
    free(block);
    for (u32 i = 0; i < 100; i++)
        EXPECT(((volatile u8 *)hidden(block))[i] == 0x5a);
    u8 *zeros = calloc(1, 100);
    for (u32 i = 0; i < 100; i++)
        EXPECT(zeros[i] == 0);
}

/* What is freed does not come back before 1000 others have been freed. */
static void expect_held(void)
{
    void *block = malloc(100);

    free(block);
    for (u32 i = 0; i < 1000; i++) {
        void *other = malloc(100);

        EXPECT(other != hidden(block));
        free(other);
    }
}

static void expect_plain(void)
{
    void *block = malloc(100);

    free(block);
    EXPECT(malloc(100) == hidden(block));
}

static void do_anything(void)
{
    enum { BLOCKS = 500 };
    static u8 *blocks[BLOCKS];
    u32 state = 1;

    for (u32 i = 0; i < 50000; i++) {
        u32 which = draw(&state, BLOCKS);
        size_t bytes = draw(&state, 8u << draw(&state, 15)) + 1;

        if (draw(&state, 2)) {
            free(blocks[which]);
            blocks[which] = malloc(bytes);
        } else {
            blocks[which] = realloc(blocks[which], bytes);
        }
        memset(blocks[which], 1, bytes);
    }
    for (u32 i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    malloc_trim(0);
}

const struct role roles[ROLES] = {
    { "write-to-freed", write_to_freed },
    { "free-twice", free_slot_twice },
    { "realloc-freed", realloc_freed },
    { "filled", expect_filled },
    { "held", expect_held },
    { "plain", expect_plain },
    { "anything", do_anything },
};

TEST(poison_and_quarantine_tell_who_writes_to_what_is_free)
{
    EXPECT_ABORT_WITH("poison,quarantine", "write-to-freed",
                      "use after free: 0x41 was written to byte 12 of a block "
                      "of 112 bytes at 0x%");
    EXPECT_ABORT_WITH("poison", "write-to-freed", NULL);
    EXPECT_ABORT_WITH("quarantine", "write-to-freed", NULL);
}

TEST(poison_fills_what_is_new_and_what_is_free)
{
    EXPECT_ABORT_WITH("poison", "filled", NULL);
    EXPECT_ABORT_WITH("quarantine,poison", "filled", NULL);
}

TEST(quarantine_keeps_what_is_freed_for_a_while)
{
    EXPECT_ABORT_WITH("quarantine", "held", NULL);
    EXPECT_ABORT_WITH("", "plain", NULL);
    EXPECT_ABORT_WITH("poisons,quarantin", "plain", NULL);
}

TEST(what_is_held_is_free_for_who_frees_it_again)
{
    EXPECT_ABORT_WITH("quarantine", "free-twice",
                      "free of 0x%: it is free already, a block of 112 bytes "
                      "at 0x%");
    EXPECT_ABORT_WITH("quarantine", "realloc-freed",
                      "realloc of 0x%: it is free already, a block of 112 "
                      "bytes at 0x%");
    EXPECT_ABORT_WITH("poison", "free-twice",
                      "free of 0x%: it is free already, a block of 112 bytes "
                      "at 0x%");
}

TEST(with_any_switches_everything_works)
{
    EXPECT_ABORT_WITH("poison", "anything", NULL);
    EXPECT_ABORT_WITH("quarantine", "anything", NULL);
    EXPECT_ABORT_WITH("poison,quarantine", "anything", NULL);
}
