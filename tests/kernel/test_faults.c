/*
 * Tests of kernel/fault.c: each classic mistake is reported, and the first
 * line of the report names it.
 */
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt.h"
#include "x86/cpu.h"
#include "x86/user_access.h"

#include "strata_test.h"

enum {
    USER_PAGE = 0x00800000,
    RETURN = 0xc3, /* the instruction */
    OLD = 0x5a,
    READ_WRITE = PT_READ | PT_WRITE,
};

/* Where the compiler does not know what it does. */
static u8 *volatile target;
static volatile u32 word;

static struct {
    struct page_table space;
    pfn_t frame;
} user;

static void touch(u32 address)
{
    target = (u8 *)address;
    word = *target;
}

static void call(u32 address)
{
    void (*volatile function)(void) = (void (*)(void))address;

    function();
}

/* ------------------------------------------------------- the kernel's own */

TEST(fault, a_field_of_a_null_struct_is_named)
{
    EXPECT_PANIC(touch(0x14), "page fault: read of 0x00000014, where nothing "
                              "is mapped: null pointer in");
}

TEST(fault, a_call_through_null_is_named)
{
    EXPECT_PANIC(call(0), "execution of 0x00000000, where nothing is mapped: "
                          "call through a null pointer");
}

TEST(fault, an_overrun_of_a_kernel_range_is_named)
{
    u8 *memory = kva_alloc_pages("a test's range", 1, 1);

    if (!memory)
        SKIP("needs some frames");
    EXPECT_PANIC(touch((u32)memory - 1), "overrun into a guard page");
    EXPECT_PANIC(touch((u32)memory + PAGE_SIZE), "overrun into a guard page");
    touch((u32)memory);
    kva_free((u32)memory);
}

TEST(fault, a_use_of_a_freed_range_is_named)
{
    u8 *memory = kva_alloc_pages("a test's range", 1, 1);

    if (!memory)
        SKIP("needs some frames");
    kva_free((u32)memory);
    EXPECT_PANIC(touch((u32)memory), "use after free");
}

/* Map a page of `start` to a new frame, and unmap it: the flush is owed. */
static pfn_t map_and_unmap(u32 start, bool touched)
{
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_KERNEL);

    *(u8 *)pfn_to_ptr(frame) = OLD;
    EXPECT_EQ(pt_map(pt_kernel(), start, frame,
                     (enum pt_access)READ_WRITE), OK);
    if (touched)
        touch(start);
    EXPECT_EQ(pt_unmap(pt_kernel(), start), OK);
    return frame;
}

TEST(fault, a_use_after_unmapping_is_named_before_the_flush_and_after_it)
{
    NEED_FREE_FRAMES(8, "some frames");
    u32 start = kva_alloc("a test's range", 1, 1, 0);
    pfn_t frame = map_and_unmap(start, false);

    EXPECT_PANIC(touch(start), "use after unmapping");
    EXPECT_PANIC(*target = 0, "use after unmapping");
    pt_flush();
    EXPECT_PANIC(touch(start), "page of a range without a frame");
    pmm_put(frame);
    kva_free(start);
}

/* Nobody else has the frame as long as its flush is owed. */
TEST(fault, what_the_processor_remembers_of_an_unmapped_page_is_its_old_frame)
{
    NEED_FREE_FRAMES(8, "some frames");
    u32 start = kva_alloc("a test's range", 1, 1, 0);
    pfn_t frame = map_and_unmap(start, true);

    pmm_put(frame);
    word = 0;
    test_panic_expected = true;
    if (TEST_SAVE_PLACE(test_panic_place) == 0) {
        touch(start);
        test_panic_expected = false;
        EXPECT_EQ(word, OLD);
    } else {
        EXPECT_SENTENCE("use after unmapping");
    }
    pt_flush();
    EXPECT_PANIC(touch(start), "page of a range without a frame");
    kva_free(start);
}

TEST(fault, a_range_that_has_no_frames_is_named)
{
    u32 start = kva_alloc("a test's range", 1, 1, 0);

    if (!start)
        SKIP("needs some frames");
    EXPECT_PANIC(touch(start), "page of a range without a frame");
    kva_free(start);
}

TEST(fault, a_frame_above_the_direct_map_is_named)
{
    u32 high = DIRECT_MAP_FRAMES + (KVA_END - KVA_START) / PAGE_SIZE - 1;

    EXPECT_PANIC(touch(ptr_to_virt(pfn_to_ptr(pfn(high)))),
                 "address above the direct map");
    EXPECT_PANIC(touch(WINDOWS_END), "address above the direct map");
}

TEST(fault, a_negative_number_as_a_pointer_is_named)
{
    EXPECT_PANIC(touch((u32)-ERR_NOMEM), "negative number as a pointer");
}

TEST(fault, a_closed_window_is_named)
{
    EXPECT_PANIC(touch(WINDOWS_END - 1), "use of a closed window");
}

TEST(fault, a_physical_address_as_a_pointer_is_named)
{
    static u8 here;

    EXPECT_PANIC(touch(ptr_to_phys(&here).addr),
                 "physical address as a pointer");
}

TEST(fault, what_nobody_knows_is_a_wild_pointer)
{
    EXPECT_PANIC(touch(USER_END - 1), "wild pointer");
}

