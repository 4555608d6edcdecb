/*
 * tests/model/pmm_work.c - random work on the frame allocator: its phases.
 *
 * An operation takes frames, gives some back, or touches some that are held.
 * How likely each is, the phase says.
 */
#include "pmm_work.h"

#include "strata_test.h"

enum {
    HELD_MAX = 32768,
    TOUCHES = 20,       /* of 100 operations                 */
    PHASES_MIN = 16,    /* in all the work                   */
    REFUSALS_MAX = 400, /* then a phase that fills is over   */
    FEW = 30,           /* of 100: a phase that empties, and */
    MOST = 70,          /* one that fills                    */
    STATS_EVERY = 32,   /* operations                        */
    LOOK_EVERY = 8,     /* frames of the span, an operation  */
};

/* ----------------------------------------------------------------- phases */

static void begin_phase(struct pmm_work *work)
{
    static const u8 leans[] = { 97, 80, 60, 50, 40, 20, 3, 3 };
    static const u16 bursts[] = { 1, 1, 16, 400 };
    const struct pmm_model *model = &work->model;
    struct work_phase *phase = &work->phase;

    phase->left = 1 + work_random(work, work->phase_max);
    phase->lean = leans[work_random(work, work->held_count > 0 ? 8 : 4)];
    phase->burst = bursts[work_random(work, ARRAY_SIZE(bursts))];
    phase->orders = (enum work_orders)work_random(work, ORDERS);
    phase->zone = (enum zone)work_random(work, ZONES);
    phase->newest = work_random(work, 4) == 0;
    phase->chunks = phase->lean > MOST &&
                    (model->runs[ZONE_ANY][0] > 4 * WORK_CROWD ||
                     work_random(work, 4) == 0);
    phase->crowd = WORK_CROWD >> work_random(work, 8);
    if (phase->chunks)
        phase->left += model->runs[ZONE_ANY][ORDER_MAX];
    work->refusals = 0;
    work->series = 0;
}

/* A phase that has nothing more to fill, or to empty, is over. */
static bool phase_is_over(const struct pmm_work *work)
{
    if (work->phase.left == 0)
        return true;
    if (work->phase.lean < FEW)
        return work->held_count == 0;
    return work->phase.lean > MOST && work->refusals >= REFUSALS_MAX;
}

static const char *step(struct pmm_work *work)
{
    struct work_phase *phase = &work->phase;

    work->number++;
    phase->left--;
    if (work->series == 0) {
        work->series = 1 + work_random(work, phase->burst);
        work->taking = work_random(work, 100) < phase->lean;
    }
    bool may_take = work->held_count + WORK_BULK_MAX <= work->held_max;
    if (may_take && work->held_count > 0 && work_random(work, 100) < TOUCHES)
        return work_touch(work);
    work->series--;
    if ((may_take && work->taking) || work->held_count == 0)
        return work_take(work);
    return work_give(work);
}

static const char *look_at_all(struct pmm_work *work)
{
    work->now.name = "before a look at everything";
    pmm_check();
    return pmm_model_look_at_all(&work->model);
}

static const char *run_phase(struct pmm_work *work, u32 last)
{
    const char *words = NULL;

    begin_phase(work);
    while (work->number < last && !phase_is_over(work) && !words) {
        words = step(work);
        if (!words && work->number % STATS_EVERY == 0)
            words = pmm_model_look_at_stats(&work->model);
    }
    if (words || work->number < work->next_look)
        return words;
    work->next_look = work->number + work->model.span / LOOK_EVERY;
    return look_at_all(work);
}

/* ---------------------------------------------------------- the whole work */

static u32 held_max(u32 span)
{
    return min_u32(span, HELD_MAX) + WORK_BULK_MAX;
}

u32 pmm_work_bytes(u32 span)
{
    return round_up(pmm_model_bytes(span), 8) +
           held_max(span) * (u32)sizeof(u32);
}

const char *pmm_work_begin(struct pmm_work *work, void *memory)
{
    u32 model_bytes = round_up(pmm_model_bytes(pmm_span()), 8);

    *work = (struct pmm_work){ .held_max = held_max(pmm_span()) };
    work->held = (u32 *)(void *)((u8 *)memory + model_bytes);
    return pmm_model_learn(&work->model, memory);
}

const char *pmm_work_run(struct pmm_work *work, u32 seed, u32 operations)
{
    const char *words = NULL;

    work->seed = seed;
    work->random = seed * 0x9e3779b9;
    work->number = 0;
    work->next_look = work->model.span / LOOK_EVERY;
    work->phase_max = operations / PHASES_MIN;
    while (work->number < operations && !words)
        words = run_phase(work, operations);
    work->phase.newest = false;
    while (work->held_count > 0 && !words) {
        work->number++;
        words = work_give(work);
    }
    return words ? words : look_at_all(work);
}

void pmm_work_print(const struct pmm_work *work, const char *words)
{
    static const char *const zones[ZONES] = { "DMA", "LOW", "ANY" };
    const struct work_operation *now = &work->now;

    test_print("# seed %u, operation %u: %s", work->seed, work->number, words);
    test_print("# it is %s, zone %s, kind %s, order %u, count %u, frame 0x%x; "
               "the words are about frame 0x%x",
               now->name ? now->name : "before the first", zones[now->zone],
               pmm_kind_name(now->kind), now->order, now->count, now->frame,
               work->model.suspect);
}
