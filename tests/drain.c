/*
 * tests/drain.c - machines without memory, for tests of what happens then.
 *
 * Memory is held by the largest runs there are, so it takes no time, however
 * much there is. Remembering them takes no memory, since the first word of
 * each says where the next one is. To give back a frame, the run that was held
 * last, so one of the smallest, is cut to pieces, its last frame first:
 *
 *      [ 8 frames        ]
 *      [ 4      ][ 2 ][1]   1 given back
 *      [ 4      ][ 2 ]      2
 *      [ 4      ][1]        3
 *
 * The runs are of kind TABLE. For the audit each is a page table that no page
 * directory leads to: so whoever holds it tells of it, as every owner does.
 */
#include "strata_test.h"

#include "mm/pmm.h"
#include "mm/pt_user.h"
#include "mm/vm.h"

/* Runs, in the order in which they were held: the last one; its first word
 * says which was held before. */
struct stack {
    pfn_t last;
    u32 count;
};

static struct {
    struct stack runs;
    struct stack apart; /* frames that must stay, for memory to be in pieces */
    bool in_pieces;
    u32 frames; /* in both */
} held;

/* ------------------------------------------------------------------ stacks */

static void push(struct stack *stack, pfn_t head)
{
    u32 *word = window_map(head);

    *word = stack->last.n;
    window_unmap(word);
    stack->last = head;
    stack->count++;
}

static pfn_t before(pfn_t head)
{
    u32 *word = window_map(head);
    pfn_t other = pfn(*word);

    window_unmap(word);
    return other;
}

static pfn_t pop(struct stack *stack)
{
    pfn_t head = stack->last;

    stack->last = before(head);
    stack->count--;
    return head;
}

static void free_all(struct stack *stack)
{
    while (stack->count > 0) {
        pfn_t head = pop(stack);
        pmm_free_run(head, pmm_order(head), FRAME_TABLE);
    }
}

static void tell(const struct stack *stack, int sign)
{
    pfn_t head = stack->last;

    for (u32 i = 0; i < stack->count; i++) {
        pmm_tell(head, (u32)sign * PMM_TOLD);
        head = before(head);
    }
}

/* -------------------------------------------------------------------- hold */

/* Hold what the zone has from frame `first` on, of which there is none when it
 * gives a run from below. */
static void hold(enum zone zone, u32 first)
{
    for (u32 order = ORDER_MAX + 1; order-- > 0;) {
        pfn_t run = pmm_alloc_run(zone, order, FRAME_TABLE);
        for (; !pfn_is_none(run) && run.n >= first;
             run = pmm_alloc_run(zone, order, FRAME_TABLE)) {
            push(&held.runs, run);
            held.frames += 1u << order;
        }
        if (!pfn_is_none(run))
            pmm_free_run(run, order, FRAME_TABLE);
    }
}

/* What lies high is held first: then what is given back first suits all. */
static void drain(enum zone zone, bool in_pieces)
{
    vm_trim();
    pt_trim();
    pmm_trim();
    held.in_pieces = in_pieces;
    if (zone == ZONE_ANY)
        hold(ZONE_ANY, DIRECT_MAP_FRAMES);
    hold(zone, 0);
}

u32 test_drain(enum zone zone, u32 spare)
{
    drain(zone, false);
    u32 taken = held.frames;
    test_give_back(spare);
    return taken;
}

void test_drain_to_pieces(enum zone zone)
{
    drain(zone, true);
}

u32 test_held(void)
{
    return held.frames;
}

void test_tell_held(int sign)
{
    tell(&held.runs, sign);
    tell(&held.apart, sign);
}

/* ------------------------------------------------------------------- paint */

/* The first word of a run's first frame is the stack's. */
static void paint_run(pfn_t head, u32 word)
{
    for (u32 i = 0; i < 1u << pmm_order(head); i++) {
        u32 *words = window_map(pfn(head.n + i));

        for (u32 k = i == 0; k < PAGE_SIZE / sizeof *words; k++)
            words[k] = word;
        window_unmap(words);
    }
}

void test_paint_free(u32 word)
{
    test_drain(ZONE_ANY, 0);
    pfn_t head = held.runs.last;
    for (u32 i = 0; i < held.runs.count; i++) {
        paint_run(head, word);
        head = before(head);
    }
    test_refill();
}

/* --------------------------------------------------------------- give back */

static void give_last_frame(pfn_t head, u32 order)
{
    if (order == 0) {
        pmm_free(head, FRAME_TABLE);
        return;
    }
    pmm_split_run(head, order, (1u << order) - 1, FRAME_TABLE);
    while (order-- > 0) {
        push(&held.runs, head);
        head.n += 1u << order;
    }
}

/* The last frame of a run has an odd number. Those with even numbers stay, if
 * memory is to be in pieces. */
static bool give_back_one(void)
{
    while (held.runs.count > 0) {
        pfn_t head = pop(&held.runs);
        u32 order = pmm_order(head);
        if (held.in_pieces && order == 0 && head.n % 2 == 0) {
            push(&held.apart, head);
            continue;
        }
        give_last_frame(head, order);
        held.frames--;
        return true;
    }
    return false;
}

u32 test_give_back(u32 frames)
{
    u32 given = 0;

    while (given < frames && give_back_one())
        given++;
    return given;
}

void test_refill(void)
{
    free_all(&held.runs);
    free_all(&held.apart);
    held.frames = 0;
}
