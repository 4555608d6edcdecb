/*
 * Every allocation of mm/vm*.c, with too little memory.
 */
#include "nth.h"
#include "spaces.h"

static const virt_addr_t AT = SPACE_AT;
static const virt_addr_t FAR = SPACE_AT + 8 * CHUNK_SIZE;

/* What is there before, and what is made. */
static struct {
    struct vm_space *space, *made;
    struct vm_object *object;
} swept;

/* A space with eight pages, all touched, and `size` more chunks with a page in
 * each, shared ones and private ones by turns. */
static void make_space(u32 size)
{
    swept.space = space_new();
    swept.space->heap_start = swept.space->heap_end = FAR;
    swept.space->stack_max = CHUNK_SIZE;
    space_map(swept.space, AT, 8, VM_RW);
    for (u32 i = 0; i < 8; i++)
        EXPECT(space_poke(swept.space, AT + PAGES(i), i));
    for (u32 i = 1; i <= size; i++) {
        u32 flags = i % 2 ? VM_RW | VM_SHARED : VM_RW;
        space_map(swept.space, AT + i * CHUNK_SIZE, 2, flags);
        EXPECT(space_poke(swept.space, AT + i * CHUNK_SIZE, i));
    }
}

static void make_copy(u32 size)
{
    make_space(size);
    swept.made = vm_space_fork(swept.space);
    EXPECT(swept.made != NULL);
}

static void make_object(u32 pages)
{
    swept.object = vm_object_create(NULL, NULL, pages);
    EXPECT(swept.object != NULL);
}

static void put_all(void)
{
    if (swept.made)
        vm_space_put(swept.made);
    if (swept.space)
        vm_space_put(swept.space);
    if (swept.object)
        vm_object_put(swept.object);
    swept.made = swept.space = NULL;
    swept.object = NULL;
}

/* It succeeded, or there was no memory. */
static bool is_done(enum status status)
{
    EXPECT(status == OK || status == ERR_NOMEM);
    return status == OK;
}

#define OPERATION(prepare_it, run_it)                                    \
    static const struct nth_operation operation = {                      \
        .prepare = prepare_it, .run = run_it, .undo = put_all            \
    }

/* ------------------------------------------------------------------- spaces */

static bool create(u32 size)
{
    (void)size;
    swept.made = vm_space_create();
    return swept.made != NULL;
}

SWEEP(vm_space_create, leaves_no_space)
{
    OPERATION(NULL, create);

    nth_sweep_all(&operation, 0);
}

static bool make_fork(u32 size)
{
    swept.made = vm_space_fork(swept.space);
    for (u32 i = 0; i <= size; i++)
        EXPECT_EQ(space_peek(swept.space, AT + i * CHUNK_SIZE), i);
    return swept.made != NULL;
}

SWEEP(vm_space_fork, leaves_no_copy)
{
    OPERATION(make_space, make_fork);

    nth_sweep_all(&operation, 0);
    nth_sweep_all(&operation, 7);
}

/* ------------------------------------------------------------------ regions */

static bool map(u32 flags)
{
    return is_done(space_try(swept.space, AT + PAGES(2), PAGES(3), flags,
                             VM_REPLACE));
}

static void make_pages(u32 flags)
{
    (void)flags;
    make_space(0);
}

SWEEP(vm_map, maps_and_replaces_nothing)
{
    OPERATION(make_pages, map);

    nth_sweep_all(&operation, VM_READ);
    nth_sweep_all(&operation, VM_RW | VM_EXEC);
    nth_sweep_all(&operation, VM_RW | VM_SHARED);
}

static bool unmap(u32 size)
{
    (void)size;
    return is_done(vm_unmap(swept.space, AT + PAGES(3), PAGES(2)));
}

SWEEP(vm_unmap, leaves_the_region_whole)
{
    OPERATION(make_space, unmap);

    nth_sweep_all(&operation, 0);
}

static bool protect(u32 size)
{
    (void)size;
    return is_done(vm_protect(swept.space, AT + PAGES(3), PAGES(2), VM_READ));
}

SWEEP(vm_protect, leaves_the_region_whole)
{
    OPERATION(make_space, protect);

    nth_sweep_all(&operation, 0);
}

static bool keep_from_forks(u32 size)
{
    (void)size;
    return is_done(vm_advise(swept.space, AT + PAGES(3), PAGES(2),
                             VM_ADVICE_DONTFORK));
}

SWEEP(vm_advise, leaves_the_region_whole)
{
    OPERATION(make_space, keep_from_forks);

    nth_sweep_all(&operation, 0);
}

static bool move(u32 pages)
{
    virt_addr_t at = AT + PAGES(3);

    return is_done(vm_remap(swept.space, &at, PAGES(2), PAGES(pages),
                            VM_REMAP_MAY_MOVE, 0));
}

SWEEP(vm_remap, moves_nothing)
{
    OPERATION(make_pages, move);

    nth_sweep_all(&operation, 3);
}

SWEEP(vm_remap, that_needs_several_tables_moves_nothing)
{
    OPERATION(make_pages, move);

    NTH_NEED_ROOM();
    nth_sweep_all(&operation, 2 * CHUNK_FRAMES);
}

