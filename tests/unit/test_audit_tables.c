/*
 * Tests of mm/audit.c: page tables, directories and spaces, damaged on
 * purpose.
 */
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt_user.h"

#include "audit_expect.h"

static const enum pt_access RWU =
    (enum pt_access)(PT_READ | PT_WRITE | PT_USER);

static struct page_table space;

TEST(audit, a_table_that_counts_its_entries_wrongly_is_found)
{
    void *memory = kva_alloc_pages("test", 1, 0);
    EXPECT(memory != NULL);
    virt_addr_t va = ptr_to_virt(memory);
    pfn_t table = ptr_to_pfn(pt_slot(pt_kernel(), va));
    u32 live = pmm_payload(table);

    audit_damage(&pmm.entries[table.n], pmm.entries[table.n] + 1);
    EXPECT_CONTRADICTION("frame 0x%x: the page table of 0x%08x counts %u live "
                         "entries, has %u", table.n,
                         round_down(va, CHUNK_SIZE), live + 1, live);
    audit_repair();
    kva_free(va);
}

TEST(audit, a_table_that_no_directory_leads_to_is_found)
{
    pfn_t frame = pmm_alloc_zeroed(ZONE_LOW, FRAME_TABLE);

    EXPECT_CONTRADICTION("frame 0x%x: a page table, but no directory leads to "
                         "it, and it is none", frame.n);
    pmm_free(frame, FRAME_TABLE);
}

TEST(audit, a_table_in_stock_that_somebody_writes_to_is_found)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    pt_trim();
    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, 0x400000, frame, RWU), OK);
    pte_t *slot = pt_slot(&space, 0x400000);
    EXPECT_EQ(pt_unmap(&space, 0x400000), OK);
    pt_flush();
    audit_damage(&slot[7].bits, 1);
    EXPECT_AMONG(2, "frame 0x%x: a page table in stock that is not empty",
                 ptr_to_pfn(slot).n);
    audit_repair();
    pmm_free(frame, FRAME_USER);
    pt_destroy(&space);
}

/* The test keeps a reference, so that the pages' sum is right. */
TEST(audit, a_table_that_is_there_twice_is_found)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_create(&space), OK);
    EXPECT_EQ(pt_map(&space, 0x400000, frame, RWU), OK);
    audit_damage(&space.entries[2].bits, space.entries[1].bits);
    EXPECT_AMONG(2, "frame 0x%x: the page table of 0x00400000 and of "
                 "0x00800000", ptr_to_pfn(pt_slot(&space, 0x400000)).n);
    EXPECT_AMONG(2, "0x00800000: its directory entry is 0x%x, but the set of "
                 "tables of directory 0x%x says otherwise",
                 space.entries[2].bits, space.directory.n);
    audit_repair();
    EXPECT_EQ(pt_unmap(&space, 0x400000), OK);
    pt_flush();
    pmm_put(frame);
    pt_destroy(&space);
}

static u32 *kernel_pde(virt_addr_t va)
{
    return &pt_kernel()->entries[va >> CHUNK_SHIFT].bits;
}

TEST(audit, a_directory_entry_that_leads_to_no_table_is_found)
{
    virt_addr_t va = KVA_END - CHUNK_SIZE;

    if (*kernel_pde(va) != 0)
        SKIP("needs addresses without a page table");
    audit_damage(kernel_pde(va), 0x100000 | PTE_PRESENT | PTE_WRITE);
    EXPECT_CONTRADICTION("0x%08x: its directory entry leads to frame 0x100, "
                         "which is boot memory, no page table", va);
    audit_repair();
    audit_damage(kernel_pde(va), 0xfffff000 | PTE_PRESENT | PTE_WRITE);
    EXPECT_CONTRADICTION("0x%08x: its directory entry leads to frame 0xfffff, "
                         "which is reserved, no page table", va);
    audit_repair();
    audit_damage(kernel_pde(va), 0x100000);
    EXPECT_CONTRADICTION("0x%08x: its directory entry is 0x100000, not "
                         "present", va);
    audit_repair();
}

TEST(audit, a_page_where_none_belongs_is_found)
{
    audit_damage(kernel_pde(0x00400000), PTE_PRESENT | PTE_LARGE);
    EXPECT_CONTRADICTION("0x00400000: mapped in the kernel's own space");
    audit_repair();
    audit_damage(kernel_pde(WINDOWS_END), PTE_PRESENT | PTE_LARGE);
    EXPECT_CONTRADICTION("0xffc00000: mapped above the windows, where nothing "
                         "is");
    audit_repair();
    if (*kernel_pde(KVA_END - CHUNK_SIZE) != 0)
        SKIP("needs addresses without a page table");
    audit_damage(kernel_pde(KVA_END - CHUNK_SIZE), PTE_PRESENT | PTE_LARGE);
    EXPECT_CONTRADICTION("0x%08x: a page of 4 MiB, outside of the direct map",
                         KVA_END - CHUNK_SIZE);
    audit_repair();
}

TEST(audit, a_space_with_a_kernel_half_of_its_own_is_found)
{
    u32 index = (KVA_END - CHUNK_SIZE) >> CHUNK_SHIFT;

    EXPECT_EQ(pt_create(&space), OK);
    u32 bits = space.entries[index].bits;
    audit_damage(&space.entries[index].bits, bits ^ 0x1000);
    EXPECT_CONTRADICTION("0x%08x: its directory entry is 0x%x in the space of "
                         "directory 0x%x, 0x%x in the kernel's",
                         KVA_END - CHUNK_SIZE, bits ^ 0x1000,
                         space.directory.n, bits);
    audit_repair();
    pt_destroy(&space);
}

TEST(audit, a_directory_of_two_spaces_is_found)
{
    static struct page_table twin;

    EXPECT_EQ(pt_create(&space), OK);
    twin = space;
    list_insert_after(&space.node, &twin.node);
    EXPECT_CONTRADICTION("frame 0x%x: the page directory of 2 spaces",
                         space.directory.n);
    list_remove(&twin.node);
    pt_destroy(&space);
}

/* The table of the lost space is lost, too. */
TEST(audit, a_list_of_spaces_that_breaks_is_found)
{
    EXPECT_EQ(pt_create(&space), OK);
    struct list *prev = space.node.prev;

    space.node.prev = virt_to_ptr(WINDOWS_END);
    EXPECT_AMONG(2, "the list of page directories breaks off at %p, which "
                 "leads to %p", (void *)&pt_kernel()->node,
                 (void *)&space.node);
    EXPECT_AMONG(2, "frame 0x%x: a page table, but no directory leads to it, "
                 "and it is none", space.directory.n);
    space.node.prev = prev;
    pt_destroy(&space);
}

TEST(audit, a_link_of_the_spaces_that_leads_nowhere_is_found)
{
    EXPECT_EQ(pt_create(&space), OK);
    struct list *next = space.node.next;

    space.node.next = virt_to_ptr(WINDOWS_END + CHUNK_SIZE / 2);
    EXPECT_CONTRADICTION("the list of page directories breaks off at %p, which "
                         "leads to %p", (void *)&space.node,
                         (void *)space.node.next);
    space.node.next = next;
    pt_destroy(&space);
}

TEST(audit, a_space_whose_directory_is_something_else_is_found)
{
    EXPECT_EQ(pt_create(&space), OK);
    pfn_t directory = space.directory;

    space.directory = pfn(0x100);
    EXPECT_AMONG(2, "frame 0x100: a page directory in the list of them, boot "
                 "memory by its entry");
    space.directory = directory;
    pt_destroy(&space);
}
