/*
 * Tests of L5: copies of a space, that share what neither has written to.
 */
#include "spaces.h"

static const virt_addr_t AT = SPACE_AT;

static struct vm_space *fork_of(struct vm_space *space)
{
    struct vm_space *copy = vm_space_fork(space);

    EXPECT(copy != NULL);
    return copy;
}

static u32 copies(void)
{
    struct vm_stats stats;

    vm_stats(&stats);
    return stats.copies;
}

/* ------------------------------------------------------------ copy on write */

TEST(vm, a_copy_shares_frames_until_one_side_writes)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_RW);
    EXPECT(space_poke(space, AT, 5));
    pfn_t frame = space_frame(space, AT);
    struct vm_space *copy = fork_of(space);
    EXPECT_EQ(space_frame(copy, AT).n, frame.n);
    EXPECT_EQ(space_frame(space, AT).n, frame.n);
    EXPECT_EQ(pmm_payload(frame), 2);
    EXPECT(!(pt_walk(&space->pt, AT).access & PT_WRITE));
    EXPECT(!(pt_walk(&copy->pt, AT).access & PT_WRITE));
    EXPECT_EQ(space_peek(copy, AT), 5);
    EXPECT(space_poke(copy, AT, 6));
    EXPECT(space_frame(copy, AT).n != frame.n);
    EXPECT_EQ(space_peek(space, AT), 5);
    EXPECT_EQ(space_peek(copy, AT), 6);
    vm_check();
    vm_space_put(copy);
    EXPECT_EQ(space_peek(space, AT), 5);
    vm_space_put(space);
}

TEST(vm, who_has_a_frame_alone_writes_to_it_without_a_copy)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_RW);
    EXPECT(space_poke(space, AT, 5));
    EXPECT(space_poke(space, AT + PAGES(1), 6));
    pfn_t first = space_frame(space, AT);
    pfn_t second = space_frame(space, AT + PAGES(1));
    struct vm_space *copy = fork_of(space);
    u32 before = copies();
    EXPECT(space_poke(copy, AT, 7));
    EXPECT_EQ(copies(), before + 1);
    EXPECT(space_poke(space, AT, 8));
    EXPECT_EQ(space_frame(space, AT).n, first.n);
    vm_space_put(space);
    EXPECT(space_poke(copy, AT + PAGES(1), 9));
    EXPECT_EQ(space_frame(copy, AT + PAGES(1)).n, second.n);
    EXPECT_EQ(copies(), before + 1);
    EXPECT_EQ(space_peek(copy, AT), 7);
    EXPECT_EQ(space_peek(copy, AT + PAGES(1)), 9);
    vm_space_put(copy);
}

TEST(vm, what_was_never_written_is_zero_on_both_sides)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 3, VM_RW);
    EXPECT_EQ(vm_fault(space, AT, VM_READ), OK);
    struct vm_space *copy = fork_of(space);
    EXPECT(space_poke(space, AT, 1));
    EXPECT(space_poke(space, AT + PAGES(1), 2));
    EXPECT_EQ(space_peek(copy, AT), 0);
    EXPECT_EQ(space_peek(copy, AT + PAGES(1)), 0);
    EXPECT(space_poke(copy, AT + PAGES(2), 3));
    EXPECT_EQ(space_peek(space, AT + PAGES(2)), 0);
    vm_space_put(space);
    vm_space_put(copy);
}

TEST(vm, pages_without_rights_are_copied_as_well)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_RW);
    EXPECT(space_poke(space, AT, 5));
    EXPECT(space_poke(space, AT + PAGES(1), 6));
    EXPECT_EQ(vm_protect(space, AT, PAGES(1), VM_READ), OK);
    EXPECT_EQ(vm_protect(space, AT + PAGES(1), PAGES(1), VM_NONE), OK);
    struct vm_space *copy = fork_of(space);
    EXPECT_SHAPE(copy, "r1 -1");
    EXPECT_EQ(vm_protect(space, AT, PAGES(2), VM_RW), OK);
    EXPECT(space_poke(space, AT, 7));
    EXPECT(space_poke(space, AT + PAGES(1), 8));
    EXPECT_EQ(space_peek(copy, AT), 5);
    EXPECT(!space_poke(copy, AT, 9));
    EXPECT_EQ(vm_protect(copy, AT, PAGES(2), VM_RW), OK);
    EXPECT_EQ(space_peek(copy, AT + PAGES(1)), 6);
    EXPECT(space_poke(copy, AT, 9));
    EXPECT_EQ(space_peek(space, AT), 7);
    vm_space_put(copy);
    vm_space_put(space);
}

