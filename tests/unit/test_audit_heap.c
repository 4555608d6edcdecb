/*
 * Tests of mm/audit.c: kernel ranges and the heap, damaged on purpose.
 */
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt.h"
#include "mm/slab.h"

#include "audit_expect.h"

enum {
    DESCRIPTOR_UNIT = 64, /* what the payload of a slab's frame counts in */
    SCREEN = 0xb8,        /* a frame that is no RAM: the screen's text    */
    DEVICE_BITS = SCREEN << PAGE_SHIFT | PTE_PRESENT | PTE_UNCACHED |
                  PTE_WRITE_THROUGH,
};

static struct slab_cache cache;
static void *objects[2];

/* ------------------------------------------------------------------ ranges */

static void add_mapping(virt_addr_t va)
{
    pte_t *slot = pt_slot(pt_kernel(), va);
    pfn_t table = ptr_to_pfn(slot);

    audit_damage(&slot->bits, DEVICE_BITS);
    audit_damage(&pmm.entries[table.n], pmm.entries[table.n] + 1);
}

TEST(audit, a_guard_page_that_is_mapped_is_found)
{
    u8 *stack = kva_alloc_stack("stack of idle", 1);

    EXPECT(stack != NULL);
    virt_addr_t start = ptr_to_virt(stack);
    add_mapping(start - PAGE_SIZE);
    EXPECT_CONTRADICTION("range 'stack of idle': guard page at 0x%08x is "
                         "mapped", start - PAGE_SIZE);
    audit_repair();
    add_mapping(start + PAGE_SIZE);
    EXPECT_CONTRADICTION("range 'stack of idle': guard page at 0x%08x is "
                         "mapped", start + PAGE_SIZE);
    audit_repair();
    kva_free(start);
}

TEST(audit, a_mapping_in_no_range_is_found)
{
    void *memory = kva_alloc_pages("test", 1, 0);

    EXPECT(memory != NULL);
    virt_addr_t va = round_up(ptr_to_virt(memory) + 1, CHUNK_SIZE) - PAGE_SIZE;
    struct kva_range range;
    EXPECT(!kva_find(va, &range));
    add_mapping(va);
    EXPECT_CONTRADICTION("0x%08x: mapped to frame 0xb8, in no range", va);
    audit_repair();
    kva_free(ptr_to_virt(memory));
}

TEST(audit, nodes_of_ranges_that_nobody_knows_are_found)
{
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_RANGE);

    EXPECT_CONTRADICTION("frame 0x%x: range nodes, but L3 keeps none there",
                         frame.n);
    pmm_free(frame, FRAME_RANGE);
}

static void note_frame(pfn_t frame, void *context)
{
    *(pfn_t *)context = frame;
}

/* It is a lie about a frame whose owner is another, so two tell of it. */
TEST(audit, nodes_of_ranges_in_a_frame_of_another_kind_are_found)
{
    enum { RANGES = 300 };
    static virt_addr_t ranges[RANGES];
    pfn_t frame = PFN_NONE;

    for (u32 i = 0; i < RANGES; i++)
        ranges[i] = kva_alloc("test", 2, 1, 0);
    kva_each_frame(note_frame, &frame);
    if (EXPECT(!pfn_is_none(frame))) {
        audit_damage(&pmm.entries[frame.n],
                     (u32)FRAME_BOOT << ENTRY_KIND_SHIFT);
        EXPECT_AMONG(2, "frame 0x%x: L3 keeps range nodes there, but it is "
                     "boot memory", frame.n);
        audit_repair();
    }
    for (u32 i = 0; i < RANGES; i++)
        kva_free(ranges[i]);
}

/* ------------------------------------------------------------------- slabs */

static pfn_t frame_of(const void *object)
{
    return pmm_head(ptr_to_pfn(object));
}

static struct slab_group *slab_of(const void *object)
{
    return phys_to_ptr(phys(pmm_payload(frame_of(object)) * DESCRIPTOR_UNIT));
}

