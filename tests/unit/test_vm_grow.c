/*
 * Tests of L5: stacks that grow by themselves, and the heap that is told to.
 */
#include "spaces.h"

static const virt_addr_t TOP = 0x40000000; /* a stack ends here */
static const virt_addr_t HEAP = 0x08049000;

/* A space with a stack of a page, that may grow to so many. */
static struct vm_space *space_with_stack(u32 max)
{
    struct vm_space *space = space_new();

    space->stack_max = PAGES(max);
    space_map(space, TOP - PAGES(1), 1, VM_RW | VM_GROWS_DOWN);
    EXPECT(space_poke(space, TOP - 4, 99));
    return space;
}

static bool grows_to(struct vm_space *space, u32 pages)
{
    return vm_fault(space, TOP - PAGES(pages), VM_WRITE) == OK;
}

/* ------------------------------------------------------------------- stacks */

TEST(vm, a_stack_grows_to_where_it_is_touched)
{
    struct vm_space *space = space_with_stack(100);

    EXPECT(space_poke(space, TOP - PAGES(1) - 4, 5));
    EXPECT_SHAPE(space, "rwg2");
    EXPECT(space_poke(space, TOP - PAGES(50) + 8, 6));
    EXPECT_SHAPE(space, "rwg50");
    EXPECT_EQ(space_peek(space, TOP - PAGES(60)), 0);
    EXPECT_SHAPE(space, "rwg60");
    EXPECT_EQ(space->mapped_pages, 60);
    EXPECT_EQ(space_peek(space, TOP - 4), 99);
    EXPECT_EQ(space_peek(space, TOP - PAGES(1) - 4), 5);
    EXPECT_EQ(space_peek(space, TOP - PAGES(50) + 8), 6);
    EXPECT_EQ(vm_fault(space, TOP, VM_WRITE), ERR_FAULT);
    vm_check();
    vm_space_put(space);
}

TEST(vm, a_stack_grows_to_its_limit_and_no_further)
{
    struct vm_space *space = space_with_stack(100);

    EXPECT_EQ(vm_fault(space, TOP - PAGES(100) - 1, VM_WRITE), ERR_FAULT);
    EXPECT_SHAPE(space, "rwg1");
    EXPECT(grows_to(space, 100));
    EXPECT(!grows_to(space, 101));
    EXPECT_SHAPE(space, "rwg100");
    space->stack_max = PAGES(101);
    EXPECT(grows_to(space, 101));
    vm_space_put(space);
}

TEST(vm, a_stack_keeps_its_distance_from_what_is_below)
{
    enum { GUARD = VM_STACK_GUARD / PAGE_SIZE };
    struct vm_space *space = space_with_stack(10000);

    space_map(space, TOP - PAGES(GUARD + 11), 1, VM_RW);
    EXPECT(!grows_to(space, 11));
    EXPECT(!grows_to(space, GUARD));
    EXPECT(!grows_to(space, GUARD + 10));
    EXPECT(grows_to(space, 10));
    EXPECT_EQ(space->mapped_pages, 11);
    vm_check();
    vm_space_put(space);
}

/* What cannot be touched is as good as a guard. */
TEST(vm, a_stack_grows_up_to_what_nobody_can_touch)
{
    struct vm_space *space = space_with_stack(10000);

    space_map(space, TOP - PAGES(20), 10, VM_NONE);
    EXPECT(grows_to(space, 10));
    EXPECT(!grows_to(space, 11));
    EXPECT_SHAPE(space, "-10 rwg10");
    vm_space_put(space);
}

TEST(vm, a_stack_does_not_grow_into_the_null_pages)
{
    struct vm_space *space = space_new();

    space->stack_max = PAGES(100);
    space_map(space, USER_START + PAGES(2), 1, VM_RW | VM_GROWS_DOWN);
    EXPECT_EQ(vm_fault(space, USER_START, VM_READ), OK);
    EXPECT_SHAPE(space, "rwg3");
    EXPECT_EQ(vm_fault(space, USER_START - 1, VM_READ), ERR_FAULT);
    EXPECT_EQ(vm_fault(space, 0, VM_WRITE), ERR_FAULT);
    EXPECT_SHAPE(space, "rwg3");
    vm_space_put(space);
}

