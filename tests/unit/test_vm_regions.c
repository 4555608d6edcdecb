/*
 * Tests of L5: regions split and merge, and there is an end to how many.
 */
#include "spaces.h"

#include "mm/kheap.h"

static const virt_addr_t AT = SPACE_AT;

/* ------------------------------------------------------------------ merging */

TEST(vm, neighbours_that_are_alike_are_one_region)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 1, VM_RW);
    space_map(space, AT + PAGES(2), 1, VM_RW);
    EXPECT_SHAPE(space, "rw1 .1 rw1");
    space_map(space, AT + PAGES(1), 1, VM_RW);
    EXPECT_SHAPE(space, "rw3");
    space_map(space, AT - PAGES(2), 2, VM_RW);
    EXPECT_SHAPE(space, "rw5");
    EXPECT_EQ(space->region_count, 1);
    EXPECT_EQ(space->mapped_pages, 5);
    vm_check();
    vm_space_put(space);
}

TEST(vm, neighbours_that_differ_stay_apart)
{
    static const u32 flags[] = {
        VM_RW, VM_READ, VM_NONE, VM_RW | VM_EXEC, VM_RW | VM_NO_RESERVE,
        VM_RW, VM_RW | VM_GROWS_DOWN, VM_RW | VM_SHARED, VM_RW | VM_SHARED,
    };
    struct vm_space *space = space_new();

    for (u32 i = 0; i < ARRAY_SIZE(flags); i++)
        space_map(space, AT + PAGES(i), 1, flags[i]);
    EXPECT_SHAPE(space, "rw1 r1 -1 rwx1 rwn1 rw1 rwg1 rws1 rws1");
    EXPECT_EQ(space->region_count, ARRAY_SIZE(flags));
    vm_check();
    vm_space_put(space);
}

TEST(vm, neighbours_of_an_object_merge_if_their_pages_follow)
{
    static const struct vm_object_source zeros = { .fill = NULL };
    struct vm_object *object = vm_object_create(&zeros, NULL, 16);
    struct vm_space *space = space_new();

    EXPECT(object != NULL);
    space_show(space, AT, 2, VM_READ, object, 3);
    space_show(space, AT + PAGES(2), 2, VM_READ, object, 5);
    EXPECT_SHAPE(space, "r4");
    space_show(space, AT + PAGES(4), 2, VM_READ, object, 8);
    EXPECT_SHAPE(space, "r4 r2");
    space_show(space, AT - PAGES(1), 1, VM_READ, object, 2);
    EXPECT_SHAPE(space, "r5 r2");
    space_map(space, AT - PAGES(2), 1, VM_READ);
    EXPECT_SHAPE(space, "r1 r5 r2");
    EXPECT_EQ(object->references, 3);
    vm_check();
    vm_space_put(space);
    vm_object_put(object);
}

/* ---------------------------------------------------------------- splitting */

TEST(vm, what_is_unmapped_leaves_the_rest)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 10, VM_RW);
    for (u32 i = 0; i < 10; i++)
        EXPECT(space_poke(space, AT + PAGES(i), 100 + i));
    space_unmap(space, AT, 1);
    EXPECT_SHAPE(space, "rw9");
    space_unmap(space, AT + PAGES(9), 1);
    EXPECT_SHAPE(space, "rw8");
    space_unmap(space, AT + PAGES(4), 2);
    EXPECT_SHAPE(space, "rw3 .2 rw3");
    EXPECT_EQ(space->mapped_pages, 6);
    for (u32 i = 0; i < 10; i++) {
        bool gone = i == 0 || i == 9 || i == 4 || i == 5;
        EXPECT_EQ(space_peek(space, AT + PAGES(i)),
                  gone ? (u32)UNREADABLE : 100 + i);
    }
    vm_check();
    vm_space_put(space);
}

