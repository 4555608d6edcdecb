/*
 * mm/kva_map.c - L3: ranges with memory behind them, or a device.
 *
 * What kva_alloc() gives is addresses. Here each page gets a frame of its own,
 * from wherever there is one: so memory in pieces is as good as any, and a
 * stack that overflows meets its guard.
 *
 *      range    [g| page | page | page |g]
 *                    |      |      +---->  frame 0x1f03
 *                    |      +----------->  frame 0x0077
 *                    +------------------>  frame 0x1f02
 *
 * The mappings hold the only references of the frames: kva_free() unmaps, and
 * that gives them back.
 *
 * Cost: O(pages), 32 at a time.
 */
#include "mm/pmm.h"

#include "kva_internal.h"

static const enum pt_access RW = (enum pt_access)(PT_READ | PT_WRITE);

enum { FRAMES_AT_ONCE = 32 };

/* Put frames behind the pages. What is mapped when this fails stays. */
static bool back_pages(virt_addr_t va, u32 pages)
{
    pfn_t frames[FRAMES_AT_ONCE];
    enum status status = OK;

    while (pages > 0 && status == OK) {
        u32 count = min_u32(pages, FRAMES_AT_ONCE);
        if (!pmm_alloc_bulk(ZONE_ANY, FRAME_KERNEL, count, frames))
            return false;
        status = pt_map_range(pt_kernel(), va, frames, count, RW);
        for (u32 i = 0; i < count; i++)
            pmm_put(frames[i]);
        va += count * PAGE_SIZE;
        pages -= count;
    }
    return status == OK;
}

/* A request that cannot be met at all takes nothing on the way. */
static bool has_frames(u32 pages)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return pages <= stats.kinds[FRAME_FREE];
}

static void *alloc_pages(const char *name, u32 pages, u32 guards,
                         const void *caller)
{
    kva_check_alloc(pages, 1, caller);
    virt_addr_t start =
        has_frames(pages) ? kva_alloc(name, pages, 1, guards) : 0;

    if (start && !back_pages(start, pages)) {
        kva_free(start);
        return NULL;
    }
    return start ? virt_to_ptr(start) : NULL;
}

void *kva_alloc_pages(const char *name, u32 pages, u32 guards)
{
    return alloc_pages(name, pages, guards, CALLER());
}

void *kva_alloc_stack(const char *name, u32 pages)
{
    return alloc_pages(name, pages, 1, CALLER());
}

bool kva_resize_pages(virt_addr_t start, u32 pages)
{
    kva_check_start("kva_resize_pages", start, CALLER());
    CHECK(pages > 0, "kva_resize_pages of 0x%08x to 0 pages, by %p", start,
          CALLER());

    u32 old = kva_record(kva_page(start))->size.pages;
    if (pages > old && !has_frames(pages - old))
        return false;
    if (!kva_move_end(start, pages, CALLER()))
        return false;
    if (pages > old && !back_pages(start + old * PAGE_SIZE, pages - old)) {
        kva_move_end(start, old, CALLER());
        return false;
    }
    return true;
}

static bool map_frames(virt_addr_t va, pfn_t first, u32 pages)
{
    for (u32 i = 0; i < pages; i++)
        if (pt_map(pt_kernel(), va + i * PAGE_SIZE, pfn(first.n + i),
                   (enum pt_access)(RW | PT_DEVICE)) != OK)
            return false;
    return true;
}

void *kva_map_device(const char *name, phys_addr_t start, u32 bytes)
{
    CHECK(bytes > 0 && start.addr + (bytes - 1) >= start.addr,
          "kva_map_device of %u bytes at 0x%08x, by %p", bytes, start.addr,
          CALLER());

    pfn_t first = phys_to_pfn(start);
    pfn_t last = phys_to_pfn(phys(start.addr + (bytes - 1)));
    u32 pages = last.n - first.n + 1;
    virt_addr_t va = kva_alloc(name, pages, 1, 0);

    if (va && !map_frames(va, first, pages)) {
        kva_free(va);
        return NULL;
    }
    return va ? (u8 *)virt_to_ptr(va) + start.addr % PAGE_SIZE : NULL;
}