TEST(vm, only_the_region_above_grows_and_only_if_it_is_a_stack)
{
    struct vm_space *space = space_with_stack(10000);

    space_map(space, TOP - PAGES(1000), 1, VM_RW);
    EXPECT_EQ(vm_fault(space, TOP - PAGES(1001), VM_WRITE), ERR_FAULT);
    EXPECT(grows_to(space, 20));
    EXPECT_EQ(vm_fault(space, TOP + PAGES(1), VM_WRITE), ERR_FAULT);
    EXPECT_SHAPE(space, "rw1 .979 rwg20");
    vm_space_put(space);
}

TEST(vm, what_shows_an_object_grows_to_its_first_page)
{
    struct vm_object *object = vm_object_create(NULL, NULL, 8);
    struct vm_space *space = space_new();

    EXPECT(object != NULL);
    space->stack_max = PAGES(100);
    space_show(space, TOP - PAGES(1), 1, VM_RW | VM_GROWS_DOWN, object, 3);
    EXPECT(!grows_to(space, 5));
    EXPECT(grows_to(space, 4));
    EXPECT(!grows_to(space, 5));
    EXPECT_SHAPE(space, "rwg4");
    EXPECT_EQ(vm_region_at(space, TOP - PAGES(4))->first_page, 0);
    vm_space_put(space);
    vm_object_put(object);
}

TEST(vm, a_hole_in_a_stack_is_mended_by_a_touch)
{
    struct vm_space *space = space_with_stack(100);

    EXPECT(grows_to(space, 10));
    space_unmap(space, TOP - PAGES(6), 3);
    EXPECT_SHAPE(space, "rwg4 .3 rwg3");
    EXPECT(grows_to(space, 6));
    EXPECT_SHAPE(space, "rwg10");
    EXPECT_EQ(space->region_count, 1);
    vm_check();
    vm_space_put(space);
}

TEST(vm, what_grows_is_as_the_stack_is)
{
    struct vm_space *space = space_with_stack(100);

    EXPECT_EQ(vm_protect(space, TOP - PAGES(1), PAGES(1), VM_READ), OK);
    EXPECT_EQ(vm_fault(space, TOP - PAGES(2), VM_READ), OK);
    EXPECT_EQ(vm_fault(space, TOP - PAGES(3), VM_WRITE), ERR_ACCESS);
    EXPECT_EQ(vm_fault(space, TOP - PAGES(2), VM_WRITE), ERR_ACCESS);
    vm_space_put(space);
}

TEST(vm, no_place_is_chosen_right_below_a_stack)
{
    struct vm_space *space = space_new();
    virt_addr_t stack = space_place(space, 0, 1, VM_RW | VM_GROWS_DOWN);

    EXPECT_EQ(space_place(space, stack - PAGES(2), 2, VM_RW),
              stack - VM_STACK_GUARD - PAGES(2));
    EXPECT_EQ(space_place(space, 0, 1, VM_RW),
              stack - VM_STACK_GUARD - PAGES(3));
    EXPECT_EQ(space_place(space, stack + PAGES(1), 1, VM_RW),
              stack + PAGES(1));
    space_map(space, stack - PAGES(1), 1, VM_RW); /* if told so, yes */
    vm_check();
    vm_space_put(space);
}

static enum status grow(void *context)
{
    enum status status = vm_fault(context, TOP - PAGES(2000), VM_WRITE);

    return status == ERR_FAULT ? ERR_NOMEM : status;
}

