/*
 * tests/model/pmm_steps.c - the single operations of random work.
 *
 * Each one is announced, tried, told to the model, and what it was about is
 * looked at.
 */
#include "pmm_work.h"

#include "strata_test.h"

/* From 0 to limit - 1; limit is at most 2^24. By the upper bits, since the
 * lower ones of such a sequence return soon. */
u32 work_random(struct pmm_work *work, u32 limit)
{
    return (u32)((u64)test_random(&work->random) * limit >> 24);
}

/* 0 in half of all cases, 1 in a quarter, and so on up to `most`. */
static u32 random_skewed(struct pmm_work *work, u32 most)
{
    u32 random = test_random(&work->random) | 1u << (23 - most);

    return 23 - highest_bit(random);
}

static bool has_references(enum frame_kind kind)
{
    return kind >= FRAME_KERNEL;
}

/* ------------------------------------------------------------ bookkeeping */

static void announce(struct pmm_work *work, const char *name, u32 frame,
                     u32 count)
{
    work->now = (struct work_operation){ .name = name,
                                         .frame = frame,
                                         .count = count };
    if (frame != ~0u) {
        const struct model_frame *record = &work->model.frames[frame];
        work->now.kind = (enum frame_kind)record->kind;
        work->now.order = record->order;
    }
}

/* The first, the last, and any frame of a run, and any frame at all. */
static const char *look_at_run(struct pmm_work *work, u32 head, u32 order)
{
    struct pmm_model *model = &work->model;
    u32 frames = 1u << order;
    const char *words = pmm_model_look(model, head);

    if (!words && order > 0)
        words = pmm_model_look(model, head + frames - 1);
    if (!words && order > 1)
        words = pmm_model_look(model, head + work_random(work, frames));
    if (!words)
        words = pmm_model_look(model, work_random(work, model->span));
    return words;
}

static void keep(struct pmm_work *work, u32 head)
{
    work->held[work->held_count++] = head;
}

static u32 let_go(struct pmm_work *work, u32 slot)
{
    u32 head = work->held[slot];

    work->held[slot] = work->held[--work->held_count];
    return head;
}

static u32 choose_slot(struct pmm_work *work)
{
    return work->phase.newest ? work->held_count - 1
                              : work_random(work, work->held_count);
}

/* Is so much free that whole chunks are taken first? */
static bool wants_chunks(const struct pmm_work *work)
{
    const struct pmm_model *model = &work->model;

    return work->phase.chunks &&
           model->runs[ZONE_ANY][0] > work->phase.crowd &&
           model->runs[ZONE_ANY][ORDER_MAX] > 0;
}

static enum zone choose_zone(struct pmm_work *work)
{
    if (wants_chunks(work))
        return ZONE_ANY;
    if (work_random(work, 4) > 0)
        return work->phase.zone;
    return (enum zone)work_random(work, ZONES);
}

static enum frame_kind choose_kind(struct pmm_work *work)
{
    return (enum frame_kind)(FRAME_TABLE +
                             work_random(work, FRAME_KINDS - FRAME_TABLE));
}

static u32 choose_order(struct pmm_work *work)
{
    if (wants_chunks(work))
        return ORDER_MAX;
    if (work->phase.orders == ORDERS_SINGLE)
        return 0;
    if (work->phase.orders == ORDERS_EVEN)
        return work_random(work, ORDER_MAX + 1);
    return random_skewed(work, work->phase.orders == ORDERS_SMALL ? 4
                                                                  : ORDER_MAX);
}

/* Up to WORK_BULK_MAX, the fewer the more often. */
static u32 choose_few(struct pmm_work *work)
{
    u32 limit = WORK_BULK_MAX;

    limit >>= random_skewed(work, 7);
    return work_random(work, limit + 1);
}

/* Most often some, sometimes just as many as there are, or one more. */
static u32 choose_count(struct pmm_work *work, enum zone zone)
{
    u32 free = work->model.runs[zone][0];
    u32 odds = work_random(work, 8);

    if (odds < 2 && free + odds <= WORK_BULK_MAX)
        return free + odds;
    return choose_few(work);
}

/* ----------------------------------------------------------------- taking */

static const char *take_run(struct pmm_work *work, bool single)
{
    enum zone zone = choose_zone(work);
    enum frame_kind kind = choose_kind(work);
    u32 order = single ? 0 : choose_order(work);

    work->now = (struct work_operation){ .name = single ? "alloc" : "alloc_run",
                                         .zone = zone, .kind = kind,
                                         .order = order, .frame = ~0u };
    pfn_t head = single ? pmm_alloc(zone, kind)
                        : pmm_alloc_run(zone, order, kind);
    work->now.frame = head.n;
    const char *words = pmm_model_alloc(&work->model, zone, order, kind, head);
    if (words)
        return words;
    if (pfn_is_none(head)) {
        work->refusals++;
        return NULL;
    }
    keep(work, head.n);
    return look_at_run(work, head.n, order);
}

static const char *take_bulk(struct pmm_work *work)
{
    enum zone zone = choose_zone(work);
    enum frame_kind kind = choose_kind(work);
    u32 count = choose_count(work, zone);

    work->now = (struct work_operation){ .name = "alloc_bulk", .zone = zone,
                                         .kind = kind, .count = count,
                                         .frame = ~0u };
    bool answer = pmm_alloc_bulk(zone, kind, count, work->bulk);
    const char *words = pmm_model_alloc_bulk(&work->model, zone, kind, count,
                                             work->bulk, answer);
    if (!answer) {
        work->refusals++;
        return words ? words : pmm_model_look_at_stats(&work->model);
    }
    for (u32 i = 0; i < count && !words; i++) {
        keep(work, work->bulk[i].n);
        words = pmm_model_look(&work->model, work->bulk[i].n);
    }
    return words;
}

