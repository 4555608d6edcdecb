/*
 * Every allocation of mm/pt*.c, with too little memory.
 */
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt.h"
#include "nth.h"

enum { MOST = 2 * CHUNK_FRAMES + 2 };

static const enum pt_access RW = (enum pt_access)(PT_READ | PT_WRITE);

static struct page_table space;

static struct {
    struct page_table *pt;
    virt_addr_t va;
    u32 pages;        /* mapped, or with other rights, now       */
    virt_addr_t home; /* where `frame` is mapped all the time    */
    pfn_t frame;      /* all of `frames`                         */
    pfn_t frames[MOST];
} asked;

/* There are two answers, and memory alone makes the difference. */
static bool is_done(enum status status)
{
    EXPECT(status == OK || status == ERR_NOMEM);
    return status == OK;
}

/* ------------------------------------------------------------------- spaces */

static bool is_created;

static bool create(u32 size)
{
    (void)size;
    is_created = is_done(pt_create(&space));
    return is_created;
}

static void destroy(void)
{
    if (is_created)
        pt_destroy(&space);
    is_created = false;
}

SWEEP(pt_create, is_refused_without_a_trace)
{
    static const struct nth_operation operation = { .run = create,
                                                    .undo = destroy };

    nth_sweep(&operation, 1);
}

/* --------------------------------------------------------------------- maps */

static void begin(struct page_table *pt)
{
    asked.home = ptr_to_virt(kva_alloc_pages("home", 1, 0));
    asked.frame = phys_to_pfn(pt_walk(pt_kernel(), asked.home).phys);
    for (u32 i = 0; i < MOST; i++)
        asked.frames[i] = asked.frame;
    asked.pt = pt;
}

static void end(void)
{
    EXPECT_EQ(pmm_payload(asked.frame), 1);
    kva_free(asked.home);
}

/* Of a range that cannot be mapped nothing is. */
static bool map_range(u32 pages)
{
    asked.pages = is_done(pt_map_range(asked.pt, asked.va, asked.frames, pages,
                                       RW))
                      ? pages
                      : 0;
    EXPECT_EQ(pmm_payload(asked.frame), 1 + asked.pages);
    EXPECT(asked.pages > 0 || !pt_is_any_mapped(asked.pt, asked.va, pages));
    return asked.pages > 0;
}

static bool map(u32 pages)
{
    asked.pages =
        is_done(pt_map(asked.pt, asked.va, asked.frame, RW)) ? pages : 0;
    EXPECT_EQ(pmm_payload(asked.frame), 1 + asked.pages);
    return asked.pages > 0;
}

static void unmap(void)
{
    EXPECT_EQ(pt_unmap_range(asked.pt, asked.va, asked.pages), asked.pages);
    pt_flush();
    asked.pages = 0;
}

static const struct nth_operation mapping = { .run = map, .undo = unmap };
static const struct nth_operation mapping_range = { .run = map_range,
                                                    .undo = unmap };

SWEEP(pt_map, to_a_user_page_is_refused_without_a_trace)
{
    static const virt_addr_t places[] = { USER_START, 0x40000000,
                                          0x403ff000, USER_END - PAGE_SIZE };

    EXPECT_EQ(pt_create(&space), OK);
    begin(&space);
    for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
        asked.va = places[i];
        nth_sweep(&mapping, 1);
    }
    end();
    pt_destroy(&space);
}

SWEEP(pt_map_range, over_some_tables_is_mapped_whole_or_not_at_all)
{
    static const u32 counts[] = { 1, 2, 1023, 1024, 1025, 2048, MOST };

    EXPECT_EQ(pt_create(&space), OK);
    begin(&space);
    for (u32 i = 0; i < ARRAY_SIZE(counts); i++) {
        asked.va = 0x40000000;
        nth_sweep(&mapping_range, counts[i]);
        asked.va = 0x403ff000; /* the last page of a table */
        nth_sweep(&mapping_range, counts[i]);
    }
    end();
    pt_destroy(&space);
}

/* ------------------------------------------------------------ kernel tables */

/* Is any of the tables of these chunks there? Then they all fail no more. */
static bool is_new(virt_addr_t va, u32 chunks)
{
    for (u32 i = 0; i < chunks; i++)
        if (pt_walk(pt_kernel(), va + i * CHUNK_SIZE).pde.bits != 0)
            return false;
    return true;
}

/* The last page of a chunk of kva that has no table, nor have the next ones;
 * 0 if there is none. */
static virt_addr_t find_new_chunks(u32 chunks)
{
    for (virt_addr_t va = KVA_START; va < KVA_END - chunks * CHUNK_SIZE;
         va += CHUNK_SIZE)
        if (is_new(va, chunks))
            return va + CHUNK_SIZE - PAGE_SIZE;
    return 0;
}

