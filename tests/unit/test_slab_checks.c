/*
 * Tests of what slab_switch() switches on, by committing the crimes.
 *
 * The caches of these tests are called "the victims", and what is switched on
 * is so for them alone, whatever is on for others.
 */
#include "lib/mem.h"
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/slab.h"

#include "strata_test.h"

enum { BYTES = 100 };

static struct slab_cache victims;
static const char *before; /* what was switched on */

static void begin(const char *text, u32 bytes, u32 align)
{
    before = slab_switch(text);
    slab_cache_create(&victims, "the victims", bytes, align);
}

static void end(void)
{
    slab_cache_destroy(&victims);
    slab_switch(before);
    slab_check();
}

/* Not at the end of a function: there it would be a jump, without a trace. */
static NOINLINE u8 *alloc_here(void)
{
    u8 *object = slab_cache_alloc(&victims);

    __asm__ volatile("" : : : "memory");
    return object;
}

static NOINLINE void free_here(void *object)
{
    slab_cache_free(&victims, object);
    __asm__ volatile("" : : : "memory");
}

/* Was this called in `function`, which is not long? */
static bool is_in(const void *call, uintptr_t function)
{
    return (uintptr_t)call - function < 1024;
}

static bool knows_both(const void *object)
{
    const struct slab_record *record = slab_find_record(object);

    return record && is_in(record->allocated[0], (uintptr_t)alloc_here) &&
           is_in(record->freed[0], (uintptr_t)free_here);
}

/* ---------------------------------------------------------------- red zones */

/* Each of these bytes, written over, is found when the object is freed. */
static const struct {
    int byte;
    const char *words;
} strays[] = {
    { BYTES, "overrun: 0x41 was written to byte 100 of an object of 100" },
    { BYTES + 15, "overrun: 0x41 was written to byte 115 of an object of 100" },
    { -1, "underrun: 0x41 was written to byte -1 of an object of 100" },
    { -16, "underrun: 0x41 was written to byte -16 of an object of 100" },
};

TEST(checks, a_write_into_a_red_zone_is_told_when_the_object_is_freed)
{
    begin("redzone:the_victims", BYTES, 8);
    u8 *object = alloc_here();
    EXPECT(is_in(slab_find_record(object)->allocated[0],
                 (uintptr_t)alloc_here));
    for (u32 i = 0; i < ARRAY_SIZE(strays); i++) {
        u8 *stray = object + strays[i].byte;
        u8 old = *stray;
        *stray = 0x41;
        EXPECT_PANIC(free_here(object), strays[i].words);
        *stray = old;
    }
    object[0] = object[BYTES - 1] = 0x41;
    EXPECT_PANIC(free_here(object + 8), "8 bytes inside an object of cache");
    EXPECT_PANIC(free_here(object - 8), "8 bytes before an object of cache");
    free_here(object);
    EXPECT_PANIC(free_here(object), "it is free already; freed before by");
    EXPECT(knows_both(object));
    end();
}

TEST(checks, a_record_that_was_written_over_is_not_believed)
{
    begin("redzone:the_victims", BYTES, 8);
    u8 *object = alloc_here();
    struct slab_record *record =
        CONTAINER_OF(slab_find_record(object)->room_end, struct slab_record,
                     mark);
    u32 mark = record->mark;
    memset(object + BYTES, 0, (size_t)((u8 *)(record + 1) - object - BYTES) -
                                  sizeof *record + sizeof mark);
    EXPECT(!slab_find_record(object));
    EXPECT_PANIC(free_here(object), "the record of an object was written over");
    record->mark = mark;
    memset(object + BYTES, 0xbb, (size_t)((u8 *)record - object - BYTES));
    free_here(object);
    end();
}

TEST(checks, zones_leave_an_object_aligned)
{
    for (u32 align = 1; align <= PAGE_SIZE; align *= 2) {
        begin("redzone:the_victims,trace", 24, align);
        u8 *object = alloc_here();
        EXPECT_EQ((uintptr_t)object % max_u32(align, 8), 0);
        memset(object, 1, 24);
        free_here(object);
        end();
    }
}