const char *work_take(struct pmm_work *work)
{
    u32 odds = work_random(work, 16);

    if (wants_chunks(work))
        return take_run(work, false);
    return odds == 0 ? take_bulk(work) : take_run(work, odds < 5);
}

/* ----------------------------------------------------------------- giving */

static const char *put(struct pmm_work *work, u32 slot)
{
    u32 frame = work->held[slot];

    announce(work, "put", frame, 1);
    bool answer = pmm_put(pfn(frame));
    const char *words = pmm_model_put(&work->model, pfn(frame), answer);
    if (answer)
        let_go(work, slot);
    return words ? words : look_at_run(work, frame, 0);
}

static const char *free_run(struct pmm_work *work, u32 slot)
{
    u32 head = let_go(work, slot);

    announce(work, "free_run", head, 0);
    u32 order = work->now.order;
    if (order == 0 && work_random(work, 2)) {
        work->now.name = "free";
        pmm_free(pfn(head), work->now.kind);
    } else {
        pmm_free_run(pfn(head), order, work->now.kind);
    }
    const char *words = pmm_model_free(&work->model, pfn(head), order,
                                       work->now.kind);
    return words ? words : look_at_run(work, head, order);
}

/* Some of what is held of a kind, as far as it can be freed at once. */
static const char *free_bulk(struct pmm_work *work, enum frame_kind kind)
{
    u32 most = choose_few(work);
    u32 count = 0;

    for (u32 i = 0; i < 4 * most && count < most && work->held_count > 0; i++) {
        u32 slot = work_random(work, work->held_count);
        const struct model_frame *frame = &work->model.frames[work->held[slot]];

        if (frame->order == 0 && frame->kind == kind &&
            (!has_references(kind) || frame->payload == 1))
            work->bulk[count++] = pfn(let_go(work, slot));
    }
    announce(work, "free_bulk", ~0u, count);
    work->now.kind = kind;
    pmm_free_bulk(kind, count, work->bulk);
    const char *words = pmm_model_free_bulk(&work->model, kind, count,
                                            work->bulk);
    for (u32 i = 0; i < count && !words; i++)
        words = pmm_model_look(&work->model, work->bulk[i].n);
    return words;
}

const char *work_give(struct pmm_work *work)
{
    u32 slot = choose_slot(work);
    const struct model_frame *frame = &work->model.frames[work->held[slot]];
    enum frame_kind kind = (enum frame_kind)frame->kind;

    if (work_random(work, 16) == 0)
        return free_bulk(work, kind);
    if (frame->order == 0 && has_references(kind) &&
        (frame->payload > 1 || work_random(work, 2)))
        return put(work, slot);
    return free_run(work, slot);
}

/* --------------------------------------------------------------- touching */

static const char *get(struct pmm_work *work, u32 frame)
{
    announce(work, "get", frame, 1);
    bool answer = pmm_get(pfn(frame));
    const char *words = pmm_model_get(&work->model, pfn(frame), answer);
    return words ? words : look_at_run(work, frame, 0);
}

static const char *split(struct pmm_work *work, u32 head, u32 order)
{
    u32 kept = 1 + work_random(work, 1u << order);

    announce(work, "split_run", head, kept);
    pmm_split_run(pfn(head), order, kept, work->now.kind);
    const char *words = pmm_model_split(&work->model, pfn(head), order, kept,
                                        work->now.kind);
    for (u32 n = head, left = kept; left > 0 && !words;) {
        u32 piece = highest_bit(left);

        if (n != head)
            keep(work, n);
        words = look_at_run(work, n, piece);
        n += 1u << piece;
        left -= 1u << piece;
    }
    if (!words && kept < 1u << order)
        words = pmm_model_look(&work->model, head + kept);
    return words ? words : look_at_run(work, head, 0);
}

static const char *set_payload(struct pmm_work *work, u32 head, bool all)
{
    struct pmm_model *model = &work->model;
    u32 payload = work_random(work, PAYLOAD_MAX) + work_random(work, 2);
    const char *words;

    announce(work, all ? "set_run_payload" : "set_payload", head, 0);
    u32 order = work->now.order;
    enum frame_kind kind = work->now.kind;
    if (all) {
        pmm_set_run_payload(pfn(head), order, kind, payload);
        words = pmm_model_set_run_payload(model, pfn(head), order, kind,
                                          payload);
    } else {
        pmm_set_payload(pfn(head), kind, payload);
        words = pmm_model_set_payload(model, pfn(head), kind, payload);
    }
    return words ? words : look_at_run(work, head, order);
}

/* A marked run is not split; nor are two references of one frame. */
static bool can_split(const struct pmm_work *work, u32 head)
{
    const struct model_frame *frame = &work->model.frames[head];

    if (frame->order == 0)
        return !has_references((enum frame_kind)frame->kind) ||
               frame->payload == 1;
    return !frame[1].marked;
}

const char *work_touch(struct pmm_work *work)
{
    u32 slot = choose_slot(work);
    u32 head = work->held[slot];
    const struct model_frame *frame = &work->model.frames[head];
    u32 odds = work_random(work, 8);

    if (odds < 3 && can_split(work, head))
        return split(work, head, frame->order);
    if (!has_references((enum frame_kind)frame->kind))
        return set_payload(work, head, odds == 7);
    if (frame->order > 0)
        return look_at_run(work, head, frame->order);
    return odds < 6 ? get(work, head) : put(work, slot);
}
