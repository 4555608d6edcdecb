/*
 * bench_kva.c - kernel ranges by the ten thousand, inside the booted kernel.
 *
 * A random range goes and a new one comes, of 1 to 4 pages and a guard, again
 * and again: addresses only, nothing is mapped. Where the machine counts
 * instructions (QEMU's -icount), a line such as "# bench kva/pair-10000 250.0"
 * tells how many a pair of kva_free and kva_alloc takes; what the same loop
 * takes without them is subtracted. Elsewhere the number means nothing.
 */
#include "strata_test.h"

#include "mm/kheap.h"
#include "mm/kva.h"
#include "x86/cpu.h"

enum { MANY = 10000, FEW = 100, PAIRS = 20000, FRAMES_MIN = 768 };

static struct {
    virt_addr_t *held;
    u32 count;
    u32 random;
    u32 failures;
} work;

static u32 random_bits(void)
{
    work.random ^= work.random << 13;
    work.random ^= work.random >> 17;
    work.random ^= work.random << 5;
    return work.random;
}

static u32 random_below(u32 limit)
{
    return (u32)((u64)random_bits() * limit >> 32);
}

static virt_addr_t alloc_one(u32 pages)
{
    virt_addr_t va = kva_alloc("bench", pages, 1, 1);

    work.failures += va == 0;
    return va;
}

static void fill(u32 count)
{
    work.random = 1;
    work.failures = 0;
    for (work.count = 0; work.count < count && !work.failures; work.count++)
        work.held[work.count] = alloc_one(1 + random_below(4));
    work.count -= work.failures;
}

static void empty(void)
{
    while (work.count > 0)
        kva_free(work.held[--work.count]);
}

static ALWAYS_INLINE void exchange(bool is_done)
{
    virt_addr_t *slot = &work.held[random_below(work.count)];
    u32 pages = 1 + random_below(4);

    if (is_done) {
        kva_free(*slot);
        *slot = kva_alloc("bench", pages, 1, 1);
        work.failures += *slot == 0;
    } else {
        __asm__ volatile("" : "+m"(*slot) : "r"(pages));
        work.failures += *slot == 0;
    }
}

NOINLINE static void exchange_pairs(void)
{
    for (u32 i = 0; i < PAIRS; i++)
        exchange(true);
}

NOINLINE static void exchange_nothing(void)
{
    for (u32 i = 0; i < PAIRS; i++)
        exchange(false);
}

static u32 ticks_of(void (*loop)(void))
{
    u32 saved = interrupts_save();
    u64 before = cpu_ticks_since_entry();

    loop();
    u32 ticks = (u32)(cpu_ticks_since_entry() - before);
    interrupts_restore(saved);
    return ticks;
}

/* Tenths of an instruction a pair, among so many live ranges. */
static u32 measure(u32 count)
{
    fill(count);
    EXPECT_EQ(work.count, count);
    if (work.count == 0)
        return 0;
    exchange_pairs(); /* until low and high addresses are mixed */
    u32 with = ticks_of(exchange_pairs);
    u32 without = ticks_of(exchange_nothing);
    EXPECT_EQ(work.failures, 0);
    empty();
    return (with - without) / (PAIRS / 10);
}

TEST(bench, ten_thousand_kernel_ranges_come_and_go)
{
    struct kva_stats before, after;

    if (test_free_frames() < FRAMES_MIN)
        SKIP("needs 3 MiB of free memory");
    work.held = kalloc(MANY * sizeof *work.held);
    if (!work.held)
        SKIP("needs memory to remember every range");
    kva_stats(&before);
    u32 few = measure(FEW);
    u32 many = measure(MANY);
    kva_stats(&after);
    EXPECT_EQ(after.ranges, before.ranges);
    EXPECT_EQ(after.free, before.free);
    kfree(work.held);
    if (many > 0) {
        test_print("# %u.%u instructions a pair of kva_free and kva_alloc, "
                   "among %u ranges", few / 10, few % 10, FEW);
        test_print("# bench kva/pair-%u %u.%u", MANY, many / 10, many % 10);
    }
}
