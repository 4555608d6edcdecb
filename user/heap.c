/*
 * user/heap.c - a program with a heap: user/malloc, linked to it.
 *
 * First it works with many blocks, whose contents it knows; then children do
 * what nobody must do with a block, and are told so.
 */
#include "lib/child.h"
#include "lib/mem.h"
#include "lib/print.h"
#include "malloc/malloc.h"

enum { BLOCKS = 500, OPERATIONS = 100000 };

static struct block {
    u8 *start;
    u32 bytes;
    u8 pattern;
} blocks[BLOCKS];

static u32 wrong;

static u32 draw(u32 below)
{
    static u32 seed = 12345;

    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

static void check(const struct block *block, u32 bytes)
{
    for (u32 i = 0; i < bytes; i++)
        wrong += block->start[i] != block->pattern;
}

static void fill(struct block *block, void *start, u32 bytes)
{
    *block = (struct block){ start, bytes, (u8)draw(256) };
    if (start)
        memset(start, block->pattern, bytes);
    else
        wrong += bytes;
}

/* Mostly small; now and then some pages, or a mapping. */
static u32 draw_bytes(void)
{
    return draw(2000) == 0 ? draw(2 << 20) : draw(8u << draw(10)) + 1;
}

static void work(void)
{
    for (u32 i = 0; i < OPERATIONS; i++) {
        struct block *block = &blocks[draw(BLOCKS)];
        u32 bytes = draw_bytes();

        check(block, min_u32(bytes, block->bytes));
        if (draw(4) == 0) {
            fill(block, realloc(block->start, bytes), bytes);
        } else {
            free(block->start);
            fill(block, malloc(bytes), bytes);
        }
    }
    for (u32 i = 0; i < BLOCKS; i++)
        free(blocks[i].start);
}

static void tell_room(u32 bytes)
{
    void *block = malloc(bytes);

    print("%u bytes: room for %u\n", bytes, (u32)malloc_usable_size(block));
    free(block);
}

/* --- what nobody must do ------------------------------------------------- */

/* The compiler, too, sees what is wrong here. */
static void free_address(uintptr_t address)
{
    free((void *)address);
}

static void free_twice(void)
{
    uintptr_t block = (uintptr_t)malloc(100);

    free_address(block);
    free_address(block);
}

static void free_inside(void)
{
    free_address((uintptr_t)malloc(100) + 16);
}

static void free_something(void)
{
    free_address((uintptr_t)&wrong);
}

static void try(const char *what, void (*body)(void))
{
    print("a child %s: %s\n", what,
          in_child(body) ? "it is ended" : "nobody minds");
}

int main(void)
{
    tell_room(0);
    tell_room(100);
    tell_room(5000);
    tell_room(100000);
    tell_room(3000000);
    work();
    print("%u operations; %u bytes wrong\n", OPERATIONS, wrong);
    try("frees a block twice", free_twice);
    try("frees the middle of a block", free_inside);
    try("frees what is no block", free_something);
    return 0;
}
