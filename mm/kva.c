/*
 * mm/kva.c - L3: kernel virtual ranges.
 *
 * The allocated ranges stand in a list, in the order of their addresses. The
 * gaps are what lies between them: nothing has to describe a gap, so nothing
 * has to be merged when a range goes, and giving back never needs memory.
 *
 *      KVA_START                                                 KVA_END
 *      |  [g| stack |g]      [ framebuffer ]   [g| heap block |g]    |
 *         ^ a node            ^ a node          ^ a node
 *         g: a guard page, never mapped, part of the range
 *
 * A range takes the lowest gap that fits. Nodes come from a pool of this
 * layer's own, frames cut into nodes under a bitset, since the heap is above.
 *
 * Invariants, checked by kva_check():
 *   1. Ranges lie inside the kva area, sorted and disjoint, guards included.
 *   2. No guard page is mapped.
 *   3. The pools' bitsets and counts agree, and every node in use is in the
 *      list: the counts of both are the same.
 *
 * Cost: alloc, free and find O(ranges). Space: a node of 24 bytes a range.
 */
#include "mm/kva.h"

#include "lib/bitset.h"
#include "lib/mem.h"
#include "mm/lock.h"
#include "mm/pmm.h"

struct node {
    struct list list;
    const char *name;
    virt_addr_t start, end; /* guards included */
    u32 guards;             /* pages, on each side */
};

enum { FREED_MAX = 64 };

enum { POOL_NODES = (PAGE_SIZE - 64) / sizeof(struct node) };

/* A frame of nodes. */
struct pool {
    struct list list;
    u32 used;
    BITSET(free, POOL_NODES);
    struct node nodes[POOL_NODES];
};

_Static_assert(sizeof(struct pool) <= PAGE_SIZE, "a pool is a frame");

static struct {
    struct list ranges; /* of nodes, by address */
    struct list pools;
    u32 count;
    struct {
        struct kva_range range;
        const void *by;
    } freed[FREED_MAX];
    u32 freed_next;
} kva;

/* ------------------------------------------------------------------- nodes */

static struct pool *make_pool(void)
{
    pfn_t frame = pmm_alloc(ZONE_LOW, FRAME_RANGE);

    if (pfn_is_none(frame))
        return NULL;
    struct pool *pool = pfn_to_ptr(frame);
    memset(pool, 0, sizeof *pool);
    bitset_fill(pool->free, POOL_NODES);
    list_push(&kva.pools, &pool->list);
    return pool;
}

static struct pool *find_pool(void)
{
    LIST_FOR_EACH(list, &kva.pools) {
        struct pool *pool = CONTAINER_OF(list, struct pool, list);
        if (!bitset_is_empty(pool->free))
            return pool;
    }
    return make_pool();
}

static struct node *node_alloc(void)
{
    struct pool *pool = find_pool();

    if (!pool)
        return NULL;
    u32 index = bitset_first(pool->free);
    bitset_remove(pool->free, index);
    pool->used++;
    return &pool->nodes[index];
}

static void node_free(struct node *node)
{
    struct pool *pool = pfn_to_ptr(ptr_to_pfn(node));

    bitset_add(pool->free, (u32)(node - pool->nodes));
    pool->used--;
    if (pool->used == 0) {
        list_remove(&pool->list);
        pmm_free(ptr_to_pfn(pool), FRAME_RANGE);
    }
}

/* ------------------------------------------------------------------ ranges */

static struct node *node_of(struct list *list)
{
    return CONTAINER_OF(list, struct node, list);
}

static u32 pages_of(const struct node *node)
{
    return (node->end - node->start) / PAGE_SIZE - 2 * node->guards;
}

static virt_addr_t first_page_of(const struct node *node)
{
    return node->start + node->guards * PAGE_SIZE;
}

/* The end of what lies before `list` in the row, and the start of `list`. */
static virt_addr_t gap_start(struct list *list)
{
    return list->prev == &kva.ranges ? KVA_START : node_of(list->prev)->end;
}

static virt_addr_t gap_end(struct list *list)
{
    return list == &kva.ranges ? KVA_END : node_of(list)->start;
}

/* Lay the node into the gap before `list`, if it fits there. */
static bool fit(struct node *node, struct list *list, u32 pages, u32 align)
{
    u32 guard_bytes = node->guards * PAGE_SIZE;
    u64 first = (u64)gap_start(list) + guard_bytes;
    u64 unit = (u64)align * PAGE_SIZE;

    first = (first + unit - 1) & ~(unit - 1);
    u64 end = first + (u64)pages * PAGE_SIZE + guard_bytes;
    if (end > gap_end(list))
        return false;
    node->start = (virt_addr_t)first - guard_bytes;
    node->end = (virt_addr_t)end;
    list_append(list, &node->list); /* just before it */
    return true;
}

