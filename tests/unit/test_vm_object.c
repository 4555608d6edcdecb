/*
 * Tests of L5: memory that several regions show.
 */
#include "spaces.h"

static const virt_addr_t AT = SPACE_AT;

enum {
    PAGE_WORD = 7000,    /* page n of a file begins with 7000 + n  */
    UNREADABLE_PAGE = 5, /* but this one cannot be read            */
    FILE_PAGES = 8,
    FOR_ALL = VM_RW | VM_SHARED | VM_MAY_WRITE,
};

static struct {
    u32 fills, gone;
    bool is_broken;
} file;

static enum status fill_page(struct vm_object *object, u32 page, void *memory)
{
    u32 *words = memory, sum = 0;

    EXPECT(object->context == &file);
    for (u32 i = 0; i < PAGE_SIZE / sizeof *words; i++)
        sum |= words[i];
    EXPECT_EQ(sum, 0);
    file.fills++;
    words[0] = 0xdead;
    if (page == UNREADABLE_PAGE && file.is_broken)
        return ERR_BUS;
    words[0] = PAGE_WORD + page;
    return OK;
}

static void note_gone(struct vm_object *object)
{
    (void)object;
    file.gone++;
}

static const struct vm_object_source source = { fill_page, note_gone };

static struct vm_object *file_new(void)
{
    struct vm_object *object = vm_object_create(&source, &file, FILE_PAGES);

    EXPECT(object != NULL);
    file.fills = file.gone = 0;
    file.is_broken = true;
    return object;
}

/* ------------------------------------------------------------------- shared */

TEST(vm, an_object_is_filled_once_and_seen_by_all)
{
    struct vm_object *object = file_new();
    struct vm_space *one = space_new(), *two = space_new();

    space_show(one, AT, 4, FOR_ALL, object, 0);
    space_show(two, AT + PAGES(9), 4, FOR_ALL, object, 2);
    EXPECT_EQ(space_peek(one, AT + PAGES(2)), PAGE_WORD + 2);
    EXPECT_EQ(space_peek(two, AT + PAGES(9)), PAGE_WORD + 2);
    EXPECT_EQ(file.fills, 1);
    EXPECT_EQ(object->resident, 1);
    EXPECT_EQ(space_frame(one, AT + PAGES(2)).n,
              space_frame(two, AT + PAGES(9)).n);
    EXPECT_EQ(pmm_kind(space_frame(one, AT + PAGES(2))), FRAME_FILE);
    EXPECT_EQ(pmm_payload(space_frame(one, AT + PAGES(2))), 3);
    EXPECT(space_poke(one, AT + PAGES(2), 5));
    EXPECT_EQ(space_peek(two, AT + PAGES(9)), 5);
    EXPECT(space_poke(two, AT + PAGES(10), 6));
    EXPECT_EQ(space_peek(one, AT + PAGES(3)), 6);
    EXPECT_AUDIT_CLEAN();
    vm_space_put(one);
    EXPECT_EQ(space_peek(two, AT + PAGES(9)), 5);
    vm_space_put(two);
    vm_object_put(object);
}

TEST(vm, an_object_goes_with_its_last_reference)
{
    u32 promised = space_promised();
    struct vm_object *object = file_new();
    struct vm_space *space = space_new();

    space_show(space, AT, 4, FOR_ALL, object, 0);
    EXPECT_EQ(object->references, 2);
    vm_object_get(object);
    vm_object_put(object);
    vm_object_put(object);
    EXPECT_EQ(file.gone, 0);
    EXPECT_EQ(space_peek(space, AT + PAGES(1)), PAGE_WORD + 1);
    space_unmap(space, AT, 1);
    space_unmap(space, AT + PAGES(2), 1);
    EXPECT_EQ(object->references, 2);
    EXPECT_EQ(file.gone, 0);
    space_unmap(space, AT, 4);
    EXPECT_EQ(file.gone, 1);
    vm_space_put(space);
    EXPECT_EQ(space_promised(), promised);
}

