/*
 * Every operation of kernel/ that allocates, with too little memory: of L1, and
 * refused by L4.
 */
#include "kernel/command.h"
#include "mm/kheap.h"
#include "nth.h"

/* The one block of the size. */
struct search {
    u32 bytes;
    void *block;
};

static void compare(const struct kheap_block *block, void *context)
{
    struct search *search = context;

    if (block->bytes == search->bytes)
        search->block = block->start;
}

static struct search search;

static bool alloc(u32 bytes)
{
    search = (struct search){ bytes, NULL };
    command_alloc(&(struct argument){ .given = true, .number = bytes });
    kheap_each(compare, &search);
    return search.block != NULL;
}

static void free_block(void)
{
    kfree(search.block);
}

SWEEP(command_alloc, says_so_when_there_is_no_memory)
{
    static const struct nth_operation operation = { .run = alloc,
                                                    .undo = free_block,
                                                    .is_block = true };

    nth_sweep(&operation, 3 * PAGE_SIZE);
    nth_sweep_l4(&operation, 3 * PAGE_SIZE);
}
