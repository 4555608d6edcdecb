/*
 * mm/vm_object.c - L5: memory that several regions may show.
 *
 * The pages of a file, or what processes share: there the page tables cannot
 * be the record, as a page must be found before anybody maps it. An object
 * finds the frame of a page in two steps, by tables that are made as they are
 * needed:
 *
 *      frames[page / 1024] ---> [page % 1024] ---> frame, or PFN_NONE
 *
 * It holds a reference of each of its frames, and each page table that shows
 * one holds one more. Private memory has no object: its page table is its
 * record (mm/vm_fault.c).
 *
 * Cost: O(1) a page.
 */
#include "lib/mem.h"
#include "mm/kheap.h"
#include "vm_internal.h"

/* -------------------------------------------------------------- come and go */

/* How many pages the table of a page has: the last one only what is needed. */
static u32 pages_of_table(const struct vm_object *object, u32 index)
{
    return min_u32(object->pages - index * CHUNK_FRAMES, CHUNK_FRAMES);
}

static u32 tables_of(u32 pages)
{
    return (pages + CHUNK_FRAMES - 1) / CHUNK_FRAMES;
}

/* Its pages, and its tables. */
static u32 promise_for(u32 pages)
{
    return pages + tables_of(pages);
}

struct vm_object *vm_object_new(const struct vm_object_source *source,
                                void *context, u32 pages, bool charged)
{
    u32 promised = charged ? promise_for(pages) : tables_of(pages);

    if (!vm_promise(promised))
        return NULL;
    struct vm_object *object = slab_cache_alloc(&vm.object_cache);
    pfn_t **frames = kcalloc(tables_of(pages), sizeof *frames);
    if (!object || !frames) {
        if (object)
            slab_cache_free(&vm.object_cache, object);
        kfree(frames);
        vm_release(promised);
        return NULL;
    }
    *object = (struct vm_object){ .source = source, .context = context,
                                  .number = ++vm.objects_made,
                                  .references = 1, .pages = pages,
                                  .promised = promised, .frames = frames };
    list_append(&vm.objects, &object->node);
    vm.stats.objects++;
    return object;
}

struct vm_object *vm_object_create(const struct vm_object_source *source,
                                   void *context, u32 pages)
{
    return vm_object_new(source, context, pages, true);
}

void vm_object_get(struct vm_object *object)
{
    CHECK(object->references < ~0u, "vm_object_get: too many references, by "
          "%p", CALLER());
    object->references++;
}

static void free_frames(struct vm_object *object)
{
    for (u32 i = 0; i < tables_of(object->pages); i++) {
        pfn_t *table = object->frames[i];
        if (!table)
            continue;
        for (u32 page = 0; page < pages_of_table(object, i); page++)
            if (!pfn_is_none(table[page]))
                pmm_put(table[page]);
        kfree(table);
    }
    kfree(object->frames);
}

void vm_object_put(struct vm_object *object)
{
    CHECK(object->references > 0, "vm_object_put: it has no references, by %p",
          CALLER());
    if (--object->references > 0)
        return;
    list_remove(&object->node);
    if (object->source && object->source->gone)
        object->source->gone(object);
    free_frames(object);
    vm_release(object->promised);
    slab_cache_free(&vm.object_cache, object);
    vm.stats.objects--;
}

/* ------------------------------------------------------------------- frames */

/* The entry for a page; NULL if there is no memory for its table. */
static pfn_t *slot_of(struct vm_object *object, u32 page)
{
    u32 index = page / CHUNK_FRAMES, pages = pages_of_table(object, index);
    pfn_t *table = object->frames[index];

    if (!table) {
        table = kalloc(pages * sizeof *table);
        if (!table)
            return NULL;
        for (u32 i = 0; i < pages; i++)
            table[i] = PFN_NONE;
        object->frames[index] = table;
    }
    return &table[page % CHUNK_FRAMES];
}

/* Fill a frame for a page: zeros, and what the source has. */
static enum status fill(struct vm_object *object, u32 page, pfn_t frame)
{
    void *memory = window_map(frame);
    enum status status = OK;

    memset(memory, 0, PAGE_SIZE);
    if (object->source && object->source->fill)
        status = object->source->fill(object, page, memory);
    window_unmap(memory);
    return status;
}

/* What was not promised with the object is charged page by page. */
static bool charge_page(struct vm_object *object)
{
    if (object->resident + tables_of(object->pages) < object->promised)
        return true;
    if (!vm_promise(1))
        return false;
    object->promised++;
    return true;
}

static enum status add_frame(struct vm_object *object, u32 page, pfn_t *slot)
{
    if (!charge_page(object))
        return ERR_NOMEM;
    pfn_t frame = vm_frame(FRAME_FILE);
    if (pfn_is_none(frame))
        return ERR_NOMEM;
    enum status status = fill(object, page, frame);
    if (status != OK) {
        pmm_put(frame);
        return status;
    }
    *slot = frame;
    object->resident++;
    vm.stats.fills++;
    return OK;
}

enum status vm_object_frame(struct vm_object *object, u32 page, pfn_t *frame)
{
    if (page >= object->pages)
        return ERR_BUS;
    pfn_t *slot = slot_of(object, page);
    if (!slot)
        return ERR_NOMEM;
    enum status status = pfn_is_none(*slot) ? add_frame(object, page, slot)
                                            : OK;
    *frame = *slot;
    return status;
}

/* The frame of a page, or PFN_NONE. */
static pfn_t frame_at(const struct vm_object *object, u32 page)
{
    const pfn_t *table = object->frames[page / CHUNK_FRAMES];

    return table ? table[page % CHUNK_FRAMES] : PFN_NONE;
}

bool vm_object_has(const struct vm_object *object, u32 page)
{
    return page < object->pages && !pfn_is_none(frame_at(object, page));
}

/* -------------------------------------------------------------------- audit */

void vm_object_tell(const struct vm_object *object, int sign)
{
    for (u32 page = 0; page < object->pages; page++) {
        pfn_t frame = frame_at(object, page);
        if (!pfn_is_none(frame) && pmm_may_tell(frame))
            pmm_tell(frame, (u32)sign);
    }
}

u32 vm_object_holds(const struct vm_object *object, pfn_t frame)
{
    u32 count = 0;

    for (u32 page = 0; page < object->pages; page++)
        count += frame_at(object, page).n == frame.n;
    return count;
}