/* ------------------------------------------------------ poison, quarantine */

TEST(checks, a_write_after_free_is_told_when_the_slot_is_used_again)
{
    begin("poison:the_victims", BYTES, 8);
    u8 *keeper = alloc_here();
    u8 *object = alloc_here();
    free_here(object);
    object[12] = 0x41;
    EXPECT_PANIC((void)alloc_here(), "use after free: 0x41 was written to byte "
                                     "12 of an object of 100 bytes");
    EXPECT(alloc_here() == object); /* once is enough */
    free_here(object);
    EXPECT(knows_both(object));
    free_here(keeper);
    end();
}

TEST(checks, what_is_in_quarantine_is_not_used_again_and_looked_at_in_the_end)
{
    begin("quarantine:the_victims,poison:the_victims", BYTES, 8);
    u8 *object = alloc_here();
    free_here(object);
    EXPECT(knows_both(object));
    EXPECT_PANIC(free_here(object), "it is free already; freed before by");
    for (u32 i = 0; i < SLAB_QUARANTINE_BYTES / victims.slot_bytes - 1; i++) {
        u8 *other = alloc_here();
        EXPECT(other != object);
        free_here(other);
    }
    object[99] = 0x41;
    u8 *last = alloc_here();
    EXPECT_PANIC(free_here(last), "use after free: 0x41 was written to byte 99 "
                                  "of an object of 100 bytes");
    EXPECT_EQ(victims.allocs, victims.frees);
    slab_check();
    end();
}

TEST(checks, the_quarantine_is_emptied_by_a_trim)
{
    struct slab_stats stats;

    begin("quarantine:the_victims,poison:the_victims", BYTES, 8);
    u8 *object = alloc_here();
    free_here(object);
    slab_stats(&stats);
    EXPECT(stats.held > 0 && stats.held_bytes >= victims.slot_bytes);
    object[0] = 0x41;
    EXPECT_PANIC(slab_trim(), "use after free: 0x41 was written to byte 0 of");
    slab_trim();
    slab_stats(&stats);
    EXPECT(stats.held == 0 && stats.held_bytes == 0);
    end();
}

static bool has_run(u32 order)
{
    pfn_t run = pmm_alloc_run(ZONE_LOW, order, FRAME_TABLE);

    if (!pfn_is_none(run))
        pmm_free_run(run, order, FRAME_TABLE);
    return !pfn_is_none(run);
}

/* So many low ones, some in a row; those that are given back first may be
 * high, and apart. */
static void leave_frames(u32 frames)
{
    test_drain(ZONE_ANY, 0);
    while (test_free_frames() < frames || !has_run(2))
        test_give_back(1);
}

/* As many as there is memory for. */
static u32 alloc_many(u8 *objects[], u32 max)
{
    u32 count = 0;

    while (count < max && (objects[count] = alloc_here()))
        count++;
    return count;
}

TEST(checks, the_quarantine_is_emptied_before_an_allocation_fails)
{
    static u8 *objects[64];

    begin("quarantine:the_victims", SLAB_OBJECT_MAX, 8);
    leave_frames(20);
    u32 count = alloc_many(objects, ARRAY_SIZE(objects));
    EXPECT(count > 0 && count < ARRAY_SIZE(objects));
    free_here(objects[0]);
    EXPECT(alloc_here() == objects[0]);
    EXPECT(!alloc_here());
    for (u32 i = 0; i < count; i++)
        free_here(objects[i]);
    test_refill();
    end();
}

/* ------------------------------------------------------------------- guard */

TEST(checks, an_access_behind_a_guarded_object_is_a_page_fault)
{
    begin("guard:the_victims", 104, 8);
    volatile u8 *object = alloc_here();
    object[0] = object[103] = 0x41;
    EXPECT_PANIC(object[104] = 0x41, "page fault");
    EXPECT(slab_find_record((u8 *)object + 104) ==
           slab_find_record((u8 *)object));
    EXPECT_PANIC(free_here((u8 *)object + 8), "8 bytes inside an object");
    free_here((u8 *)object);
    EXPECT_PANIC(object[0] = 0x41, "page fault");
    EXPECT(knows_both((u8 *)object + 50));
    EXPECT_PANIC(free_here((u8 *)object), "it is free already; freed before");
    EXPECT_EQ(victims.allocs, victims.frees);
    end();
}

