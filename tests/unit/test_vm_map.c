/*
 * Tests of L5: what is mapped, where, and what it becomes when parts of it go.
 */
#include "spaces.h"

/* Some pages of the space, the same in each test. */
static const virt_addr_t LAST_PAGE = USER_END - PAGE_SIZE;

/* ------------------------------------------------------------------- spaces */

TEST(vm, a_new_space_is_empty)
{
    struct vm_space *space = space_new();

    EXPECT_EQ(space->region_count, 0);
    EXPECT_EQ(space->mapped_pages, 0);
    EXPECT_SHAPE(space, "");
    EXPECT(vm_region_at(space, SPACE_AT) == NULL);
    EXPECT_EQ(vm_unmap(space, USER_START, USER_END - USER_START), OK);
    EXPECT_EQ(vm_fault(space, SPACE_AT, VM_READ), ERR_FAULT);
    vm_check();
    vm_space_put(space);
}

TEST(vm, a_space_goes_with_its_last_reference)
{
    u32 promised = space_promised();
    struct vm_space *space = space_new();
    struct vm_stats before, after;

    vm_stats(&before);
    space_map(space, SPACE_AT, 4, VM_RW);
    EXPECT(space_poke(space, SPACE_AT, 1));
    vm_space_get(space);
    vm_space_put(space);
    EXPECT_EQ(space_peek(space, SPACE_AT), 1);
    vm_space_put(space);
    vm_stats(&after);
    EXPECT_EQ(after.spaces, before.spaces - 1);
    EXPECT_EQ(after.regions, before.regions);
    EXPECT_EQ(after.promised, promised);
}

TEST(vm, the_loaded_space_cannot_go)
{
    struct vm_space *space = space_new();

    pt_load(&space->pt);
    EXPECT_PANIC(vm_space_put(space), "loaded");
    pt_load(pt_kernel());
    vm_space_put(space);
}

static void count_space(struct vm_space *space, void *context)
{
    u32 *count = context;

    (void)space;
    ++*count;
}

TEST(vm, each_space_is_visited)
{
    struct vm_stats stats;
    u32 count = 0;
    struct vm_space *one = space_new(), *two = space_new();

    vm_each_space(count_space, &count);
    vm_stats(&stats);
    EXPECT(count >= 2);
    EXPECT_EQ(stats.spaces, count);
    vm_space_put(one);
    vm_space_put(two);
}

/* ---------------------------------------------------------- what is refused */

TEST(vm, to_map_no_bytes_is_refused)
{
    struct vm_space *space = space_new();

    EXPECT_EQ(space_try(space, 0, 0, VM_RW, VM_ANYWHERE), ERR_INVAL);
    EXPECT_EQ(space_try(space, SPACE_AT, 0, VM_RW, VM_REPLACE), ERR_INVAL);
    EXPECT_EQ(space_try(space, SPACE_AT, 0, VM_RW, VM_NO_REPLACE), ERR_INVAL);
    EXPECT_SHAPE(space, "");
    vm_space_put(space);
}

TEST(vm, a_place_that_is_not_aligned_or_not_a_programs_is_refused)
{
    static const struct {
        virt_addr_t at;
        u32 bytes;
        enum status status;
    } bad[] = {
        { SPACE_AT + 1, PAGE_SIZE, ERR_INVAL },
        { SPACE_AT + PAGE_SIZE / 2, 1, ERR_INVAL },
        { 0, PAGE_SIZE, ERR_INVAL },
        { USER_START - PAGE_SIZE, PAGE_SIZE, ERR_INVAL },
        { USER_START - PAGE_SIZE, 2 * PAGE_SIZE, ERR_INVAL },
        { USER_END, PAGE_SIZE, ERR_NOMEM },
        { USER_END - PAGE_SIZE, PAGE_SIZE + 1, ERR_NOMEM },
        { KVA_START, PAGE_SIZE, ERR_NOMEM },
        { 0xfffff000, PAGE_SIZE, ERR_NOMEM },
        { 0xfffff000, 2 * PAGE_SIZE, ERR_NOMEM },
        { SPACE_AT, 0u - SPACE_AT, ERR_NOMEM },
        { SPACE_AT, 0u - SPACE_AT + PAGE_SIZE, ERR_NOMEM },
    };
    struct vm_space *space = space_new();

    for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
        EXPECT_EQ(space_try(space, bad[i].at, bad[i].bytes, VM_NO_RESERVE,
                            VM_REPLACE), bad[i].status);
        EXPECT_EQ(space_try(space, bad[i].at, bad[i].bytes, VM_NO_RESERVE,
                            VM_NO_REPLACE), bad[i].status);
    }
    EXPECT_SHAPE(space, "");
    vm_space_put(space);
}

