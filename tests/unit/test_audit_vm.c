/*
 * Tests of the audit: spaces that were damaged on purpose.
 */
#include "audit_expect.h"
#include "mm/pt_user.h"
#include "spaces.h"

static const virt_addr_t AT = SPACE_AT;

/* Two pages, the first one written to; then a hole, and another two. */
static struct vm_space *make_space(void)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_RW);
    space_map(space, AT + PAGES(4), 2, VM_RW);
    EXPECT(space_poke(space, AT, 1));
    EXPECT_AUDIT_CLEAN();
    return space;
}

TEST(audit, regions_that_overlap_are_found)
{
    struct vm_space *space = make_space();
    struct vm_region *region = vm_region_at(space, AT);

    audit_damage(&region->end, AT + PAGES(5));
    EXPECT_NAMED("region [0x%08x, 0x%08x): overlaps, or is none",
                 AT + PAGES(4), AT + PAGES(6));
    EXPECT_PANIC(vm_check(), "overlaps");
    audit_repair();
    vm_space_put(space);
}

TEST(audit, a_false_count_of_regions_or_pages_is_found)
{
    struct vm_space *space = make_space();

    audit_damage(&space->region_count, 3);
    EXPECT_NAMED("space: 2 regions of 4 pages, counted as 3 of 4");
    audit_repair();
    audit_damage(&space->mapped_pages, 5);
    EXPECT_NAMED("space: 2 regions of 4 pages, counted as 2 of 5");
    audit_repair();
    vm_space_put(space);
}

TEST(audit, a_false_promise_is_found)
{
    struct vm_space *space = make_space();

    audit_damage(&space->promised, 9);
    EXPECT_NAMED("space: its regions ask for 4 frames, but 9 are promised to "
                 "it");
    EXPECT_PANIC(vm_check(), "9 are promised");
    audit_repair();
    vm_space_put(space);
}

TEST(audit, a_page_that_no_region_holds_is_found)
{
    struct vm_space *space = make_space();
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);

    EXPECT_EQ(pt_map(&space->pt, AT + PAGES(2), frame, PT_READ | PT_USER),
              OK);
    pmm_put(frame);
    EXPECT_CONTRADICTION("page 0x%08x: shows frame 0x%x, in no region",
                         AT + PAGES(2), frame.n);
    EXPECT_EQ(pt_unmap(&space->pt, AT + PAGES(2)), OK);
    pt_flush();
    vm_space_put(space);
}

TEST(audit, a_page_with_more_rights_than_its_region_is_found)
{
    struct vm_space *space = make_space();
    struct vm_region *region = vm_region_at(space, AT);

    audit_damage(&region->flags, region->flags & ~(u32)VM_WRITE);
    EXPECT_CONTRADICTION("page 0x%08x: may be used as its region does not "
                         "allow", AT);
    audit_repair();
    vm_space_put(space);
}

TEST(audit, a_shared_frame_that_one_side_may_write_to_is_found)
{
    struct vm_space *space = make_space();
    struct vm_space *copy = vm_space_fork(space);

    EXPECT(copy != NULL);
    EXPECT_AUDIT_CLEAN();
    EXPECT_EQ(pt_allow_write(&copy->pt, AT), OK);
    EXPECT_CONTRADICTION("page 0x%08x: may be written, though frame 0x%x is "
                         "others', too", AT, space_frame(space, AT).n);
    vm_space_put(copy);
    EXPECT_AUDIT_CLEAN();
    vm_space_put(space);
}

TEST(audit, an_object_with_too_few_references_is_found)
{
    struct vm_object *object = vm_object_create(NULL, NULL, 3);
    struct vm_space *space = make_space();

    EXPECT(object != NULL);
    space_show(space, AT, 1, VM_READ, object, 0);
    space_show(space, AT + PAGES(1), 1, VM_READ, object, 0);
    EXPECT_EQ(vm_fault(space, AT, VM_READ), OK);
    EXPECT_AUDIT_CLEAN();
    audit_damage(&object->references, 1);
    EXPECT_NAMED("object of 3 pages: 2 regions show it, but it has 1 "
                 "references");
    audit_repair();
    audit_damage(&object->resident, 2);
    EXPECT_NAMED("object of 3 pages: has 1 frames, counted as 2");
    audit_repair();
    vm_space_put(space);
    vm_object_put(object);
}

TEST(audit, a_dump_of_a_space_changes_nothing)
{
    struct vm_space *space = make_space();

    vm_dump(space);
    EXPECT_AUDIT_CLEAN();
    vm_space_put(space);
}
