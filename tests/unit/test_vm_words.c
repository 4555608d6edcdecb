/*
 * Tests of what L5 says of regions, for those who print them.
 */
#include "spaces.h"

enum { AT = SPACE_AT };

static const char *name_at(struct vm_space *space, virt_addr_t va)
{
    return vm_region_name(space, vm_region_at(space, va));
}

static bool same_text(const char *left, const char *right)
{
    while (*left && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

TEST(vm, a_region_is_named_after_what_it_is)
{
    struct vm_object *object = vm_object_create(NULL, NULL, 1);
    struct vm_space *space = space_new();

    EXPECT(object != NULL);
    space->heap_start = space->heap_end = AT;
    EXPECT_EQ(vm_brk(space, AT + 1), AT + 1);
    space_map(space, AT + PAGES(8), 1, VM_RW);
    space_map(space, AT + PAGES(16), 1, VM_RW | VM_SHARED);
    space_show(space, AT + PAGES(24), 1, VM_READ, object, 0);
    space_map(space, AT + PAGES(32), 1, VM_RW | VM_GROWS_DOWN);
    object->name = "a name";

    EXPECT(same_text(name_at(space, AT), "heap"));
    EXPECT(same_text(name_at(space, AT + PAGES(8)), "private memory"));
    EXPECT(same_text(name_at(space, AT + PAGES(16)), "shared memory"));
    EXPECT(same_text(name_at(space, AT + PAGES(24)), "file"));
    EXPECT(same_text(vm_region_file(vm_region_at(space, AT + PAGES(24))),
                     "a name"));
    EXPECT(vm_region_file(vm_region_at(space, AT + PAGES(16))) == NULL);
    EXPECT(same_text(name_at(space, AT + PAGES(32)), "stack"));
    vm_space_put(space);
    vm_object_put(object);
}

TEST(vm, pages_there_are_those_that_were_touched)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 8, VM_RW);
    space_map(space, AT + PAGES(5000), 8, VM_RW);
    EXPECT_EQ(vm_resident_pages(space), 0);
    EXPECT_EQ(space_touch(space, AT, VM_READ), OK);
    EXPECT_EQ(space_touch(space, AT + PAGES(7), VM_WRITE), OK);
    EXPECT_EQ(space_touch(space, AT + PAGES(5003), VM_WRITE), OK);
    EXPECT_EQ(vm_resident_pages(space), 3);
    EXPECT_EQ(vm_protect(space, AT, PAGES(8), VM_NONE), OK);
    EXPECT(vm_resident_pages(space) >= 2);
    space_unmap(space, AT, 8);
    EXPECT_EQ(vm_resident_pages(space), 1);
    vm_space_put(space);
}

TEST(vm, an_object_has_the_pages_that_were_asked_for)
{
    struct vm_object *object = vm_object_create(NULL, NULL, 3);
    pfn_t frame;

    EXPECT(object != NULL);
    EXPECT(!vm_object_has(object, 1));
    EXPECT_EQ(vm_object_frame(object, 1, &frame), OK);
    EXPECT(vm_object_has(object, 1));
    EXPECT(!vm_object_has(object, 0));
    EXPECT(!vm_object_has(object, 3));
    EXPECT(!vm_object_has(object, ~0u));
    vm_object_put(object);
}
