/*
 * malloc_fuzz.c - bytes as a sequence of calls of the user malloc.
 *
 * Each call takes four bytes: which function, for which of 64 blocks, and a
 * size or an alignment in 12 bits and a shift. Blocks are filled with what
 * their number tells, which is looked at when they go. At
 * the end everything is freed.
 *
 * The functions have another prefix here, as the sanitizer has a malloc of its
 * own: tools/fuzz.mk sees to that.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/types.h"

enum { BLOCKS = 64, CALL_BYTES = 4, BYTES_MAX = 6 << 20 };

void *tried_malloc(size_t bytes);
void *tried_calloc(size_t count, size_t bytes);
void *tried_realloc(void *block, size_t bytes);
void *tried_aligned_alloc(size_t alignment, size_t bytes);
size_t tried_malloc_usable_size(void *block);
int tried_malloc_trim(size_t keep);
void tried_free(void *block);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static struct block {
    u8 *start;
    size_t bytes;
} blocks[BLOCKS];

static void need(bool holds)
{
    if (!holds)
        abort();
}

static u8 pattern_of(const struct block *block)
{
    return (u8)(block - blocks + 1);
}

/* Both ends, of at most so many bytes. */
static void check(const struct block *block, size_t bytes)
{
    for (size_t i = 0; i < bytes && i < 64; i++)
        need(block->start[i] == pattern_of(block));
    if (bytes > 0 && bytes == block->bytes)
        need(block->start[bytes - 1] == pattern_of(block));
}

static void fill(struct block *block, void *start, size_t bytes)
{
    if (start == NULL)
        return;
    need(((uintptr_t)start & 15) == 0);
    need(tried_malloc_usable_size(start) >= bytes);
    *block = (struct block){ start, bytes };
    memset(start, pattern_of(block), bytes);
}

static void release(struct block *block)
{
    if (block->start)
        check(block, block->bytes);
    tried_free(block->start);
    *block = (struct block){ NULL, 0 };
}

static void resize(struct block *block, size_t bytes)
{
    size_t kept = bytes < block->bytes ? bytes : block->bytes;
    u8 *moved = tried_realloc(block->start, bytes);

    if (moved == NULL && bytes > 0)
        return;
    block->start = moved;
    if (moved)
        check(block, kept);
    block->bytes = 0;
    fill(block, moved, bytes);
}

static void call(const u8 *bytes)
{
    struct block *block = &blocks[bytes[1] % BLOCKS];
    size_t size = (size_t)(bytes[2] | (bytes[3] & 0xf) << 8)
                  << (bytes[3] >> 4);
    size_t alignment = (size_t)1 << bytes[2] % 24;
    u32 what = bytes[0] % 8;

    size %= BYTES_MAX;
    if (what >= 1 && what <= 4)
        release(block);
    switch (what) {
    case 0: release(block); break;
    case 1:
    case 2: fill(block, tried_malloc(size), size); break;
    case 3:
        fill(block, tried_aligned_alloc(alignment, bytes[3]), bytes[3]);
        need(((uintptr_t)block->start & (alignment - 1)) == 0);
        break;
    case 4: {
        u8 *zeros = tried_calloc(1, size);

        for (size_t i = 0; zeros && i < size; i++)
            need(zeros[i] == 0);
        fill(block, zeros, size);
        break;
    }
    case 5:
    case 6: resize(block, size); break;
    default: tried_malloc_trim(0);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    for (; size >= CALL_BYTES; size -= CALL_BYTES, data += CALL_BYTES)
        call(data);
    for (u32 i = 0; i < BLOCKS; i++)
        release(&blocks[i]);
    return 0;
}
