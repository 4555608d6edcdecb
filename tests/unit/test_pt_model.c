/*
 * Two spaces, in which pages come, go, are held, copied and moved by random,
 * agree with an array that tells of each page what it should be.
 */
#include "mm/pmm.h"
#include "mm/pt_user.h"

#include "strata_test.h"

enum { SPACES = 2, PAGES = 96, FRAMES = 4, BEFORE = 40 };

/* The pages lie on both sides of the edge of a table. */
#define START (0x40000000u - BEFORE * PAGE_SIZE)

static const enum pt_access READ = (enum pt_access)(PT_READ | PT_USER);
static const enum pt_access RW = (enum pt_access)(PT_READ | PT_WRITE | PT_USER);

/* What a page is. */
struct page {
    u32 frame; /* an index; FRAMES: none */
    bool held, writable;
};

static struct {
    struct page_table spaces[SPACES];
    struct page pages[SPACES][PAGES];
    pfn_t frames[FRAMES];
    u32 seed;
} world;

static u32 below(u32 n)
{
    return test_random(&world.seed) % n;
}

static virt_addr_t address(u32 page)
{
    return START + page * PAGE_SIZE;
}

static const struct page absent = { .frame = FRAMES };

/* ---------------------------------------------------------------- the steps */

/* A range, by pages. */
struct range {
    u32 space, first, count;
};

static struct range any_range(void)
{
    u32 first = below(PAGES);

    return (struct range){ below(SPACES), first, 1 + below(PAGES - first) };
}

static bool is_absent(struct range r)
{
    for (u32 i = 0; i < r.count; i++)
        if (world.pages[r.space][r.first + i].frame != FRAMES)
            return false;
    return true;
}

static void step_map(struct range r)
{
    u32 n = below(FRAMES);
    bool writable = below(2) != 0;
    struct page *page = &world.pages[r.space][r.first];
    enum status status = pt_map(&world.spaces[r.space], address(r.first),
                                world.frames[n], writable ? RW : READ);

    EXPECT_EQ(status, page->frame == FRAMES ? OK : ERR_EXIST);
    if (status == OK)
        *page = (struct page){ .frame = n, .writable = writable };
}

static void step_unmap(struct range r)
{
    u32 unmapped = 0;

    for (u32 i = r.first; i < r.first + r.count; i++) {
        unmapped += world.pages[r.space][i].frame != FRAMES;
        world.pages[r.space][i] = absent;
    }
    EXPECT_EQ(pt_unmap_range(&world.spaces[r.space], address(r.first),
                             r.count), unmapped);
}

static void step_protect(struct range r)
{
    static const u32 rights[] = { PT_NONE, READ, RW, RW | PT_KEEP_WRITE };
    u32 access = rights[below(ARRAY_SIZE(rights))];
    struct page *page = &world.pages[r.space][r.first];
    enum status status = is_absent(r) ? ERR_ABSENT : OK;

    EXPECT_EQ(pt_protect_range(&world.spaces[r.space], address(r.first),
                               r.count, (enum pt_access)access), status);
    for (u32 i = 0; i < r.count; i++, page++) {
        page->held = page->frame != FRAMES && access == PT_NONE;
        if (access == READ)
            page->writable = false;
        else if (access == RW)
            page->writable = true;
    }
}

static void step_replace(struct range r)
{
    u32 n = below(FRAMES);
    struct page *page = &world.pages[r.space][r.first];
    bool is_there = page->frame != FRAMES && !page->held;

    EXPECT_EQ(pt_replace(&world.spaces[r.space], address(r.first),
                         world.frames[n], RW), is_there ? OK : ERR_ABSENT);
    if (is_there)
        *page = (struct page){ .frame = n, .writable = true };
}

static void step_copy(struct range r)
{
    struct range target = { 1 - r.space, r.first, r.count };
    bool is_private = below(2) != 0;

    if (!is_absent(target))
        return;
    EXPECT_EQ(pt_copy_range(&world.spaces[target.space],
                            &world.spaces[r.space], address(r.first), r.count,
                            is_private ? PT_COPY_PRIVATE : PT_COPY_SHARED), OK);
    for (u32 i = r.first; i < r.first + r.count; i++) {
        if (is_private)
            world.pages[r.space][i].writable = false;
        world.pages[target.space][i] = world.pages[r.space][i];
    }
}

static void step_move(struct range r)
{
    struct range target = { r.space, below(PAGES), r.count };

    if (target.first + r.count > PAGES || !is_absent(target))
        return;
    EXPECT_EQ(pt_move_range(&world.spaces[r.space], address(r.first),
                            address(target.first), r.count), OK);
    for (u32 i = 0; i < r.count; i++) {
        world.pages[r.space][target.first + i] =
            world.pages[r.space][r.first + i];
        world.pages[r.space][r.first + i] = absent;
    }
}

/* --------------------------------------------------------------- comparison */

static void compare_page(u32 space, u32 i, u32 references[FRAMES])
{
    struct page page = world.pages[space][i];
    struct pt_walk walk = pt_walk(&world.spaces[space], address(i));

    EXPECT_EQ(walk.mapped, page.frame != FRAMES && !page.held);
    EXPECT_EQ((walk.pte.bits & PTE_HELD) != 0, page.held);
    if (page.frame == FRAMES)
        return;
    references[page.frame]++;
    EXPECT_EQ(walk.phys.addr, pfn_to_phys(world.frames[page.frame]).addr);
    EXPECT_EQ((walk.pte.bits & PTE_WRITE) != 0, page.writable);
}

static void compare(void)
{
    u32 references[FRAMES] = { 0 };

    pt_flush();
    for (u32 space = 0; space < SPACES; space++)
        for (u32 i = 0; i < PAGES; i++)
            compare_page(space, i, references);
    for (u32 n = 0; n < FRAMES; n++)
        EXPECT_EQ(pmm_payload(world.frames[n]), 1 + references[n]);
}

TEST(pt, random_steps_in_two_spaces_agree_with_the_model)
{
    static void (*const steps[])(struct range) = {
        step_map, step_map, step_map, step_unmap, step_protect,
        step_replace, step_copy, step_move,
    };

    NEED_FREE_FRAMES(32, "128 KiB");
    EXPECT(pmm_alloc_bulk(ZONE_ANY, FRAME_USER, FRAMES, world.frames));
    for (u32 space = 0; space < SPACES; space++) {
        EXPECT_EQ(pt_create(&world.spaces[space]), OK);
        for (u32 i = 0; i < PAGES; i++)
            world.pages[space][i] = absent;
    }
    world.seed = 7;
    for (u32 i = 0; i < test_rounds(2000); i++) {
        u32 step = below(ARRAY_SIZE(steps));
        steps[step](any_range());
        if (i % 8 == 0)
            compare();
        else if (below(2) != 0)
            pt_flush();
    }
    compare();
    pt_check();
    for (u32 space = 0; space < SPACES; space++) {
        pt_clear(&world.spaces[space]);
        pt_destroy(&world.spaces[space]);
    }
    pmm_free_bulk(FRAME_USER, FRAMES, world.frames);
}
