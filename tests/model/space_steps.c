/*
 * tests/model/space_steps.c - random work on spaces: its calls.
 *
 * A call is made of the model first, which says what must be answered. If the
 * answer is ERR_NOMEM, and memory is short, it is as if nothing had been asked:
 * the model is what it was before, but for what may have been done in part.
 */
#include "space_work.h"

#include "mm/pt_user.h"
#include "spaces.h"

enum {
    PAGES_ORDER = 7, /* a range has up to 2^6 pages           */
    STRANGE = 40,    /* of so many ranges, one makes no sense */
};

/* --------------------------------------------------------- short of memory */

/* Filling what is locked may have ended early: learn how far it got. */
static void learn_fill(struct space_work *work, struct model_space *space,
                       virt_addr_t at)
{
    struct model_page *page = model_page_at(space, at);
    pte_t entry = pt_entry(&space->handle->pt, at);
    bool is_own = entry.bits & (PTE_PRESENT | PTE_HELD) &&
                  pmm_kind(pfn(entry.bits >> PAGE_SHIFT)) == FRAME_USER;

    if (!(page->flags & VM_LOCKED) || page->flags & VM_SHARED || !page->object)
        return;
    page->content = model_content(&work->model, page);
    page->is_own = is_own;
}

static void learn_fills(struct space_work *work, struct model_space *space)
{
    for (u32 i = 0; i < MODEL_WINDOWS; i++)
        for (u32 page = 0; page < model_windows[i].pages; page++)
            learn_fill(work, space,
                       model_windows[i].start + page * PAGE_SIZE);
}

/* ERR_NOMEM: is it as before, or has a part been done? */
static const char *find_part(struct space_work *work,
                             struct model_space *space)
{
    const struct work_call *call = &work->call;
    const char *words = "memory is short, and something has changed";
    u32 bytes = 0;

    do {
        *space = work->before;
        if (bytes > 0)
            call->part(work, space, bytes);
        learn_fills(work, space);
        if (!model_compare(&work->model, space))
            return NULL;
        bytes += PAGE_SIZE;
    } while (call->part && bytes <= call->bytes + PAGE_SIZE);
    return words;
}

/* Of a remap, what is in the way goes first: what is there, and then what is
 * too much. Only after that it may fail. */
static void remap_part(struct space_work *work, struct model_space *space,
                       u32 bytes)
{
    const struct work_call *call = &work->call;

    if (call->flags & VM_REMAP_FIXED)
        (void)model_unmap(space, call->to, call->new_bytes);
    if (bytes > PAGE_SIZE && call->new_bytes < call->bytes)
        (void)model_unmap(space, call->at + round_up(call->new_bytes,
                                                     PAGE_SIZE),
                          round_up(call->bytes, PAGE_SIZE) -
                              round_up(call->new_bytes, PAGE_SIZE));
}

static const char *settle(struct space_work *work, struct model_space *space,
                          enum status expected, enum status answer)
{
    work->call.expected = expected;
    work->call.answer = answer;
    bool lacks = work_is_short(work) && answer == ERR_NOMEM;
    if (answer != expected)
        return lacks ? find_part(work, space) : "the answer is wrong";
    if (work_is_short(work))
        learn_fills(work, space);
    const char *words = model_compare(&work->model, space);
    return words && lacks ? find_part(work, space) : words;
}

/* ------------------------------------------------------------------- choice */

/* A range within a window; now and then one that makes no sense. */
static void choose_range(struct space_work *work)
{
    struct work_call *call = &work->call;
    const struct model_window *window =
        &model_windows[work_some(work, MODEL_WINDOWS)];
    u32 first = work_some(work, window->pages);
    u32 pages = 1 + work_some(work, 1u << work_some(work, PAGES_ORDER));

    call->at = window->start + first * PAGE_SIZE;
    call->bytes = min_u32(pages, window->pages - first) * PAGE_SIZE;
    if (work_one_in(work, 4))
        call->bytes -= work_some(work, PAGE_SIZE);
    if (work_one_in(work, STRANGE))
        call->bytes = 0;
    if (work_one_in(work, STRANGE))
        call->at += 1 + work_some(work, PAGE_SIZE - 1);
}

/* A range that is mapped, if there is any above a random page: its first
 * pages, or all of its region. */
static void choose_mapped(struct space_work *work, struct model_space *space)
{
    struct work_call *call = &work->call;
    virt_addr_t at = model_next(space, work_page(work));

    choose_range(work);
    if (!at || work_one_in(work, 8))
        return;
    call->at = at;
    if (work_one_in(work, 2))
        call->bytes = min_u32(model_region_end(space, at) - at,
                              64 * PAGE_SIZE);
}

