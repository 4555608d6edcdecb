/*
 * tests/model/space_model.c - spaces as arrays of pages; see space_model.h.
 */
#include "space_model.h"

/* The first and the last page that there are; one over a chunk's bounds; the
 * heap; one in which a stack and its guard have room; and where mappings go
 * that may be anywhere. */
const struct model_window model_windows[MODEL_WINDOWS] = {
    { USER_START, 24 },
    { 0x10400000 - 90 * PAGE_SIZE, 180 },
    { MODEL_HEAP, 60 },
    { 0x40000000 - 500 * PAGE_SIZE, 560 },
    { VM_MAP_END - 600 * PAGE_SIZE, 640 },
    { USER_END - 16 * PAGE_SIZE, 16 },
};

static virt_addr_t end_of(const struct model_window *window)
{
    return window->start + window->pages * PAGE_SIZE;
}

/* -------------------------------------------------------------------- pages */

struct model_page *model_page_at(struct model_space *space, virt_addr_t va)
{
    u32 first = 0;

    for (u32 i = 0; i < MODEL_WINDOWS; i++) {
        const struct model_window *window = &model_windows[i];
        if (va >= window->start && va < end_of(window))
            return &space->pages[first + (va - window->start) / PAGE_SIZE];
        first += window->pages;
    }
    return NULL;
}

bool model_is_alike(const struct model_page *page,
                    const struct model_page *next)
{
    return model_is_mapped(next) && page->flags == next->flags &&
           page->object == next->object &&
           (page->object == 0 || page->object_page + 1 == next->object_page);
}

virt_addr_t model_first_hole(struct model_space *space, virt_addr_t at,
                             virt_addr_t end)
{
    while (at < end && model_is_mapped(model_page_at(space, at)))
        at += PAGE_SIZE;
    return at;
}

virt_addr_t model_region_end(struct model_space *space, virt_addr_t va)
{
    struct model_page *page = model_page_at(space, va), *next;

    va = round_down(va, PAGE_SIZE) + PAGE_SIZE;
    while ((next = model_page_at(space, va)) && model_is_alike(page, next)) {
        page = next;
        va += PAGE_SIZE;
    }
    return va;
}

virt_addr_t model_next(struct model_space *space, virt_addr_t va)
{
    const struct model_page *page = space->pages;

    for (u32 i = 0; i < MODEL_WINDOWS; i++)
        for (virt_addr_t at = model_windows[i].start;
             at < end_of(&model_windows[i]); at += PAGE_SIZE, page++)
            if (at >= va && model_is_mapped(page))
                return at;
    return 0;
}

virt_addr_t model_end_below(struct model_space *space, virt_addr_t va)
{
    const struct model_page *page = space->pages;
    virt_addr_t end = 0;

    for (u32 i = 0; i < MODEL_WINDOWS; i++)
        for (virt_addr_t at = model_windows[i].start;
             at < end_of(&model_windows[i]); at += PAGE_SIZE, page++)
            if (at < va && model_is_mapped(page))
                end = at + PAGE_SIZE;
    return end;
}

u32 model_content(const struct space_model *model,
                  const struct model_page *page)
{
    if (page->is_own)
        return page->content;
    return page->object ? model->objects[page->object]
                              .content[page->object_page] : 0;
}

/* --------------------------------------------------------------------- room */

/* Where what is free at `at` ends for others: below a stack, its guard. */
static virt_addr_t end_of_room(struct model_space *space, virt_addr_t at)
{
    virt_addr_t next = model_next(space, at);

    if (!next)
        return USER_END;
    if (model_page_at(space, next)->flags & VM_GROWS_DOWN)
        return next - min_u32(next, VM_STACK_GUARD);
    return next;
}

bool model_is_room(struct model_space *space, virt_addr_t at, u32 bytes)
{
    return at <= USER_END && bytes <= USER_END - at &&
           at + bytes <= end_of_room(space, at);
}

/* As long as the highest room does not reach up to here, go on below what is
 * in the way. */
static virt_addr_t highest_room(struct model_space *space, u32 bytes)
{
    virt_addr_t end = VM_MAP_END;

    for (;;) {
        virt_addr_t from = model_end_below(space, end);
        end = min_u32(end, end_of_room(space, from));
        if (end > from && end - from >= bytes)
            return end - bytes;
        end = from - PAGE_SIZE;
        while (model_is_mapped(model_page_at(space, end)))
            end -= PAGE_SIZE;
        end += PAGE_SIZE;
    }
}

/* Of room that is less than 1/16 wider than asked for, it may be that nobody
 * sees that it would do, if it is wide at all. */