static bool place(struct node *node, u32 pages, u32 align)
{
    LIST_FOR_EACH(list, &kva.ranges)
        if (fit(node, list, pages, align))
            return true;
    return fit(node, &kva.ranges, pages, align);
}

static virt_addr_t alloc_range(const char *name, u32 pages, u32 align,
                               u32 guards)
{
    const u32 all = (KVA_END - KVA_START) / PAGE_SIZE;
    struct node *node =
        pages <= all && guards <= all && align <= all ? node_alloc() : NULL;

    if (!node)
        return 0;
    node->name = name;
    node->guards = guards;
    if (!place(node, pages, align)) {
        node_free(node);
        return 0;
    }
    kva.count++;
    return first_page_of(node);
}

/* The range that holds `va`, or NULL. */
static struct node *find_node(virt_addr_t va)
{
    LIST_FOR_EACH(list, &kva.ranges) {
        struct node *node = node_of(list);
        if (va < node->end)
            return va >= node->start ? node : NULL;
    }
    return NULL;
}

static struct kva_range range_of(const struct node *node)
{
    u32 guard_bytes = node->guards * PAGE_SIZE;

    return (struct kva_range){ node->name, node->start + guard_bytes,
                               node->end - guard_bytes, node->guards };
}

static void free_range(struct node *node, const void *caller)
{
    kva.freed[kva.freed_next].range = range_of(node);
    kva.freed[kva.freed_next].by = caller;
    kva.freed_next = (kva.freed_next + 1) % FREED_MAX;
    pt_unmap_range(pt_kernel(), first_page_of(node), pages_of(node));
    pt_flush();
    list_remove(&node->list);
    node_free(node);
    kva.count--;
}

static void check_alloc(u32 pages, u32 align, const void *caller)
{
    CHECK(pages > 0 && is_power_of_two(align),
          "kva_alloc of %u pages aligned to %u, by %p", pages, align, caller);
}

virt_addr_t kva_alloc(const char *name, u32 pages, u32 align, u32 guards)
{
    check_alloc(pages, align, CALLER());

    lock(LOCK_KVA);
    virt_addr_t start = alloc_range(name, pages, align, guards);
    unlock(LOCK_KVA);
    return start;
}

void kva_free(virt_addr_t start)
{
    struct node *node = find_node(start);

    CHECK(node && first_page_of(node) == start,
          "kva_free of 0x%08x, by %p: no range starts there", start, CALLER());

    lock(LOCK_KVA);
    free_range(node, CALLER());
    unlock(LOCK_KVA);
}

/* ------------------------------------------------------------- with memory */

/* Put a frame behind the page; the mapping holds the only reference. */
static bool back_page(virt_addr_t va)
{
    pfn_t frame = pmm_alloc(ZONE_ANY, FRAME_KERNEL);

    if (pfn_is_none(frame))
        return false;
    enum status status =
        pt_map(pt_kernel(), va, frame, (enum pt_access)(PT_READ | PT_WRITE));
    pmm_put(frame);
    return status == OK;
}

/* A request that cannot be met at all takes nothing on the way. */
static bool has_frames(u32 pages)
{
    struct pmm_stats stats;

    pmm_stats(&stats);
    return pages <= stats.kinds[FRAME_FREE];
}

void *kva_alloc_pages(const char *name, u32 pages, u32 guards)
{
    check_alloc(pages, 1, CALLER());
    if (!has_frames(pages))
        return NULL;
    virt_addr_t start = kva_alloc(name, pages, 1, guards);

    for (u32 i = 0; start && i < pages; i++)
        if (!back_page(start + i * PAGE_SIZE)) {
            kva_free(start);
            return NULL;
        }
    return start ? virt_to_ptr(start) : NULL;
}

void *kva_map_device(const char *name, phys_addr_t start, u32 bytes)
{
    CHECK(bytes > 0 && start.addr + (bytes - 1) >= start.addr,
          "kva_map_device of %u bytes at 0x%08x, by %p", bytes, start.addr,
          CALLER());

    u32 offset = start.addr % PAGE_SIZE;
    u32 pages = ((bytes - 1) / PAGE_SIZE) +
                (offset + (bytes - 1) % PAGE_SIZE) / PAGE_SIZE + 1;
    virt_addr_t va = kva_alloc(name, pages, 1, 0);

    for (u32 i = 0; va && i < pages; i++) {
        enum status status =
            pt_map(pt_kernel(), va + i * PAGE_SIZE,
                   pfn(phys_to_pfn(start).n + i),
                   (enum pt_access)(PT_READ | PT_WRITE | PT_DEVICE));
        if (status != OK) {
            kva_free(va);
            return NULL;
        }
    }
    return va ? (u8 *)virt_to_ptr(va) + offset : NULL;
}