static bool is_in_window(struct model_space *space, virt_addr_t at, u32 bytes)
{
    return model_page_at(space, at) && model_page_at(space, at + bytes - 1);
}

/* Would anything that may be put anywhere be put where no window is? */
static bool may_leave_windows(struct model_space *space, u32 bytes)
{
    bytes = round_up(bytes, PAGE_SIZE);
    return bytes > 0 &&
           !is_in_window(space, model_sure_room(space, bytes), bytes);
}

/* It was put elsewhere, which may be right as well: once more. */
static void tell(struct space_work *work, struct model_space *space,
                 virt_addr_t at)
{
    *space = work->before;
    space->told = at;
}

static u32 some_rights(struct space_work *work)
{
    static const u32 rights[] = {
        VM_READ | VM_WRITE, VM_READ | VM_WRITE, VM_READ | VM_WRITE, VM_READ,
        VM_NONE, VM_READ | VM_WRITE | VM_EXEC, VM_WRITE,
    };

    return rights[work_some(work, ARRAY_SIZE(rights))];
}

static u32 some_flags(struct space_work *work)
{
    static const u32 flags[] = {
        0, 0, 0, 0, VM_SHARED, VM_SHARED, VM_NO_RESERVE, VM_LOCKED,
        VM_SHARED | VM_NO_RESERVE, VM_GROWS_DOWN,
    };

    return some_rights(work) | flags[work_some(work, ARRAY_SIZE(flags))];
}

/* ---------------------------------------------------------------------- map */

/* The file, or an object that will be made, or none. */
static u32 choose_object(struct space_work *work, struct vm_request *request)
{
    struct model_object *made = NULL;

    if (!(request->flags & VM_GROWS_DOWN) && work_one_in(work, 2)) {
        request->object = work->file;
        request->first_page = work_some(work, WORK_FILE_PAGES);
        if (request->flags & VM_WRITE || work_one_in(work, 2))
            request->flags |= VM_MAY_WRITE;
        return WORK_FILE;
    }
    if (request->flags & VM_SHARED)
        made = model_free_object(&work->model);
    if (!made)
        request->flags &= ~(u32)VM_SHARED;
    return made ? (u32)(made - work->model.objects) : 0;
}

/* What was made for a mapping, the model has now, too. */
static void learn_object(struct space_work *work, struct model_space *space,
                         u32 object, virt_addr_t at)
{
    struct model_object *made = &work->model.objects[object];

    if (object <= WORK_FILE)
        return;
    made->handle = vm_region_at(space->handle, at)->object;
    made->pages = round_up(work->call.bytes, PAGE_SIZE) / PAGE_SIZE;
    for (u32 i = 0; i < MODEL_OBJECT_PAGES; i++)
        made->content[i] = 0;
}

const char *work_map(struct space_work *work, struct model_space *space)
{
    struct work_call *call = &work->call;
    struct vm_request request = { .flags = some_flags(work) };
    virt_addr_t at = 0, got = 0;

    choose_range(work);
    u32 object = choose_object(work, &request);
    request.place = (enum vm_place)work_some(work, 3);
    if (request.place == VM_ANYWHERE && work_one_in(work, 2))
        call->at = 0;
    request.at = call->at;
    request.bytes = call->bytes;
    call->flags = request.flags;
    call->place = request.place;
    if (object > WORK_FILE)
        work->model.objects[object].pages = MODEL_OBJECT_PAGES;
    if (may_leave_windows(space, call->bytes))
        return NULL;
    enum status expected = model_map(&work->model, space, &request, object,
                                     &at);
    if (expected == OK && !is_in_window(space, at, request.bytes)) {
        *space = work->before;
        return NULL;
    }
    enum status answer = vm_map(space->handle, &request, &got);
    if (answer == OK && expected == OK && got != at) {
        tell(work, space, got);
        (void)model_map(&work->model, space, &request, object, &at);
        space->told = 0;
    }
    call->to = at;
    call->suspect = got;
    if (answer == OK && expected == OK && got != at)
        return "it is mapped somewhere else";
    if (answer == OK && expected == OK)
        learn_object(work, space, object, got);
    return settle(work, space, expected, answer);
}

/* ----------------------------------------------------------- other calls */

const char *work_unmap(struct space_work *work, struct model_space *space)
{
    struct work_call *call = &work->call;

    choose_mapped(work, space);
    if (work_one_in(work, 1000)) {
        call->at = USER_START;
        call->bytes = USER_END - USER_START;
    }
    enum status expected = model_unmap(space, call->at, call->bytes);
    return settle(work, space, expected,
                  vm_unmap(space->handle, call->at, call->bytes));
}

