/*
 * mm/slab_guard.c - L4: objects on pages of their own.
 *
 * A kernel range for each: the object's pages, one for its record, and a page
 * never mapped on both sides. The object ends where its last page does, or
 * begins where its first one does.
 *
 * The only file of the lower half that needs L2 and L3. Whoever takes the heap
 * without them takes mm/kheap_unmapped.c in its place.
 */
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt.h"
#include "slab_record.h"

/* The range's name says where the record's page is. */
static const char guard_behind[] = "guarded object";
static const char guard_before[] = "object behind a guard";

static bool is_guarded(const struct kva_range *range)
{
    return range->name == guard_behind || range->name == guard_before;
}

static struct slab_record *record_of(const struct kva_range *range)
{
    if (range->name == guard_before)
        return virt_to_ptr(range->end - PAGE_SIZE);
    return virt_to_ptr(range->start);
}

static virt_addr_t first_page(const struct slab_record *record)
{
    return round_down(ptr_to_virt(record->room), PAGE_SIZE);
}

/* From the room on to its end, both in whole pages. */
static u32 page_count(const struct slab_record *record)
{
    return (ptr_to_virt(record->room_end) - first_page(record)) / PAGE_SIZE;
}

/* A quarter of all frames is left for slots, where thirty times as many small
 * objects fit in. */
static bool is_plenty(void)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return stats.kinds[FRAME_FREE] >=
           (stats.spanned - stats.kinds[FRAME_RESERVED]) / 4;
}

struct slab_record *slab_guard_alloc(u32 bytes, u32 align, u32 switches)
{
    bool before = (switches & SLAB_GUARD_BEFORE) != 0;

    if (align > PAGE_SIZE || bytes > KVA_END - KVA_START || !is_plenty())
        return NULL;
    u32 taken = round_up(max_u32(bytes, 1), max_u32(align, 8));
    u32 room = round_up(taken, PAGE_SIZE);
    u8 *pages = kva_alloc_pages(before ? guard_before : guard_behind,
                                room / PAGE_SIZE + 1, 1);
    if (!pages)
        return NULL;
    struct slab_record *record = (void *)(before ? pages + room : pages);
    u8 *start = before ? pages : pages + PAGE_SIZE;
    *record = (struct slab_record){
        .bytes = bytes,
        .object = before ? start : start + room - taken,
        .room = start,
        .room_end = start + room,
    };
    return record;
}

void slab_guard_unmap(const struct slab_record *record)
{
    pt_unmap_range(pt_kernel(), first_page(record), page_count(record));
    pt_flush();
}

void slab_guard_free(struct slab_record *record)
{
    virt_addr_t page = ptr_to_virt(record);

    kva_free_for(min_u32(page, first_page(record)), record->freed[0]);
}

struct slab_record *slab_guard_find(const void *address)
{
    virt_addr_t va = ptr_to_virt(address);
    struct kva_range range;

    if (virt_to_ptr(va) != address || va < KVA_START || va >= KVA_END ||
        !kva_find(va, &range) || !is_guarded(&range))
        return NULL;
    return record_of(&range);
}

struct visitor {
    void (*visit)(struct slab_record *record, void *context);
    void *context;
};

static void visit_range(const struct kva_range *range, void *context)
{
    const struct visitor *visitor = context;

    if (is_guarded(range))
        visitor->visit(record_of(range), visitor->context);
}

void slab_guard_each(void (*visit)(struct slab_record *record, void *context),
                     void *context)
{
    struct visitor visitor = { visit, context };

    kva_each(visit_range, &visitor);
}
