/*
 * Tests of L5: rights that change, pages that are held, and advice.
 */
#include "spaces.h"

static const virt_addr_t AT = SPACE_AT;

static enum status protect(struct vm_space *space, u32 page, u32 pages,
                           u32 rights)
{
    return vm_protect(space, AT + PAGES(page), PAGES(pages),
                      (enum vm_rights)rights);
}

static enum status advise(struct vm_space *space, u32 page, u32 pages,
                          u32 advice)
{
    return vm_advise(space, AT + PAGES(page), PAGES(pages), advice);
}

/* ----------------------------------------------------------------- protect */

TEST(vm, rights_split_a_region_and_the_old_ones_mend_it)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 8, VM_RW);
    EXPECT_EQ(protect(space, 2, 4, VM_READ), OK);
    EXPECT_SHAPE(space, "rw2 r4 rw2");
    EXPECT_EQ(protect(space, 3, 2, VM_NONE), OK);
    EXPECT_SHAPE(space, "rw2 r1 -2 r1 rw2");
    EXPECT_EQ(protect(space, 3, 2, VM_READ), OK);
    EXPECT_SHAPE(space, "rw2 r4 rw2");
    EXPECT_EQ(protect(space, 1, 6, VM_RW), OK);
    EXPECT_SHAPE(space, "rw8");
    EXPECT_EQ(protect(space, 0, 8, VM_RW), OK);
    EXPECT_EQ(protect(space, 0, 1, VM_READ), OK);
    EXPECT_EQ(protect(space, 7, 1, VM_READ), OK);
    EXPECT_SHAPE(space, "r1 rw6 r1");
    EXPECT_EQ(space->mapped_pages, 8);
    vm_check();
    vm_space_put(space);
}

TEST(vm, rights_are_those_of_the_next_touch_and_content_stays)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_RW);
    EXPECT(space_poke(space, AT, 5));
    pfn_t frame = space_frame(space, AT);
    EXPECT_EQ(protect(space, 0, 2, VM_READ), OK);
    EXPECT(!space_poke(space, AT, 6));
    EXPECT_EQ(space_peek(space, AT), 5);
    EXPECT_EQ(protect(space, 0, 2, VM_NONE), OK);
    EXPECT_EQ(space_touch(space, AT, VM_READ), ERR_ACCESS);
    EXPECT_EQ(space_peek(space, AT), UNREADABLE);
    EXPECT_EQ(protect(space, 0, 2, VM_RW), OK);
    EXPECT_EQ(space_peek(space, AT), 5);
    EXPECT(space_poke(space, AT, 6));
    EXPECT_EQ(space_frame(space, AT).n, frame.n);
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 0);
    vm_space_put(space);
}

TEST(vm, the_page_of_zeros_is_never_made_writable)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_READ);
    EXPECT_EQ(vm_fault(space, AT, VM_READ), OK);
    EXPECT_EQ(vm_fault(space, AT + PAGES(1), VM_READ), OK);
    EXPECT_EQ(protect(space, 0, 2, VM_RW), OK);
    EXPECT(space_poke(space, AT, 5));
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 0);
    vm_space_put(space);
}

TEST(vm, rights_change_up_to_the_first_hole)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_RW);
    space_map(space, AT + PAGES(2), 1, VM_RW | VM_EXEC);
    space_map(space, AT + PAGES(4), 2, VM_RW);
    EXPECT_EQ(protect(space, 1, 4, VM_READ), ERR_NOMEM);
    EXPECT_SHAPE(space, "rw1 r2 .1 rw2");
    EXPECT_EQ(protect(space, 3, 3, VM_READ), ERR_NOMEM);
    EXPECT_SHAPE(space, "rw1 r2 .1 rw2");
    EXPECT_EQ(protect(space, 5, 2, VM_NONE), ERR_NOMEM);
    EXPECT_SHAPE(space, "rw1 r2 .1 rw1 -1");
    EXPECT_EQ(protect(space, 9, 1, VM_NONE), ERR_NOMEM);
    vm_check();
    vm_space_put(space);
}

TEST(vm, rights_of_what_makes_no_sense_are_refused)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_RW);
    space_map(space, USER_END - PAGE_SIZE, 1, VM_RW);
    EXPECT_EQ(vm_protect(space, AT + 1, PAGE_SIZE, VM_READ), ERR_INVAL);
    EXPECT_EQ(vm_protect(space, AT + 1, 0, VM_READ), ERR_INVAL);
    EXPECT_EQ(vm_protect(space, AT, 0, VM_READ), OK);
    EXPECT_EQ(vm_protect(space, AT + PAGES(5), 0, VM_READ), OK);
    EXPECT_EQ(vm_protect(space, AT, ~0u, VM_RW), ERR_NOMEM);
    EXPECT_EQ(vm_protect(space, AT, 0u - AT, VM_RW), ERR_NOMEM);
    EXPECT_EQ(vm_protect(space, KVA_START, PAGE_SIZE, VM_RW), ERR_NOMEM);
    EXPECT_EQ(vm_protect(space, USER_END - PAGE_SIZE, PAGE_SIZE + 1, VM_RW),
              ERR_NOMEM);
    EXPECT_EQ(vm_protect(space, USER_END - PAGE_SIZE, 1, VM_READ), OK);
    EXPECT_SHAPE(space, "rw2 .720893 r1");
    vm_space_put(space);
}