static bool grow_heap(u32 pages)
{
    virt_addr_t end = FAR + PAGES(pages);
    virt_addr_t got = vm_brk(swept.space, end);

    EXPECT(got == end || got == FAR);
    return got == end;
}

SWEEP(vm_brk, leaves_the_heap_as_it_was)
{
    OPERATION(make_pages, grow_heap);

    nth_sweep_all(&operation, 5);
}

/* -------------------------------------------------------------------- pages */

static void make_untouched(u32 flags)
{
    make_space(0);
    space_map(swept.space, FAR, 1, flags);
}

static bool lock_page(u32 flags)
{
    (void)flags;
    return is_done(vm_lock(swept.space, FAR, PAGE_SIZE, true));
}

SWEEP(vm_lock, fills_no_page)
{
    OPERATION(make_untouched, lock_page);

    nth_sweep_all(&operation, VM_READ);
    nth_sweep_all(&operation, VM_RW);
}

static bool populate(u32 flags)
{
    return is_done(vm_advise(swept.space, FAR, PAGE_SIZE,
                             flags & VM_WRITE ? VM_ADVICE_POPULATE_WRITE
                                              : VM_ADVICE_POPULATE_READ));
}

SWEEP(vm_advise, to_populate_fills_no_page)
{
    OPERATION(make_untouched, populate);

    nth_sweep_all(&operation, VM_READ);
    nth_sweep_all(&operation, VM_RW);
}

static bool touch(u32 flags)
{
    return is_done(vm_fault(swept.space, FAR,
                            flags & VM_WRITE ? VM_WRITE : VM_READ));
}

SWEEP(vm_fault, of_what_is_not_there_fills_no_page)
{
    OPERATION(make_untouched, touch);

    nth_sweep_all(&operation, VM_READ);
    nth_sweep_all(&operation, VM_RW);
}

/* What an object has once, it keeps: it has the page, and is shown twice. */
static void make_second_view(u32 flags)
{
    virt_addr_t at = FAR;

    make_untouched(flags);
    EXPECT_EQ(vm_fault(swept.space, FAR, VM_READ), OK);
    EXPECT_EQ(vm_remap(swept.space, &at, 0, PAGE_SIZE,
                       VM_REMAP_MAY_MOVE | VM_REMAP_FIXED, FAR + CHUNK_SIZE),
              OK);
}

static bool touch_again(u32 flags)
{
    (void)flags;
    return is_done(vm_fault(swept.space, FAR + CHUNK_SIZE, VM_WRITE));
}

SWEEP(vm_fault, of_what_is_shared_shows_no_page)
{
    OPERATION(make_second_view, touch_again);

    nth_sweep_all(&operation, VM_RW | VM_SHARED);
    nth_sweep_all(&operation, VM_RW | VM_SHARED | VM_NO_RESERVE);
}

static bool write_copied(u32 size)
{
    pfn_t frame = space_frame(swept.space, AT);
    enum status status = vm_fault(swept.made, AT, VM_WRITE);

    (void)size;
    EXPECT_EQ(space_frame(swept.space, AT).n, frame.n);
    EXPECT_EQ(space_frame(swept.made, AT).n == frame.n, status != OK);
    return is_done(status);
}

SWEEP(vm_fault, of_what_is_copied_leaves_it_shared)
{
    OPERATION(make_copy, write_copied);

    nth_sweep_all(&operation, 0);
}

static bool read_word(u32 flags)
{
    (void)flags;
    return space_peek(swept.space, FAR) == 0;
}

static bool write_word(u32 flags)
{
    (void)flags;
    return space_poke(swept.space, FAR, 1);
}

SWEEP(vm_read, fills_no_page)
{
    OPERATION(make_untouched, read_word);

    nth_sweep_all(&operation, VM_READ);
}

SWEEP(vm_write, fills_no_page)
{
    OPERATION(make_untouched, write_word);

    nth_sweep_all(&operation, VM_RW);
}

/* ------------------------------------------------------------------ objects */

static bool create_object(u32 pages)
{
    swept.object = vm_object_create(NULL, NULL, pages);
    return swept.object != NULL;
}

SWEEP(vm_object_create, leaves_no_object)
{
    OPERATION(NULL, create_object);

    nth_sweep_all(&operation, 1);
}

SWEEP(vm_object_create, of_several_tables_leaves_no_object)
{
    OPERATION(NULL, create_object);

    NTH_NEED_ROOM();
    nth_sweep_all(&operation, 3 * CHUNK_FRAMES);
}

/* The table that leads to its last page is there, and would stay. */
static void make_used_object(u32 pages)
{
    pfn_t frame;

    make_object(pages);
    EXPECT_EQ(vm_object_frame(swept.object, pages - 2, &frame), OK);
}

static bool find_frame(u32 pages)
{
    pfn_t frame;

    return is_done(vm_object_frame(swept.object, pages - 1, &frame));
}

SWEEP(vm_object_frame, leaves_no_frame)
{
    OPERATION(make_used_object, find_frame);

    nth_sweep_all(&operation, 2);
}

SWEEP(vm_object_frame, of_several_tables_leaves_no_frame)
{
    OPERATION(make_used_object, find_frame);

    NTH_NEED_ROOM();
    nth_sweep_all(&operation, 2 * CHUNK_FRAMES);
}
