/*
 * work.c - random operations on blocks whose contents are known.
 */
#include "work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "malloc.h"

enum {
    LIVE_MAX = 64 << 20,  /* large sizes only below that               */
    WHOLE = 4096,         /* up to so many bytes, each one is looked at */
    STRIDE = 509,
};

/* Mostly small; one of a thousand may have a mapping of its own. */
static size_t draw_size(struct work *work)
{
    u32 kind = draw(&work->random, 1000);

    if (kind < 2 && work->live < LIVE_MAX)
        return draw(&work->random, 8 << 20);
    if (kind < 20)
        return draw(&work->random, 200000);
    return draw(&work->random, 8u << draw(&work->random, 12));
}

static size_t step(size_t bytes)
{
    return bytes <= WHOLE ? 1 : STRIDE;
}

static u8 byte_at(const struct work_block *block, size_t i)
{
    return (u8)(block->seed + i * 7);
}

static void fill(struct work_block *block, size_t from)
{
    for (size_t i = from; i < block->bytes; i += step(block->bytes))
        block->start[i] = byte_at(block, i);
    if (block->bytes > from)
        block->start[block->bytes - 1] = byte_at(block, block->bytes - 1);
}

static void expect_content(const struct work_block *block, size_t bytes)
{
    bool same = true;

    if (!block->start)
        return;
    for (size_t i = 0; i < bytes; i += step(block->bytes))
        same &= block->start[i] == byte_at(block, i);
    if (bytes == block->bytes && bytes > 0)
        same &= block->start[bytes - 1] == byte_at(block, bytes - 1);
    EXPECT(same);
}

/* What is refused is NULL with ENOMEM, and only where that may be. */
static bool is_given(struct work *work, const void *start)
{
    if (start)
        return true;
    EXPECT(work->may_fail && errno == ENOMEM);
    work->refusals++;
    return false;
}

static void take(struct work *work, struct work_block *block, void *start,
                 size_t bytes)
{
    block->start = start;
    block->bytes = bytes;
    block->seed = (u8)draw(&work->random, 256);
    work->live += bytes;
    EXPECT(((uintptr_t)start & 15) == 0);
    fill(block, 0);
}

static void allocate(struct work *work, struct work_block *block)
{
    size_t bytes = draw_size(work);
    size_t alignment = (size_t)16 << draw(&work->random, 10);
    void *start = NULL;

    errno = 0;
    switch (draw(&work->random, 8)) {
    case 0:
        start = calloc(1, bytes);
        for (size_t i = 0; start && i < bytes; i += step(bytes))
            EXPECT(((u8 *)start)[i] == 0);
        break;
    case 1:
        start = aligned_alloc(alignment, bytes);
        EXPECT(((uintptr_t)start & (alignment - 1)) == 0);
        break;
    default:
        start = malloc(bytes);
    }
    if (is_given(work, start))
        take(work, block, start, bytes);
}

static void release(struct work *work, struct work_block *block)
{
    expect_content(block, block->bytes);
    work->live -= block->bytes;
    free(block->start);
    *block = (struct work_block){ NULL, 0, 0 };
}

static void resize(struct work *work, struct work_block *block)
{
    size_t bytes = draw_size(work) + 1;
    size_t kept = bytes < block->bytes ? bytes : block->bytes;

    errno = 0;
    u8 *moved = realloc(block->start, bytes);
    if (!is_given(work, moved))
        return;
    block->start = moved;
    expect_content(block, kept);
    work->live += bytes - block->bytes;
    block->bytes = bytes;
    fill(block, 0);
}

void work_run(struct work *work, u32 operations)
{
    for (u32 i = 0; i < operations; i++) {
        struct work_block *block =
            &work->blocks[draw(&work->random, WORK_BLOCKS)];

        if (!block->start)
            allocate(work, block);
        else if (draw(&work->random, 4) == 0)
            resize(work, block);
        else
            release(work, block);
    }
}

void work_check(const struct work *work)
{
    for (u32 i = 0; i < WORK_BLOCKS; i++)
        expect_content(&work->blocks[i], work->blocks[i].bytes);
}

void work_empty(struct work *work)
{
    for (u32 i = 0; i < WORK_BLOCKS; i++)
        if (work->blocks[i].start)
            release(work, &work->blocks[i]);
}
