/*
 * tests/model/pmm_model.c - the frame allocator without any cleverness.
 *
 * A frame's record says who holds it. Beside the frames there are, for every
 * order, the aligned blocks of that size with a count of their free frames:
 *
 *      order 2   |       3       |       4       |       0       |
 *      order 1   |   1   |   2   |   2   |   2   |   0   |   0   |
 *      order 0   | 0 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 0 | 0 | 0 | 0 |
 *
 * A run of order k can be had where a block of order k is full. So the number
 * of full blocks below each zone's ceiling tells whether a refusal was right;
 * pmm_model_look_at_all() counts them anew, by a search over all frames.
 */
#include "pmm_model.h"

#include "lib/mem.h"

/* The first frame beyond each zone: at 16 MiB, at 768 MiB, at 4 GiB. */
static const u32 ceilings[ZONES] = { 16u << 8, 768u << 8, 4096u << 8 };

static const char *about(struct pmm_model *model, u32 n, const char *words)
{
    model->suspect = n;
    return words;
}

static bool has_references(enum frame_kind kind)
{
    return kind == FRAME_KERNEL || kind == FRAME_USER || kind == FRAME_FILE;
}

/* ------------------------------------------------------ blocks and counters */

/* So many frames of a block are free from now on, or no longer. */
static void change_block(struct pmm_model *model, u32 order, u32 block,
                         u32 frames, bool free)
{
    u16 *count = &model->blocks[order][block];
    bool was_full = *count == 1u << order;

    *count = (u16)(free ? *count + frames : *count - frames);
    bool is_full = *count == 1u << order;
    for (u32 zone = 0; zone < ZONES && is_full != was_full; zone++)
        if (block << order < ceilings[zone])
            model->runs[zone][order] += is_full ? 1 : ~0u;
}

/* A run is free from now on, or no longer: tell all blocks that it lies in,
 * and all that lie in it. */
static void change_blocks(struct pmm_model *model, u32 head, u32 order,
                          bool free)
{
    u32 end = head + (1u << order);

    for (u32 k = 0; k <= ORDER_MAX; k++) {
        u32 frames = 1u << min_u32(k, order);

        for (u32 n = head; n < end; n += frames)
            change_block(model, k, n >> k, frames, free);
    }
}

/* Somebody holds the run from now on, or nobody does. */
static void set_run(struct pmm_model *model, u32 head, u32 order,
                    enum frame_kind kind)
{
    for (u32 n = head; n < head + (1u << order); n++)
        model->frames[n] = (struct model_frame){
            .head = head,
            .kind = (u8)kind,
            .order = (u8)order,
            .ours = kind != FRAME_FREE,
        };
    model->frames[head].payload = has_references(kind);
}

static void hold(struct pmm_model *model, u32 head, u32 order,
                 enum frame_kind kind)
{
    set_run(model, head, order, kind);
    change_blocks(model, head, order, false);
    model->kinds[FRAME_FREE] -= 1u << order;
    model->kinds[kind] += 1u << order;
}

static void release(struct pmm_model *model, u32 head, u32 order)
{
    model->kinds[model->frames[head].kind] -= 1u << order;
    model->kinds[FRAME_FREE] += 1u << order;
    set_run(model, head, order, FRAME_FREE);
    change_blocks(model, head, order, true);
}

/* ---------------------------------------------------------------- learning */

u32 pmm_model_bytes(u32 span)
{
    u32 bytes = span * (u32)sizeof(struct model_frame);

    for (u32 k = 0; k <= ORDER_MAX; k++)
        bytes += ((span >> k) + 2) * (u32)sizeof(u16);
    return bytes;
}

static void learn_run(pfn_t head, u32 frames, enum frame_kind kind,
                      void *context)
{
    struct pmm_model *model = context;
    bool is_free = kind == FRAME_FREE;

    for (u32 n = head.n; n < head.n + frames && n < model->span; n++) {
        model->frames[n] = (struct model_frame){
            .head = head.n,
            .payload = pmm_payload(pfn(n)),
            .kind = (u8)kind,
            .order = (u8)highest_bit(frames),
            .marked = !is_free && n != head.n && pmm_kind(pfn(n)) == kind,
        };
        model->kinds[kind]++;
        if (is_free)
            change_block(model, 0, n, 1, true);
        if (pmm_is_free(pfn(n)) != is_free)
            model->suspect = n;
    }
}