TEST(vm, a_range_over_several_regions_is_unmapped_whole)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 4, VM_RW);
    space_map(space, AT + PAGES(4), 2, VM_READ);
    space_map(space, AT + PAGES(8), 4, VM_RW);
    space_unmap(space, AT + PAGES(2), 8);
    EXPECT_SHAPE(space, "rw2 .8 rw2");
    space_unmap(space, AT + PAGES(2), 8);
    EXPECT_SHAPE(space, "rw2 .8 rw2");
    EXPECT_EQ(vm_unmap(space, USER_START, USER_END - USER_START), OK);
    EXPECT_SHAPE(space, "");
    EXPECT_EQ(space->mapped_pages, 0);
    vm_space_put(space);
}

TEST(vm, to_unmap_what_makes_no_sense_is_refused)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 4, VM_RW);
    space_map(space, USER_END - PAGE_SIZE, 1, VM_RW);
    EXPECT_EQ(vm_unmap(space, AT + 1, PAGE_SIZE), ERR_INVAL);
    EXPECT_EQ(vm_unmap(space, AT, 0), ERR_INVAL);
    EXPECT_EQ(vm_unmap(space, USER_END, PAGE_SIZE), ERR_INVAL);
    EXPECT_EQ(vm_unmap(space, USER_END - PAGE_SIZE, PAGE_SIZE + 1),
              ERR_INVAL);
    EXPECT_EQ(vm_unmap(space, AT, ~0u), ERR_INVAL);
    EXPECT_EQ(vm_unmap(space, AT, 0u - AT), ERR_INVAL);
    EXPECT_EQ(vm_unmap(space, 0xfffff000, PAGES(2)), ERR_INVAL);
    EXPECT_EQ(space->mapped_pages, 5);
    vm_space_put(space);
}

TEST(vm, what_is_replaced_is_gone)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 6, VM_RW);
    for (u32 i = 0; i < 6; i++)
        EXPECT(space_poke(space, AT + PAGES(i), 100 + i));
    space_map(space, AT + PAGES(2), 2, VM_READ);
    EXPECT_SHAPE(space, "rw2 r2 rw2");
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 101);
    EXPECT_EQ(space_peek(space, AT + PAGES(2)), 0);
    EXPECT_EQ(space_peek(space, AT + PAGES(3)), 0);
    EXPECT_EQ(space_peek(space, AT + PAGES(4)), 104);
    space_map(space, AT + PAGES(1), 4, VM_RW);
    EXPECT_SHAPE(space, "rw6");
    EXPECT_EQ(space_peek(space, AT), 100);
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 0);
    EXPECT_EQ(space_peek(space, AT + PAGES(4)), 0);
    EXPECT_EQ(space_peek(space, AT + PAGES(5)), 105);
    vm_check();
    vm_space_put(space);
}

TEST(vm, parts_of_an_object_still_show_their_own_pages)
{
    static const struct vm_object_source zeros = { .fill = NULL };
    struct vm_object *object = vm_object_create(&zeros, NULL, 8);
    struct vm_space *space = space_new(), *other = space_new();

    EXPECT(object != NULL);
    space_show(space, AT, 8, VM_RW | VM_SHARED | VM_MAY_WRITE, object, 0);
    for (u32 i = 0; i < 8; i++)
        EXPECT(space_poke(space, AT + PAGES(i), 100 + i));
    space_unmap(space, AT + PAGES(3), 2);
    space_show(other, AT, 8, VM_READ | VM_SHARED, object, 0);
    space_unmap(other, AT, 2);
    for (u32 i = 0; i < 8; i++) {
        EXPECT_EQ(space_peek(space, AT + PAGES(i)),
                  i == 3 || i == 4 ? (u32)UNREADABLE : 100 + i);
        EXPECT_EQ(space_peek(other, AT + PAGES(i)),
                  i < 2 ? (u32)UNREADABLE : 100 + i);
    }
    EXPECT_EQ(object->references, 4);
    vm_check();
    vm_space_put(space);
    vm_space_put(other);
    vm_object_put(object);
}

/* ------------------------------------------------------------------ looking */

