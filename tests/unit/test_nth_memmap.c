/*
 * The one allocation of mm/memmap*.c, of what the map does not have.
 */
#include "lib/mem.h"
#include "mm/memmap.h"
#include "nth.h"

struct room {
    u64 ceiling, bytes;
};

/* The longest usable range below the ceiling. */
static void measure(const struct memmap_range *range, void *context)
{
    struct room *room = context;
    u64 end = range->end < room->ceiling ? range->end : room->ceiling;

    if (range->kind == MEMMAP_USABLE && range->start < end &&
        end - range->start > room->bytes)
        room->bytes = end - range->start;
}

SWEEP(memmap_take, of_more_than_there_is_changes_nothing)
{
    static struct memmap before;
    u32 failures = 0;

    memcpy(&before, memmap_get(), sizeof before);
    for (u32 mib = 0; mib < 4096; mib += 16 + mib / 8) {
        struct room room = { (u64)mib << 20, 0 };
        memmap_each(measure, &room);
        for (u32 more = 1; more < 3 * PAGE_SIZE; more += PAGE_SIZE - 1) {
            u64 bytes = room.bytes + more;
            EXPECT(pfn_is_none(memmap_take((u32)bytes,
                                           pfn(mib << (20 - PAGE_SHIFT)))));
            failures++;
        }
        EXPECT_EQ(memcmp(&before, memmap_get(), sizeof before), 0);
    }
    nth_count_sweep(failures);
}
