/*
 * Tests of L5: mappings that grow, shrink and move.
 */
#include "spaces.h"

static const virt_addr_t AT = SPACE_AT;
static const virt_addr_t FAR = SPACE_AT + 5 * CHUNK_SIZE - PAGES(3);

enum { MOVE = VM_REMAP_MAY_MOVE, FIXED = MOVE | VM_REMAP_FIXED,
       KEEP = MOVE | VM_REMAP_KEEP };

/* vm_remap() of so many pages at AT + page; where to is told in `*at`. */
static enum status remap(struct vm_space *space, virt_addr_t *at, u32 old,
                         u32 pages, u32 flags, virt_addr_t to)
{
    return vm_remap(space, at, PAGES(old), PAGES(pages), flags, to);
}

/* So many pages with 100, 101, 102 ... in them. */
static struct vm_space *space_with_pages(u32 pages, u32 flags)
{
    struct vm_space *space = space_new();

    space_map(space, AT, pages, flags);
    for (u32 i = 0; i < pages; i++)
        EXPECT(space_poke(space, AT + PAGES(i), 100 + i));
    return space;
}

/* Are pages first ... first + count - 1 of those seen from `at` on? */
static void expect_pages(struct vm_space *space, virt_addr_t at, u32 first,
                         u32 count)
{
    for (u32 i = 0; i < count; i++)
        EXPECT_EQ(space_peek(space, at + PAGES(i)), 100 + first + i);
}

/* ----------------------------------------------------------------- in place */

TEST(vm, a_mapping_shrinks_and_grows_where_it_is)
{
    struct vm_space *space = space_with_pages(6, VM_RW);
    virt_addr_t at = AT;

    EXPECT_EQ(remap(space, &at, 6, 6, 0, 0), OK);
    EXPECT_EQ(remap(space, &at, 6, 4, 0, 0), OK);
    EXPECT_EQ(at, AT);
    EXPECT_SHAPE(space, "rw4");
    EXPECT_EQ(vm_remap(space, &at, PAGES(4), PAGES(7) + 1, 0, 0), OK);
    EXPECT_EQ(at, AT);
    EXPECT_SHAPE(space, "rw8");
    expect_pages(space, AT, 0, 4);
    EXPECT_EQ(space_peek(space, AT + PAGES(4)), 0);
    EXPECT_EQ(space_peek(space, AT + PAGES(7)), 0);
    at = AT + PAGES(2);
    EXPECT_EQ(remap(space, &at, 4, 1, 0, 0), OK);
    EXPECT_SHAPE(space, "rw3 .3 rw2");
    vm_check();
    vm_space_put(space);
}

TEST(vm, a_mapping_grows_up_to_the_next_and_merges_with_it)
{
    struct vm_space *space = space_with_pages(2, VM_RW);
    virt_addr_t at = AT + PAGES(1);

    space_map(space, AT + PAGES(5), 1, VM_RW);
    EXPECT_EQ(remap(space, &at, 1, 4, MOVE, 0), OK);
    EXPECT_EQ(at, AT + PAGES(1));
    EXPECT_SHAPE(space, "rw6");
    EXPECT_EQ(space->region_count, 1);
    vm_space_put(space);
}

TEST(vm, what_has_no_room_and_may_not_move_stays)
{
    struct vm_space *space = space_with_pages(2, VM_RW);
    virt_addr_t at = AT;

    space_map(space, AT + PAGES(4), 1, VM_READ);
    EXPECT_EQ(remap(space, &at, 2, 5, 0, 0), ERR_NOMEM);
    EXPECT_EQ(remap(space, &at, 1, 2, 0, 0), ERR_NOMEM);
    EXPECT_EQ(at, AT);
    EXPECT_SHAPE(space, "rw2 .2 r1");
    expect_pages(space, AT, 0, 2);
    vm_space_put(space);
}

/* ------------------------------------------------------------------ moving */

