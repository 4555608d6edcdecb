/*
 * tests/model/space_calls.c - what the calls of include/mm/vm.h do to a model.
 */
#include "space_model.h"

enum { MOVED_MAX = 256 }; /* pages in one move */

static bool is_user(virt_addr_t at, u32 bytes)
{
    return at <= USER_END && bytes <= USER_END - at;
}

static u32 promised(u32 flags)
{
    bool is_charged = (flags & (VM_WRITE | VM_SHARED | VM_NO_RESERVE)) ==
                      VM_WRITE;

    return is_charged ? flags | VM_PROMISED : flags;
}

/* -------------------------------------------------------------------- touch */

/* Nothing is at `va`: does what is above reach down to it? */
static bool grow(struct model_space *space, virt_addr_t va)
{
    virt_addr_t start = round_down(va, PAGE_SIZE);
    virt_addr_t stack = model_next(space, start);

    if (va >= USER_END || start < USER_START || !stack)
        return false;
    struct model_page like = *model_page_at(space, stack);
    virt_addr_t below = model_end_below(space, start);
    u32 flags = below ? model_page_at(space, below - 1)->flags : 0;
    if (!(like.flags & VM_GROWS_DOWN) ||
        model_region_end(space, stack) - start > MODEL_STACK_MAX ||
        (flags & VM_RIGHTS && !(flags & VM_GROWS_DOWN) &&
         start - below < VM_STACK_GUARD))
        return false;
    like.is_own = false;
    for (; start < stack; start += PAGE_SIZE)
        *model_page_at(space, start) = like;
    return true;
}

enum status model_touch(struct space_model *model, struct model_space *space,
                        virt_addr_t va, enum vm_rights access)
{
    if (!model_is_mapped(model_page_at(space, va)) && !grow(space, va))
        return ERR_FAULT;
    struct model_page *page = model_page_at(space, va);
    if (!(page->flags & (access & VM_WRITE ? VM_WRITE : VM_RIGHTS)))
        return ERR_ACCESS;
    if (page->object && !page->is_own &&
        page->object_page >= model->objects[page->object].pages)
        return ERR_BUS;
    if (access & VM_WRITE && !(page->flags & VM_SHARED)) {
        page->content = model_content(model, page);
        page->is_own = true;
    }
    return OK;
}

void model_write(struct space_model *model, struct model_space *space,
                 virt_addr_t va, u32 content)
{
    struct model_page *page = model_page_at(space, va);

    if (page->flags & VM_SHARED)
        model->objects[page->object].content[page->object_page] = content;
    else
        page->content = content;
}

