/*
 * Tests of L5: what is promised, and what is refused because it cannot be.
 *
 * Each test has a region of a page before it counts, so that what a region
 * itself costs has been paid for.
 */
#include "mm/vm_usage.h"
#include "spaces.h"

static const virt_addr_t AT = SPACE_AT;
static const virt_addr_t FAR = SPACE_AT + 64 * CHUNK_SIZE;

static struct vm_space *space_paid_for(void)
{
    struct vm_space *space = space_new();

    space_map(space, USER_START, 1, VM_READ);
    return space;
}

static u32 promise;

/* How much more is promised than when it was asked last. */
static i32 more_promised(void)
{
    u32 before = promise;

    promise = space_promised();
    return (i32)(promise - before);
}

/* ------------------------------------------------------------ what it costs */

TEST(vm, private_memory_is_promised_if_it_may_be_written)
{
    struct vm_space *space = space_paid_for();

    more_promised();
    space_map(space, AT, 10, VM_RW);
    EXPECT_EQ(more_promised(), 10);
    space_map(space, FAR, 10, VM_READ);
    EXPECT_EQ(more_promised(), 0);
    space_map(space, FAR, 10, VM_NONE);
    EXPECT_EQ(more_promised(), 0);
    EXPECT_EQ(vm_protect(space, FAR, PAGES(4), VM_RW), OK);
    EXPECT_EQ(more_promised(), 4);
    space_unmap(space, AT + PAGES(2), 3);
    EXPECT_EQ(more_promised(), -3);
    space_map(space, AT, 10, VM_RW);
    EXPECT_EQ(more_promised(), 3);
    space_map(space, AT, 10, VM_READ);
    EXPECT_EQ(more_promised(), -10);
    vm_check();
    vm_space_put(space);
}

/* Pages that were written stay written when they may no more be. */
TEST(vm, a_right_that_is_taken_away_takes_no_promise_away)
{
    struct vm_space *space = space_paid_for();

    space_map(space, AT, 10, VM_RW);
    more_promised();
    EXPECT_EQ(vm_protect(space, AT, PAGES(5), VM_READ), OK);
    EXPECT_EQ(more_promised(), 0);
    EXPECT_EQ(vm_protect(space, AT, PAGES(10), VM_RW), OK);
    EXPECT_EQ(more_promised(), 0);
    EXPECT_EQ(vm_protect(space, AT, PAGES(5), VM_NONE), OK);
    space_unmap(space, AT, 10);
    EXPECT_EQ(more_promised(), -10);
    vm_space_put(space);
}

TEST(vm, shared_memory_is_promised_once_however_often_it_is_mapped)
{
    struct vm_space *space = space_paid_for();
    virt_addr_t at = AT;

    more_promised();
    space_map(space, AT, 10, VM_RW | VM_SHARED);
    i32 cost = more_promised();
    EXPECT(cost >= 10 && cost <= 12);
    EXPECT_EQ(vm_remap(space, &at, 0, PAGES(10), VM_REMAP_MAY_MOVE, 0), OK);
    EXPECT_EQ(more_promised(), 0);
    space_unmap(space, AT, 10);
    EXPECT_EQ(more_promised(), 0);
    space_unmap(space, at, 5);
    EXPECT_EQ(more_promised(), 0);
    space_unmap(space, at, 10);
    EXPECT_EQ(more_promised(), -cost);
    vm_space_put(space);
}

TEST(vm, what_wants_no_promise_gets_none)
{
    struct vm_space *space = space_paid_for();

    more_promised();
    space_map(space, AT, 100, VM_RW | VM_NO_RESERVE);
    EXPECT_EQ(more_promised(), 0);
    EXPECT_EQ(vm_protect(space, AT, PAGES(100), VM_READ), OK);
    EXPECT_EQ(vm_protect(space, AT, PAGES(100), VM_RW), OK);
    EXPECT_EQ(more_promised(), 0);
    space_unmap(space, AT, 100);
    EXPECT_EQ(more_promised(), 0);
    vm_space_put(space);
}