static void protect_part(struct space_work *work, struct model_space *space,
                         u32 bytes)
{
    const struct work_call *call = &work->call;

    (void)model_protect(space, call->at, bytes, (enum vm_rights)call->flags);
}

const char *work_protect(struct space_work *work,
                         struct model_space *space)
{
    struct work_call *call = &work->call;

    choose_mapped(work, space);
    call->flags = some_rights(work);
    call->part = protect_part;
    enum vm_rights rights = (enum vm_rights)call->flags;
    enum status expected = model_protect(space, call->at, call->bytes, rights);
    return settle(work, space, expected,
                  vm_protect(space->handle, call->at, call->bytes, rights));
}

static void advise_part(struct space_work *work, struct model_space *space,
                        u32 bytes)
{
    const struct work_call *call = &work->call;

    (void)model_advise(space, call->at, bytes, call->flags);
}

const char *work_advise(struct space_work *work, struct model_space *space)
{
    static const u32 advice[] = {
        VM_ADVICE_DONTNEED, VM_ADVICE_DONTNEED, VM_ADVICE_DONTNEED,
        VM_ADVICE_FREE, VM_ADVICE_WILLNEED, VM_ADVICE_DONTFORK,
        VM_ADVICE_DOFORK, VM_ADVICE_WIPEONFORK, VM_ADVICE_KEEPONFORK,
    };
    struct work_call *call = &work->call;

    choose_mapped(work, space);
    call->flags = advice[work_some(work, ARRAY_SIZE(advice))];
    call->part = advise_part;
    enum status expected = model_advise(space, call->at, call->bytes,
                                        call->flags);
    return settle(work, space, expected,
                  vm_advise(space->handle, call->at, call->bytes,
                            call->flags));
}

static void lock_part(struct space_work *work, struct model_space *space,
                      u32 bytes)
{
    const struct work_call *call = &work->call;

    (void)model_lock(&work->model, space, call->at, bytes, call->flags != 0);
}

const char *work_lock(struct space_work *work, struct model_space *space)
{
    struct work_call *call = &work->call;

    choose_mapped(work, space);
    call->flags = work_one_in(work, 3);
    call->part = lock_part;
    enum status expected = model_lock(&work->model, space, call->at,
                                      call->bytes, call->flags != 0);
    return settle(work, space, expected,
                  vm_lock(space->handle, call->at, call->bytes,
                          call->flags != 0));
}

const char *work_remap(struct space_work *work, struct model_space *space)
{
    static const u32 flags[] = { 0, 1, 1, 3, 3, 5, 7, 2 };
    struct work_call *call = &work->call;
    virt_addr_t from, to;

    choose_range(work);
    call->to = call->at;
    call->new_bytes = call->bytes;
    choose_mapped(work, space);
    call->flags = flags[work_some(work, ARRAY_SIZE(flags))];
    call->part = remap_part;
    if (call->flags & VM_REMAP_KEEP && !work_one_in(work, STRANGE))
        call->new_bytes = call->bytes;
    if (call->flags & VM_REMAP_FIXED &&
        !is_in_window(space, call->to, call->new_bytes))
        return NULL;
    if (may_leave_windows(space, call->new_bytes))
        return NULL;
    from = to = call->at;
    enum status expected =
        model_remap(&work->model, space, &from, call->bytes, call->new_bytes,
                    call->flags, call->to);
    if (expected == OK && !is_in_window(space, from, call->new_bytes)) {
        *space = work->before;
        return NULL;
    }
    enum status answer = vm_remap(space->handle, &to, call->bytes,
                                  call->new_bytes, call->flags, call->to);
    if (answer == OK && expected == OK && from != to) {
        tell(work, space, to);
        from = call->at;
        (void)model_remap(&work->model, space, &from, call->bytes,
                          call->new_bytes, call->flags, call->to);
        space->told = 0;
    }
    if (answer == OK && expected == OK && from != to)
        return "it is moved somewhere else";
    return settle(work, space, expected, answer);
}

const char *work_brk(struct space_work *work, struct model_space *space)
{
    struct work_call *call = &work->call;

    call->to = MODEL_HEAP + work_some(work, 59 * PAGE_SIZE);
    if (work_one_in(work, STRANGE))
        call->to = MODEL_HEAP - work_some(work, PAGE_SIZE);
    virt_addr_t expected = model_brk(space, call->to);
    virt_addr_t answer = vm_brk(space->handle, call->to);
    bool is_refused = answer != expected &&
                      answer == work->before.heap_end;
    return settle(work, space, OK, is_refused ? ERR_NOMEM : OK);
}