TEST(vm, more_than_there_is_room_for_is_refused)
{
    struct vm_space *space = space_new();
    u32 all = USER_END - USER_START;

    EXPECT_EQ(space_try(space, 0, all + 1, VM_NO_RESERVE, VM_ANYWHERE),
              ERR_NOMEM);
    EXPECT_EQ(space_try(space, 0, 0u - PAGE_SIZE, VM_NO_RESERVE, VM_ANYWHERE),
              ERR_NOMEM);
    EXPECT_EQ(space_try(space, 0, ~0u, VM_NO_RESERVE, VM_ANYWHERE),
              ERR_NOMEM);
    EXPECT_EQ(space_try(space, SPACE_AT, ~0u, VM_NO_RESERVE, VM_ANYWHERE),
              ERR_NOMEM);
    EXPECT_SHAPE(space, "");
    vm_space_put(space);
}

/* -------------------------------------------------------------- where it is */

TEST(vm, the_first_and_the_last_page_can_be_mapped)
{
    struct vm_space *space = space_new();

    space_map(space, USER_START, 1, VM_RW);
    space_map(space, LAST_PAGE, 1, VM_RW);
    EXPECT(space_poke(space, USER_START, 1));
    EXPECT(space_poke(space, USER_END - 4, 2));
    EXPECT_EQ(space_peek(space, USER_START), 1);
    EXPECT_EQ(space_peek(space, USER_END - 4), 2);
    EXPECT_EQ(vm_fault(space, USER_END, VM_READ), ERR_FAULT);
    EXPECT_EQ(vm_fault(space, USER_START - 1, VM_READ), ERR_FAULT);
    EXPECT_EQ(space->mapped_pages, 2);
    vm_check();
    vm_space_put(space);
}

TEST(vm, bytes_are_rounded_up_to_pages)
{
    struct vm_space *space = space_new();

    EXPECT_EQ(space_try(space, SPACE_AT, 1, VM_RW, VM_REPLACE), OK);
    EXPECT_SHAPE(space, "rw1");
    EXPECT_EQ(space_try(space, SPACE_AT, PAGE_SIZE + 1, VM_RW, VM_REPLACE),
              OK);
    EXPECT_SHAPE(space, "rw2");
    EXPECT_EQ(vm_unmap(space, SPACE_AT, 1), OK);
    EXPECT_SHAPE(space, "rw1");
    vm_space_put(space);
}

TEST(vm, everything_can_be_mapped_for_nothing)
{
    NEED_PLAIN_HEAP();
    struct vm_space *space = space_new();
    u32 pages = (USER_END - USER_START) / PAGE_SIZE;
    space_map(space, SPACE_AT, 1, VM_RW); /* the heap has its slab now */
    u32 free = space_free_frames();
    space_unmap(space, SPACE_AT, 1);
    u32 promised = space_promised();
    space_map(space, USER_START, pages, VM_RW | VM_NO_RESERVE);
    EXPECT_EQ(space->mapped_pages, pages);
    EXPECT_EQ(space_promised(), promised);
    EXPECT_EQ(space_free_frames(), free);
    EXPECT_EQ(space_place(space, 0, 1, VM_NO_RESERVE), 0);
    EXPECT(space_poke(space, USER_END - 4, 7));
    EXPECT_EQ(space_peek(space, USER_END - 4), 7);
    vm_space_put(space);
}

TEST(vm, a_hint_is_taken_if_it_is_free)
{
    struct vm_space *space = space_new();

    EXPECT_EQ(space_place(space, SPACE_AT, 2, VM_RW), SPACE_AT);
    EXPECT_EQ(space_place(space, SPACE_AT + PAGES(2), 1, VM_READ),
              SPACE_AT + PAGES(2));
    EXPECT_EQ(space_place(space, LAST_PAGE, 1, VM_RW), LAST_PAGE);
    EXPECT_EQ(space_place(space, SPACE_AT - PAGES(4) + 5, 4, VM_READ),
              SPACE_AT - PAGES(4));
    vm_check();
    vm_space_put(space);
}

TEST(vm, a_hint_below_what_may_be_mapped_is_raised)
{
    struct vm_space *space = space_new();

    EXPECT_EQ(space_place(space, PAGE_SIZE, 1, VM_RW), USER_START);
    vm_space_put(space);
}

