/*
 * Tests of L5: what a touch finds, and what it costs.
 */
#include "mm/kheap.h"
#include "spaces.h"

static const virt_addr_t AT = SPACE_AT;

static u32 tables(void)
{
    struct pt_stats stats;

    pt_stats(&stats);
    return stats.tables;
}

/* --------------------------------------------------------------- zero pages */

TEST(vm, what_was_never_written_reads_as_zeros_of_one_frame)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 3, VM_RW);
    space_map(space, AT + PAGES(9), 1, VM_READ);
    EXPECT_EQ(vm_fault(space, AT, VM_READ), OK);
    u32 free = space_free_frames();
    EXPECT_EQ(vm_fault(space, AT + PAGES(1) + 17, VM_READ), OK);
    EXPECT_EQ(vm_fault(space, AT + PAGES(9), VM_READ), OK);
    EXPECT_EQ(space_free_frames(), free);
    EXPECT_EQ(space_frame(space, AT).n, space_frame(space, AT + PAGES(1)).n);
    EXPECT_EQ(space_frame(space, AT).n, space_frame(space, AT + PAGES(9)).n);
    EXPECT(!(pt_walk(&space->pt, AT).access & PT_WRITE));
    EXPECT_EQ(space_peek(space, AT), 0);
    EXPECT_EQ(space_peek(space, AT + PAGES(1) - 4), 0);
    EXPECT(pfn_is_none(space_frame(space, AT + PAGES(2))));
    vm_check();
    vm_space_put(space);
}

TEST(vm, a_written_page_has_a_frame_of_its_own)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 3, VM_RW);
    EXPECT_EQ(vm_fault(space, AT, VM_READ), OK);
    EXPECT_EQ(vm_fault(space, AT + PAGES(1), VM_READ), OK);
    pfn_t zeros = space_frame(space, AT);
    EXPECT_EQ(vm_fault(space, AT, VM_WRITE), OK);
    EXPECT(space_frame(space, AT).n != zeros.n);
    EXPECT_EQ(pmm_kind(space_frame(space, AT)), FRAME_USER);
    EXPECT_EQ(pmm_payload(space_frame(space, AT)), 1);
    EXPECT(pt_walk(&space->pt, AT).access & PT_WRITE);
    EXPECT(space_poke(space, AT + 8, 77));
    EXPECT_EQ(space_peek(space, AT + 8), 77);
    EXPECT_EQ(space_peek(space, AT + PAGES(1) + 8), 0);
    EXPECT_EQ(space_frame(space, AT + PAGES(1)).n, zeros.n);
    EXPECT_EQ(vm_fault(space, AT + PAGES(2), VM_WRITE), OK);
    EXPECT(space_frame(space, AT + PAGES(2)).n != zeros.n);
    vm_space_put(space);
}

/* Whatever somebody else has left in a frame, nobody gets to see. */
TEST(vm, a_new_page_holds_zeros_whatever_the_frame_held)
{
    enum { COUNT = 16 };
    struct vm_space *space = space_new();
    u32 words[PAGE_SIZE / sizeof(u32) / 8], seen = 0;

    for (u32 round = 0; round < 2; round++) {
        space_map(space, AT, COUNT, VM_RW);
        for (u32 i = 0; i < COUNT; i++)
            for (u32 at = 0; at < PAGE_SIZE; at += sizeof words) {
                EXPECT(vm_fault(space, AT + PAGES(i), VM_WRITE) == OK);
                EXPECT(vm_read(space, AT + PAGES(i) + at, words,
                               sizeof words));
                for (u32 w = 0; w < ARRAY_SIZE(words); w++) {
                    seen |= words[w];
                    words[w] = 0xa5a5a5a5;
                }
                EXPECT(vm_write(space, AT + PAGES(i) + at, words,
                                sizeof words));
            }
        space_unmap(space, AT, COUNT);
    }
    EXPECT_EQ(seen, 0);
    vm_space_put(space);
}

/* ------------------------------------------------------------------- rights */

