/*
 * Ranges of pages that are copied and moved as a whole, with too little memory
 * for their page tables.
 */
#include "mm/pmm.h"
#include "mm/pt_user.h"
#include "nth.h"

static const virt_addr_t FROM = 0x10000000;
static const virt_addr_t TO = 0x40000000 + 3 * PAGE_SIZE;

static struct {
    struct page_table from, to;
    bool are_there;
} swept;

/* Two spaces, and a page in each of so many chunks of the first. */
static void make_spaces(u32 chunks)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&swept.from), OK);
    EXPECT_EQ(pt_create(&swept.to), OK);
    swept.are_there = true;
    for (u32 i = 0; i < chunks; i++)
        EXPECT_EQ(pt_map(&swept.from, FROM + i * CHUNK_SIZE, frame,
                         PT_READ | PT_USER), OK);
    pmm_put(frame);
}

static void destroy_spaces(void)
{
    if (!swept.are_there)
        return;
    pt_clear(&swept.from);
    pt_clear(&swept.to);
    pt_destroy(&swept.from);
    pt_destroy(&swept.to);
    swept.are_there = false;
}

/* What has been copied when there is no frame for the next table is cleared by
 * who gives the copy up. */
static bool copy(u32 chunks)
{
    enum status status = pt_copy_range(&swept.to, &swept.from, FROM,
                                       chunks * CHUNK_FRAMES, PT_COPY_PRIVATE);

    pt_flush();
    EXPECT(status == OK || status == ERR_NOMEM);
    if (status != OK)
        pt_clear(&swept.to);
    return status == OK;
}

SWEEP(pt_copy_range, leaves_what_pt_clear_takes_away)
{
    static const struct nth_operation operation = {
        .prepare = make_spaces, .run = copy, .undo = destroy_spaces };

    nth_sweep(&operation, 1);
    nth_sweep(&operation, 5);
}

static bool move(u32 chunks)
{
    enum status status = pt_move_range(&swept.from, FROM, TO,
                                       chunks * CHUNK_FRAMES);

    EXPECT(status == OK || status == ERR_NOMEM);
    for (u32 i = 0; i < chunks; i++)
        EXPECT_EQ(pt_walk(&swept.from, (status == OK ? TO : FROM) +
                                           i * CHUNK_SIZE).mapped, true);
    return status == OK;
}

SWEEP(pt_move_range, moves_nothing)
{
    static const struct nth_operation operation = {
        .prepare = make_spaces, .run = move, .undo = destroy_spaces };

    nth_sweep(&operation, 1);
    nth_sweep(&operation, 5);
}