/* A cache with two objects in one slab. Where that is. */
static struct slab_group *begin(u32 bytes)
{
    slab_cache_create(&cache, "test", bytes, 8);
    objects[0] = slab_cache_alloc(&cache);
    objects[1] = slab_cache_alloc(&cache);
    EXPECT(objects[0] && objects[1]);
    EXPECT(slab_of(objects[0]) == slab_of(objects[1]));
    return slab_of(objects[0]);
}

static void end(void)
{
    slab_cache_free(&cache, objects[0]);
    slab_cache_free(&cache, objects[1]);
    slab_cache_destroy(&cache);
}

TEST(audit, free_slots_that_a_slab_does_not_have_are_found)
{
    NEED_PLAIN_HEAP();

    struct slab_group *slab = begin(500);
    u32 free = slab->free | 1u << 31;

    audit_damage(&slab->free, free);
    EXPECT_CONTRADICTION("slab of frame 0x%x, of 'test': group 0 has the slots "
                         "0x%x, and of these 0x%x are free",
                         frame_of(objects[0]).n, slab->all, free);
    audit_repair();
    end();
}

TEST(audit, an_object_that_is_used_and_free_is_found)
{
    NEED_PLAIN_HEAP();

    struct slab_group *slab = begin(500);

    audit_damage(&slab->free, slab->free ^ 1);
    EXPECT_CONTRADICTION("cache 'test': it counts 2 objects, its slabs have "
                         "1");
    audit_repair();
    end();
}

TEST(audit, slots_that_no_group_has_are_found)
{
    NEED_PLAIN_HEAP();

    struct slab_group *slab = begin(500);

    audit_damage(&slab->slots, slab->slots + 1);
    EXPECT_CONTRADICTION("slab of frame 0x%x, of 'test': it has %u slots, its "
                         "groups %u", frame_of(objects[0]).n, slab->slots,
                         slab->slots - 1);
    audit_repair();
    end();
}

TEST(audit, a_slab_that_no_cache_counts_is_found)
{
    NEED_PLAIN_HEAP();
    begin(500);
    audit_damage(&cache.slabs, 0);
    EXPECT_CONTRADICTION("slabs: 1 slabs and 0 open groups more than the "
                         "caches know of");
    audit_repair();
    end();
}

TEST(audit, a_frame_that_names_another_descriptor_is_found)
{
    NEED_PLAIN_HEAP();
    begin(500);
    pfn_t frame = frame_of(objects[0]);

    audit_damage(&pmm.entries[frame.n], pmm.entries[frame.n] + 1);
    EXPECT_CONTRADICTION("frame 0x%x: a slab, but the descriptor that it "
                         "names, %u, does not name it", frame.n,
                         pmm_payload(frame));
    audit_repair();
    audit_damage(&pmm.entries[frame.n], pmm.entries[frame.n] | PAYLOAD_MAX);
    EXPECT_CONTRADICTION("frame 0x%x: a slab, but the descriptor that it "
                         "names, %u, does not name it", frame.n, PAYLOAD_MAX);
    audit_repair();
    end();
}

TEST(audit, a_descriptor_that_describes_another_frame_is_found)
{
    NEED_PLAIN_HEAP();

    struct slab_group *slab = begin(500);

    slab->base += PAGE_SIZE;
    EXPECT_CONTRADICTION("frame 0x%x: a slab, but the descriptor that it "
                         "names, %u, does not name it", frame_of(objects[0]).n,
                         pmm_payload(frame_of(objects[0])));
    slab->base -= PAGE_SIZE;
    end();
}

TEST(audit, a_slab_whose_cache_is_nowhere_is_found)
{
    NEED_PLAIN_HEAP();

    struct slab_group *slab = begin(500);

    slab->cache = virt_to_ptr(WINDOWS_END + PAGE_SIZE);
    EXPECT_CONTRADICTION("slab of frame 0x%x: its cache at %p is none",
                         frame_of(objects[0]).n, (void *)slab->cache);
    slab->cache = &cache;
    end();
}

