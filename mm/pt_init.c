/*
 * mm/pt_init.c - L2: the final map of the kernel half.
 *
 * Chunk by chunk of the first 768 MiB: where all of it is plain RAM, one
 * page of 4 MiB. Where the RAM has a hole or an end, or a region of its own
 * rights (the kernel's text, its constants, a guard page), a table of 4 KiB
 * pages: what is no RAM is not mapped, what is constant cannot be written.
 * Where there is nothing, nothing.
 */
#include "lib/mem.h"
#include "mm/memmap.h"
#include "pt_internal.h"

/* [first, end) of frames within a chunk. */
struct stretch {
    u32 first, end;
};

/* The part of the bytes [start, end) that lies in chunk `index`. */
static struct stretch clip(u32 index, u64 start, u64 end)
{
    u32 chunk = index * CHUNK_FRAMES;
    u32 first = max_u32((u32)(start >> PAGE_SHIFT), chunk);
    u32 last = min_u32((u32)(end >> PAGE_SHIFT), chunk + CHUNK_FRAMES);

    return (struct stretch){ first, max_u32(first, last) };
}

u32 pt_ram_frames_of(u32 index)
{
    const struct memmap *map = memmap_get();
    u32 frames = 0;

    for (u32 i = 0; i < map->count; i++) {
        const struct memmap_range *range = &map->ranges[i];
        struct stretch part = clip(index, range->start, range->end);

        if (memmap_is_managed(range->kind))
            frames += part.end - part.first;
    }
    return frames;
}

static bool has_region(u32 index, const struct pt_config *config)
{
    for (u32 i = 0; i < config->region_count; i++) {
        const struct pt_region *region = &config->regions[i];
        struct stretch part =
            clip(index, region->start.addr, region->end.addr);

        if (part.first < part.end)
            return true;
    }
    return false;
}

static void fill_table(pte_t *table, struct stretch part,
                       enum pt_access access)
{
    u32 bits = (u32)access | pt_state.kernel.bits;

    for (u32 n = part.first; n < part.end; n++)
        table[n % ENTRIES].bits =
            access == PT_NONE ? 0 : n << PAGE_SHIFT | bits;
}

static void fill_from_map(pte_t *table, u32 index)
{
    const struct memmap *map = memmap_get();

    for (u32 i = 0; i < map->count; i++)
        if (memmap_is_managed(map->ranges[i].kind))
            fill_table(table, clip(index, map->ranges[i].start,
                                   map->ranges[i].end),
                       PT_READ | PT_WRITE);
}

static u32 count_entries(const pte_t *table)
{
    u32 count = 0;

    for (u32 i = 0; i < ENTRIES; i++)
        count += pte_present(table[i]);
    return count;
}

static pfn_t need_table(void)
{
    pfn_t frame = pt_new_table();

    CHECK(!pfn_is_none(frame), "pt: no frame for a page table of the kernel");
    return frame;
}

static void map_by_table(u32 index, const struct pt_config *config)
{
    pfn_t frame = need_table();
    pte_t *table = pfn_to_ptr(frame);

    fill_from_map(table, index);
    for (u32 i = 0; i < config->region_count; i++) {
        const struct pt_region *region = &config->regions[i];
        fill_table(table, clip(index, region->start.addr, region->end.addr),
                   region->access);
    }
    u32 count = count_entries(table);
    pmm_set_payload(frame, FRAME_TABLE, count);
    pt_state.stats.small_pages += count;
    pt_set_kernel_pde(KERNEL_FIRST_PDE + index,
                      (pte_t){ pfn_to_phys(frame).addr | PTE_PRESENT |
                               PTE_WRITE });
}

static void map_as_large_page(u32 index)
{
    pt_state.stats.large_pages++;
    pt_set_kernel_pde(KERNEL_FIRST_PDE + index,
                      (pte_t){ index << CHUNK_SHIFT | PTE_LARGE | PT_READ |
                               PT_WRITE | pt_state.kernel.bits });
}

static void map_chunk(u32 index, const struct pt_config *config)
{
    u32 frames = pt_ram_frames_of(index);
    bool special = has_region(index, config);

    if (frames == CHUNK_FRAMES && !special)
        map_as_large_page(index);
    else if (frames > 0 || special)
        map_by_table(index, config);
}

static void make_windows(void)
{
    pfn_t frame = need_table();

    pt_windows = (struct pt_windows){ .table = pfn_to_ptr(frame) };
    pt_set_kernel_pde(pde_index(WINDOWS_START),
                      (pte_t){ pfn_to_phys(frame).addr | PTE_PRESENT |
                               PTE_WRITE });
}

static void make_kernel_space(bool global_pages)
{
    pfn_t directory = need_table();

    pt_state.kernel =
        (struct page_table){ .directory = directory,
                             .entries = pfn_to_ptr(directory),
                             .start = KVA_START, .end = KVA_END,
                             .bits = global_pages ? PTE_GLOBAL : 0 };
}

void pt_init(const struct pt_config *config)
{
    struct pt_stats *stats = &pt_state.stats;

    memset(&pt_state, 0, sizeof pt_state);
    list_init(&pt_state.spaces);
    make_kernel_space(config->global_pages);
    list_append(&pt_state.spaces, &pt_state.kernel.node);

    for (u32 i = 0; i < DIRECT_MAP_FRAMES / CHUNK_FRAMES; i++)
        map_chunk(i, config);
    make_windows();
    pmm_set_hooks(pt_frame_owed_by, pt_trim);
    pt_load(&pt_state.kernel);
    platform_flush_all();
    platform_log("pt: direct map of %u pages of 4 MiB and %u of 4 KiB; global "
                 "pages %s",
                 stats->large_pages, stats->small_pages,
                 config->global_pages ? "on" : "off");
}