TEST(vm, a_mapping_moves_with_its_frames)
{
    struct vm_space *space = space_with_pages(4, VM_RW);
    virt_addr_t at = AT;
    pfn_t frame = space_frame(space, AT + PAGES(2));

    space_map(space, AT + PAGES(4), 1, VM_READ);
    EXPECT_EQ(remap(space, &at, 4, 6, MOVE, 0), OK);
    EXPECT(at != AT);
    EXPECT_EQ(space_frame(space, at + PAGES(2)).n, frame.n);
    EXPECT_EQ(pmm_payload(frame), 1);
    expect_pages(space, at, 0, 4);
    EXPECT_EQ(space_peek(space, at + PAGES(5)), 0);
    EXPECT(vm_region_at(space, AT) == NULL);
    EXPECT_EQ(vm_fault(space, AT, VM_READ), ERR_FAULT);
    EXPECT_EQ(space->mapped_pages, 7);
    EXPECT(space_poke(space, at, 5));
    vm_check();
    vm_space_put(space);
}

TEST(vm, a_mapping_moves_to_a_place_and_replaces_what_is_there)
{
    struct vm_space *space = space_with_pages(4, VM_RW);
    virt_addr_t at = AT;

    space_map(space, FAR - PAGES(1), 7, VM_READ);
    EXPECT_EQ(remap(space, &at, 4, 5, FIXED, FAR), OK);
    EXPECT_EQ(at, FAR);
    EXPECT_SHAPE(space, "r1 rw5 r1");
    expect_pages(space, FAR, 0, 4);
    EXPECT_EQ(space_peek(space, FAR + PAGES(4)), 0);
    EXPECT_EQ(remap(space, &at, 5, 2, FIXED, AT), OK);
    EXPECT_EQ(at, AT);
    EXPECT_SHAPE(space, "rw2 .5114 r1 .5 r1");
    expect_pages(space, AT, 0, 2);
    vm_check();
    vm_space_put(space);
}

TEST(vm, a_part_of_a_mapping_moves_alone)
{
    struct vm_space *space = space_with_pages(6, VM_RW);
    virt_addr_t at = AT + PAGES(2);

    EXPECT_EQ(remap(space, &at, 2, 2, FIXED, AT + PAGES(8)), OK);
    EXPECT_SHAPE(space, "rw2 .2 rw2 .2 rw2");
    expect_pages(space, AT + PAGES(8), 2, 2);
    expect_pages(space, AT, 0, 2);
    expect_pages(space, AT + PAGES(4), 4, 2);
    at = AT;
    EXPECT_EQ(remap(space, &at, 2, 2, FIXED, AT + PAGES(6)), OK);
    EXPECT_SHAPE(space, "rw6");
    expect_pages(space, AT + PAGES(6), 0, 2);
    EXPECT_EQ(space->region_count, 1);
    vm_check();
    vm_space_put(space);
}

TEST(vm, a_shared_mapping_moves_and_shows_the_same)
{
    struct vm_space *space = space_with_pages(4, VM_RW | VM_SHARED);
    struct vm_space *copy = vm_space_fork(space);
    virt_addr_t at = AT + PAGES(1);

    EXPECT(copy != NULL);
    EXPECT_EQ(remap(space, &at, 2, 2, FIXED, FAR), OK);
    expect_pages(space, FAR, 1, 2);
    EXPECT(space_poke(space, FAR, 5));
    EXPECT_EQ(space_peek(copy, AT + PAGES(1)), 5);
    EXPECT(space_poke(copy, AT + PAGES(2), 6));
    EXPECT_EQ(space_peek(space, FAR + PAGES(1)), 6);
    expect_pages(space, AT + PAGES(3), 3, 1);
    vm_check();
    vm_space_put(copy);
    vm_space_put(space);
}

