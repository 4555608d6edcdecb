/*
 * The kernel's own account of what is mapped, for tests/gdb/test_oracle.py to
 * compare with that of the emulator, which walks the tables for itself.
 *
 * After random work on a space and on the kernel's ranges, everything that is
 * mapped is printed, a line for each stretch of pages:
 *
 *      # oracle VIRTUAL PHYSICAL BYTES BITS
 *      # oracle look ROUND
 *
 * Then the test goes on, unless somebody has set oracle_hold: so that the
 * machine stands still while he looks.
 */
#include "strata_test.h"

#include "mm/kva.h"
#include "mm/pt.h"

enum { ROUNDS = 4, STEPS = 400, FRAMES = 64, RANGE = 40 };

/* Set from outside. */
volatile bool oracle_hold;
volatile u32 oracle_seen; /* rounds */

static struct {
    struct page_table space;
    virt_addr_t kernel; /* RANGE pages of kva */
    pfn_t frames[FRAMES];
    u32 random;
} world;

/* ------------------------------------------------------------- random work */

static u32 below(u32 limit)
{
    return test_random(&world.random) % limit;
}

static enum pt_access random_access(bool user)
{
    u32 access = PT_READ;

    access |= below(2) ? PT_WRITE : 0;
    access |= below(2) ? PT_EXEC : 0;
    access |= user ? PT_USER : 0;
    return (enum pt_access)access;
}

static void random_step(void)
{
    bool user = below(3) > 0;
    struct page_table *pt = user ? &world.space : pt_kernel();
    u32 page = below(RANGE);
    virt_addr_t start = user ? 0x3fff0000 + below(2) * 0x40000000
                             : world.kernel;
    virt_addr_t va = start + page * PAGE_SIZE;
    u32 pages = 1 + below(RANGE - page);

    switch (below(6)) {
    case 0:
        (void)!pt_map_range(pt, va, world.frames, pages, random_access(user));
        break;
    case 1:
        pt_unmap_range(pt, va, pages);
        break;
    case 2:
        (void)!pt_protect_range(pt, va, pages, random_access(user));
        break;
    case 3:
        (void)!pt_protect(pt, va, random_access(user));
        break;
    case 4:
        pt_unmap(pt, va);
        break;
    default:
        (void)!pt_map(pt, va, world.frames[below(FRAMES)],
                      random_access(user));
    }
    pt_flush();
}

/* ------------------------------------------------------------- the account */

struct stretch {
    virt_addr_t va;
    u32 phys, bytes, bits;
};

static void print_stretch(const struct stretch *s)
{
    if (s->bytes > 0)
        test_print("# oracle %08x %08x %x %x", s->va, s->phys, s->bytes,
                   s->bits);
}

/* What the processor noted, and where the frame is, are no rights. */
static void add_page(const struct pt_walk *page, void *context)
{
    const u32 rights = PTE_WRITE | PTE_USER | PTE_LARGE | PTE_GLOBAL |
                       PTE_UNCACHED | PTE_WRITE_THROUGH;
    struct stretch *s = context;
    pte_t entry = page->page_bytes == PAGE_SIZE ? page->pte : page->pde;
    u32 bits = entry.bits & rights;

    if (s->bytes > 0 && s->bits == bits && s->va + s->bytes == page->va &&
        s->phys + s->bytes == page->phys.addr) {
        s->bytes += page->page_bytes;
        return;
    }
    print_stretch(s);
    *s = (struct stretch){ page->va, page->phys.addr, page->page_bytes, bits };
}

/* Where a debugger finds that the account is complete. */
NOINLINE void oracle_look(u32 round);

void oracle_look(u32 round)
{
    test_print("# oracle look %u", round);
    while (oracle_hold && oracle_seen < round)
        ;
}

static void show(u32 round)
{
    struct stretch last = { 0 };

    pt_each(&world.space, add_page, &last);
    print_stretch(&last);
    oracle_look(round);
}

/* Some of a page of 4 MiB, if there is one that is all free. */
static void split_a_chunk(u32 round)
{
    pfn_t chunk = pmm_alloc_run(ZONE_LOW, CHUNK_ORDER, FRAME_LARGE);

    if (pfn_is_none(chunk))
        return;
    virt_addr_t va = DIRECT_MAP_START + pfn_to_phys(chunk).addr;
    (void)!pt_protect_range(pt_kernel(), va + round * PAGE_SIZE, 3, PT_READ);
    pt_flush();
    show(round);
    (void)!pt_protect_range(pt_kernel(), va + round * PAGE_SIZE, 3,
                            (enum pt_access)(PT_READ | PT_WRITE));
    pt_flush();
    pmm_free_run(chunk, CHUNK_ORDER, FRAME_LARGE);
}

TEST(oracle, random_work_is_told_page_by_page)
{
    NEED_FREE_FRAMES(2 * CHUNK_FRAMES, "8 MiB");
    world.random = 5;
    world.kernel = kva_alloc("oracle", RANGE, 1, 1);
    EXPECT(pmm_alloc_bulk(ZONE_ANY, FRAME_USER, FRAMES, world.frames));
    EXPECT_EQ(pt_create(&world.space), OK);
    pt_load(&world.space);
    for (u32 round = 1; round <= ROUNDS; round++) {
        for (u32 i = 0; i < STEPS; i++)
            random_step();
        if (round < ROUNDS)
            show(round);
        else
            split_a_chunk(round);
    }
    pt_load(pt_kernel());
    pt_unmap_range(&world.space, USER_START,
                   (USER_END - USER_START) / PAGE_SIZE);
    pt_flush();
    pt_destroy(&world.space);
    kva_free(world.kernel);
    pmm_free_bulk(FRAME_USER, FRAMES, world.frames);
}