TEST(audit, a_frame_inside_a_slab_that_names_another_is_found)
{
    NEED_PLAIN_HEAP();
    begin(5000);
    pfn_t head = frame_of(objects[0]);
    u32 payload = pmm_payload(head);

    EXPECT(pmm_order(head) > 0);
    audit_damage(&pmm.entries[head.n + 1], pmm.entries[head.n + 1] - 1);
    EXPECT_CONTRADICTION("frame 0x%x: inside the slab of frame 0x%x, but names "
                         "another descriptor, %u for %u", head.n + 1, head.n,
                         payload - 1, payload);
    audit_repair();
    end();
}

TEST(audit, a_list_of_open_groups_that_breaks_is_found)
{
    NEED_PLAIN_HEAP();
    begin(500);
    struct list *next = cache.open.node.next;

    cache.open.node.next = virt_to_ptr(WINDOWS_END + PAGE_SIZE);
    EXPECT_CONTRADICTION("cache 'test': its list of open groups breaks off at "
                         "%p, which leads to %p", (void *)&cache.open.node,
                         (void *)cache.open.node.next);
    cache.open.node.next = next;
    end();
}

TEST(audit, an_empty_slab_that_is_no_spare_is_found)
{
    NEED_PLAIN_HEAP();

    struct slab_group *slab = begin(500);

    slab_cache_free(&cache, objects[0]);
    slab_cache_free(&cache, objects[1]);
    EXPECT(cache.spare == slab);
    cache.spare = NULL;
    EXPECT_CONTRADICTION("slab of frame 0x%x, of 'test': it has 0 objects, and "
                         "is no spare", ptr_to_pfn(slab->base).n);
    cache.spare = slab;
    slab_cache_destroy(&cache);
}

/* ------------------------------------------------------------ large blocks */

TEST(audit, a_large_block_that_misses_a_piece_is_found)
{
    NEED_PLAIN_HEAP();

    void *block = kalloc(5 * PAGE_SIZE);
    EXPECT(block != NULL);
    pfn_t head = ptr_to_pfn(block);

    audit_damage(&pmm.entries[head.n], pmm.entries[head.n] + 1);
    EXPECT_CONTRADICTION("frame 0x%x: a large block of 6 frames, but at frame "
                         "0x%x there is no piece of it", head.n, head.n + 4);
    audit_repair();
    kfree(block);
}

TEST(audit, a_piece_of_no_large_block_is_found)
{
    NEED_PLAIN_HEAP();

    void *block = kalloc(5 * PAGE_SIZE);
    EXPECT(block != NULL);
    pfn_t head = ptr_to_pfn(block);

    audit_damage(&pmm.entries[head.n], pmm.entries[head.n] - 1);
    EXPECT_CONTRADICTION("frame 0x%x: a piece of a large block, of 1 frames, "
                         "but of none before it", head.n + 4);
    audit_repair();
    kfree(block);
}

TEST(audit, a_large_block_that_the_heap_does_not_count_is_found)
{
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_LARGE);
    struct kheap_stats stats;

    pmm_set_payload(frame, FRAME_LARGE, 1);
    kheap_stats(&stats);
    EXPECT_CONTRADICTION("heap: %u large blocks of %u frames, counted are %u "
                         "of %u", stats.large_blocks + 1,
                         stats.large_frames + 1, stats.large_blocks,
                         stats.large_frames);
    pmm_free(frame, FRAME_LARGE);
}

TEST(audit, a_frame_inside_a_large_block_with_an_owner_of_its_own_is_found)
{
    NEED_PLAIN_HEAP();

    void *block = kalloc(4 * PAGE_SIZE);
    EXPECT(block != NULL);
    pfn_t head = ptr_to_pfn(block);

    audit_damage(&pmm.entries[head.n + 2], 0x90000000);
    EXPECT_CONTRADICTION("frame 0x%x: inside the run of frame 0x%x, a large "
                         "block, but its entry is 0x90000000", head.n + 2,
                         head.n);
    audit_repair();
    kfree(block);
}