TEST(vm, shared_memory_with_no_object_gets_one)
{
    struct vm_space *space = space_new();
    struct vm_stats before, during, after;

    vm_stats(&before);
    space_map(space, AT, 4, VM_RW | VM_SHARED);
    vm_stats(&during);
    EXPECT_EQ(during.objects, before.objects + 1);
    EXPECT_EQ(space_peek(space, AT + PAGES(3)), 0);
    EXPECT(space_poke(space, AT + PAGES(3), 5));
    EXPECT_EQ(vm_protect(space, AT, PAGES(4), VM_READ), OK);
    EXPECT_EQ(vm_protect(space, AT, PAGES(4), VM_RW), OK);
    EXPECT_EQ(space_peek(space, AT + PAGES(3)), 5);
    space_unmap(space, AT, 4);
    vm_stats(&after);
    EXPECT_EQ(after.objects, before.objects);
    EXPECT_EQ(after.promised, before.promised);
    vm_space_put(space);
}

/* ------------------------------------------------------------------ private */

TEST(vm, a_private_page_of_an_object_is_its_frame_until_written)
{
    struct vm_object *object = file_new();
    struct vm_space *one = space_new(), *two = space_new();

    space_show(one, AT, FILE_PAGES, VM_RW, object, 0);
    space_show(two, AT, FILE_PAGES, FOR_ALL, object, 0);
    EXPECT_EQ(space_peek(one, AT), PAGE_WORD);
    EXPECT_EQ(space_peek(two, AT), PAGE_WORD);
    EXPECT_EQ(space_frame(one, AT).n, space_frame(two, AT).n);
    EXPECT(!(pt_walk(&one->pt, AT).access & PT_WRITE));
    EXPECT(space_poke(two, AT, 5));
    EXPECT_EQ(space_peek(one, AT), 5);
    EXPECT(space_poke(one, AT, 6));
    EXPECT_EQ(pmm_kind(space_frame(one, AT)), FRAME_USER);
    EXPECT(space_poke(two, AT, 7));
    EXPECT_EQ(space_peek(one, AT), 6);
    EXPECT_EQ(space_peek(two, AT), 7);

    EXPECT(space_poke(one, AT + PAGES(1) + 4, 8)); /* untouched before */
    EXPECT_EQ(space_peek(one, AT + PAGES(1)), PAGE_WORD + 1);
    EXPECT_EQ(space_peek(two, AT + PAGES(1) + 4), 0);
    EXPECT_EQ(vm_advise(one, AT, PAGES(2), VM_ADVICE_DONTNEED), OK);
    EXPECT_EQ(space_peek(one, AT), 7);
    EXPECT_EQ(space_peek(one, AT + PAGES(1) + 4), 0);
    vm_check();
    vm_space_put(one);
    vm_space_put(two);
    vm_object_put(object);
}

/* Nobody else may show the frame, and yet it is the object's. */
TEST(vm, a_private_write_never_reaches_the_object)
{
    struct vm_object *object = file_new();
    struct vm_space *space = space_new();

    space_show(space, AT, 2, VM_RW, object, 0);
    vm_object_put(object);
    EXPECT_EQ(space_peek(space, AT), PAGE_WORD);
    EXPECT(space_poke(space, AT, 5));
    EXPECT_EQ(vm_advise(space, AT, PAGES(1), VM_ADVICE_DONTNEED), OK);
    EXPECT_EQ(space_peek(space, AT), PAGE_WORD);
    EXPECT_EQ(file.fills, 1);
    vm_space_put(space);
    EXPECT_EQ(file.gone, 1);
}