TEST(fault, a_hole_in_the_direct_map_is_named)
{
    EXPECT_PANIC(touch(ptr_to_virt(pfn_to_ptr(pfn(0xa0)))),
                 "direct map without RAM");
}

TEST(fault, a_fault_while_one_is_being_reported_comes_to_an_end)
{
    u32 *entries = pmm.entries;

    pmm.entries = (u32 *)USER_PAGE;
    EXPECT_PANIC(touch(ptr_to_virt(pfn_to_ptr(pfn(0xa0)))),
                 "while another fault was being reported");
    pmm.entries = entries;
    EXPECT_PANIC(touch(0), "null pointer");
}

/* ------------------------------------------------------- a space's own half */

/* Load a space with one page in its user half, full of return instructions. */
static bool enter_space(enum pt_access access)
{
    user.frame = pmm_alloc(ZONE_LOW, FRAME_USER);
    if (pfn_is_none(user.frame))
        return false;
    for (u32 i = 0; i < PAGE_SIZE; i++)
        ((u8 *)pfn_to_ptr(user.frame))[i] = RETURN;
    EXPECT(pt_create(&user.space) == OK);
    EXPECT(pt_map(&user.space, USER_PAGE, user.frame, access) == OK);
    pt_load(&user.space);
    return true;
}

static void leave_space(void)
{
    pt_load(pt_kernel());
    pt_unmap(&user.space, USER_PAGE);
    pt_flush();
    pmm_put(user.frame);
    pt_destroy(&user.space);
}

static u32 user_access_flag(void)
{
    return eflags_read() & EFLAGS_USER_ACCESS;
}

TEST(fault, smep_keeps_the_kernel_from_running_user_memory)
{
    if (!cpu_features()->smep)
        SKIP("this processor has no SMEP");
    if (!enter_space((enum pt_access)(READ_WRITE | PT_EXEC | PT_USER)))
        SKIP("needs some frames");
    EXPECT_PANIC(call(USER_PAGE), "page fault: execution of 0x00800000, which "
                                  "is a program's: jump into user memory");
    leave_space();
}

TEST(fault, smap_keeps_the_kernel_from_user_memory_outside_of_brackets)
{
    if (!cpu_features()->smap)
        SKIP("this processor has no SMAP");
    if (!enter_space((enum pt_access)(READ_WRITE | PT_USER)))
        SKIP("needs some frames");
    EXPECT_PANIC(touch(USER_PAGE), "read of 0x00800000, which is a program's: "
                                   "user memory without brackets");
    EXPECT_PANIC(*target = 0, "write to 0x00800000, which is a program's: "
                              "user memory without brackets");
    user_access_begin();
    touch(USER_PAGE);
    user_access_end();
    EXPECT_EQ(word, RETURN);
    EXPECT_PANIC(touch(USER_PAGE), "user memory without brackets");
    leave_space();
}

TEST(fault, a_read_only_user_page_is_so_inside_of_brackets_too)
{
    if (!enter_space((enum pt_access)(PT_READ | PT_USER)))
        SKIP("needs some frames");
    target = (u8 *)USER_PAGE;
    user_access_begin();
    EXPECT_PANIC(*target = 0, "which is read-only: write to a read-only page");
    user_access_end();
    leave_space();
}

TEST(fault, every_way_into_the_kernel_is_outside_of_the_brackets)
{
    if (!cpu_features()->smap)
        SKIP("this processor has no SMAP");
    user_access_begin();
    EXPECT_EQ(user_access_flag(), EFLAGS_USER_ACCESS);
    EXPECT_PANIC(__asm__ volatile("int3"), "breakpoint");
    EXPECT_EQ(user_access_flag(), 0);
}

TEST(fault, without_smap_the_brackets_do_nothing)
{
    if (cpu_features()->smap)
        SKIP("this processor has SMAP");
    user_access_begin();
    EXPECT_EQ(user_access_flag(), 0);
    user_access_end();
}

/* ---------------------------------------------------------- damaged tables */

/* Write a directory's entry past pt, touch its 4 MiB, and take it back. */
static void touch_through(u32 entry)
{
    pte_t *slot = (pte_t *)pfn_to_ptr(user.space.directory) +
                  (USER_PAGE >> CHUNK_SHIFT) + 1;

    slot->bits = entry;
    touch(USER_PAGE + CHUNK_SIZE);
}

static void take_back(void)
{
    pte_t *slot = (pte_t *)pfn_to_ptr(user.space.directory) +
                  (USER_PAGE >> CHUNK_SHIFT) + 1;

    slot->bits = 0;
    platform_flush_all();
}

TEST(fault, a_directory_that_leads_to_no_table_is_named)
{
    pfn_t empty = pmm_alloc_zeroed(ZONE_LOW, FRAME_KERNEL);

    if (pfn_is_none(empty) || !enter_space(PT_READ))
        SKIP("needs some frames");
    EXPECT_PANIC(touch_through(pfn_to_phys(empty).addr | PTE_PRESENT),
                 "damaged page directory");
    take_back();
    leave_space();
    pmm_put(empty);
}

TEST(fault, a_reserved_bit_in_an_entry_is_named)
{
    enum { RESERVED = 1 << 21 };

    if (!enter_space(PT_READ))
        SKIP("needs some frames");
    EXPECT_PANIC(touch_through(RESERVED | PTE_LARGE | PTE_PRESENT),
                 "whose entry makes no sense: reserved bit in an entry");
    take_back();
    leave_space();
}