TEST(vm, an_address_lies_in_its_region_and_no_other)
{
    struct vm_space *space = space_new();

    for (u32 i = 0; i < 50; i++)
        space_map(space, AT + PAGES(3 * i), 2, VM_READ);
    for (u32 i = 0; i < 50; i++) {
        virt_addr_t start = AT + PAGES(3 * i);
        struct vm_region *region = vm_region_at(space, start);
        if (!EXPECT(region != NULL))
            break;
        EXPECT_EQ(region->start, start);
        EXPECT_EQ(region->end, start + PAGES(2));
        EXPECT(vm_region_at(space, start + PAGES(2) - 1) == region);
        EXPECT(vm_region_at(space, start + PAGES(2)) == NULL);
        EXPECT(vm_region_at(space, start - 1) == NULL);
    }
    EXPECT(vm_region_at(space, 0) == NULL);
    EXPECT(vm_region_at(space, ~0u) == NULL);
    vm_check();
    vm_space_put(space);
}

TEST(vm, whether_all_of_a_range_is_mapped_is_known)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_READ);
    space_map(space, AT + PAGES(2), 2, VM_NONE);
    space_map(space, AT + PAGES(5), 1, VM_READ);
    EXPECT(vm_is_mapped(space, AT, PAGES(4)));
    EXPECT(vm_is_mapped(space, AT + PAGES(1), PAGES(2)));
    EXPECT(vm_is_mapped(space, AT + PAGES(4), 0));
    EXPECT(vm_is_mapped(space, AT + PAGES(5), PAGE_SIZE));
    EXPECT(!vm_is_mapped(space, AT, PAGES(5)));
    EXPECT(!vm_is_mapped(space, AT, PAGES(6)));
    EXPECT(!vm_is_mapped(space, AT - PAGES(1), PAGES(2)));
    EXPECT(!vm_is_mapped(space, AT + PAGES(4), 1));
    EXPECT(!vm_is_mapped(space, AT, ~0u));
    vm_space_put(space);
}

/* In each of these orders regions come and go; vm_check() knows the heights. */
TEST(vm, the_tree_of_regions_is_in_balance_whatever_goes)
{
    enum { COUNT = 40 };
    static const u32 strides[] = { 1, 39, 7, 17, 23 };
    struct vm_space *space = space_new();

    for (u32 i = 0; i < ARRAY_SIZE(strides); i++)
        for (u32 j = 0; j < ARRAY_SIZE(strides); j++) {
            for (u32 n = 0; n < COUNT; n++)
                space_map(space, AT + PAGES(n * strides[i] % COUNT * 2), 1,
                          VM_READ);
            for (u32 n = 0; n < COUNT; n++) {
                space_unmap(space, AT + PAGES(n * strides[j] % COUNT * 2), 1);
                vm_check();
            }
            EXPECT_EQ(space->region_count, 0);
        }
    vm_space_put(space);
}

/* -------------------------------------------------------------- how many */

/* Regions of one page with a hole of one behind each. */
static virt_addr_t island(u32 i)
{
    return AT + PAGES(2 * i);
}

static void expect_full(struct vm_space *space)
{
    struct vm_request request = { .bytes = PAGES(1), .flags = VM_READ };
    virt_addr_t at;

    EXPECT_EQ(space->region_count, VM_REGIONS_MAX);
    EXPECT_EQ(vm_map(space, &request, &at), ERR_NOMEM);
    EXPECT_EQ(space_try(space, AT - PAGES(9), PAGES(1), VM_READ, VM_REPLACE),
              ERR_NOMEM);
    EXPECT_EQ(vm_unmap(space, island(0) + PAGES(1), PAGES(1)), ERR_NOMEM);
    EXPECT_EQ(vm_protect(space, island(0) + PAGES(1), PAGES(1), VM_NONE),
              ERR_NOMEM);
    EXPECT_EQ(space->region_count, VM_REGIONS_MAX);
}

TEST(vm, a_space_has_so_many_regions_and_no_more)
{
    NEED_FREE_FRAMES(3000, "12 MiB");
    struct vm_space *space = space_new();
    enum status status = OK;

    /* The first is of three pages, so that it could be split. */
    space_map(space, island(0), 3, VM_READ | VM_NO_RESERVE);
    for (u32 i = 2; i <= VM_REGIONS_MAX && status == OK; i++)
        status = space_try(space, island(i), PAGES(1),
                           VM_READ | VM_NO_RESERVE, VM_REPLACE);
    EXPECT_EQ(status, OK);
    expect_full(space);
    vm_check();
    space_unmap(space, island(2), 1);
    EXPECT_EQ(vm_unmap(space, island(0) + PAGES(1), PAGES(1)), OK);
    EXPECT_EQ(space->region_count, VM_REGIONS_MAX);
    vm_space_put(space);
}

