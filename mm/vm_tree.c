/*
 * mm/vm_tree.c - L5: where a region lies, and where there is room.
 *
 * The regions of a space are in a list by address, and in a treap: a binary
 * tree by address in which each region has a rank, drawn by lot, and stands
 * above those of lower rank. Such a tree is as one that was built in random
 * order, whatever the order was: of n regions it is 2 ln n deep on average. And
 * to add or remove one takes less than two rotations on average, with nothing
 * to mend above them.
 *
 * Each region also knows the widest gap before any region of its subtree. To
 * find the highest room for 5 pages, go right as long as that promises 5:
 *
 *                  [ c | 9 ]                      right of c: only 2; before
 *                 /         \                     c: 3; so left: a has 9
 *         [ a | 9 ]         [ d | 2 ]
 *               \
 *              [ b | 1 ]      gaps before a b c d: 9 1 3 2
 *
 * A gap is what lies between two regions, less what must stay free below a
 * stack, and less what lies above VM_MAP_END, which is for the stack: only
 * when nothing else is left is it given, from below.
 *
 * Gaps are written down by their size class: to the page up to 31 pages, to
 * 1/16 above. Most mappings are made at the lower end of all others, and take
 * a little from one huge gap, whose class stays: so nothing changes up to the
 * root. A gap that would do may be passed over for this, if it is less than
 * 1/16 wider than what is asked for; before "no room" is answered, all gaps
 * are looked at.
 *
 * What goes soon was mostly made last. So the newest region stays in the list
 * only, until something else changes: to make one and remove it costs nothing
 * here.
 *
 * A region that is added, removed or moved changes its own gap or the next
 * one's. Both are written down first; then the way goes up from each, as long
 * as anything changes. Mostly one gap takes what the other gives, and the way
 * ends where the two meet.
 *
 * Cost: to find a region O(log regions) as expected, 7 instructions a level; to
 * add or remove one O(1), some 100 instructions.
 */
#include "vm_internal.h"

/* No region: without a gap, of the lowest rank. Where there is no child, it can
 * be read as one; its parent means nothing. */
struct vm_region vm_no_region;

static inline bool is_none(const struct vm_region *region)
{
    return region == &vm_no_region;
}

/* ------------------------------------------------------------------- gaps */

enum {
    EXACT_PAGES = 32, /* below that, a class is a number of pages */
    STEP_BITS = 4,    /* a power of two has 2^4 classes          */
};

/* The class of a gap: that of a smaller one is not higher. */
static u32 class_of(u32 pages)
{
    if (pages < EXACT_PAGES)
        return pages;
    u32 bits = highest_bit(pages) - STEP_BITS;
    return (bits << STEP_BITS) + (pages >> bits);
}

/* Every gap of this class or a higher one has room for so many pages. */
static u32 class_for(u32 pages)
{
    return class_of(pages - 1) + 1;
}

virt_addr_t vm_guarded_start(const struct vm_region *region)
{
    if (!(region->flags & VM_GROWS_DOWN))
        return region->start;
    return region->start - min_u32(region->start, VM_STACK_GUARD);
}

static inline virt_addr_t top_of_gap(const struct vm_region *region)
{
    return min_u32(vm_guarded_start(region), VM_MAP_END);
}

/* The class of the gap between `from` and a region. */
static inline u32 gap_from(virt_addr_t from, const struct vm_region *region)
{
    virt_addr_t to = top_of_gap(region);

    return to > from ? class_of((to - from) >> PAGE_SHIFT) : 0;
}

/* Where the room before a region begins. */
static inline virt_addr_t end_before(const struct vm_space *space,
                                        const struct vm_region *region)
{
    const struct vm_region *before = vm_before(space, region);

    return before ? before->end : USER_START;
}

u32 vm_gap(const struct vm_space *space, const struct vm_region *region)
{
    return gap_from(end_before(space, region), region);
}

/* ---------------------------------------------------------------- rotate */

