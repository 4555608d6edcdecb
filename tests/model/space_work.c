/*
 * tests/model/space_work.c - random work on spaces: touches, copies, phases.
 *
 * A page's number stands in its first and its last word; for the rest, a page
 * holds zeros.
 */
#include "space_work.h"

#include "mm/pmm.h"
#include "spaces.h"

enum {
    FILE_WORD = 0x66000000,
    LAST_WORD = PAGE_SIZE - 4, /* of a page                      */
    PHASE = 300,               /* calls                          */
    SPARE = 24,                /* frames or promises, when memory is short */
    LOOKS = 3,                 /* at pages, after each call      */
    LOOK_AT_ALL = 1024,        /* calls; then at each page       */
    CHECK_EVERY = 128,
    AUDIT_EVERY = 4096,
    FEW_FRAMES = 1 << 16,      /* 256 MiB: to drain more takes too long */
};

u32 work_some(struct space_work *work, u32 limit)
{
    return test_random(&work->random) % limit;
}

bool work_one_in(struct space_work *work, u32 many)
{
    return work_some(work, many) == 0;
}

virt_addr_t work_page(struct space_work *work)
{
    const struct model_window *window =
        &model_windows[work_some(work, MODEL_WINDOWS)];

    return window->start + work_some(work, window->pages) * PAGE_SIZE;
}

/* --------------------------------------------------------------------- file */

static enum status fill_page(struct vm_object *object, u32 page, void *memory)
{
    u32 *words = memory;

    (void)object;
    words[0] = words[PAGE_SIZE / sizeof *words - 1] = FILE_WORD + page;
    return OK;
}

static const struct vm_object_source file_source = { .fill = fill_page };

static bool make_file(struct space_work *work)
{
    struct model_object *object = &work->model.objects[WORK_FILE];

    work->file = vm_object_create(&file_source, NULL, WORK_FILE_PAGES);
    object->handle = work->file;
    object->is_kept = true;
    object->pages = WORK_FILE_PAGES;
    for (u32 i = 0; i < WORK_FILE_PAGES; i++)
        object->content[i] = FILE_WORD + i;
    return work->file != NULL;
}

/* ------------------------------------------------------------------ content */

static bool holds(struct vm_space *space, virt_addr_t page, u32 content)
{
    u32 words[32] = { 0 }, other = 0;

    if (!vm_read(space, page, words, sizeof words) || words[0] != content)
        return false;
    for (u32 i = 1; i < ARRAY_SIZE(words); i++)
        other |= words[i];
    return other == 0 &&
           space_peek(space, page + LAST_WORD) == content;
}

/* Touch a page on both sides. True if it can be used now: short of memory, a
 * page that cannot be filled cannot. */
static bool touch(struct space_work *work, struct model_space *space,
                  virt_addr_t va, enum vm_rights access, const char **words)
{
    struct work_call *call = &work->call;
    struct model_page *page = model_page_at(space, va);
    bool was_own = page && page->is_own;

    call->suspect = va;
    call->expected = model_touch(&work->model, space, va, access);
    call->answer = space_touch(space->handle, va, access);
    if (call->answer != call->expected && !work_is_short(work))
        *words = "a touch ends in another way";
    if (call->answer != OK && page)
        page->is_own = was_own;
    return call->answer == OK && call->expected == OK;
}

static const char *look(struct space_work *work, struct model_space *space,
                        virt_addr_t at)
{
    struct model_page *page = model_page_at(space, at);
    const char *words = NULL;

    if (model_is_mapped(page) && touch(work, space, at, VM_READ, &words) &&
        !holds(space->handle, at, model_content(&work->model, page)))
        return "a page holds something else";
    return words;
}

static const char *look_at_all(struct space_work *work,
                               struct model_space *space)
{
    const char *words = NULL;

    for (u32 i = 0; i < MODEL_WINDOWS && !words; i++)
        for (u32 page = 0; page < model_windows[i].pages && !words; page++)
            words = look(work, space,
                         model_windows[i].start + page * PAGE_SIZE);
    return words;
}

/* ------------------------------------------------------------------ touches */

static virt_addr_t choose_address(struct space_work *work)
{
    static const virt_addr_t strange[] = {
        0, USER_START - 1, USER_END, KVA_START, 0xffffffff,
    };

    if (work_one_in(work, 50))
        return strange[work_some(work, ARRAY_SIZE(strange))];
    return work_page(work) + work_some(work, PAGE_SIZE);
}

/* A touch may let a stack grow, so that all is compared. Without a promise it
 * cannot, which is no ERR_NOMEM to its program. */
static const char *touch_somewhere(struct space_work *work,
                                   struct model_space *space)
{
    static const enum vm_rights accesses[] = { VM_READ, VM_WRITE, VM_EXEC };
    const char *words = NULL;
    virt_addr_t va = choose_address(work);

    touch(work, space, va,
          accesses[work_some(work, ARRAY_SIZE(accesses))], &words);
    if (words)
        return words;
    words = model_compare(&work->model, space);
    if (!words || !work_is_short(work))
        return words;
    *space = work->before;
    return model_compare(&work->model, space);
}

static const char *write_somewhere(struct space_work *work,
                                   struct model_space *space)
{
    virt_addr_t at = model_next(space, work_page(work));
    const char *words = NULL;