/* In a block is free what is free in its halves. */
static void learn_blocks(struct pmm_model *model)
{
    for (u32 k = 1; k <= ORDER_MAX; k++)
        for (u32 n = 0; n <= model->span >> k; n++) {
            const u16 *halves = &model->blocks[k - 1][2 * n];

            change_block(model, k, n, (u32)halves[0] + halves[1], true);
        }
}

const char *pmm_model_learn(struct pmm_model *model, void *memory)
{
    struct pmm_stats stats;
    u8 *place = memory;

    pmm_stats(&stats);
    memset(memory, 0, pmm_model_bytes(stats.spanned));
    *model = (struct pmm_model){ .span = stats.spanned,
                                 .table_bytes = stats.table_bytes,
                                 .frames = memory,
                                 .suspect = ~0u };
    place += model->span * sizeof *model->frames;
    for (u32 k = 0; k <= ORDER_MAX; k++) {
        model->blocks[k] = (u16 *)(void *)place;
        place += ((model->span >> k) + 2) * sizeof(u16);
    }
    pmm_each(learn_run, model);
    learn_blocks(model);
    return model->suspect == ~0u
               ? pmm_model_look_at_stats(model)
               : "pmm_each() and pmm_is_free() disagree about a frame";
}

/* -------------------------------------------------------------- allocations */

/* May the zone's answer be this run? */
static const char *objection_to_run(struct pmm_model *model, enum zone zone,
                                    u32 order, u32 head)
{
    u32 frames = 1u << order;

    if (head >= model->span || frames > model->span - head)
        return about(model, head, "there is no such frame");
    if (head % frames != 0)
        return about(model, head, "a run that is not aligned to its size");
    if (head + frames > ceilings[zone])
        return about(model, head, "beyond the ceiling of the zone");
    for (u32 n = head; n < head + frames; n++)
        if (model->frames[n].kind != FRAME_FREE)
            return about(model, n, "the frame is not free, and given out");
    return NULL;
}

const char *pmm_model_alloc(struct pmm_model *model, enum zone zone, u32 order,
                            enum frame_kind kind, pfn_t answer)
{
    if (pfn_is_none(answer) && model->runs[zone][order] == 0)
        return NULL;
    if (pfn_is_none(answer))
        return about(model, answer.n, "a refusal, and there is such a run");

    const char *words = objection_to_run(model, zone, order, answer.n);
    if (!words)
        hold(model, answer.n, order, kind);
    return words;
}

const char *pmm_model_alloc_bulk(struct pmm_model *model, enum zone zone,
                                 enum frame_kind kind, u32 count,
                                 const pfn_t *frames, bool answer)
{
    const char *words = NULL;

    if (!answer && model->runs[zone][0] < count)
        return NULL;
    if (!answer)
        return about(model, ~0u, "a refusal, and there are so many frames");
    for (u32 i = 0; i < count && !words; i++) {
        words = objection_to_run(model, zone, 0, frames[i].n);
        if (!words)
            hold(model, frames[i].n, 0, kind);
    }
    return words;
}

/* ----------------------------------------------------------- what is held */

/* Whoever tests may only give back, split or mark what it holds. */
static const char *objection_to_caller(struct pmm_model *model, u32 head,
                                       u32 order, enum frame_kind kind)
{
    const struct model_frame *frame = &model->frames[head];

    if (head < model->span && frame->ours && frame->head == head &&
        frame->order == order && frame->kind == kind)
        return NULL;
    return about(model, head, "the test does not hold this, and acts on it");
}

const char *pmm_model_free(struct pmm_model *model, pfn_t head, u32 order,
                           enum frame_kind kind)
{
    const char *words = objection_to_caller(model, head.n, order, kind);

    if (words)
        return words;
    if (has_references(kind) && model->frames[head.n].payload != 1)
        return about(model, head.n, "freed, and others refer to it");
    release(model, head.n, order);
    return NULL;
}

const char *pmm_model_free_bulk(struct pmm_model *model, enum frame_kind kind,
                                u32 count, const pfn_t *frames)
{
    const char *words = NULL;

    for (u32 i = 0; i < count && !words; i++)
        words = pmm_model_free(model, frames[i], 0, kind);
    return words;
}

/* The run goes back as a whole, and its pieces are taken out of it. */
const char *pmm_model_split(struct pmm_model *model, pfn_t head, u32 order,
                            u32 keep, enum frame_kind kind)
{
    const char *words = pmm_model_free(model, head, order, kind);

    while (keep > 0 && !words) {
        u32 piece = highest_bit(keep);

        hold(model, head.n, piece, kind);
        head.n += 1u << piece;
        keep -= 1u << piece;
    }
    return words;
}

