/*
 * mm/vm_check.c - L5, held to account; the invariants are those of mm/vm.c.
 */
#include "mm/pt_audit.h"
#include "vm_internal.h"

/* What adds up over all spaces and objects. */
struct sums {
    struct claims *to;
    u32 promised, regions, spaces, objects;
};

/* --------------------------------------------------------------------- tree */

static bool is_none(const struct vm_region *region)
{
    return region == &vm_no_region;
}

/* Is that the gap before a region? Behind the newest region, which the tree
 * does not have, it may be as it was before that came. */
static bool is_gap(const struct vm_space *space,
                   const struct vm_region *region)
{
    return region->gap == vm_gap(space, region) ||
           (space->newest && vm_before(space, region) == space->newest);
}

/* The newest region is in the list only. */
static const struct list *skip_newest(const struct vm_space *space,
                                      const struct list *node)
{
    return space->newest && node == &space->newest->node ? node->next : node;
}

/* The subtree holds the regions of the list from `*next` on, in order. */
static void claim_subtree(struct claims *to, const struct vm_space *space,
                          const struct vm_region *region,
                          const struct list **next)
{
    const struct vm_region *left = region->left, *right = region->right;
    u32 widest = max_u32(region->gap, max_u32(left->widest_gap,
                                              right->widest_gap));

    CLAIM(to, left->rank <= region->rank && right->rank <= region->rank,
          "region at 0x%08x: stands above one of higher rank", region->start);
    CLAIM(to, is_gap(space, region) && region->widest_gap == widest,
          "region at 0x%08x: gap %u, and %u at most below it, are not what "
          "there is", region->start, region->gap, region->widest_gap);
    CLAIM(to, (is_none(left) || left->parent == region) &&
                  (is_none(right) || right->parent == region),
          "region at 0x%08x: is not the parent of its children",
          region->start);
    if (!is_none(left))
        claim_subtree(to, space, left, next);
    *next = skip_newest(space, *next);
    CLAIM(to, *next == &region->node,
          "region at 0x%08x: the tree has it where the list has another",
          region->start);
    *next = (*next)->next;
    if (!is_none(right))
        claim_subtree(to, space, right, next);
}

static void claim_tree(struct claims *to, const struct vm_space *space)
{
    const struct list *next = space->regions.next;

    if (!is_none(space->root))
        claim_subtree(to, space, space->root, &next);
    CLAIM(to, skip_newest(space, next) == &space->regions,
          "space: the list of its regions goes on where the tree ends");
}

/* ------------------------------------------------------------------ regions */

static void claim_region(struct claims *to, const struct vm_space *space,
                         const struct vm_region *region)
{
    const struct vm_region *before = vm_before(space, region);

    CLAIM(to, is_page_aligned(region->start) && is_page_aligned(region->end) &&
                  region->start < region->end &&
                  region->start >= (before ? before->end : USER_START) &&
                  region->end <= USER_END,
          "region [0x%08x, 0x%08x): overlaps, or is none", region->start,
          region->end);
    CLAIM(to, !vm_continues(before, region),
          "region at 0x%08x: could be one with that before it",
          region->start);
    CLAIM(to, !region->object || region->object->references > 0,
          "region at 0x%08x: its object has no references", region->start);
}

static void claim_regions(const struct vm_space *space, struct sums *sums)
{
    u32 count = 0, pages = 0, promised = 0;

    LIST_FOR_EACH(node, &space->regions) {
        const struct vm_region *region = vm_region_of(node);
        claim_region(sums->to, space, region);
        count++;
        pages += vm_pages(region);
        promised += region->flags & VM_PROMISED ? vm_pages(region) : 0;
    }
    promised += count / VM_REGIONS_A_FRAME;
    CLAIM(sums->to, count == space->region_count &&
                        pages == space->mapped_pages,
          "space: %u regions of %u pages, counted as %u of %u", count, pages,
          space->region_count, space->mapped_pages);
    CLAIM(sums->to, promised == space->promised,
          "space: its regions ask for %u frames, but %u are promised to it",
          promised, space->promised);
    sums->regions += count;
}

/* -------------------------------------------------------------------- pages */

struct pages {
    struct claims *to;
    const struct vm_space *space;
    const struct vm_region *region; /* the first that may hold the next page */
};

static bool is_allowed(const struct vm_region *region, pte_t entry)
{
    u32 rights = PTE_PRESENT | PTE_WRITE | PTE_USER;

    return (entry.bits & rights & ~(u32)vm_access(region->flags)) == 0;
}