static enum status protect_middle(void *context)
{
    enum status status = protect(context, 3, 2, VM_READ);

    if (status == ERR_NOMEM)
        EXPECT_SHAPE(context, "rw8");
    return status;
}

TEST(vm, rights_that_cannot_be_noted_do_not_change)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 8, VM_RW);
    for (u32 i = 0; i < 8; i++)
        EXPECT(space_poke(space, AT + PAGES(i), i));
    EXPECT_EQ(space_starve(protect_middle, space), OK);
    EXPECT_SHAPE(space, "rw3 r2 rw3");
    vm_space_put(space);
}

/* ------------------------------------------------------------------ advice */

TEST(vm, pages_that_are_not_needed_are_zeros_again)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 4, VM_RW);
    for (u32 i = 0; i < 4; i++)
        EXPECT(space_poke(space, AT + PAGES(i), 100 + i));
    u32 free = space_free_frames();
    EXPECT_EQ(advise(space, 1, 2, VM_ADVICE_DONTNEED), OK);
    EXPECT_EQ(space_free_frames(), free + 2);
    EXPECT_SHAPE(space, "rw4");
    EXPECT_EQ(space_peek(space, AT), 100);
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 0);
    EXPECT_EQ(space_peek(space, AT + PAGES(2)), 0);
    EXPECT_EQ(space_peek(space, AT + PAGES(3)), 103);
    EXPECT_EQ(protect(space, 3, 1, VM_NONE), OK);
    EXPECT_EQ(advise(space, 3, 1, VM_ADVICE_DONTNEED), OK);
    EXPECT_EQ(protect(space, 3, 1, VM_READ), OK);
    EXPECT_EQ(space_peek(space, AT + PAGES(3)), 0);
    vm_space_put(space);
}

TEST(vm, pages_that_may_go_are_old_or_zero_until_written)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_RW);
    EXPECT(space_poke(space, AT, 5));
    EXPECT(space_poke(space, AT + PAGES(1), 6));
    EXPECT_EQ(advise(space, 0, 2, VM_ADVICE_FREE), OK);
    u32 now = space_peek(space, AT);
    EXPECT(now == 0 || now == 5);
    EXPECT(space_poke(space, AT + PAGES(1), 7));
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 7);
    vm_space_put(space);
}

TEST(vm, advice_skips_holes_and_tells_of_them)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_RW);
    space_map(space, AT + PAGES(3), 2, VM_RW);
    EXPECT(space_poke(space, AT, 1));
    EXPECT(space_poke(space, AT + PAGES(3), 2));
    EXPECT_EQ(advise(space, 0, 5, VM_ADVICE_DONTNEED), ERR_NOMEM);
    EXPECT_EQ(space_peek(space, AT), 0);
    EXPECT_EQ(space_peek(space, AT + PAGES(3)), 0);
    EXPECT_EQ(advise(space, 3, 3, VM_ADVICE_DONTNEED), ERR_NOMEM);
    EXPECT_EQ(advise(space, 9, 1, VM_ADVICE_NORMAL), ERR_NOMEM);
    EXPECT_EQ(advise(space, 1, 1, VM_ADVICE_DONTNEED), OK);
    vm_space_put(space);
}

TEST(vm, advice_that_makes_no_sense_is_refused)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_RW);
    EXPECT_EQ(vm_advise(space, AT + 1, PAGE_SIZE, VM_ADVICE_DONTNEED),
              ERR_INVAL);
    EXPECT_EQ(advise(space, 0, 1, 99), ERR_INVAL);
    EXPECT_EQ(advise(space, 0, 1, 5), ERR_INVAL);
    EXPECT_EQ(vm_advise(space, AT, ~0u, VM_ADVICE_DONTNEED), ERR_INVAL);
    EXPECT_EQ(vm_advise(space, AT, 0u - AT + PAGE_SIZE, VM_ADVICE_NORMAL),
              ERR_INVAL);
    EXPECT_EQ(advise(space, 0, 0, VM_ADVICE_DONTNEED), OK);
    EXPECT_EQ(advise(space, 9, 0, VM_ADVICE_DONTNEED), OK);
    EXPECT_EQ(vm_advise(space, AT, 1, VM_ADVICE_WILLNEED), OK);
    EXPECT_EQ(advise(space, 0, 2, VM_ADVICE_RANDOM), OK);
    EXPECT_EQ(advise(space, 0, 2, VM_ADVICE_SEQUENTIAL), OK);
    EXPECT_SHAPE(space, "rw2");
    vm_space_put(space);
}