TEST(vm, copies_move_apart_from_each_other)
{
    struct vm_space *space = space_with_pages(3, VM_RW);
    struct vm_space *copy = vm_space_fork(space);
    virt_addr_t at = AT;

    EXPECT(copy != NULL);
    EXPECT_EQ(remap(space, &at, 3, 3, FIXED, FAR), OK);
    EXPECT(space_poke(space, FAR, 5));
    EXPECT(space_poke(copy, AT + PAGES(1), 6));
    expect_pages(copy, AT, 0, 1);
    expect_pages(space, FAR + PAGES(1), 1, 2);
    vm_space_put(space);
    expect_pages(copy, AT + PAGES(2), 2, 1);
    vm_space_put(copy);
}

TEST(vm, a_move_without_rights_keeps_the_content)
{
    struct vm_space *space = space_with_pages(2, VM_RW);
    virt_addr_t at = AT;

    EXPECT_EQ(vm_protect(space, AT, PAGES(2), VM_NONE), OK);
    EXPECT_EQ(remap(space, &at, 2, 2, FIXED, FAR), OK);
    EXPECT_EQ(vm_fault(space, FAR, VM_READ), ERR_ACCESS);
    EXPECT_EQ(vm_protect(space, FAR, PAGES(2), VM_READ), OK);
    expect_pages(space, FAR, 0, 2);
    vm_space_put(space);
}

/* ------------------------------------------------ second views, and leaving */

TEST(vm, a_shared_mapping_is_shown_a_second_time)
{
    struct vm_space *space = space_with_pages(4, VM_RW | VM_SHARED);
    virt_addr_t at = AT + PAGES(1);

    EXPECT_EQ(remap(space, &at, 0, 2, FIXED, FAR), OK);
    EXPECT_EQ(at, FAR);
    expect_pages(space, AT, 0, 4);
    expect_pages(space, FAR, 1, 2);
    EXPECT(space_poke(space, FAR, 5));
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 5);
    at = AT;
    EXPECT_EQ(remap(space, &at, 0, 6, MOVE, 0), OK);
    EXPECT(at != AT && at != FAR);
    expect_pages(space, at + PAGES(2), 2, 2);
    EXPECT_EQ(vm_fault(space, at + PAGES(4), VM_READ), ERR_BUS);
    EXPECT_EQ(space->mapped_pages, 12);
    vm_check();
    vm_space_put(space);
}

TEST(vm, what_is_left_behind_is_empty)
{
    struct vm_space *space = space_with_pages(4, VM_RW);
    virt_addr_t at = AT + PAGES(1);

    EXPECT_EQ(remap(space, &at, 2, 2, KEEP | VM_REMAP_FIXED, FAR), OK);
    EXPECT_EQ(at, FAR);
    expect_pages(space, FAR, 1, 2);
    expect_pages(space, AT, 0, 1);
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 0);
    EXPECT_EQ(space_peek(space, AT + PAGES(2)), 0);
    expect_pages(space, AT + PAGES(3), 3, 1);
    EXPECT_SHAPE(space, "rw4 .5113 rw2");
    EXPECT_EQ(remap(space, &at, 2, 2, KEEP, 0), OK);
    EXPECT(at != FAR);
    expect_pages(space, at, 1, 2);
    EXPECT_EQ(space->mapped_pages, 8);
    vm_check();
    vm_space_put(space);
}

TEST(vm, what_leaves_something_behind_goes_to_the_hint_if_that_is_free)
{
    struct vm_space *space = space_with_pages(4, VM_RW);
    virt_addr_t at = AT;

    EXPECT_EQ(remap(space, &at, 2, 2, KEEP, FAR), OK);
    EXPECT_EQ(at, FAR);
    EXPECT(space_poke(space, AT, 100));
    at = AT;
    EXPECT_EQ(remap(space, &at, 2, 2, KEEP, FAR + PAGES(1)), OK);
    EXPECT(at != FAR + PAGES(1) && at != AT);
    expect_pages(space, FAR, 0, 2);
    expect_pages(space, at, 0, 1);
    at = AT + PAGES(2);
    EXPECT_EQ(remap(space, &at, 2, 2, KEEP, AT + PAGES(3)), ERR_INVAL);
    EXPECT_EQ(remap(space, &at, 2, 2, KEEP, FAR + 1), ERR_INVAL);
    vm_space_put(space);
}