TEST(vm, page_tables_count_among_what_is_promised)
{
    struct vm_space *space = space_paid_for();

    space_map(space, AT, 1, VM_RW);
    more_promised();
    EXPECT(space_poke(space, AT, 1));
    EXPECT_EQ(more_promised(), 1);
    space_unmap(space, AT, 1);
    EXPECT_EQ(more_promised(), -2);
    struct vm_space *other = space_new();
    EXPECT(more_promised() >= 1);
    vm_space_put(other);
    vm_space_put(space);
}

TEST(vm, a_copy_is_promised_in_full)
{
    struct vm_space *space = space_paid_for();

    more_promised();
    struct vm_space *empty = vm_space_fork(space);
    EXPECT(empty != NULL);
    i32 base = more_promised();
    space_map(space, AT, 10, VM_RW);
    space_map(space, FAR, 10, VM_RW | VM_NO_RESERVE);
    space_map(space, FAR + PAGES(20), 10, VM_RW | VM_SHARED);
    space_map(space, FAR + PAGES(40), 10, VM_RW);
    EXPECT_EQ(vm_advise(space, FAR + PAGES(40), PAGES(10),
                        VM_ADVICE_DONTFORK), OK);
    more_promised();
    struct vm_space *copy = vm_space_fork(space);
    EXPECT(copy != NULL);
    EXPECT_EQ(more_promised(), base + 10);
    vm_space_put(empty);
    more_promised();
    space_map(copy, FAR + PAGES(10), 1, VM_RW | VM_NO_RESERVE);
    EXPECT_SHAPE(copy, "r1 .65519 rw10 .65526 rwn11 .9 rws10");
    EXPECT_EQ(more_promised(), 0);
    vm_space_put(copy);
    vm_space_put(space);
}

TEST(vm, growing_is_promised_and_shrinking_gives_back)
{
    struct vm_space *space = space_paid_for();
    virt_addr_t at = AT;

    space->heap_start = space->heap_end = FAR;
    space_map(space, AT, 10, VM_RW);
    more_promised();
    EXPECT_EQ(vm_remap(space, &at, PAGES(10), PAGES(15), 0, 0), OK);
    EXPECT_EQ(more_promised(), 5);
    EXPECT_EQ(vm_remap(space, &at, PAGES(15), PAGES(20),
                       VM_REMAP_MAY_MOVE | VM_REMAP_FIXED, AT + PAGES(30)),
              OK);
    EXPECT_EQ(more_promised(), 5);
    EXPECT_EQ(vm_remap(space, &at, PAGES(20), PAGES(2),
                       VM_REMAP_MAY_MOVE | VM_REMAP_FIXED, AT), OK);
    EXPECT_EQ(more_promised(), -18);
    EXPECT_EQ(vm_remap(space, &at, PAGES(2), PAGES(2),
                       VM_REMAP_MAY_MOVE | VM_REMAP_KEEP, 0), OK);
    EXPECT_EQ(more_promised(), 2);
    EXPECT_EQ(vm_brk(space, FAR + PAGES(3)), FAR + PAGES(3));
    EXPECT_EQ(more_promised(), 3);
    EXPECT_EQ(vm_brk(space, FAR + 1), FAR + 1);
    EXPECT_EQ(more_promised(), -2);
    vm_check();
    vm_space_put(space);
}

/* ------------------------------------------------------------- the limit */

TEST(vm, a_promise_that_cannot_be_kept_is_not_made)
{
    struct vm_stats stats;

    space_promise_all_but(7);
    vm_stats(&stats);
    EXPECT_EQ(stats.limit - stats.promised, 7);
    EXPECT(!vm_promise(8));
    EXPECT(!vm_promise(~0u));
    EXPECT(vm_promise(7));
    EXPECT(vm_promise(0));
    EXPECT(!vm_promise(1));
    vm_release(7);
    space_release_all();
    EXPECT_PANIC(vm_release(~0u), "vm_release");
}

