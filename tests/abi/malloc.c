/*
 * tests/abi/malloc.c - a million operations of the C library's heap on random
 * sizes, each block filled with a pattern that is looked at when it goes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 4096, OPERATIONS = 1000000, LARGE = 1 << 20 };

static struct block {
    unsigned char *at;
    size_t bytes;
    unsigned char pattern;
} blocks[BLOCKS];

static uint32_t seed = 12345, wrong;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)(seed >> 8) * below >> 24);
}

/* Mostly small, now and then so large that it gets a mapping of its own. */
static size_t draw_size(void)
{
    return draw(1000) == 0 ? draw(LARGE) : draw(8u << draw(9));
}

static void check(const struct block *block, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 61)
        wrong += block->at[i] != block->pattern;
    if (bytes)
        wrong += block->at[bytes - 1] != block->pattern;
}

static void fill(struct block *block, void *at, size_t bytes)
{
    if (!at && bytes) {
        printf("no memory for %zu bytes\n", bytes);
        exit(1);
    }
    block->at = at;
    block->bytes = bytes;
    block->pattern = (unsigned char)draw(256);
    memset(at, block->pattern, bytes);
}

static void allocate(struct block *block)
{
    size_t bytes = draw_size() + 1;

    if (draw(4)) {
        fill(block, malloc(bytes), bytes);
    } else {
        unsigned char *at = calloc(1, bytes);

        for (size_t i = 0; at && i < bytes; i++)
            wrong += at[i] != 0;
        fill(block, at, bytes);
    }
    wrong += (uintptr_t)block->at % 8 != 0;
}

static void resize(struct block *block)
{
    size_t bytes = draw_size() + 1;
    size_t kept = bytes < block->bytes ? bytes : block->bytes;

    block->at = realloc(block->at, bytes);
    check(block, kept);
    fill(block, block->at, bytes);
}

static void release(struct block *block)
{
    check(block, block->bytes);
    free(block->at);
    block->at = NULL;
}

int main(void)
{
    uint32_t counts[3] = { 0 };

    for (int i = 0; i < OPERATIONS; i++) {
        struct block *block = &blocks[draw(BLOCKS)];
        uint32_t what = !block->at ? 0 : draw(3) ? 1 : 2;

        counts[what]++;
        if (what == 0)
            allocate(block);
        else if (what == 1)
            release(block);
        else
            resize(block);
    }
    for (int i = 0; i < BLOCKS; i++)
        if (blocks[i].at)
            release(&blocks[i]);
    printf("%u allocated, %u freed, %u resized; %u bytes wrong\n", counts[0],
           counts[1], counts[2], wrong);
    return wrong != 0;
}