/* Is the frame one that the region's program may write to? */
static bool is_its_own(const struct vm_region *region, pte_t entry)
{
    pfn_t frame = pfn(entry.bits >> PAGE_SHIFT);

    return region->flags & VM_SHARED ||
           (entry.bits & PTE_COUNTED && pmm_is_sole(frame, FRAME_USER));
}

static void claim_page(struct pages *pages, virt_addr_t va, pte_t entry)
{
    const struct vm_region *region = pages->region;

    while (region && region->end <= va)
        region = vm_next(pages->space, region);
    pages->region = region;
    if (!CLAIM(pages->to, region && region->start <= va,
               "page 0x%08x: shows frame 0x%x, in no region", va,
               entry.bits >> PAGE_SHIFT) ||
        !(entry.bits & PTE_PRESENT))
        return;
    CLAIM(pages->to, is_allowed(region, entry),
          "page 0x%08x: may be used as its region does not allow", va);
    CLAIM(pages->to, !(entry.bits & PTE_WRITE) || is_its_own(region, entry),
          "page 0x%08x: may be written, though frame 0x%x is others', too",
          va, entry.bits >> PAGE_SHIFT);
}

static void claim_pages(struct claims *to, const struct vm_space *space)
{
    struct pages pages = { .to = to, .space = space };
    virt_addr_t va = USER_START;
    pte_t entry;

    if (!list_is_empty(&space->regions))
        pages.region = vm_region_of(space->regions.next);
    for (; pt_next_used(&space->pt, &va, USER_END, &entry); va += PAGE_SIZE)
        claim_page(&pages, va, entry);
}

/* ------------------------------------------------------------------ objects */

static u32 showing(const struct vm_object *object)
{
    u32 count = 0;

    LIST_FOR_EACH(node, &vm.spaces) {
        const struct vm_space *space =
            CONTAINER_OF(node, struct vm_space, node);
        LIST_FOR_EACH(place, &space->regions)
            count += vm_region_of(place)->object == object;
    }
    return count;
}

static void claim_object(const struct vm_object *object, struct sums *sums)
{
    u32 resident = 0, shown = showing(object);

    for (u32 page = 0; page < object->pages; page++)
        resident += vm_object_has(object, page);
    CLAIM(sums->to, resident == object->resident,
          "object of %u pages: has %u frames, counted as %u", object->pages,
          resident, object->resident);
    CLAIM(sums->to, shown <= object->references,
          "object of %u pages: %u regions show it, but it has %u references",
          object->pages, shown, object->references);
    sums->promised += object->promised;
    sums->objects++;
}

/* ---------------------------------------------------------------------- all */

static void claim_spaces(struct sums *sums)
{
    LIST_FOR_EACH(node, &vm.spaces) {
        const struct vm_space *space =
            CONTAINER_OF(node, struct vm_space, node);
        u32 failed = claims_failed(sums->to);
        claim_regions(space, sums);
        if (claims_failed(sums->to) == failed) {
            claim_tree(sums->to, space);
            claim_pages(sums->to, space);
        }
        sums->promised += space->promised;
        sums->spaces++;
    }
}

void vm_audit(struct claims *to)
{
    struct sums sums = { .to = to };

    if (!vm.spaces.next)
        return; /* before vm_init() */
    claim_spaces(&sums);
    LIST_FOR_EACH(node, &vm.objects)
        claim_object(CONTAINER_OF(node, struct vm_object, node), &sums);
    CLAIM(to, sums.regions == vm.stats.regions &&
                  sums.spaces == vm.stats.spaces &&
                  sums.objects == vm.stats.objects,
          "vm: %u spaces, %u regions, %u objects, counted as %u, %u, %u",
          sums.spaces, sums.regions, sums.objects, vm.stats.spaces,
          vm.stats.regions, vm.stats.objects);
    CLAIM(to, sums.promised <= vm.stats.promised,
          "vm: %u frames are promised to spaces and objects, but only %u in "
          "all", sums.promised, vm.stats.promised);
}

void vm_check(void)
{
    vm_audit(NULL);
}

u32 vm_holds(pfn_t frame)
{
    u32 count = vm.spaces.next && frame.n == vm.zeros.n;

    if (vm.spaces.next)
        LIST_FOR_EACH(node, &vm.objects)
            count += vm_object_holds(
                CONTAINER_OF(node, struct vm_object, node), frame);
    return count;
}

void vm_tell(int sign)
{
    if (!vm.spaces.next)
        return;
    pmm_tell(vm.zeros, (u32)sign);
    LIST_FOR_EACH(node, &vm.objects)
        vm_object_tell(CONTAINER_OF(node, struct vm_object, node), sign);
}