/* Note the widest gap of a region's subtree. Has it changed? */
static inline bool refresh(struct vm_region *region)
{
    u32 widest = max_u32(region->gap, max_u32(region->left->widest_gap,
                                              region->right->widest_gap));
    bool changed = region->widest_gap != widest;

    region->widest_gap = (u16)widest;
    return changed;
}

/* Hang `region` where `old` hangs. */
static inline void hang(struct vm_space *space, const struct vm_region *old,
                        struct vm_region *region)
{
    struct vm_region *parent = old->parent;

    if (is_none(parent))
        space->root = region;
    else if (parent->left == old)
        parent->left = region;
    else
        parent->right = region;
    region->parent = parent;
}

/* Turn a region and its parent, so that it is above. */
static void lift(struct vm_space *space, struct vm_region *region)
{
    struct vm_region *parent = region->parent;

    hang(space, parent, region);
    if (parent->left == region) {
        parent->left = region->right;
        parent->left->parent = parent;
        region->right = parent;
    } else {
        parent->right = region->left;
        parent->right->parent = parent;
        region->left = parent;
    }
    parent->parent = region;
    refresh(parent);
    refresh(region);
}

/* A region's gap, or a child of it, has changed. */
static inline void climb(struct vm_region *region)
{
    while (!is_none(region) && refresh(region))
        region = region->parent;
}

/* 32 bits by xorshift; never 0. */
static u32 draw_rank(void)
{
    u32 n = vm.lot;

    n ^= n << 13;
    n ^= n >> 17;
    n ^= n << 5;
    vm.lot = n;
    return n;
}

/* The gap before a region begins at `from` now. */
static void set_gap(struct vm_region *region, virt_addr_t from)
{
    region->gap = (u16)gap_from(from, region);
    climb(region);
}

static NOINLINE void note_gap(const struct vm_space *space,
                              struct vm_region *region)
{
    set_gap(region, end_before(space, region));
}

/* -------------------------------------------------------- insert and remove */

/* Between two regions in a row there is exactly one place to hang a third:
 * the lower one's right, or else the upper one's left. */
static void hang_between(struct vm_space *space, struct vm_region *before,
                         struct vm_region *region, struct vm_region *next)
{
    if (before && is_none(before->right)) {
        before->right = region;
        region->parent = before;
    } else if (next) {
        next->left = region;
        region->parent = next;
    } else {
        space->root = region;
        region->parent = &vm_no_region;
    }
}

/* Enter a region that is in the list. */
static void enter(struct vm_space *space, struct vm_region *region)
{
    struct vm_region *before = vm_before(space, region);
    struct vm_region *next = vm_next(space, region);

    region->left = region->right = &vm_no_region;
    region->gap = (u16)gap_from(before ? before->end : USER_START, region);
    region->widest_gap = region->gap;
    region->rank = draw_rank();
    if (next)
        next->gap = (u16)gap_from(region->end, next);
    hang_between(space, before, region, next);
    while (!is_none(region->parent) && region->parent->rank < region->rank)
        lift(space, region);
    climb(region->parent);
    if (next)
        climb(next);
}

/* Take a region out that is no more in the list, where `next` followed. */
static void leave(struct vm_space *space, struct vm_region *region,
                  struct vm_region *next)
{
    while (!is_none(region->left) && !is_none(region->right))
        lift(space, region->left->rank > region->right->rank ? region->left
                                                             : region->right);
    hang(space, region,
         is_none(region->left) ? region->right : region->left);
    if (next)
        next->gap = (u16)vm_gap(space, next);
    climb(region->parent);
    if (next)
        climb(next);
}

static inline void settle(struct vm_space *space)
{
    struct vm_region *newest = space->newest;

    space->newest = NULL;
    if (newest)
        enter(space, newest);
}

void vm_tree_insert(struct vm_space *space, struct vm_region *region,
                    struct vm_region *next)
{
    settle(space);
    list_append(next ? &next->node : &space->regions, &region->node);
    space->newest = region;
    space->mapped_pages += vm_pages(region);
}