/* What is locked is filled: to be written, if that makes it one's own. */
static enum status fill(struct space_model *model, struct model_space *space,
                        virt_addr_t at, virt_addr_t end)
{
    enum status status = OK;

    for (; at < end && status == OK; at += PAGE_SIZE) {
        const struct model_page *page = model_page_at(space, at);
        if (!page)
            break;
        u32 flags = page->flags;
        bool is_private = (flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
        status = model_touch(model, space, at,
                             is_private ? VM_WRITE : VM_READ);
    }
    return status;
}

/* ---------------------------------------------------------------------- map */

static void clear(struct model_space *space, virt_addr_t at, virt_addr_t end)
{
    for (; at < end; at += PAGE_SIZE) {
        struct model_page *page = model_page_at(space, at);
        if (page)
            *page = (struct model_page){ .flags = 0 };
    }
}

/* What is not in a window is nobody's to remember. */
static void set(struct model_space *space, virt_addr_t at, virt_addr_t end,
                struct model_page like)
{
    for (; at < end; at += PAGE_SIZE) {
        struct model_page *page = model_page_at(space, at);
        if (page)
            *page = like;
        if (like.object)
            like.object_page++;
    }
}

static virt_addr_t anywhere(struct model_space *space, virt_addr_t hint,
                            u32 bytes)
{
    virt_addr_t at = max_u32(round_down(hint, PAGE_SIZE), USER_START);

    return hint >= PAGE_SIZE && model_is_room(space, at, bytes)
               ? at : model_room(space, bytes);
}

static enum status place(struct model_space *space,
                         const struct vm_request *request, u32 bytes,
                         virt_addr_t *at)
{
    *at = request->at;
    if (request->place == VM_ANYWHERE) {
        *at = anywhere(space, *at, bytes);
        return OK;
    }
    if (!is_user(*at, bytes))
        return ERR_NOMEM;
    if (!is_page_aligned(*at) || *at < USER_START)
        return ERR_INVAL;
    virt_addr_t next = model_next(space, *at);
    if (request->place == VM_NO_REPLACE && next && next < *at + bytes)
        return ERR_EXIST;
    return OK;
}

enum status model_map(struct space_model *model, struct model_space *space,
                      const struct vm_request *request, u32 object,
                      virt_addr_t *at)
{
    u32 bytes = round_up(request->bytes, PAGE_SIZE);
    struct model_page page = { .flags = promised(request->flags) | MODEL_MAPPED,
                               .object = object,
                               .object_page = request->first_page };

    if (request->bytes == 0)
        return ERR_INVAL;
    enum status status = place(space, request, bytes, at);
    if (status != OK)
        return status;
    if (!request->object && page.flags & VM_SHARED)
        page.flags |= VM_MAY_WRITE;
    clear(space, *at, *at + bytes);
    set(space, *at, *at + bytes, page);
    if (page.flags & VM_LOCKED)
        (void)fill(model, space, *at, *at + bytes);
    return OK;
}

enum status model_unmap(struct model_space *space, virt_addr_t at, u32 bytes)
{
    if (!is_page_aligned(at) || bytes == 0 || !is_user(at, bytes))
        return ERR_INVAL;
    clear(space, at, at + round_up(bytes, PAGE_SIZE));
    return OK;
}

virt_addr_t model_brk(struct model_space *space, virt_addr_t end)
{
    virt_addr_t from = round_up(space->heap_end, PAGE_SIZE);
    virt_addr_t to = round_up(end, PAGE_SIZE);

    if (end < MODEL_HEAP || end > USER_END - PAGE_SIZE)
        return space->heap_end;
    if (to > from) {
        if (!model_is_room(space, from, to + PAGE_SIZE - from))
            return space->heap_end;
        set(space, from, to, (struct model_page){
            .flags = promised(VM_READ | VM_WRITE) | MODEL_MAPPED });
    } else {
        clear(space, to, from);
    }
    return space->heap_end = end;
}

/* ------------------------------------------------------------------- change */

enum status model_protect(struct model_space *space, virt_addr_t at, u32 bytes,
                          enum vm_rights rights)
{
    virt_addr_t end = at + round_up(bytes, PAGE_SIZE);

    if (!is_page_aligned(at))
        return ERR_INVAL;
    virt_addr_t hole = model_first_hole(space, at, end);
    for (; at < hole; at += PAGE_SIZE) {
        struct model_page *page = model_page_at(space, at);
        if ((page->flags & (VM_SHARED | VM_MAY_WRITE)) == VM_SHARED &&
            rights & VM_WRITE)
            return ERR_ACCESS;
        page->flags = promised((page->flags & ~(u32)VM_RIGHTS) | rights);
    }
    return hole < end ? ERR_NOMEM : OK;
}

enum status model_lock(struct space_model *model, struct model_space *space,
                       virt_addr_t at, u32 bytes, bool locked)
{
    virt_addr_t start = round_down(at, PAGE_SIZE);
    virt_addr_t end = start + round_up(bytes + (at - start), PAGE_SIZE);
    virt_addr_t hole = model_first_hole(space, start, end);

    for (at = start; at < hole; at += PAGE_SIZE) {
        struct model_page *page = model_page_at(space, at);
        page->flags &= ~(u32)VM_LOCKED;
        page->flags |= locked ? VM_LOCKED : 0;
    }
    if (hole < end)
        return ERR_NOMEM;
    return locked ? fill(model, space, start, end) : OK;
}

static enum status advise_page(struct model_page *page, u32 advice)
{
    switch (advice) {
    case VM_ADVICE_FREE: /* at once, though it need not be */
    case VM_ADVICE_DONTNEED:
        if (page->flags & VM_LOCKED ||
            (advice == VM_ADVICE_FREE && page->object))
            return ERR_INVAL;
        page->is_own = false;
        break;
    case VM_ADVICE_WIPEONFORK:
        if (page->object)
            return ERR_INVAL;
        page->flags |= VM_WIPE_ON_FORK;
        break;
    case VM_ADVICE_KEEPONFORK:
        page->flags &= ~(u32)VM_WIPE_ON_FORK;
        break;
    case VM_ADVICE_DONTFORK:
        page->flags |= VM_NOT_ON_FORK;
        break;
    case VM_ADVICE_DOFORK:
        page->flags &= ~(u32)VM_NOT_ON_FORK;
    }
    return OK;
}

enum status model_advise(struct model_space *space, virt_addr_t at, u32 bytes,
                         u32 advice)
{
    virt_addr_t end = at + round_up(bytes, PAGE_SIZE);
    enum status hole = model_first_hole(space, at, end) < end ? ERR_NOMEM : OK;

    if (!is_page_aligned(at))
        return ERR_INVAL;
    for (; at < end; at += PAGE_SIZE) {
        struct model_page *page = model_page_at(space, at);
        enum status status = model_is_mapped(page) ? advise_page(page, advice)
                                                   : OK;
        if (status != OK)
            return status;
    }
    return hole;
}

/* -------------------------------------------------------------------- remap */

/* Move the pages; the new range is free, and has at least as many. */
static void move(struct space_model *model, struct model_space *space,
                 virt_addr_t from, u32 old_bytes, virt_addr_t to,
                 u32 new_bytes, bool keeps)
{
    static struct model_page moved[MOVED_MAX];
    struct model_page like = *model_page_at(space, from);

    for (u32 i = 0; i < old_bytes / PAGE_SIZE; i++) {
        struct model_page *page = model_page_at(space, from + i * PAGE_SIZE);
        moved[i] = *page;
        page->is_own = false;
        page->flags &= keeps ? ~(u32)VM_LOCKED : 0;
        page->object = keeps ? page->object : 0;
    }
    like.is_own = false;
    set(space, to, to + new_bytes, like);
    for (u32 i = 0; i < old_bytes / PAGE_SIZE; i++)
        set(space, to + i * PAGE_SIZE, to + (i + 1) * PAGE_SIZE, moved[i]);
    if (like.flags & VM_LOCKED)
        (void)fill(model, space, to + old_bytes, to + new_bytes);
}

/* May so much from `at` on be moved or grow? */
static enum status check_range(struct model_space *space, virt_addr_t at,
                               u32 bytes)
{
    const struct model_page *page = model_page_at(space, at);

    if (!model_is_mapped(page))
        return ERR_FAULT;
    if (bytes == 0 && !(page->flags & VM_SHARED))
        return ERR_INVAL;
    return bytes > model_region_end(space, at) - at ? ERR_FAULT : OK;
}

static enum status remap_to(struct space_model *model,
                            struct model_space *space, virt_addr_t *at,
                            u32 old_bytes, u32 new_bytes, u32 flags,
                            virt_addr_t to)
{
    if (!is_user(*at, old_bytes))
        return ERR_INVAL;
    if (flags && (!is_page_aligned(to) || !is_user(to, new_bytes) ||
                  (to < *at + old_bytes && *at < to + new_bytes) ||
                  (flags & VM_REMAP_FIXED && to < USER_START)))
        return ERR_INVAL;
    if (flags & VM_REMAP_FIXED)
        clear(space, to, to + new_bytes);
    if (old_bytes > new_bytes)
        clear(space, *at + new_bytes, *at + old_bytes);
    old_bytes = min_u32(old_bytes, new_bytes);
    enum status status = check_range(space, *at, old_bytes);
    if (status != OK)
        return status;
    if (!(flags & VM_REMAP_FIXED))
        to = anywhere(space, to, new_bytes);
    move(model, space, *at, old_bytes, to, new_bytes,
         (flags & VM_REMAP_KEEP) != 0);
    *at = to;
    return OK;
}

static enum status resize(struct space_model *model, struct model_space *space,
                          virt_addr_t *at, u32 old_bytes, u32 new_bytes,
                          u32 flags)
{
    virt_addr_t old_end = *at + old_bytes, end = *at + new_bytes;

    if (new_bytes < old_bytes && !is_user(*at, old_bytes))
        return ERR_INVAL;
    if (new_bytes <= old_bytes) {
        clear(space, end, old_end);
        return OK;
    }
    enum status status = check_range(space, *at, old_bytes);
    if (status != OK)
        return status;
    virt_addr_t next = model_next(space, old_end);
    if (model_region_end(space, *at) != old_end ||
        !is_user(*at, new_bytes) || (next && next < end))
        return flags & VM_REMAP_MAY_MOVE
                   ? remap_to(model, space, at, old_bytes, new_bytes, 0, 0)
                   : ERR_NOMEM;
    struct model_page like = *model_page_at(space, old_end - PAGE_SIZE);
    like.is_own = false;
    like.object_page += like.object ? 1 : 0;
    set(space, old_end, end, like);
    if (like.flags & VM_LOCKED)
        (void)fill(model, space, old_end, end);
    return OK;
}

enum status model_remap(struct space_model *model, struct model_space *space,
                        virt_addr_t *at, u32 old_bytes, u32 new_bytes,
                        u32 flags, virt_addr_t to)
{
    old_bytes = round_up(old_bytes, PAGE_SIZE);
    new_bytes = round_up(new_bytes, PAGE_SIZE);
    if ((flags & ~(u32)VM_REMAP_MAY_MOVE && !(flags & VM_REMAP_MAY_MOVE)) ||
        (flags & VM_REMAP_KEEP && old_bytes != new_bytes) ||
        !is_page_aligned(*at) || new_bytes == 0)
        return ERR_INVAL;
    if (!model_is_mapped(model_page_at(space, *at)))
        return ERR_FAULT;
    return flags & (VM_REMAP_FIXED | VM_REMAP_KEEP)
               ? remap_to(model, space, at, old_bytes, new_bytes, flags, to)
               : resize(model, space, at, old_bytes, new_bytes, flags);
}
