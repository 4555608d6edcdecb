/*
 * Tests of what is known of addresses of the user half, and of programs that
 * nobody waits for. What is printed: tests/gdb/, tests/boot/test_shell.py.
 */
#include "abi/errno.h"
#include "kernel/place.h"
#include "programs.h"
#include "spaces.h"
#include "strata_test.h"

enum { AT = SPACE_AT };

TEST(place, an_address_is_looked_up_in_the_space_that_is_asked_for)
{
    struct vm_space *one = space_new(), *other = space_new();
    struct place place;

    space_map(one, AT, 2, VM_RW);
    EXPECT_EQ(space_touch(one, AT + PAGE_SIZE, VM_WRITE), OK);
    place_find(one, AT + PAGE_SIZE, &place);
    EXPECT_EQ(place.kind, PLACE_USER);
    EXPECT(place.space == one && place.walk.mapped);
    EXPECT_EQ(phys_to_pfn(place.walk.phys).n,
              space_frame(one, AT + PAGE_SIZE).n);
    place_find(other, AT + PAGE_SIZE, &place);
    EXPECT(place.space == other && !place.walk.mapped && !place.region);
    place_find(NULL, AT + PAGE_SIZE, &place);
    EXPECT(place.space == NULL && !place.walk.mapped);
    vm_space_put(one);
    vm_space_put(other);
}

TEST(place, the_region_and_its_neighbours_are_found)
{
    struct vm_space *space = space_new();
    struct place place;

    space_map(space, AT, 2, VM_RW);
    space_map(space, AT + PAGES(4), 2, VM_READ);
    place_find(space, AT + PAGES(2) - 1, &place);
    EXPECT(place.region && place.region->start == AT);
    EXPECT(place.above && place.above->start == AT + PAGES(4));
    place_find(space, AT + PAGES(2), &place);
    EXPECT(!place.region && place.below && place.below->start == AT);
    EXPECT(place.above && place.above->start == AT + PAGES(4));
    place_find(space, AT - 1, &place);
    EXPECT(!place.region && !place.below && place.above);
    place_find(space, AT + PAGES(6), &place);
    EXPECT(!place.region && place.below && !place.above);
    vm_space_put(space);
}

PROGRAM(no_ward, "mov $1, %eax\n mov $3, %ebx\n int $0x80\n");

TEST(process, one_that_nobody_waits_for_is_buried_as_it_ends)
{
    u32 status;

    programs_make(no_ward, no_ward_end);
    i32 pid = programs_start();
    EXPECT(pid > 0);
    process_do_not_wait();
    EXPECT_EQ(programs_count(), 1);
    while (programs_count() > 0)
        thread_yield();
    EXPECT_EQ(process_wait(NULL, pid, true, &status, NULL), -ECHILD);
}