/* Tables of the kernel half stay, so each scarcity needs new ones. */
static void sweep_kernel(const struct nth_operation *operation, u32 pages)
{
    u32 chunks = pages == 1 ? 1 : (pages + 2 * CHUNK_FRAMES - 2) / CHUNK_FRAMES;

    for (u32 scarcity = 0; scarcity < NTH_SCARCITIES; scarcity++) {
        asked.va = find_new_chunks(chunks);
        if (asked.va && nth_has((enum nth_scarcity)scarcity))
            nth_sweep_in((enum nth_scarcity)scarcity, operation, pages);
    }
}

SWEEP(pt_map, to_a_kernel_page_is_refused_without_a_trace)
{
    NTH_NEED_ROOM();
    begin(pt_kernel());
    sweep_kernel(&mapping, 1);
    end();
}

SWEEP(pt_map_range, in_the_kernel_half_leaves_tables_at_most)
{
    NTH_NEED_ROOM();
    begin(pt_kernel());
    sweep_kernel(&mapping_range, 2);
    sweep_kernel(&mapping_range, CHUNK_FRAMES + 2);
    end();
}

/* ------------------------------------------------------------------- splits */

/* Some pages of 4 MiB in a row; 0 if there are none. */
static virt_addr_t find_large_pages(u32 count)
{
    u32 found = 0;

    for (virt_addr_t va = DIRECT_MAP_END; va > DIRECT_MAP_START;) {
        va -= CHUNK_SIZE;
        bool is_large = pt_walk(pt_kernel(), va).pde.bits & PTE_LARGE;
        found = is_large ? found + 1 : 0;
        if (found == count)
            return va;
    }
    return 0;
}

/* A right that makes no difference, so that all goes on. When not all can be
 * split, no page has it. */
static bool is_judged(enum status status, u32 pages)
{
    bool done = is_done(status);

    for (u32 i = 0; i < pages; i++)
        EXPECT_EQ(pt_walk(pt_kernel(), asked.va + i * PAGE_SIZE).access,
                  done ? RW | PT_EXEC : RW);
    asked.pages = done ? pages : 0;
    return done;
}

static const enum pt_access RWX =
    (enum pt_access)(PT_READ | PT_WRITE | PT_EXEC);

static bool protect(u32 pages)
{
    return is_judged(pt_protect(pt_kernel(), asked.va, RWX), pages);
}

static bool protect_range(u32 pages)
{
    return is_judged(pt_protect_range(pt_kernel(), asked.va, pages, RWX),
                     pages);
}

static void unprotect(void)
{
    if (asked.pages > 0)
        EXPECT_EQ(pt_protect_range(pt_kernel(), asked.va, asked.pages, RW),
                  OK);
    pt_flush();
}

/* From the last page of the first chunk on. What is split stays so: each
 * scarcity needs new chunks. Was there one? */
static bool sweep_split(const struct nth_operation *operation, u32 chunks,
                        u32 pages)
{
    for (u32 scarcity = 0; scarcity < NTH_SCARCITIES; scarcity++) {
        virt_addr_t large = find_large_pages(chunks);
        if (!large)
            return scarcity > 0;
        asked.va = large + CHUNK_SIZE - PAGE_SIZE;
        if (nth_has((enum nth_scarcity)scarcity))
            nth_sweep_in((enum nth_scarcity)scarcity, operation, pages);
    }
    return true;
}

SWEEP(pt_protect, that_needs_a_split_is_refused_without_a_trace)
{
    static const struct nth_operation operation = { .run = protect,
                                                    .undo = unprotect };

    NTH_NEED_ROOM();
    if (!sweep_split(&operation, 1, 1))
        SKIP("needs a page of 4 MiB in the direct map");
}

SWEEP(pt_protect_range, that_needs_some_splits_changes_no_right_before_all)
{
    static const struct nth_operation operation = { .run = protect_range,
                                                    .undo = unprotect };

    NTH_NEED_ROOM();
    if (!sweep_split(&operation, 3, CHUNK_FRAMES + 2))
        SKIP("needs three pages of 4 MiB in a row");
}

/* ----------------------------------------------------------- without memory */

TEST(nth, a_window_needs_no_memory)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    test_drain(ZONE_ANY, 0);
    for (u32 i = 0; i < 2 * WINDOWS; i++) {
        u32 *memory = window_map(frame);
        *memory = i;
        window_unmap(memory);
    }
    test_refill();
    pmm_free(frame, FRAME_USER);
}