TEST(vm, memory_that_cannot_be_promised_is_not_mapped)
{
    struct vm_space *space = space_paid_for();
    struct vm_request more = { .bytes = PAGES(6), .flags = VM_RW };
    virt_addr_t at = AT, none;

    space_map(space, AT, 10, VM_RW);
    space_map(space, FAR, 10, VM_READ);
    EXPECT(space_poke(space, AT, 5));
    space_promise_all_but(5);
    EXPECT_EQ(vm_map(space, &more, &none), ERR_NOMEM);
    more.flags |= VM_SHARED;
    EXPECT_EQ(vm_map(space, &more, &none), ERR_NOMEM);
    EXPECT_EQ(vm_remap(space, &at, PAGES(10), PAGES(16), 0, 0), ERR_NOMEM);
    EXPECT_EQ(vm_remap(space, &at, PAGES(10), PAGES(16), VM_REMAP_MAY_MOVE,
                       0), ERR_NOMEM);
    EXPECT_EQ(vm_protect(space, FAR, PAGES(6), VM_RW), ERR_NOMEM);
    EXPECT(vm_space_fork(space) == NULL);
    EXPECT(vm_object_create(NULL, NULL, 6) == NULL);
    EXPECT_SHAPE(space, "r1 .65519 rw10 .65526 r10");
    EXPECT_EQ(space_peek(space, AT), 5);
    EXPECT(!vm_promise(6));

    EXPECT_EQ(space_try(space, AT + PAGES(10), PAGES(5), VM_RW, VM_REPLACE),
              OK);
    EXPECT_EQ(space_try(space, FAR + PAGES(99), PAGES(1), VM_RW, VM_REPLACE),
              ERR_NOMEM);
    EXPECT_EQ(space_try(space, FAR + PAGES(99), PAGES(999),
                        VM_RW | VM_NO_RESERVE, VM_REPLACE), OK);
    space_release_all();
    vm_check();
    vm_space_put(space);
}

/* What it replaces makes room for it. */
TEST(vm, memory_is_replaced_when_nothing_more_can_be_promised)
{
    struct vm_space *space = space_paid_for();

    space_map(space, AT, 10, VM_RW);
    space_promise_all_but(0);
    EXPECT_EQ(space_try(space, AT, PAGES(10), VM_RW, VM_REPLACE), OK);
    EXPECT_EQ(space_try(space, AT, PAGES(11), VM_RW, VM_REPLACE), ERR_NOMEM);
    EXPECT_EQ(space_try(space, AT, PAGES(9), VM_RW | VM_EXEC, VM_REPLACE),
              OK);
    space_release_all();
    EXPECT_SHAPE(space, "r1 .65519 rwx9 rw1");
    vm_space_put(space);
}

TEST(vm, promised_memory_is_there_when_nothing_more_can_be_promised)
{
    struct vm_space *space = space_paid_for();

    space_map(space, AT, 50, VM_RW);
    space_map(space, AT + PAGES(50), 50, VM_RW | VM_SHARED);
    space_promise_all_but(0);
    for (u32 i = 0; i < 100; i++)
        EXPECT(space_poke(space, AT + PAGES(i), i));
    for (u32 i = 0; i < 100; i++)
        EXPECT_EQ(space_peek(space, AT + PAGES(i)), i);
    space_release_all();
    vm_space_put(space);
}