TEST(checks, an_access_before_an_object_behind_a_guard_is_a_page_fault)
{
    begin("guard-before:the_victims", 104, 64);
    volatile u8 *object = alloc_here();
    object[0] = object[103] = 0x41;
    EXPECT_PANIC(object[-1] = 0x41, "page fault");
    free_here((u8 *)object);
    EXPECT_PANIC(object[0] = 0x41, "page fault");
    EXPECT(knows_both((u8 *)object));
    end();
}

TEST(checks, the_bytes_between_an_object_and_its_guard_are_a_red_zone)
{
    begin("guard:the_victims,redzone:the_victims", 100, 8);
    u8 *object = alloc_here();
    object[100] = 0x41;
    EXPECT_PANIC(free_here(object), "overrun: 0x41 was written to byte 100 of");
    object[100] = 0xbb;
    object[-1000] = 0x41;
    EXPECT_PANIC(free_here(object), "underrun: 0x41 was written to byte -1000");
    object[-1000] = 0xbb;
    free_here(object);
    end();
}

TEST(checks, when_frames_are_rare_a_guarded_object_is_in_a_slot)
{
    begin("guard:the_victims", 104, 8);
    u8 *first = alloc_here();
    leave_frames(4);
    u8 *second = alloc_here();
    EXPECT(first && !ptr_is_direct(first));
    EXPECT(second && ptr_is_direct(second));
    slab_check();
    free_here(second);
    test_refill();
    free_here(first);
    EXPECT_EQ(victims.allocs, victims.frees);
    end();
}

/* ------------------------------------------------------------------- trace */

TEST(checks, a_trace_has_the_callers_of_who_allocated_and_freed)
{
    begin("trace:the_victims", BYTES, 8);
    void *object = alloc_here();
    const struct slab_record *record = slab_find_record(object);
    uintptr_t test = (uintptr_t)
        test_checks_a_trace_has_the_callers_of_who_allocated_and_freed;
    EXPECT(is_in(record->allocated[0], (uintptr_t)alloc_here));
    EXPECT(is_in(record->allocated[1], test));
    u32 serial = record->serial;
    free_here(object);
    EXPECT(is_in(record->freed[1], test) && !slab_record_is_live(record));
    object = alloc_here();
    EXPECT(slab_find_record(object)->serial == serial + 1);
    free_here(object);
    end();
}

/* ---------------------------------------------------------------- switches */

static u32 switches_with(const char *text)
{
    begin(text, BYTES, 8);
    u32 on = victims.switches;
    end();
    return on;
}

TEST(checks, switches_are_for_all_caches_or_for_one_by_its_name)
{
    EXPECT_EQ(switches_with(NULL), 0);
    EXPECT_EQ(switches_with(""), 0);
    EXPECT_EQ(switches_with("poison"), SLAB_POISON);
    EXPECT_EQ(switches_with("trace:the_victims"), SLAB_TRACE);
    EXPECT_EQ(switches_with("trace:the victims"), SLAB_TRACE);
    EXPECT_EQ(switches_with("trace:the_victim"), 0);
    EXPECT_EQ(switches_with("trace:the_victims_"), 0);
    EXPECT_EQ(switches_with("guard:other,redzone,quarantine:the_victims"),
              SLAB_REDZONE | SLAB_QUARANTINE);
    EXPECT_EQ(switches_with("guard-before"), SLAB_GUARD_BEFORE);
}

TEST(checks, an_unknown_switch_is_ignored)
{
    EXPECT_EQ(switches_with("nonsense,poison,,poiso,poison2:x,:,:y"),
              SLAB_POISON);
}

TEST(checks, a_cache_without_switches_takes_no_more_than_its_objects)
{
    begin("poison:other", 104, 8);
    void *object = alloc_here();
    EXPECT_EQ(victims.slot_bytes, 104);
    EXPECT(!slab_find_record(object));
    free_here(object);
    end();
}