    if (!at || !touch(work, space, at, VM_WRITE, &words))
        return words;
    model_write(&work->model, space, at, ++work->written);
    if (!space_poke(space->handle, at, work->written) ||
        !space_poke(space->handle, at + LAST_WORD,
                    work->written))
        return "a page that was touched cannot be written";
    return NULL;
}

static const char *copy(struct space_work *work, struct model_space *space)
{
    struct model_space *child =
        &work->model.spaces[work_some(work, MODEL_SPACES)];

    if (child == space)
        return NULL;
    if (child->handle)
        vm_space_put(child->handle);
    child->handle = vm_space_fork(space->handle);
    if (!child->handle)
        return work_is_short(work) ? NULL : "it cannot be copied";
    child->handle->stack_max = MODEL_STACK_MAX;
    model_fork(space, child);
    return model_compare(&work->model, child);
}

/* ------------------------------------------------------------------- phases */

static const struct {
    const char *name;
    const char *(*run)(struct space_work *work, struct model_space *space);
    u32 weight; /* of 100 */
} calls[] = {
    { "write", write_somewhere, 20 },
    { "touch", touch_somewhere, 15 },
    { "map", work_map, 18 },
    { "unmap", work_unmap, 10 },
    { "protect", work_protect, 13 },
    { "advise", work_advise, 8 },
    { "remap", work_remap, 8 },
    { "brk", work_brk, 4 },
    { "lock", work_lock, 2 },
    { "fork", copy, 2 },
};

static struct model_space *some_space(struct space_work *work)
{
    struct model_space *space;

    do
        space = &work->model.spaces[work_some(work, MODEL_SPACES)];
    while (!space->handle);
    return space;
}

static const char *step(struct space_work *work)
{
    struct model_space *space = some_space(work);
    u32 which = 0, chance = work_some(work, 100);

    while (chance >= calls[which].weight)
        chance -= calls[which++].weight;
    work->number++;
    work->call = (struct work_call){ .name = calls[which].name };
    work->before = *space;
    const char *words = calls[which].run(work, space);
    for (u32 i = 0; i < LOOKS && !words; i++)
        words = look(work, space, work_page(work));
    if (!words && work_one_in(work, LOOK_AT_ALL))
        words = look_at_all(work, space);
    if (work->number % CHECK_EVERY == 0)
        vm_check();
    if (work->number % AUDIT_EVERY == 0)
        EXPECT_AUDIT_CLEAN();
    return words;
}

static void begin_phase(struct space_work *work)
{
    work->shortage = (enum work_shortage)work_some(work, WORK_SHORTAGES);
    u32 spare = work_some(work, SPARE);
    if (work->shortage == SHORT_OF_FRAMES && pmm_span() > FEW_FRAMES &&
        test_free_frames() > FEW_FRAMES)
        work->shortage = SHORT_OF_NOTHING;
    if (work->shortage == SHORT_OF_FRAMES)
        test_drain(ZONE_ANY, spare);
    if (work->shortage == SHORT_OF_PROMISES)
        space_promise_all_but(spare);
}

static void end_phase(struct space_work *work)
{
    test_refill();
    space_release_all();
    work->shortage = SHORT_OF_NOTHING;
}

const char *space_work_run(struct space_work *work, u32 seed, u32 count)
{
    const char *words = NULL;

    work->seed = seed;
    work->random = seed * 0x9e3779b9;
    work->number = 0;
    while (work->number < count && !words) {
        begin_phase(work);
        for (u32 i = 0; i < PHASE && work->number < count && !words; i++)
            words = step(work);
        end_phase(work);
        for (u32 i = 0; i < MODEL_SPACES && !words; i++)
            if (work->model.spaces[i].handle && work_one_in(work, 4))
                words = look_at_all(work, &work->model.spaces[i]);
    }
    return words;
}

/* ---------------------------------------------------------- begin and end */

const char *space_work_begin(struct space_work *work)
{
    struct model_space *space = &work->model.spaces[0];

    *work = (struct space_work){ .number = 0 };
    space->handle = vm_space_create();
    if (!space->handle || !make_file(work))
        return "there is no memory for a space and a file";
    space->handle->heap_start = space->handle->heap_end = MODEL_HEAP;
    space->handle->stack_max = MODEL_STACK_MAX;
    space->heap_end = MODEL_HEAP;
    return NULL;
}

void space_work_end(struct space_work *work)
{
    end_phase(work);
    for (u32 i = 0; i < MODEL_SPACES; i++)
        if (work->model.spaces[i].handle)
            vm_space_put(work->model.spaces[i].handle);
    if (work->file)
        vm_object_put(work->file);
}

void space_work_print(const struct space_work *work, const char *words)
{
    static const char *const shortages[WORK_SHORTAGES] = {
        "nothing", "frames", "promises",
    };
    const struct work_call *call = &work->call;

    test_print("# seed %u, call %u, short of %s: %s", work->seed,
               work->number, shortages[work->shortage], words);
    test_print("# it is %s at 0x%08x to 0x%08x, bytes 0x%x and 0x%x, flags "
               "0x%x, place %u; the page 0x%08x; expected %u, got %u",
               call->name ? call->name : "none", call->at, call->to,
               call->bytes, call->new_bytes, call->flags, call->place,
               call->suspect, (u32)call->expected, (u32)call->answer);
}
