/*
 * Every allocation of mm/kva*.c, with too little memory.
 */
#include "mm/kva.h"
#include "mm/pmm.h"
#include "nth.h"

static struct {
    virt_addr_t below; /* held, so that what is asked for lies behind it */
    u32 below_pages;
    virt_addr_t start; /* of what is swept; 0 if nothing is held         */
    u32 align, guards;
    u32 pages; /* of what is to be made longer or shorter */
} asked;

static void hold_below(u32 size)
{
    (void)size;
    if (asked.below_pages > 0)
        asked.below = kva_alloc("below", asked.below_pages, 1, 0);
}

static bool keep(virt_addr_t start)
{
    asked.start = start;
    return start != 0;
}

static bool keep_memory(const void *memory)
{
    return keep(memory ? round_down(ptr_to_virt(memory), PAGE_SIZE) : 0);
}

static void free_both(void)
{
    if (asked.start)
        kva_free(asked.start);
    if (asked.below)
        kva_free(asked.below);
    asked.start = asked.below = 0;
}

static bool alloc(u32 pages)
{
    return keep(kva_alloc("test", pages, asked.align, asked.guards));
}

static bool alloc_pages(u32 pages)
{
    return keep_memory(kva_alloc_pages("test", pages, asked.guards));
}

static bool alloc_stack(u32 pages)
{
    return keep_memory(kva_alloc_stack("test", pages));
}

static bool map_device(u32 bytes)
{
    return keep_memory(kva_map_device("test", phys(0xfec00ffe), bytes));
}

#define OPERATION(run_it)                                                  \
    static const struct nth_operation operation = { .prepare = hold_below, \
                                                    .run = run_it,         \
                                                    .undo = free_both }

/* A range of its own page tables begins `pages` pages before the end of a
 * chunk that has none; and no others follow. False if there is none such. */
static bool hold_up_to_new_table(u32 pages)
{
    for (u32 chunk = 1; chunk < (KVA_END - KVA_START) / CHUNK_SIZE - 1;
         chunk++) {
        virt_addr_t va = KVA_START + chunk * CHUNK_SIZE;
        if (pt_walk(pt_kernel(), va).pde.bits == 0 &&
            pt_walk(pt_kernel(), va + CHUNK_SIZE).pde.bits == 0) {
            asked.below_pages = (chunk + 1) * CHUNK_FRAMES - pages;
            return true;
        }
    }
    return false;
}

/* Tables stay: each scarcity needs new ones. */
static void sweep_new_tables(const struct nth_operation *operation, u32 size)
{
    for (u32 scarcity = 0; scarcity < NTH_SCARCITIES; scarcity++)
        if (nth_has((enum nth_scarcity)scarcity) && hold_up_to_new_table(2))
            nth_sweep_in((enum nth_scarcity)scarcity, operation, size);
    asked.below_pages = 0;
}

/* --------------------------------------------------------------- new ranges */

/* The first MiB needs no frame for its records. */
SWEEP(kva_alloc, that_finds_no_frame_for_its_record_is_refused)
{
    static const u32 sizes[] = { 1, 2, 5, 31, 32, 100, 2000 };
    OPERATION(alloc);

    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
        for (asked.guards = 0; asked.guards < 3; asked.guards++) {
            asked.align = 1u << 2 * i;
            asked.below_pages = 2000;
            nth_sweep(&operation, sizes[i]);
        }
    asked.below_pages = 0;
}

SWEEP(kva_alloc_pages, gives_back_the_frames_it_got_when_it_gets_no_more)
{
    static const u32 sizes[] = { 1, 2, 3, 8, 31, 32, 33, 65, 150 };
    OPERATION(alloc_pages);

    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
        for (asked.guards = 0; asked.guards < 2; asked.guards++) {
            asked.below_pages = 2000 * asked.guards;
            nth_sweep(&operation, sizes[i]);
        }
    asked.guards = asked.below_pages = 0;
}

SWEEP(kva_alloc_pages, that_finds_no_frame_for_a_table_leaves_tables_at_most)
{
    OPERATION(alloc_pages);

    NTH_NEED_ROOM();
    asked.guards = 0;
    sweep_new_tables(&operation, 1);
    sweep_new_tables(&operation, 3);
    sweep_new_tables(&operation, 40);
}

SWEEP(kva_alloc_stack, is_all_there_with_its_guards_or_not_at_all)
{
    OPERATION(alloc_stack);

    for (u32 pages = 1; pages <= 8; pages++) {
        asked.below_pages = pages % 2 ? 2000 : 0;
        nth_sweep(&operation, pages);
    }
    asked.below_pages = 0;
}

SWEEP(kva_map_device, that_finds_no_frame_for_its_record_is_refused)
{
    static const u32 sizes[] = { 1, 4, 4096, 12288, 100000 };
    OPERATION(map_device);

    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        asked.below_pages = 2000;
        nth_sweep(&operation, sizes[i]);
    }
    asked.below_pages = 0;
}

SWEEP(kva_map_device, that_finds_no_frame_for_a_table_leaves_tables_at_most)
{
    OPERATION(map_device);

    NTH_NEED_ROOM();
    sweep_new_tables(&operation, 4);
    sweep_new_tables(&operation, 12288);
}

/* ------------------------------------------------------------------- resize */

static void hold_pages(u32 pages)
{
    hold_below(pages);
    EXPECT(alloc_pages(asked.pages));
}

static bool resize(u32 pages)
{
    struct kva_range range;
    bool done = kva_resize_pages(asked.start, pages);

    EXPECT(kva_find(asked.start, &range));
    EXPECT_EQ(range.end - range.start,
              (done ? pages : asked.pages) * PAGE_SIZE);
    return done;
}

#define RESIZING()                                                         \
    static const struct nth_operation operation = { .prepare = hold_pages, \
                                                    .run = resize,         \
                                                    .undo = free_both }

SWEEP(kva_resize_pages, that_gets_no_more_frames_leaves_the_range_as_it_was)
{
    static const u32 sizes[] = { 1, 3, 31, 33, 65, 150 };
    RESIZING();

    for (u32 from = 0; from < ARRAY_SIZE(sizes); from++)
        for (u32 to = 0; to < ARRAY_SIZE(sizes); to++) {
            asked.pages = sizes[from];
            asked.guards = to % 2;
            nth_sweep(&operation, sizes[to]);
        }
    asked.guards = 0;
}

SWEEP(kva_resize_pages, that_finds_no_frame_for_a_table_leaves_tables_at_most)
{
    RESIZING();

    NTH_NEED_ROOM();
    asked.pages = 1;
    sweep_new_tables(&operation, 3);
    sweep_new_tables(&operation, 40);
}