TEST(vm, a_touch_is_allowed_by_the_rights_or_refused)
{
    enum { ANY = VM_READ | VM_WRITE | VM_EXEC };
    struct vm_space *space = space_new();

    for (u32 rights = 0; rights <= ANY; rights++) {
        virt_addr_t at = AT + PAGES(2 * rights);
        space_map(space, at, 2, rights);
        /* As on a processor that knows no other rights: who may write or run
         * a page can read it as well. */
        enum status read = rights ? OK : ERR_ACCESS;
        enum status write = rights & VM_WRITE ? OK : ERR_ACCESS;
        EXPECT_EQ(vm_fault(space, at, VM_READ), read);
        EXPECT_EQ(vm_fault(space, at, VM_WRITE), write);
        EXPECT_EQ(vm_fault(space, at + PAGES(1), VM_WRITE), write);
        EXPECT_EQ(vm_fault(space, at + PAGES(1), VM_READ), read);
        EXPECT_EQ(pt_walk(&space->pt, at).mapped, rights != 0);
    }
    EXPECT_EQ(vm_fault(space, AT + PAGES(2 * (VM_READ | VM_EXEC)), VM_EXEC),
              OK);
    EXPECT_EQ(vm_fault(space, AT, VM_EXEC), ERR_ACCESS);
    vm_check();
    vm_space_put(space);
}

TEST(vm, a_touch_where_nothing_is_finds_nothing)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 1, VM_RW);
    static const virt_addr_t nothing[] = {
        0, 4, USER_START - 1, USER_START, SPACE_AT - 1, SPACE_AT + PAGE_SIZE,
        USER_END - 1, USER_END, KVA_START, 0xfffffffc, ~0u,
    };
    for (u32 i = 0; i < ARRAY_SIZE(nothing); i++) {
        EXPECT_EQ(vm_fault(space, nothing[i], VM_READ), ERR_FAULT);
        EXPECT_EQ(vm_fault(space, nothing[i], VM_WRITE), ERR_FAULT);
    }
    EXPECT_EQ(space->mapped_pages, 1);
    vm_space_put(space);
}

/* The processor may still remember that it could not. */
TEST(vm, a_fault_on_what_is_there_already_changes_nothing)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 1, VM_RW);
    EXPECT(space_poke(space, AT, 9));
    pfn_t frame = space_frame(space, AT);
    EXPECT_EQ(vm_fault(space, AT, VM_READ), OK);
    EXPECT_EQ(vm_fault(space, AT, VM_WRITE), OK);
    EXPECT_EQ(space_frame(space, AT).n, frame.n);
    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT_EQ(space_peek(space, AT), 9);
    vm_space_put(space);
}

TEST(vm, the_loaded_space_faults_as_any_other)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 2, VM_RW);
    pt_load(&space->pt);
    EXPECT_EQ(vm_fault(space, AT, VM_READ), OK);
    EXPECT_EQ(vm_fault(space, AT, VM_WRITE), OK);
    EXPECT(space_poke(space, AT + PAGES(1), 5));
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), 5);
    space_unmap(space, AT, 1);
    EXPECT_EQ(vm_fault(space, AT, VM_READ), ERR_FAULT);
    pt_load(pt_kernel());
    vm_space_put(space);
}

/* ------------------------------------------------------------------- tables */

TEST(vm, page_tables_come_with_a_touch_and_go_with_the_last_page)
{
    struct vm_space *space = space_new();
    u32 before = tables();

    space_map(space, AT, 4 * CHUNK_FRAMES, VM_RW | VM_NO_RESERVE);
    EXPECT_EQ(tables(), before);
    for (u32 i = 0; i < 4; i++) {
        EXPECT(space_poke(space, AT + i * CHUNK_SIZE, i));
        EXPECT_EQ(space_peek(space, AT + i * CHUNK_SIZE + PAGES(9)), 0);
    }
    EXPECT_EQ(tables(), before + 4);
    space_unmap(space, AT + CHUNK_SIZE, 1);
    EXPECT_EQ(tables(), before + 4);
    space_unmap(space, AT + CHUNK_SIZE, CHUNK_FRAMES);
    EXPECT_EQ(tables(), before + 3);
    space_unmap(space, AT, 4 * CHUNK_FRAMES);
    EXPECT_EQ(tables(), before);
    vm_space_put(space);
}