void kva_init(void)
{
    list_init(&kva.ranges);
    list_init(&kva.pools);
    kva.count = 0;
    platform_log("kva: %u MiB of addresses for kernel ranges, from 0x%08x",
                 (KVA_END - KVA_START) >> 20, KVA_START);
}

/* ------------------------------------------------------- seen from outside */

static void locate_freed(virt_addr_t va, struct kva_place *out)
{
    for (u32 i = 1; i <= FREED_MAX && !out->was_freed; i++) {
        u32 last = (kva.freed_next + FREED_MAX - i) % FREED_MAX;
        const struct kva_range *range = &kva.freed[last].range;
        u32 guard_bytes = range->guard_pages * PAGE_SIZE;

        if (range->end == 0 || va < range->start - guard_bytes ||
            va >= range->end + guard_bytes)
            continue;
        out->was_freed = true;
        out->freed = *range;
        out->freed_by = kva.freed[last].by;
    }
}

void kva_locate(virt_addr_t va, struct kva_place *out)
{
    *out = (struct kva_place){ 0 };
    locate_freed(va, out);
    LIST_FOR_EACH(list, &kva.ranges) {
        const struct node *node = node_of(list);

        if (node->end <= va) {
            out->has_below = true;
            out->below = range_of(node);
        } else if (node->start > va && !out->has_above) {
            out->has_above = true;
            out->above = range_of(node);
        }
    }
}

bool kva_find(virt_addr_t va, struct kva_range *out)
{
    const struct node *node = find_node(va);

    if (node)
        *out = range_of(node);
    return node != NULL;
}

void kva_each(void (*visit)(const struct kva_range *range, void *context),
              void *context)
{
    LIST_FOR_EACH(list, &kva.ranges) {
        struct kva_range range = range_of(node_of(list));
        visit(&range, context);
    }
}

void kva_stats(struct kva_stats *out)
{
    u32 taken = 0;

    *out = (struct kva_stats){ .ranges = kva.count };
    LIST_FOR_EACH(list, &kva.ranges) {
        taken += (node_of(list)->end - node_of(list)->start) / PAGE_SIZE;
        out->gaps += gap_start(list) != gap_end(list);
    }
    out->gaps += gap_start(&kva.ranges) != KVA_END;
    out->pages = taken;
    out->free = (KVA_END - KVA_START) / PAGE_SIZE - taken;
    LIST_FOR_EACH(list, &kva.pools)
        out->node_frames++;
}

static void check_guards(const struct node *node)
{
    for (u32 i = 0; i < node->guards; i++) {
        virt_addr_t below = node->start + i * PAGE_SIZE;
        virt_addr_t above = node->end - (i + 1) * PAGE_SIZE;
        CHECK(!pt_walk(pt_kernel(), below).mapped &&
                  !pt_walk(pt_kernel(), above).mapped,
              "kva invariant 2: a guard page of '%s' at 0x%08x or 0x%08x is "
              "mapped", node->name, below, above);
    }
}

void kva_check(void)
{
    u32 in_list = 0, in_pools = 0;

    LIST_FOR_EACH(list, &kva.ranges) {
        const struct node *node = node_of(list);
        CHECK(gap_start(list) <= node->start && node->start < node->end &&
                  node->end <= KVA_END,
              "kva invariant 1: '%s' at [0x%08x, 0x%08x) is out of order",
              node->name, node->start, node->end);
        check_guards(node);
        in_list++;
    }
    LIST_FOR_EACH(list, &kva.pools) {
        const struct pool *pool = CONTAINER_OF(list, struct pool, list);
        CHECK(pool->used == POOL_NODES - bitset_count(pool->free, POOL_NODES),
              "kva invariant 3: a pool counts %u nodes in use, its bits %u",
              pool->used, POOL_NODES - bitset_count(pool->free, POOL_NODES));
        in_pools += pool->used;
    }
    CHECK(in_list == in_pools && in_list == kva.count,
          "kva invariant 3: %u ranges in the list, %u nodes in use, %u counted",
          in_list, in_pools, kva.count);
}

void kva_dump(void)
{
    struct kva_stats stats;

    LIST_FOR_EACH(list, &kva.ranges) {
        const struct node *node = node_of(list);
        struct kva_range range = range_of(node);
        platform_log("  %08x-%08x  %7u KiB  %u guard pages each side  %s",
                     range.start, range.end - 1,
                     (range.end - range.start) >> 10, range.guard_pages,
                     range.name);
    }
    kva_stats(&stats);
    platform_log("  %u ranges of %u pages, %u pages free in %u gaps; %u "
                 "frames of nodes",
                 stats.ranges, stats.pages, stats.free, stats.gaps,
                 stats.node_frames);
}