TEST(vm, advice_that_does_not_fit_what_is_mapped_is_refused)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 1, VM_RW | VM_SHARED);
    space_map(space, AT + PAGES(1), 1, VM_RW);
    EXPECT(space_poke(space, AT, 5));
    EXPECT(space_poke(space, AT + PAGES(1), 6));
    EXPECT_EQ(advise(space, 0, 1, VM_ADVICE_FREE), ERR_INVAL);
    EXPECT_EQ(advise(space, 0, 1, VM_ADVICE_WIPEONFORK), ERR_INVAL);
    EXPECT_EQ(advise(space, 0, 1, VM_ADVICE_KEEPONFORK), OK);
    EXPECT_EQ(advise(space, 0, 1, VM_ADVICE_DONTNEED), OK);
    EXPECT_EQ(space_peek(space, AT), 5); /* the object has it still */
    EXPECT_EQ(vm_lock(space, AT + PAGES(1), PAGE_SIZE, true), OK);
    EXPECT_EQ(advise(space, 1, 1, VM_ADVICE_DONTNEED), ERR_INVAL);
    EXPECT_EQ(advise(space, 1, 1, VM_ADVICE_FREE), ERR_INVAL);
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 6);
    vm_space_put(space);
}

TEST(vm, advice_about_forks_splits_and_mends_a_region)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 4, VM_RW);
    EXPECT_EQ(advise(space, 1, 1, VM_ADVICE_WIPEONFORK), OK);
    EXPECT_EQ(advise(space, 2, 1, VM_ADVICE_DONTFORK), OK);
    EXPECT_SHAPE(space, "rw1 rwz1 rwo1 rw1");
    EXPECT_EQ(advise(space, 0, 4, VM_ADVICE_KEEPONFORK), OK);
    EXPECT_EQ(advise(space, 0, 4, VM_ADVICE_DOFORK), OK);
    EXPECT_SHAPE(space, "rw4");
    vm_space_put(space);
}

/* ----------------------------------------------------------------- locking */

TEST(vm, locked_pages_are_filled_at_once)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 4, VM_RW);
    EXPECT_EQ(vm_lock(space, AT + PAGES(1) + 5, PAGE_SIZE, true), OK);
    EXPECT_SHAPE(space, "rw1 rwl2 rw1");
    EXPECT(pfn_is_none(space_frame(space, AT)));
    EXPECT(!pfn_is_none(space_frame(space, AT + PAGES(1))));
    EXPECT(!pfn_is_none(space_frame(space, AT + PAGES(2))));
    EXPECT(space_poke(space, AT + PAGES(1), 5));
    EXPECT_EQ(vm_lock(space, AT, PAGES(4), false), OK);
    EXPECT_SHAPE(space, "rw4");
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 5);
    space_map(space, AT + PAGES(8), 2, VM_RW | VM_LOCKED);
    EXPECT(!pfn_is_none(space_frame(space, AT + PAGES(8))));
    EXPECT(!pfn_is_none(space_frame(space, AT + PAGES(9))));
    vm_check();
    vm_space_put(space);
}

TEST(vm, to_lock_what_is_not_there_is_refused)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_RW);
    EXPECT_EQ(vm_lock(space, AT + PAGES(1), PAGES(2), true), ERR_NOMEM);
    EXPECT_EQ(vm_lock(space, AT + PAGES(4), 1, true), ERR_NOMEM);
    EXPECT_EQ(vm_lock(space, AT + PAGES(4), 1, false), ERR_NOMEM);
    EXPECT_EQ(vm_lock(space, AT, 0u - AT - 1, true), ERR_INVAL);
    EXPECT_EQ(vm_lock(space, AT + PAGES(4), 0, true), OK);
    vm_space_put(space);
}

/* -------------------------------------------------------------- residency */

struct seen {
    u32 bits, count, stop;
};

static bool see(bool is, void *context)
{
    struct seen *seen = context;

    seen->bits |= (u32)is << seen->count++;
    return seen->count != seen->stop;
}

TEST(vm, pages_with_a_frame_are_told_from_those_without)
{
    struct vm_space *space = space_new();
    struct seen seen = { 0 }, few = { .stop = 2 }, none = { 0 };

    space_map(space, AT, 4, VM_RW);
    space_map(space, AT + PAGES(4), 2, VM_RW | VM_SHARED);
    EXPECT(space_poke(space, AT + PAGES(1), 1));
    EXPECT(space_poke(space, AT + PAGES(5), 1));
    EXPECT_EQ(advise(space, 5, 1, VM_ADVICE_DONTNEED), OK);
    EXPECT_EQ(vm_each_page(space, AT, PAGES(6), see, &seen), OK);
    EXPECT_EQ(seen.count, 6);
    EXPECT_EQ(seen.bits, 1 << 1 | 1 << 5);
    EXPECT_EQ(vm_each_page(space, AT, PAGES(6), see, &few), OK);
    EXPECT_EQ(few.count, 2);
    EXPECT_EQ(vm_each_page(space, AT + 1, PAGES(1), see, &none), ERR_INVAL);
    EXPECT_EQ(vm_each_page(space, AT + PAGES(5), PAGES(2), see, &seen),
              ERR_NOMEM);
    EXPECT_EQ(vm_each_page(space, AT, ~0u, see, &seen), ERR_NOMEM);
    EXPECT_EQ(none.count, 0);
    vm_space_put(space);
}
