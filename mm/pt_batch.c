/*
 * mm/pt_batch.c - L2: the one place where the processor is told to forget.
 *
 * The open batch lists what was unmapped or tightened since the last flush:
 *
 *      va | what it owes      pt_flush():  1. forget each page, or everything
 *      va | a frame                        2. then give the frames back
 *      va | a page table
 *
 * A full batch flushes itself, so that it is bounded and owing never fails.
 */
#include "mm/platform.h"
#include "pt_internal.h"

enum {
    BATCH_MAX = 64,
    FLUSH_SINGLY_MAX = 32, /* more pages than that: forget everything */
};

static struct {
    struct {
        enum debt_kind kind;
        virt_addr_t va;
        pfn_t frame;
    } debts[BATCH_MAX];
    u32 count;
} batch;

bool pt_owes_nothing(void)
{
    return batch.count == 0;
}

bool pt_owes_page(virt_addr_t va)
{
    for (u32 i = 0; i < batch.count; i++)
        if (batch.debts[i].va == va)
            return true;
    return false;
}

bool pt_owes_table(virt_addr_t va)
{
    for (u32 i = 0; i < batch.count; i++)
        if (batch.debts[i].kind == DEBT_TABLE &&
            pde_index(batch.debts[i].va) == pde_index(va))
            return true;
    return false;
}

static void forget_pages(void)
{
    if (batch.count > FLUSH_SINGLY_MAX) {
        platform_flush_all();
        return;
    }
    for (u32 i = 0; i < batch.count; i++)
        platform_flush_page(batch.debts[i].va);
    pt_state.stats.pages_flushed += batch.count;
}

void pt_flush(void)
{
    if (batch.count == 0)
        return;
    forget_pages();
    for (u32 i = 0; i < batch.count; i++) {
        if (batch.debts[i].kind == DEBT_FRAME)
            pmm_put(batch.debts[i].frame);
        else if (batch.debts[i].kind == DEBT_TABLE)
            pmm_free(batch.debts[i].frame, FRAME_TABLE);
    }
    batch.count = 0;
    pt_state.stats.flushes++;
}

void pt_owe(enum debt_kind kind, virt_addr_t va, pfn_t frame)
{
    if (batch.count == BATCH_MAX)
        pt_flush();
    batch.debts[batch.count].kind = kind;
    batch.debts[batch.count].va = va;
    batch.debts[batch.count].frame = frame;
    batch.count++;
}