TEST(vm, copies_of_private_pages_of_an_object_are_apart)
{
    struct vm_object *object = file_new();
    struct vm_space *space = space_new();

    space_show(space, AT, 3, VM_RW, object, 0);
    EXPECT_EQ(space_peek(space, AT), PAGE_WORD);
    EXPECT(space_poke(space, AT + PAGES(1), 5));
    struct vm_space *copy = vm_space_fork(space);
    EXPECT(copy != NULL);
    EXPECT(space_poke(copy, AT, 6));
    EXPECT(space_poke(space, AT + PAGES(1), 7));
    EXPECT_EQ(space_peek(space, AT), PAGE_WORD);
    EXPECT_EQ(space_peek(copy, AT + PAGES(1)), 5);
    EXPECT_EQ(space_peek(copy, AT + PAGES(2)), PAGE_WORD + 2);
    EXPECT_EQ(object->references, 3);
    vm_space_put(space);
    vm_space_put(copy);
    vm_object_put(object);
}

/* ------------------------------------------------------------------- bounds */

TEST(vm, beyond_the_end_of_an_object_is_nothing_to_touch)
{
    struct vm_object *object = file_new();
    struct vm_space *space = space_new();
    u32 last = FILE_PAGES - 1;

    space_show(space, AT, 2 * FILE_PAGES, FOR_ALL, object, 0);
    space_show(space, AT + PAGES(100), 4, VM_RW, object, last);
    space_show(space, AT + PAGES(200), 1, VM_READ, object, ~0u);
    EXPECT_EQ(vm_fault(space, AT + PAGES(last), VM_WRITE), OK);
    EXPECT_EQ(vm_fault(space, AT + PAGES(FILE_PAGES), VM_READ), ERR_BUS);
    EXPECT_EQ(vm_fault(space, AT + PAGES(FILE_PAGES), VM_WRITE), ERR_BUS);
    EXPECT_EQ(vm_fault(space, AT + PAGES(2 * FILE_PAGES), VM_READ),
              ERR_FAULT);
    EXPECT_EQ(vm_fault(space, AT + PAGES(100), VM_WRITE), OK);
    EXPECT_EQ(vm_fault(space, AT + PAGES(101), VM_READ), ERR_BUS);
    EXPECT_EQ(vm_fault(space, AT + PAGES(101), VM_WRITE), ERR_BUS);
    EXPECT_EQ(vm_fault(space, AT + PAGES(200), VM_READ), ERR_BUS);
    EXPECT_EQ(vm_fault(space, AT + PAGES(200), VM_WRITE), ERR_ACCESS);
    EXPECT_EQ(space_peek(space, AT + PAGES(100)), PAGE_WORD + last);
    vm_space_put(space);
    vm_object_put(object);
}

TEST(vm, a_page_that_cannot_be_read_can_be_tried_again)
{
    struct vm_object *object = file_new();
    struct vm_space *space = space_new();
    virt_addr_t at = AT + PAGES(UNREADABLE_PAGE);
    pfn_t frame;

    space_show(space, AT, FILE_PAGES, VM_RW, object, 0);
    EXPECT_EQ(vm_fault(space, at, VM_READ), ERR_BUS);
    u32 free = space_free_frames();
    EXPECT_EQ(vm_fault(space, at, VM_WRITE), ERR_BUS);
    EXPECT_EQ(vm_object_frame(object, UNREADABLE_PAGE, &frame), ERR_BUS);
    EXPECT_EQ(space_peek(space, at), UNREADABLE);
    EXPECT_EQ(space_free_frames(), free);
    EXPECT_EQ(object->resident, 0);
    EXPECT_EQ(file.fills, 4);
    file.is_broken = false;
    EXPECT_EQ(space_peek(space, at), PAGE_WORD + UNREADABLE_PAGE);
    vm_space_put(space);
    vm_object_put(object);
}