TEST(vm, a_stack_that_cannot_get_memory_does_not_grow)
{
    NEED_FREE_FRAMES(2100, "10 MiB");
    struct vm_space *space = space_with_stack(3000);

    space_promise_all_but(100);
    EXPECT(grow(space) == ERR_NOMEM);
    space_release_all();
    EXPECT_SHAPE(space, "rwg1");
    EXPECT_EQ(grow(space), OK);
    vm_space_put(space);
}

/* --------------------------------------------------------------------- heap */

static struct vm_space *space_with_heap(void)
{
    struct vm_space *space = space_new();

    space->heap_start = space->heap_end = HEAP;
    return space;
}

TEST(vm, the_heap_ends_where_it_was_told_to_the_byte)
{
    struct vm_space *space = space_with_heap();

    EXPECT_EQ(vm_brk(space, 0), HEAP);
    EXPECT_EQ(vm_brk(space, HEAP), HEAP);
    EXPECT_SHAPE(space, "");
    EXPECT_EQ(vm_brk(space, HEAP + 1), HEAP + 1);
    EXPECT_SHAPE(space, "rw1");
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(1)), HEAP + PAGES(1));
    EXPECT_SHAPE(space, "rw1");
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(5) + 7), HEAP + PAGES(5) + 7);
    EXPECT_SHAPE(space, "rw6");
    EXPECT(space_poke(space, HEAP + PAGES(5), 5));
    EXPECT(space_poke(space, HEAP + PAGES(2), 2));
    EXPECT_EQ(vm_brk(space, HEAP - 1), HEAP + PAGES(5) + 7);
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(3) - 1), HEAP + PAGES(3) - 1);
    EXPECT_SHAPE(space, "rw3");
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(6)), HEAP + PAGES(6));
    EXPECT_EQ(space_peek(space, HEAP + PAGES(2)), 2);
    EXPECT_EQ(space_peek(space, HEAP + PAGES(5)), 0);
    EXPECT_EQ(vm_brk(space, HEAP), HEAP);
    EXPECT_SHAPE(space, "");
    vm_check();
    vm_space_put(space);
}

TEST(vm, the_heap_does_not_grow_into_what_is_mapped)
{
    struct vm_space *space = space_with_heap();

    space_map(space, HEAP + PAGES(10), 1, VM_READ);
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(10) + 1), HEAP);
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(20)), HEAP);
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(9)), HEAP + PAGES(9));
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(12)), HEAP + PAGES(9));
    EXPECT_SHAPE(space, "rw9 .1 r1");
    space_unmap(space, HEAP + PAGES(10), 1);
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(12)), HEAP + PAGES(12));
    EXPECT_SHAPE(space, "rw12");
    vm_space_put(space);
}

TEST(vm, the_heap_stays_below_the_end_and_within_the_promise)
{
    struct vm_space *space = space_with_heap();

    EXPECT_EQ(vm_brk(space, USER_END + 1), HEAP);
    EXPECT_EQ(vm_brk(space, ~0u), HEAP);
    EXPECT_EQ(vm_brk(space, 0xfffff001), HEAP);
    space_promise_all_but(5);
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(6)), HEAP);
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(2)), HEAP + PAGES(2));
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(8)), HEAP + PAGES(2));
    space_release_all();
    EXPECT_SHAPE(space, "rw2");
    vm_space_put(space);
}

TEST(vm, a_hole_in_the_heap_does_not_matter_to_its_end)
{
    struct vm_space *space = space_with_heap();

    EXPECT_EQ(vm_brk(space, HEAP + PAGES(8)), HEAP + PAGES(8));
    space_unmap(space, HEAP + PAGES(2), 2);
    space_map(space, HEAP + PAGES(3), 1, VM_READ);
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(10)), HEAP + PAGES(10));
    EXPECT_SHAPE(space, "rw2 .1 r1 rw6");
    EXPECT_EQ(vm_brk(space, HEAP + PAGES(1)), HEAP + PAGES(1));
    EXPECT_SHAPE(space, "rw1");
    vm_space_put(space);
}
