/*
 * bench_audit.c - what the audit costs, inside the booted kernel.
 *
 * At rest, by the frame; with pages mapped, by the mapping; with small
 * objects, by the frame of a slab. Where the machine counts instructions
 * (QEMU's -icount), a line such as "# bench audit/per-frame 20.0" tells;
 * elsewhere the number means nothing.
 */
#include "strata_test.h"

#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/pt.h"
#include "x86/cpu.h"

enum { PAGES = CHUNK_FRAMES / 2, OBJECTS = 20000, OBJECT_BYTES = 32 };

static u32 ticks_of_audit(void)
{
    u64 before = cpu_ticks_since_entry();

    EXPECT_EQ(test_audit(NULL, NULL), 0);
    return (u32)(cpu_ticks_since_entry() - before);
}

static void print_row(const char *row, u32 ticks, u32 count)
{
    u32 tenths = ticks / (count / 10 + 1);

    test_print("# bench audit/%s %u.%u", row, tenths / 10, tenths % 10);
}

TEST(bench, the_audit_of_all_frames)
{
    kheap_trim();
    pmm_trim();
    print_row("per-frame", ticks_of_audit(), pmm_span());
}

/* The same frames are mapped for a second time, in the same table. */
TEST(bench, the_audit_of_mappings)
{
    static pfn_t frames[PAGES];
    const enum pt_access rights = (enum pt_access)(PT_READ | PT_WRITE);

    NEED_FREE_FRAMES(2048, "8 MiB");
    virt_addr_t va = kva_alloc("bench", 2 * PAGES, 2 * PAGES, 0);
    if (!va || !pmm_alloc_bulk(ZONE_ANY, FRAME_KERNEL, PAGES, frames))
        SKIP("needs addresses and frames");
    EXPECT_EQ(pt_map_range(pt_kernel(), va, frames, PAGES, rights), OK);
    for (u32 i = 0; i < PAGES; i++)
        pmm_put(frames[i]);
    u32 once = ticks_of_audit();
    EXPECT_EQ(pt_map_range(pt_kernel(), va + PAGES * PAGE_SIZE, frames, PAGES,
                           rights), OK);
    u32 twice = ticks_of_audit();
    kva_free(va);
    print_row("per-mapping", twice - once, PAGES);
}

TEST(bench, the_audit_of_small_objects)
{
    NEED_FREE_FRAMES(2048, "8 MiB");
    void **objects = kalloc(OBJECTS * sizeof *objects);
    if (!objects)
        SKIP("needs memory to remember every object");
    struct slab_stats before, after;
    slab_stats(&before);
    u32 without = ticks_of_audit();

    for (u32 i = 0; i < OBJECTS; i++)
        objects[i] = kalloc(OBJECT_BYTES);
    slab_stats(&after);
    u32 with = ticks_of_audit();
    for (u32 i = 0; i < OBJECTS; i++)
        kfree(objects[i]);
    kfree(objects);
    print_row("per-slab-frame", with - without, after.frames - before.frames);
}