TEST(vm, the_counts_of_all_spaces_add_up)
{
    struct vm_stats before, during, after;

    NEED_PLAIN_HEAP();
    vm_stats(&before);
    struct vm_space *space = space_paid_for();
    space_map(space, AT, 4, VM_RW);
    struct vm_space *copy = vm_space_fork(space);
    EXPECT(copy != NULL);
    EXPECT(space_poke(copy, AT, 1));
    EXPECT_EQ(space_peek(space, AT), 0);
    vm_stats(&during);
    EXPECT_EQ(during.spaces, before.spaces + 2);
    EXPECT_EQ(during.regions, before.regions + 4);
    EXPECT_EQ(during.limit, before.limit);
    EXPECT(during.faults >= before.faults + 2);
    EXPECT_AUDIT_CLEAN();
    vm_space_put(copy);
    vm_space_put(space);
    vm_stats(&after);
    EXPECT_EQ(after.spaces, before.spaces);
    EXPECT_EQ(after.regions, before.regions);
    EXPECT_EQ(after.promised, before.promised);
}

/* -------------------------------------------------------------------- usage */

static void expect_usage(const struct vm_space *space, u32 resident,
                         u32 unpromised, u32 no_reserve)
{
    struct vm_usage usage;

    vm_usage(space, &usage);
    EXPECT_EQ(usage.resident, resident);
    EXPECT_EQ(usage.unpromised, unpromised);
    EXPECT_EQ(usage.no_reserve, no_reserve);
}

TEST(vm, what_nobody_promised_is_told_from_what_somebody_did)
{
    struct vm_space *space = space_paid_for();

    space_map(space, AT, 10, VM_RW);
    space_map(space, FAR, 20, VM_RW | VM_NO_RESERVE);
    space_map(space, FAR + PAGES(30), 5, VM_RW | VM_SHARED);
    expect_usage(space, 0, 0, 20);
    EXPECT(space_poke(space, AT, 1));
    EXPECT(space_poke(space, FAR + PAGES(30), 1));
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 0);
    EXPECT_EQ(space_peek(space, FAR), 0);
    expect_usage(space, 1, 0, 20);
    EXPECT(space_poke(space, FAR, 1));
    EXPECT(space_poke(space, FAR + PAGES(19), 1));
    expect_usage(space, 3, 2, 20);
    EXPECT_EQ(vm_protect(space, FAR, PAGES(10), VM_NONE), OK);
    expect_usage(space, 3, 2, 20);

    struct vm_space *copy = vm_space_fork(space);
    EXPECT(copy != NULL);
    expect_usage(copy, 3, 2, 20);
    space_unmap(copy, FAR, 20);
    expect_usage(copy, 1, 0, 0);
    vm_space_put(copy);
    vm_space_put(space);
}

TEST(vm, a_space_is_emptied_of_all_that_it_took)
{
    struct vm_space *space = space_paid_for();
    u32 free = space_free_frames(), promised = space_promised();

    space_map(space, AT, 10, VM_RW);
    space_map(space, USER_END - PAGES(4), 4, VM_RW | VM_GROWS_DOWN);
    EXPECT(space_poke(space, AT, 1));
    EXPECT(space_poke(space, USER_END - 4, 1));
    EXPECT_EQ(vm_unmap(space, USER_START, USER_END - USER_START), OK);
    expect_usage(space, 0, 0, 0);
    EXPECT_EQ(space->region_count, 0);
    EXPECT_EQ(vm_fault(space, AT, VM_READ), ERR_FAULT);
    vm_trim();
    EXPECT(space_free_frames() >= free);
    EXPECT(space_promised() <= promised);
    vm_space_put(space);
}

TEST(vm, the_first_region_from_an_address_on_is_told)
{
    struct vm_space *space = space_new();

    EXPECT(!vm_region_from(space, 0));
    space_map(space, AT, 2, VM_RW);
    space_map(space, FAR, 1, VM_READ);
    EXPECT_EQ(vm_region_from(space, 0)->start, AT);
    EXPECT_EQ(vm_region_from(space, AT + PAGES(2) - 1)->start, AT);
    EXPECT_EQ(vm_region_from(space, AT + PAGES(2))->start, FAR);
    EXPECT(!vm_region_from(space, FAR + PAGES(1)));
    EXPECT(!vm_region_from(space, USER_END));
    vm_space_put(space);
}