/* A right taken away and given back must not make a shared frame writable. */
TEST(vm, rights_that_come_and_go_leave_copies_apart)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 1, VM_RW);
    EXPECT(space_poke(space, AT, 5));
    struct vm_space *copy = fork_of(space);
    EXPECT_EQ(vm_protect(space, AT, PAGES(1), VM_READ), OK);
    EXPECT_EQ(vm_protect(space, AT, PAGES(1), VM_RW), OK);
    EXPECT(space_poke(space, AT, 6));
    EXPECT_EQ(space_peek(copy, AT), 5);
    vm_space_put(copy);
    vm_space_put(space);
}

TEST(vm, a_family_of_copies_each_has_its_own)
{
    enum { FAMILY = 6 };
    struct vm_space *family[FAMILY] = { space_new() };

    space_map(family[0], AT, FAMILY, VM_RW);
    for (u32 i = 0; i < FAMILY; i++)
        EXPECT(space_poke(family[0], AT + PAGES(i), 100 + i));
    for (u32 i = 1; i < FAMILY; i++) {
        family[i] = fork_of(family[i / 2]);
        EXPECT(space_poke(family[i], AT + PAGES(i), 200 + i));
    }
    for (u32 i = 0; i < FAMILY; i++)
        EXPECT(space_poke(family[i], AT, 300 + i));
    for (u32 i = 1; i < FAMILY; i++) {
        EXPECT_EQ(space_peek(family[i], AT), 300 + i);
        EXPECT_EQ(space_peek(family[i], AT + PAGES(i)), 200 + i);
        EXPECT_EQ(space_peek(family[0], AT + PAGES(i)), 100 + i);
    }
    EXPECT_EQ(space_peek(family[5], AT + PAGES(2)), 202);
    EXPECT_EQ(space_peek(family[5], AT + PAGES(1)), 201);
    EXPECT_EQ(space_peek(family[3], AT + PAGES(2)), 102);
    EXPECT_AUDIT_CLEAN();
    for (u32 i = 0; i < FAMILY; i++)
        vm_space_put(family[i]);
}

/* The processor may remember that it could write: fork flushes. */
TEST(vm, the_loaded_space_is_forked_as_any_other)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 1, VM_RW);
    pt_load(&space->pt);
    EXPECT(space_poke(space, AT, 5));
    struct vm_space *copy = fork_of(space);
    EXPECT(space_poke(space, AT, 6));
    pt_load(&copy->pt);
    EXPECT_EQ(space_peek(copy, AT), 5);
    pt_load(pt_kernel());
    vm_space_put(copy);
    vm_space_put(space);
}

/* ----------------------------------------------------- what is not copied */

TEST(vm, shared_memory_is_shared_with_the_copy)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_RW | VM_SHARED);
    EXPECT(space_poke(space, AT, 5));
    struct vm_space *copy = fork_of(space);
    EXPECT_EQ(space_peek(copy, AT), 5);
    EXPECT(space_poke(copy, AT, 6));
    EXPECT_EQ(space_peek(space, AT), 6);
    EXPECT(space_poke(copy, AT + PAGES(1), 7));
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 7);
    EXPECT_EQ(space_frame(copy, AT).n, space_frame(space, AT).n);
    vm_space_put(space);
    EXPECT_EQ(space_peek(copy, AT + PAGES(1)), 7);
    vm_space_put(copy);
}

