/*
 * tests/drain.c - machines without memory, for tests of what happens then.
 *
 * The frames that are held are linked through their own first words, so that
 * remembering them takes no memory, however many there are.
 */
#include "strata_test.h"

#include "mm/kheap.h"
#include "mm/pmm.h"
#include "mm/pt.h"

static pfn_t held; /* the first one, or PFN_NONE */
static u32 held_count;

static void push(pfn_t frame)
{
    pfn_t *memory = window_map(frame);

    *memory = held_count ? held : PFN_NONE;
    window_unmap(memory);
    held = frame;
    held_count++;
}

static void pop(void)
{
    pfn_t frame = held;
    pfn_t *memory = window_map(frame);

    held = *memory;
    window_unmap(memory);
    held_count--;
    pmm_free(frame, FRAME_TABLE);
}

u32 test_drain(enum zone zone, u32 spare)
{
    u32 taken = 0;

    kheap_trim();
    for (pfn_t frame = pmm_alloc(zone, FRAME_TABLE); !pfn_is_none(frame);
         frame = pmm_alloc(zone, FRAME_TABLE)) {
        push(frame);
        taken++;
    }
    for (u32 i = 0; i < spare && held_count > 0; i++)
        pop();
    return taken;
}

void test_refill(void)
{
    while (held_count > 0)
        pop();
}