TEST(vm, a_hint_that_is_not_free_is_passed_over)
{
    struct vm_space *space = space_new();

    space_map(space, SPACE_AT, 2, VM_RW);
    EXPECT(space_poke(space, SPACE_AT, 5));
    virt_addr_t over = space_place(space, SPACE_AT + PAGE_SIZE, 2, VM_RW);
    virt_addr_t into = space_place(space, SPACE_AT - PAGE_SIZE, 2, VM_RW);
    virt_addr_t beyond = space_place(space, USER_END, 2, VM_RW);
    virt_addr_t across = space_place(space, LAST_PAGE, 2, VM_RW);
    virt_addr_t kernel = space_place(space, 0xfffff000, 2, VM_RW);
    virt_addr_t got[] = { over, into, beyond, across, kernel };
    for (u32 i = 0; i < ARRAY_SIZE(got); i++) {
        EXPECT(got[i] > SPACE_AT + PAGES(2));
        EXPECT(got[i] <= USER_END - PAGES(2));
    }
    EXPECT_EQ(space_peek(space, SPACE_AT), 5);
    EXPECT_EQ(space->mapped_pages, 12);
    vm_space_put(space);
}

TEST(vm, places_are_taken_from_the_top_down)
{
    struct vm_space *space = space_new();

    virt_addr_t first = space_place(space, 0, 4, VM_RW);
    EXPECT_EQ(space_place(space, 0, 1, VM_READ), first - PAGES(1));
    EXPECT_EQ(space_place(space, 0, 2, VM_RW), first - PAGES(3));
    EXPECT_SHAPE(space, "rw2 r1 rw4");
    space_unmap(space, first + PAGES(1), 2);
    EXPECT_EQ(space_place(space, 0, 3, VM_READ), first - PAGES(6));
    EXPECT_EQ(space_place(space, 0, 1, VM_READ), first + PAGES(2));
    EXPECT_EQ(space_place(space, 0, 1, VM_READ), first + PAGES(1));
    EXPECT_EQ(space_place(space, 0, 1, VM_RW), first - PAGES(7));
    EXPECT_SHAPE(space, "rw1 r3 rw2 r1 rw1 r2 rw1");
    vm_check();
    vm_space_put(space);
}

TEST(vm, the_last_gap_that_fits_is_found)
{
    struct vm_space *space = space_new();
    u32 pages = (USER_END - USER_START) / PAGE_SIZE;

    space_map(space, USER_START, pages, VM_NO_RESERVE);
    for (u32 i = 0; i < 16; i++)
        space_unmap(space, SPACE_AT + PAGES(100 * i), 1 + i % 7);
    EXPECT_EQ(space_place(space, 0, 7, VM_READ), SPACE_AT + PAGES(1300));
    EXPECT_EQ(space_place(space, 0, 7, VM_READ), SPACE_AT + PAGES(600));
    EXPECT_EQ(space_place(space, 0, 7, VM_READ), 0);
    EXPECT_EQ(space_place(space, 0, 6, VM_READ), SPACE_AT + PAGES(1200));
    EXPECT_EQ(space_place(space, 0, 2, VM_READ), SPACE_AT + PAGES(1500));
    vm_check();
    vm_space_put(space);
}

TEST(vm, a_place_is_not_taken_if_something_is_there)
{
    struct vm_space *space = space_new();
    virt_addr_t at = SPACE_AT;

    space_map(space, at, 4, VM_RW);
    EXPECT(space_poke(space, at, 5));
    EXPECT_EQ(space_try(space, at, PAGES(4), VM_RW, VM_NO_REPLACE),
              ERR_EXIST);
    EXPECT_EQ(space_try(space, at - PAGES(1), PAGES(2), VM_RW, VM_NO_REPLACE),
              ERR_EXIST);
    EXPECT_EQ(space_try(space, at + PAGES(3), PAGES(2), VM_RW, VM_NO_REPLACE),
              ERR_EXIST);
    EXPECT_EQ(space_try(space, at + PAGES(1), 1, VM_RW, VM_NO_REPLACE),
              ERR_EXIST);
    EXPECT_EQ(space_try(space, at - PAGES(9), PAGES(20), VM_RW,
                        VM_NO_REPLACE), ERR_EXIST);
    EXPECT_SHAPE(space, "rw4");
    EXPECT_EQ(space_try(space, at - PAGES(1), PAGES(1), VM_READ,
                        VM_NO_REPLACE), OK);
    EXPECT_EQ(space_try(space, at + PAGES(4), PAGES(1), VM_READ,
                        VM_NO_REPLACE), OK);
    EXPECT_SHAPE(space, "r1 rw4 r1");
    EXPECT_EQ(space_peek(space, at), 5);
    vm_space_put(space);
}
