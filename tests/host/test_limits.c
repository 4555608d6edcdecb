/*
 * Tests that would take too long in an emulated machine.
 */
#include "mm/pmm.h"
#include "mm/pt.h"

#include "strata_test.h"

TEST(pmm, a_count_at_its_limit_is_refused)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_USER);
    u32 got = 1;

    while (got < REFERENCES_MAX && pmm_get(frame))
        got++;
    EXPECT_EQ(got, REFERENCES_MAX);
    EXPECT(!pmm_get(frame));
    EXPECT_EQ(pmm_payload(frame), REFERENCES_MAX);
    EXPECT_EQ(pmm_kind(frame), FRAME_USER);
    while (!pmm_put(frame))
        got--;
    EXPECT_EQ(got, 1);
}

/* The second page would be one reference too many. */
TEST(pt, a_range_that_meets_a_frame_at_the_limit_of_references_is_undone)
{
    const enum pt_access rights = (enum pt_access)(PT_READ | PT_WRITE);
    struct page_table space;
    pfn_t full = pmm_alloc(ZONE_ANY, FRAME_USER);
    pfn_t other = pmm_alloc(ZONE_ANY, FRAME_USER);
    pfn_t frames[] = { other, full, other, full };

    while (pmm_payload(full) < REFERENCES_MAX - 1)
        EXPECT(pmm_get(full));
    EXPECT_EQ(pt_create(&space), OK);
    for (u32 i = 0; i < 2; i++) { /* into a new table, and one in use */
        EXPECT_EQ(pt_map_range(&space, USER_START, frames, 4, rights),
                  ERR_NOMEM);
        EXPECT_EQ(pmm_payload(full), REFERENCES_MAX - 1);
        EXPECT_EQ(pmm_payload(other), 1 + i);
        EXPECT(!pt_walk(&space, USER_START).mapped);
        pt_check();
        EXPECT_EQ(pt_map(&space, 0x00100000 + i * PAGE_SIZE, other, rights),
                  OK);
    }
    EXPECT_EQ(pt_map(&space, USER_START, full, rights), OK);
    EXPECT_EQ(pt_map(&space, USER_START + PAGE_SIZE, full, rights), ERR_NOMEM);
    EXPECT_EQ(pt_unmap_range(&space, USER_START, CHUNK_FRAMES), 3);
    while (!pmm_put(full))
        ;
    pmm_free(other, FRAME_USER);
    pt_destroy(&space);
}