TEST(vm, who_holds_an_object_can_look_at_its_frames)
{
    struct vm_object *object = file_new();
    struct vm_space *space = space_new();
    pfn_t frame = PFN_NONE, again = PFN_NONE;

    space_show(space, AT, FILE_PAGES, FOR_ALL, object, 0);
    EXPECT_EQ(vm_object_frame(object, 3, &frame), OK);
    EXPECT_EQ(pmm_payload(frame), 1);
    EXPECT(space_poke(space, AT + PAGES(3), 9));
    EXPECT_EQ(space_frame(space, AT + PAGES(3)).n, frame.n);
    u32 *words = window_map(frame);
    EXPECT_EQ(words[0], 9);
    words[0] = 10;
    window_unmap(words);
    EXPECT_EQ(space_peek(space, AT + PAGES(3)), 10);
    EXPECT_EQ(vm_object_frame(object, 3, &again), OK);
    EXPECT_EQ(again.n, frame.n);
    EXPECT_EQ(vm_object_frame(object, FILE_PAGES, &frame), ERR_BUS);
    EXPECT_EQ(vm_object_frame(object, ~0u, &frame), ERR_BUS);
    EXPECT_EQ(file.fills, 1);
    vm_space_put(space);
    vm_object_put(object);
}

TEST(vm, an_empty_object_has_no_page)
{
    struct vm_object *object = vm_object_create(&source, &file, 0);
    struct vm_space *space = space_new();

    EXPECT(object != NULL);
    space_show(space, AT, 1, FOR_ALL, object, 0);
    EXPECT_EQ(vm_fault(space, AT, VM_READ), ERR_BUS);
    vm_check();
    vm_space_put(space);
    vm_object_put(object);
}

/* A large object takes memory for what is touched of it. */
TEST(vm, an_object_has_frames_only_where_it_was_touched)
{
    enum { LARGE = 3 * CHUNK_FRAMES };

    NEED_FREE_FRAMES(2 * LARGE, "24 MiB");
    struct vm_space *space = space_new();
    space_map(space, AT, LARGE, VM_RW | VM_SHARED);
    u32 free = space_free_frames();
    for (u32 i = 0; i < LARGE; i += CHUNK_FRAMES / 2)
        EXPECT(space_poke(space, AT + PAGES(i), i));
    for (u32 i = 0; i < LARGE; i += CHUNK_FRAMES / 2)
        EXPECT_EQ(space_peek(space, AT + PAGES(i)), i);
    EXPECT(free - space_free_frames() < 64); /* and what leads to them */
    vm_check();
    vm_space_put(space);
}

/* ------------------------------------------------------------------- rights */

TEST(vm, a_file_that_was_not_opened_for_it_is_never_written)
{
    struct vm_object *object = file_new();
    struct vm_space *space = space_new();

    space_show(space, AT, 2, VM_READ | VM_SHARED, object, 0);
    space_map(space, AT - PAGES(1), 1, VM_READ);
    space_show(space, AT + PAGES(2), 1, VM_READ, object, 2);
    EXPECT_EQ(vm_fault(space, AT, VM_WRITE), ERR_ACCESS);
    EXPECT_EQ(vm_protect(space, AT, PAGES(2), VM_RW), ERR_ACCESS);
    EXPECT_EQ(vm_protect(space, AT, PAGES(2), VM_WRITE), ERR_ACCESS);
    EXPECT_SHAPE(space, "r1 rs2 r1");
    EXPECT_EQ(vm_protect(space, AT - PAGES(1), PAGES(4), VM_RW), ERR_ACCESS);
    EXPECT_SHAPE(space, "rw1 rs2 r1");
    EXPECT_EQ(vm_protect(space, AT, PAGES(2), VM_READ | VM_EXEC), OK);
    EXPECT_EQ(vm_protect(space, AT, PAGES(2), VM_NONE), OK);
    EXPECT_EQ(vm_protect(space, AT + PAGES(2), PAGES(1), VM_RW), OK);
    EXPECT(space_poke(space, AT + PAGES(2), 5));
    vm_space_put(space);
    vm_object_put(object);
}
