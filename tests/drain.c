/*
 * tests/drain.c - machines without memory, for tests of what happens then.
 *
 * The frames that are held are linked through the payloads of their entries,
 * so that remembering them takes no memory, however many there are.
 */
#include "strata_test.h"

#include "mm/kheap.h"
#include "mm/pmm.h"

static pfn_t held; /* the last one; its payload is the one before */
static u32 held_count;

static void push(pfn_t frame)
{
    pmm_set_payload(frame, FRAME_TABLE, held.n);
    held = frame;
    held_count++;
}

static void pop(void)
{
    pfn_t frame = held;

    held = pfn(pmm_payload(frame));
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
    test_give_back(spare);
    return taken;
}

void test_give_back(u32 frames)
{
    for (; frames > 0 && held_count > 0; frames--)
        pop();
}

void test_refill(void)
{
    test_give_back(held_count);
}