static u32 surely_seen(u32 bytes)
{
    enum { EXACT = 32 * PAGE_SIZE };

    return bytes <= EXACT ? bytes
                          : bytes + round_up(bytes / 16, PAGE_SIZE);
}

virt_addr_t model_sure_room(struct model_space *space, u32 bytes)
{
    return highest_room(space, surely_seen(bytes));
}

/* Is it the upper end of some room, and is none higher that must be seen? */
static bool may_be_room(struct model_space *space, virt_addr_t at, u32 bytes)
{
    u32 sure = surely_seen(bytes);

    return model_is_room(space, at, bytes) &&
           (at + bytes == VM_MAP_END ||
            !model_is_room(space, at + PAGE_SIZE, bytes)) &&
           at + bytes >= highest_room(space, sure) + sure;
}

virt_addr_t model_room(struct model_space *space, u32 bytes)
{
    if (space->told && may_be_room(space, space->told, bytes))
        return space->told;
    return highest_room(space, bytes);
}

/* ------------------------------------------------------------------ objects */

struct model_object *model_free_object(struct space_model *model)
{
    bool used[MODEL_OBJECTS] = { true };

    for (u32 s = 0; s < MODEL_SPACES; s++)
        for (u32 i = 0; model->spaces[s].handle && i < MODEL_PAGES; i++)
            used[model->spaces[s].pages[i].object] = true;
    for (u32 i = 1; i < MODEL_OBJECTS; i++)
        if (!used[i] && !model->objects[i].is_kept)
            return &model->objects[i];
    return NULL;
}

/* --------------------------------------------------------------------- fork */

void model_fork(const struct model_space *space, struct model_space *child)
{
    struct vm_space *handle = child->handle;

    *child = *space;
    child->handle = handle;
    for (u32 i = 0; i < MODEL_PAGES; i++) {
        struct model_page *page = &child->pages[i];
        page->flags &= ~(u32)VM_LOCKED;
        if (page->flags & VM_WIPE_ON_FORK)
            page->is_own = false;
        if (page->flags & VM_NOT_ON_FORK)
            *page = (struct model_page){ .flags = 0 };
    }
}

/* ------------------------------------------------------------------ compare */

enum { REGIONS_A_FRAME = 64 }; /* are charged as one */

struct comparison {
    struct space_model *model;
    struct model_space *space;
    virt_addr_t at; /* up to here all is well */
    u32 regions, pages, promised;
    const char *words;
};

static const char *compare_page(const struct comparison *compare,
                                const struct vm_region *region,
                                const struct model_page *page, virt_addr_t at)
{
    if (!model_is_mapped(page))
        return "a page is mapped that is not";
    if (page->flags != (region->flags | MODEL_MAPPED))
        return "a page has other flags";
    if (region->object != compare->model->objects[page->object].handle)
        return "a page shows another object";
    if (region->object &&
        page->object_page !=
            region->first_page + (at - region->start) / PAGE_SIZE)
        return "a page shows another page of its object";
    return NULL;
}

/* A region is of one sort, and as large as it can be. */
static void compare_region(const struct vm_region *region, void *context)
{
    struct comparison *compare = context;
    const struct model_page *page = NULL;

    if (compare->words)
        return;
    for (virt_addr_t at = region->start; at < region->end; at += PAGE_SIZE) {
        page = model_page_at(compare->space, at);
        compare->words = compare_page(compare, region, page, at);
        if (compare->words)
            return;
        compare->pages++;
        compare->promised += (page->flags & VM_PROMISED) != 0;
    }
    if (page && model_is_alike(page, model_page_at(compare->space,
                                                   region->end)))
        compare->words = "two regions could be one";
    compare->regions++;
    compare->at = region->end;
}

static u32 count_pages(const struct model_space *space)
{
    u32 count = 0;

    for (u32 i = 0; i < MODEL_PAGES; i++)
        count += model_is_mapped(&space->pages[i]);
    return count;
}

const char *model_compare(struct space_model *model, struct model_space *space)
{
    const struct vm_space *handle = space->handle;
    struct comparison compare = { .model = model, .space = space };

    vm_each_region(handle, compare_region, &compare);
    if (compare.words)
        return compare.words;
    if (compare.pages != count_pages(space))
        return "a page is not mapped that should be";
    if (handle->mapped_pages != compare.pages)
        return "mapped_pages is wrong";
    if (handle->region_count != compare.regions)
        return "region_count is wrong";
    if (handle->heap_end != space->heap_end)
        return "heap_end is wrong";
    if (handle->promised !=
        compare.promised + compare.regions / REGIONS_A_FRAME)
        return "promised is wrong";
    return NULL;
}