TEST(vm, a_copy_gets_what_advice_and_locks_leave_it)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 4, VM_RW);
    for (u32 i = 0; i < 4; i++)
        EXPECT(space_poke(space, AT + PAGES(i), 100 + i));
    EXPECT_EQ(vm_advise(space, AT, PAGES(1), VM_ADVICE_WIPEONFORK), OK);
    EXPECT_EQ(vm_advise(space, AT + PAGES(1), PAGES(1), VM_ADVICE_DONTFORK),
              OK);
    EXPECT_EQ(vm_lock(space, AT + PAGES(2), PAGES(1), true), OK);
    EXPECT_SHAPE(space, "rwz1 rwo1 rwl1 rw1");
    struct vm_space *copy = fork_of(space);
    EXPECT_SHAPE(space, "rwz1 rwo1 rwl1 rw1");
    EXPECT_SHAPE(copy, "rwz1 .1 rw2");
    EXPECT_EQ(copy->mapped_pages, 3);
    EXPECT_EQ(space_peek(copy, AT), 0);
    EXPECT_EQ(space_peek(copy, AT + PAGES(1)), UNREADABLE);
    EXPECT_EQ(space_peek(copy, AT + PAGES(2)), 102);
    EXPECT_EQ(space_peek(copy, AT + PAGES(3)), 103);
    EXPECT_EQ(space_peek(space, AT), 100);
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 101);
    EXPECT(space_poke(copy, AT, 9));
    struct vm_space *second = fork_of(copy);
    EXPECT_EQ(space_peek(second, AT), 0);
    vm_check();
    vm_space_put(second);
    vm_space_put(copy);
    vm_space_put(space);
}

TEST(vm, a_copy_has_the_same_heap_and_stack)
{
    struct vm_space *space = space_new();

    space->heap_start = space->heap_end = AT;
    space->stack_max = PAGES(99);
    EXPECT_EQ(vm_brk(space, AT + 5), AT + 5);
    struct vm_space *copy = fork_of(space);
    EXPECT_EQ(copy->heap_start, AT);
    EXPECT_EQ(copy->heap_end, AT + 5);
    EXPECT_EQ(copy->stack_max, PAGES(99));
    EXPECT_EQ(vm_brk(copy, AT + PAGES(2)), AT + PAGES(2));
    EXPECT_EQ(space->heap_end, AT + 5);
    EXPECT_SHAPE(space, "rw1");
    EXPECT_SHAPE(copy, "rw2");
    vm_space_put(copy);
    vm_space_put(space);
}

/* ---------------------------------------------------------------- no memory */

struct forking {
    struct vm_space *space, *copy;
};

static enum status try_fork(void *context)
{
    struct forking *forking = context;

    forking->copy = vm_space_fork(forking->space);
    return forking->copy ? OK : ERR_NOMEM;
}

TEST(vm, a_fork_without_memory_leaves_no_trace)
{
    struct forking forking = { .space = space_new() };

    for (u32 i = 0; i < 12; i++) {
        virt_addr_t at = AT + i * CHUNK_SIZE;
        space_map(forking.space, at, 4, i % 3 ? VM_RW : VM_RW | VM_SHARED);
        EXPECT(space_poke(forking.space, at, 100 + i));
    }
    EXPECT_EQ(space_starve(try_fork, &forking), OK);
    for (u32 i = 0; i < 12; i++) {
        virt_addr_t at = AT + i * CHUNK_SIZE;
        EXPECT_EQ(space_peek(forking.copy, at), 100 + i);
        EXPECT(space_poke(forking.space, at, 200 + i));
        EXPECT_EQ(space_peek(forking.copy, at), i % 3 ? 100 + i : 200 + i);
    }
    vm_space_put(forking.copy);
    vm_space_put(forking.space);
}

static enum status write_copied(void *context)
{
    struct forking *forking = context;
    enum status status = vm_fault(forking->copy, AT, VM_WRITE);

    if (status == ERR_NOMEM)
        EXPECT_EQ(space_frame(forking->copy, AT).n,
                  space_frame(forking->space, AT).n);
    return status;
}

TEST(vm, a_page_that_cannot_be_copied_stays_shared)
{
    struct forking forking = { .space = space_new() };

    space_map(forking.space, AT, 1, VM_RW);
    EXPECT(space_poke(forking.space, AT, 5));
    forking.copy = fork_of(forking.space);
    EXPECT_EQ(space_starve(write_copied, &forking), OK);
    EXPECT_EQ(space_peek(forking.copy, AT), 5);
    EXPECT(space_poke(forking.copy, AT, 6));
    EXPECT_EQ(space_peek(forking.space, AT), 5);
    vm_space_put(forking.copy);
    vm_space_put(forking.space);
}