/* ---------------------------------------------------------- what is refused */

TEST(vm, to_remap_what_makes_no_sense_is_refused)
{
    static const struct {
        virt_addr_t at;
        u32 old, new, flags;
        virt_addr_t to;
    } bad[] = {
        { SPACE_AT + 1, PAGE_SIZE, PAGE_SIZE, 0, 0 },
        { SPACE_AT, PAGE_SIZE, 0, 0, 0 },
        { SPACE_AT, PAGE_SIZE, PAGE_SIZE, 8, 0 },
        { SPACE_AT, PAGE_SIZE, PAGE_SIZE, VM_REMAP_FIXED, 0x20000000 },
        { SPACE_AT, PAGE_SIZE, PAGE_SIZE, VM_REMAP_KEEP, 0 },
        { SPACE_AT, PAGE_SIZE, PAGES(2), KEEP, 0 },
        { SPACE_AT, PAGES(2), PAGES(1), KEEP, 0 },
        { SPACE_AT, PAGE_SIZE, PAGE_SIZE, FIXED, 0x20000001 },
        { SPACE_AT, PAGE_SIZE, PAGE_SIZE, FIXED, USER_END },
        { SPACE_AT, PAGE_SIZE, PAGES(2), FIXED, USER_END - PAGE_SIZE },
        { SPACE_AT, PAGES(2), PAGES(2), FIXED, SPACE_AT },
        { SPACE_AT, PAGES(2), PAGES(2), FIXED, SPACE_AT + PAGE_SIZE },
        { SPACE_AT, PAGES(2), PAGES(3), FIXED, SPACE_AT - PAGES(2) },
        { SPACE_AT, 0, PAGES(2), MOVE, 0 },
        { SPACE_AT, 0, PAGES(2), FIXED, 0x30000000 },
    };
    struct vm_space *space = space_with_pages(4, VM_RW);

    space_map(space, 0x20000000, 2, VM_READ);
    for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
        virt_addr_t at = bad[i].at;
        EXPECT_EQ(vm_remap(space, &at, bad[i].old, bad[i].new, bad[i].flags,
                           bad[i].to), ERR_INVAL);
        EXPECT_EQ(at, bad[i].at);
    }
    expect_pages(space, AT, 0, 4);
    EXPECT_EQ(space->mapped_pages, 6);
    vm_space_put(space);
}

TEST(vm, only_one_region_is_remapped_at_a_time)
{
    struct vm_space *space = space_with_pages(2, VM_RW);
    virt_addr_t at = AT, none = FAR;

    space_map(space, AT + PAGES(2), 2, VM_READ);
    EXPECT_EQ(remap(space, &at, 3, 6, MOVE, 0), ERR_FAULT);
    EXPECT_EQ(remap(space, &none, 1, 1, 0, 0), ERR_FAULT);
    EXPECT_EQ(remap(space, &none, 1, 2, MOVE, 0), ERR_FAULT);
    at = AT + PAGES(3);
    EXPECT_EQ(remap(space, &at, 2, 3, MOVE, 0), ERR_FAULT);
    EXPECT_SHAPE(space, "rw2 r2");
    vm_space_put(space);
}

static enum status move_middle(void *context)
{
    virt_addr_t at = AT + PAGES(2);
    enum status status = remap(context, &at, 3, 6, MOVE, 0);

    if (status == ERR_NOMEM)
        EXPECT_SHAPE(context, "rw8");
    return status;
}

TEST(vm, what_cannot_be_moved_stays)
{
    struct vm_space *space = space_with_pages(8, VM_RW);

    EXPECT_EQ(space_starve(move_middle, space), OK);
    expect_pages(space, AT, 0, 2);
    expect_pages(space, AT + PAGES(5), 5, 3);
    EXPECT_EQ(space->mapped_pages, 11);
    vm_space_put(space);
}