TEST(vm, frames_go_with_their_pages)
{
    NEED_PLAIN_HEAP();
    struct vm_space *space = space_new();

    space_map(space, AT, 1, VM_RW);
    EXPECT(space_poke(space, AT, 1));
    space_map(space, AT + PAGES(2), 8, VM_RW);
    u32 free = space_free_frames();
    for (u32 i = 2; i < 10; i++)
        EXPECT(space_poke(space, AT + PAGES(i), i));
    EXPECT_EQ(space_free_frames(), free - 8);
    space_unmap(space, AT + PAGES(3), 2);
    EXPECT_EQ(space_free_frames(), free - 6);
    space_map(space, AT + PAGES(5), 2, VM_RW);
    EXPECT_EQ(space_free_frames(), free - 4);
    vm_space_put(space);
}

/* ---------------------------------------------------------------- no memory */

static enum status write_page(void *context)
{
    return vm_fault(context, AT + CHUNK_SIZE, VM_WRITE);
}

static enum status read_page(void *context)
{
    return vm_fault(context, AT + 2 * CHUNK_SIZE, VM_READ);
}

static enum status write_zero_page(void *context)
{
    return vm_fault(context, AT, VM_WRITE);
}

TEST(vm, a_touch_without_memory_is_refused_and_changes_nothing)
{
    struct vm_space *space = space_new();

    space_map(space, AT, 3 * CHUNK_FRAMES, VM_RW | VM_NO_RESERVE);
    EXPECT_EQ(vm_fault(space, AT, VM_READ), OK);
    EXPECT_EQ(space_starve(write_page, space), OK);
    EXPECT_EQ(space_starve(read_page, space), OK);
    EXPECT_EQ(space_starve(write_zero_page, space), OK);
    vm_space_put(space);
}

/* ------------------------------------------------------ reading and writing */

TEST(vm, words_over_page_ends_are_read_and_written)
{
    static u8 out[PAGE_SIZE + 64], in[sizeof out];
    struct vm_space *space = space_new();
    virt_addr_t at = AT + CHUNK_SIZE - PAGE_SIZE - 3;

    space_map(space, AT + CHUNK_SIZE - PAGES(2), 4, VM_RW);
    for (u32 i = 0; i < sizeof out; i++)
        out[i] = (u8)(i * 7 + 1);
    EXPECT(vm_write(space, at, out, sizeof out));
    EXPECT(vm_read(space, at, in, sizeof in));
    u32 differ = 0;
    for (u32 i = 0; i < sizeof out; i++)
        differ += in[i] != out[i];
    EXPECT_EQ(differ, 0);
    EXPECT(vm_read(space, at - 4, in, 8));
    EXPECT_EQ(in[3], 0);
    EXPECT_EQ(in[4], 1);
    vm_space_put(space);
}

TEST(vm, what_a_program_may_not_touch_is_not_read_or_written)
{
    struct vm_space *space = space_new();
    u8 bytes[16] = { 0 };

    space_map(space, AT, 1, VM_RW);
    space_map(space, AT + PAGES(1), 1, VM_READ);
    space_map(space, AT + PAGES(2), 1, VM_NONE);
    EXPECT(vm_read(space, AT + PAGES(2) - 8, bytes, 8));
    EXPECT(!vm_read(space, AT + PAGES(2) - 8, bytes, 9));
    EXPECT(!vm_read(space, AT + PAGES(2), bytes, 1));
    EXPECT(vm_write(space, AT + PAGES(1) - 8, bytes, 8));
    EXPECT(!vm_write(space, AT + PAGES(1) - 8, bytes, 9));
    EXPECT(!vm_write(space, AT + PAGES(1), bytes, 1));
    EXPECT(!vm_read(space, AT - 1, bytes, 2));
    EXPECT(!vm_read(space, AT + PAGES(3), bytes, 1));
    EXPECT(!vm_read(space, 0, bytes, 1));
    EXPECT(!vm_read(space, USER_END, bytes, 1));
    EXPECT(!vm_write(space, KVA_START, bytes, 1));
    EXPECT(!vm_read(space, 0xfffffff8, bytes, 16));
    EXPECT(vm_read(space, 0, bytes, 0));
    EXPECT(vm_write(space, AT + PAGES(2), bytes, 0));
    space_map(space, USER_END - PAGE_SIZE, 1, VM_RW);
    EXPECT(vm_write(space, USER_END - 16, bytes, 16));
    EXPECT(!vm_write(space, USER_END - 8, bytes, 16));
    vm_space_put(space);
}