/* The newest one goes: the tree knows nothing of it. But when it was cut off
 * the one before it, it is that one's end of which the tree knows nothing. */
static void forget_newest(struct vm_space *space, virt_addr_t start,
                          struct vm_region *next)
{
    space->newest = NULL;
    if (next && end_before(space, next) >= start)
        note_gap(space, next);
}

COLD void vm_tree_remove(struct vm_space *space, struct vm_region *region)
{
    struct vm_region *next = vm_next(space, region);
    bool is_newest = space->newest == region;

    if (!is_newest)
        settle(space);
    list_remove(&region->node);
    if (is_newest)
        forget_newest(space, region->start, next);
    else
        leave(space, region, next);
    if (space->recent == region)
        space->recent = NULL;
    space->mapped_pages -= vm_pages(region);
}

void vm_set_start(struct vm_space *space, struct vm_region *region,
                  virt_addr_t start)
{
    u32 more = (region->start >> PAGE_SHIFT) - (start >> PAGE_SHIFT);

    space->mapped_pages += more;
    region->first_page -= region->object ? more : 0;
    region->start = start;
    settle(space);
    note_gap(space, region);
}

void vm_set_end(struct vm_space *space, struct vm_region *region,
                virt_addr_t end)
{
    struct vm_region *next = vm_next(space, region);

    space->mapped_pages += (end >> PAGE_SHIFT) - (region->end >> PAGE_SHIFT);
    region->end = end;
    settle(space);
    if (next)
        set_gap(next, end);
}

/* ------------------------------------------------------------------- find */

struct vm_region *vm_search(const struct vm_space *space, virt_addr_t va)
{
    struct vm_region *newest = space->newest, *first = NULL;

    for (struct vm_region *region = space->root; !is_none(region);) {
        if (va < region->end) {
            first = region;
            region = region->left;
        } else {
            region = region->right;
        }
    }
    if (newest && va < newest->end && (!first || newest->end < first->end))
        return newest;
    return first;
}

struct vm_region *vm_region_at(struct vm_space *space, virt_addr_t va)
{
    struct vm_region *region = vm_first_above(space, va);

    if (!region || va < region->start)
        return NULL;
    space->recent = region;
    return region;
}

/* --------------------------------------------------------------------- room */

/* A gap of this class or a higher one is in the tree: behind the highest. */
static struct vm_region *find_gap(const struct vm_space *space, u32 class)
{
    struct vm_region *region = space->root;

    for (;;) {
        if (region->right->widest_gap >= class)
            region = region->right;
        else if (region->gap >= class)
            return region;
        else
            region = region->left;
    }
}

/* Look at all gaps: the lowest that will do, up to USER_END. */
static COLD virt_addr_t find_any(const struct vm_space *space, u32 bytes,
                                 struct vm_region **next)
{
    virt_addr_t from = USER_START;

    LIST_FOR_EACH(node, &space->regions) {
        struct vm_region *region = vm_region_of(node);
        virt_addr_t to = vm_guarded_start(region);
        *next = region;
        if (to > from && to - from >= bytes)
            return from;
        from = region->end;
    }
    *next = NULL;
    return USER_END - from >= bytes ? from : 0;
}

virt_addr_t vm_find_room(struct vm_space *space, u32 bytes,
                         struct vm_region **next)
{
    virt_addr_t end = list_is_empty(&space->regions)
                          ? USER_START
                          : vm_region_of(space->regions.prev)->end;
    u32 class = class_for(bytes >> PAGE_SHIFT);

    settle(space);
    if (end < VM_MAP_END && VM_MAP_END - end >= bytes) {
        *next = NULL;
        return VM_MAP_END - bytes;
    }
    if (space->root->widest_gap < class)
        return find_any(space, bytes, next);
    *next = find_gap(space, class);
    return top_of_gap(*next) - bytes;
}
