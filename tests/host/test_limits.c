/*
 * Tests that would take too long in an emulated machine.
 */
#include "mm/pmm.h"

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
