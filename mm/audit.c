/*
 * mm/audit.c - all layers, held to account at once: every frame has exactly
 * one story.
 *
 * Each layer claims what it alone can know, in its x_audit(); what fails is
 * told as a sentence, and the account goes on. Above that stands what takes
 * two layers:
 *
 *      the memory map, the bitmap, entries and store     pmm_audit()
 *      every table that a directory reaches              pt_audit()
 *      a mapping in kva lies in a range, no guard is     here
 *      slabs, large blocks, mapped blocks                kheap_audit()
 *      who holds each frame, how often it is mapped      here
 *
 * The last one needs no memory. Every owner's story is subtracted from the
 * frames' entries: by a page table that it is one, by an entry the reference
 * that it holds, by L3 that it keeps its ranges there. Zero is expected. What
 * is left is a contradiction, and then is searched for who is involved. In
 * the end all stories are added back.
 *
 *      frame 0x1a2b    KERNEL 2  -1 (0xf0012000)      = 1    "counted 2,
 *                                                            mapped once"
 *      frame 0x0077    KERNEL 1  -1 (0xf0013000)      = 0
 *
 * A new layer's owners join by a line in tell().
 *
 * Cost: see bench audit/ in docs/decisions.md. Space: none.
 */
#include "mm/audit.h"

#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/memmap.h"
#include "mm/pmm.h"
#include "mm/pt_audit.h"
#include "mm/vm.h"

/* ------------------------------------------------------------------ ranges */

/* How far the account of kva has come. */
struct kva_account {
    struct claims *to;
    virt_addr_t next;
    const char *before; /* whose range ends there */
};

static const char *name_of(const struct kva_range *range)
{
    return platform_can_read(range->name, 1) ? range->name : "?";
}

/* Nothing is mapped in [start, end), which no range holds. */
static void claim_gap(struct claims *to, virt_addr_t start, virt_addr_t end)
{
    pte_t pte;

    for (; pt_next_used(pt_kernel(), &start, end, &pte); start += PAGE_SIZE)
        CLAIM(to, false, "0x%08x: mapped to frame 0x%x, in no range", start,
              pte.bits >> PAGE_SHIFT);
}

static void claim_guard(struct claims *to, const struct kva_range *range,
                        virt_addr_t start, virt_addr_t end)
{
    pte_t pte;

    for (; pt_next_used(pt_kernel(), &start, end, &pte); start += PAGE_SIZE)
        CLAIM(to, false, "range '%s': guard page at 0x%08x is mapped",
              name_of(range), start);
}

static void claim_range(const struct kva_range *range, void *context)
{
    struct kva_account *account = context;
    u32 guards = range->guard_pages * PAGE_SIZE;
    virt_addr_t low = range->start - guards, high = range->end + guards;

    if (!CLAIM(account->to, low >= KVA_START && low < range->end &&
                                range->end <= high && high <= KVA_END &&
                                range->start < range->end,
               "range '%s': [0x%08x, 0x%08x) with %u guard pages is no range",
               name_of(range), range->start, range->end, range->guard_pages) ||
        !CLAIM(account->to, low >= account->next,
               "range '%s': at 0x%08x, begins within range '%s', which ends "
               "at 0x%08x", name_of(range), low, account->before,
               account->next))
        return;
    claim_gap(account->to, account->next, low);
    claim_guard(account->to, range, low, range->start);
    claim_guard(account->to, range, range->end, high);
    account->next = high;
    account->before = name_of(range);
}

static void claim_kva(struct claims *to)
{
    struct kva_account account = { to, KVA_START, "" };

    kva_each(claim_range, &account);
    claim_gap(to, account.next, KVA_END);
}

/* ----------------------------------------------------------------- stories */

static void tell_range_frame(pfn_t frame, void *context)
{
    const int *sign = context;

    if (pmm_kind(frame) == FRAME_RANGE)
        pmm_tell(frame, (u32)*sign * PMM_TOLD);
}

/* Every owner of frames whose kind alone does not lead to him. */
static void tell(int sign)
{
    pt_tell(sign);
    kva_each_frame(tell_range_frame, &sign);
    vm_tell(sign);
}

static const char *times(u32 count)
{
    static const char *const words[] = { "nowhere", "once", "twice" };

    return count < 3 ? words[count] : "more than twice";
}

/* Frames with references. What is left, and what was told, is the count. */
static void name_references(struct claims *to, pfn_t frame, u32 left,
                            const struct pt_uses *uses)
{
    u32 held = vm_holds(frame);
    u32 counted = (left + uses->count + held) & PAYLOAD_MAX;
    const struct pt_use *at = uses->at;

    if (held > 0)
        CLAIM(to, false, "frame 0x%x: counted %u, an object's, mapped %s",
              frame.n, counted, times(uses->count));
    else if (uses->count == 0)
        CLAIM(to, false, "frame 0x%x: %s, counted %u, mapped nowhere",
              frame.n, pmm_kind_name(pmm_kind(frame)), counted);
    else if (uses->count == 1)
        CLAIM(to, false, "frame 0x%x: counted %u, mapped once (at 0x%08x)",
              frame.n, counted, at[0].va);
    else
        CLAIM(to, false, "frame 0x%x: counted %u, mapped %s (at 0x%08x and "
              "0x%08x)", frame.n, counted, times(uses->count), at[0].va,
              at[1].va);
}

static void name_table(struct claims *to, pfn_t frame,
                       const struct pt_uses *uses)
{
    const struct pt_use *at = uses->at;

    if (uses->count + uses->directories == 0)
        CLAIM(to, false, "frame 0x%x: a page table, but no directory leads to "
              "it, and it is none", frame.n);
    else if (uses->count == 0)
        CLAIM(to, false, "frame 0x%x: the page directory of %u spaces",
              frame.n, uses->directories);
    else if (uses->count == 1)
        CLAIM(to, false, "frame 0x%x: a page directory, and the page table of "
              "0x%08x", frame.n, at[0].va);
    else
        CLAIM(to, false, "frame 0x%x: the page table of 0x%08x and of 0x%08x",
              frame.n, at[0].va, at[1].va);
}

/* Something is left of the frame's entry: who is involved? */
static void name_untold(pfn_t frame, void *context)
{
    struct claims *to = context;
    struct pt_uses uses;

    pt_find_uses(frame, &uses);
    if (pmm_kind(frame) == FRAME_RANGE)
        CLAIM(to, false, "frame 0x%x: range nodes, but %s", frame.n,
              pmm_payload(frame) == 0 ? "L3 keeps none there"
                                      : "L3 keeps them there twice");
    else if (pmm_kind(frame) == FRAME_TABLE)
        name_table(to, frame, &uses);
    else
        name_references(to, frame, pmm_payload(frame), &uses);
}

static void claim_range_frame(pfn_t frame, void *context)
{
    CLAIM((struct claims *)context, pmm_kind(frame) == FRAME_RANGE,
          "frame 0x%x: L3 keeps range nodes there, but it is %s", frame.n,
          pmm_kind_name(pmm_kind(frame)));
}

static void claim_owners(struct claims *to)
{
    kva_each_frame(claim_range_frame, to);
    tell(1);
    pmm_each_untold(name_untold, to);
    tell(-1);
}

u32 audit(void (*say)(void *context, const char *format, va_list arguments),
          void *context)
{
    struct claims to = { .say = say, .context = context };

    memmap_audit(&to, memmap_get());
    pmm_audit(&to);
    pt_audit(&to);
    pt_audit_rest(&to);
    claim_kva(&to);
    kheap_audit(&to);
    vm_audit(&to);
    claim_owners(&to);
    return to.failed;
}