const char *pmm_model_get(struct pmm_model *model, pfn_t frame, bool answer)
{
    u32 *references = &model->frames[frame.n].payload;

    if (answer != (*references < PAYLOAD_MAX))
        return about(model, frame.n, "a reference too many, or one refused");
    *references += answer;
    return NULL;
}

const char *pmm_model_put(struct pmm_model *model, pfn_t frame, bool answer)
{
    struct model_frame *record = &model->frames[frame.n];

    if (answer != (record->payload == 1))
        return about(model, frame.n,
                     "put says the frame is free, or is not, and is wrong");
    record->payload--;
    if (answer)
        release(model, frame.n, 0);
    return NULL;
}

const char *pmm_model_set_payload(struct pmm_model *model, pfn_t head,
                                  enum frame_kind kind, u32 payload)
{
    const char *words = objection_to_caller(
        model, head.n, model->frames[head.n].order, kind);

    if (!words)
        model->frames[head.n].payload = payload;
    return words;
}

const char *pmm_model_set_run_payload(struct pmm_model *model, pfn_t head,
                                      u32 order, enum frame_kind kind,
                                      u32 payload)
{
    const char *words = objection_to_caller(model, head.n, order, kind);

    for (u32 n = head.n; n < head.n + (1u << order) && !words; n++) {
        model->frames[n].payload = payload;
        model->frames[n].marked = n != head.n;
    }
    return words;
}

/* ----------------------------------------------------------------- looking */

/* What the entry of a free frame, or of an unmarked tail, says beside its
 * kind is nobody's business. */
const char *pmm_model_look(struct pmm_model *model, u32 n)
{
    const struct model_frame *frame = &model->frames[n];
    bool is_free = frame->kind == FRAME_FREE;
    bool is_head = !is_free && frame->head == n;
    bool has_entry = is_head || frame->marked;

    if (pmm_is_free(pfn(n)) != is_free)
        return about(model, n, is_free ? "pmm_is_free() denies a free frame"
                                       : "pmm_is_free() of a held frame");
    if (pmm_kind(pfn(n)) != (has_entry ? frame->kind : FRAME_FREE))
        return about(model, n, "pmm_kind() tells of another kind");
    if (has_entry && pmm_payload(pfn(n)) != frame->payload)
        return about(model, n, "pmm_payload() tells of another payload");
    if (is_head && pmm_order(pfn(n)) != frame->order)
        return about(model, n, "pmm_order() tells of another order");
    return NULL;
}

const char *pmm_model_look_at_stats(struct pmm_model *model)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    model->suspect = ~0u;
    if (stats.spanned != model->span || stats.table_bytes != model->table_bytes)
        return "pmm_stats() tells of another span, or of other arrays";
    if (memcmp(stats.kinds, model->kinds, sizeof model->kinds) != 0)
        return "pmm_stats() counts otherwise how many are of a kind";
    for (u32 zone = 0; zone < ZONES; zone++)
        if (stats.free[zone] != model->runs[zone][0])
            return "pmm_stats() counts otherwise what is free in a zone";
    if (stats.whole_chunks > model->runs[ZONE_ANY][ORDER_MAX])
        return "pmm_stats() counts more whole chunks than there are";
    return NULL;
}

/* Are the model's own counts those of its frames? Where 2^k free frames in a
 * row end at a multiple of 2^k, there is a run of order k. */
static const char *objection_to_own_counts(struct pmm_model *model)
{
    u32 runs[ZONES][ORDER_MAX + 1] = { 0 };
    u32 kinds[FRAME_KINDS] = { 0 };
    u32 in_a_row = 0;

    for (u32 n = 0; n < model->span; n++) {
        enum frame_kind kind = (enum frame_kind)model->frames[n].kind;

        kinds[kind]++;
        in_a_row = kind == FRAME_FREE ? in_a_row + 1 : 0;
        for (u32 k = 0; k <= ORDER_MAX && (n + 1) % (1u << k) == 0; k++)
            for (u32 zone = 0; zone < ZONES && in_a_row >= 1u << k; zone++)
                runs[zone][k] += n < ceilings[zone];
    }
    bool same = memcmp(runs, model->runs, sizeof runs) == 0 &&
                memcmp(kinds, model->kinds, sizeof kinds) == 0;
    return same ? NULL : about(model, ~0u, "the model has miscounted");
}

const char *pmm_model_look_at_all(struct pmm_model *model)
{
    const char *words = objection_to_own_counts(model);

    for (u32 n = 0; n < model->span && !words; n++)
        words = pmm_model_look(model, n);
    return words ? words : pmm_model_look_at_stats(model);
}