/* ------------------------------------------------------------- the newest */

/* Is there one region that begins at `at` and is the first for all below it? */
static void expect_found(struct vm_space *space, virt_addr_t at)
{
    struct vm_region *region = vm_region_at(space, at);

    EXPECT(region != NULL && region->start == at);
    space->recent = NULL;
    vm_check();
}

TEST(vm, the_newest_region_is_found_among_the_others)
{
    static const u32 order[] = { 4, 0, 8, 2, 6 };
    struct vm_space *space = space_new();

    for (u32 i = 0; i < ARRAY_SIZE(order); i++) {
        space_map(space, AT + PAGES(order[i]), 1, VM_RW);
        EXPECT(space->newest && space->newest->start == AT + PAGES(order[i]));
        for (u32 k = 0; k <= i; k++)
            expect_found(space, AT + PAGES(order[k]));
        EXPECT(vm_region_at(space, AT + PAGES(order[i] + 1)) == NULL);
    }
    space_unmap(space, AT, 16);
    EXPECT(!space->newest && space->region_count == 0);
    vm_space_put(space);
}

/* What is cut off a region is the newest. When it goes, the room that it leaves
 * is known again: the one place for so many pages. */
TEST(vm, what_is_cut_off_and_goes_leaves_room)
{
    struct vm_space *space = space_new();

    space_map(space, USER_START, (USER_END - USER_START) / PAGE_SIZE, VM_READ);
    EXPECT_EQ(vm_protect(space, AT, PAGES(4), VM_NONE), OK);
    space_unmap(space, AT + PAGES(4), 100);
    EXPECT_EQ(vm_protect(space, AT + PAGES(2), PAGES(2), VM_READ), OK);
    space_unmap(space, AT + PAGES(2), 2);
    vm_check();
    EXPECT_EQ(space_place(space, 0, 102, VM_READ), AT + PAGES(2));
    EXPECT_EQ(space_place(space, 0, 1, VM_READ), 0);
    vm_check();
    vm_space_put(space);
}

TEST(vm, a_struct_that_is_kept_is_given_back_when_memory_is_short)
{
    struct vm_space *space = space_new();
    struct kheap_stats before, kept, after;

    vm_trim();
    kheap_stats(&before);
    space_map(space, AT, 1, VM_RW);
    space_unmap(space, AT, 1);
    kheap_stats(&kept);
    vm_trim();
    kheap_stats(&after);
    EXPECT(kept.slabs.used > before.slabs.used);
    EXPECT_EQ(after.slabs.used, before.slabs.used);
    vm_space_put(space);
}

/* ------------------------------------------------------------- no memory */

static enum status unmap_middle(void *context)
{
    enum status status = vm_unmap(context, AT + PAGES(4), PAGES(2));

    if (status == ERR_NOMEM)
        EXPECT_SHAPE(context, "rw10");
    return status;
}

static enum status map_page(void *context)
{
    return space_try(context, AT + PAGES(100), PAGES(1), VM_READ,
                     VM_NO_REPLACE);
}

static enum status create_space(void *context)
{
    struct vm_space **made = context;

    *made = vm_space_create();
    return *made ? OK : ERR_NOMEM;
}

TEST(vm, without_memory_nothing_is_mapped_or_split)
{
    struct vm_space *space = space_new(), *made = NULL;

    space_map(space, AT, 10, VM_RW);
    for (u32 i = 0; i < 10; i++)
        EXPECT(space_poke(space, AT + PAGES(i), i));
    EXPECT_EQ(space_starve(unmap_middle, space), OK);
    EXPECT_SHAPE(space, "rw4 .2 rw4");
    EXPECT_EQ(space_starve(map_page, space), OK);
    EXPECT_EQ(space_starve(create_space, &made), OK);
    vm_space_put(made);
    vm_space_put(space);
}
