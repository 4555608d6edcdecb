/*
 * mm/pt.c - L2: page tables of two levels.
 *
 *      virtual address
 *       31        22 21        12 11         0
 *      +------------+------------+------------+
 *      |  directory |   table    |   offset   |
 *      +-----+------+-----+------+------------+
 *            |            |
 *      CR3 --+--> PDE ----+--> PTE ---------> frame
 *                  \
 *                   +-- PTE_LARGE: the entry maps 4 MiB itself
 *
 * The user half is each space's own. The kernel half is the same in all: a
 * new space copies it, from then on its entries are stored by one function,
 * into every directory, and its tables are never given back; so a kernel
 * mapping made in one space is there in all. Tables are reached through the
 * direct map.
 *
 * Unmapping or tightening a page leaves the processor's memory of it, in the
 * TLB. So what was unmapped goes into a batch, its frame with it, and only
 * pt_flush() makes the processor forget and then gives the frames back: no
 * frame gets a new owner while an old mapping can still reach it.
 *
 * Invariants, checked by pt_check():
 *   1. The kernel half of every directory is that of the kernel's own, whose
 *      user half is empty.
 *   2. The payload of a page table's frame counts its live entries, but for
 *      the windows' table. In the user half it is not 0.
 *   3. The frame of an entry of user space or kva with PTE_COUNTED is of a
 *      kind with references, one of which is the entry's.
 *   4. In the direct map, page n maps frame n.
 *   5. A window is open iff its entry is present.
 *
 * Cost: map, unmap, protect and walk O(1); at most one frame, for a table.
 */
#include "mm/pt.h"

#include "lib/mem.h"
#include "mm/lock.h"
#include "pt_internal.h"

struct pt pt_state;

struct page_table *pt_kernel(void)
{
    return &pt_state.kernel;
}

/* ----------------------------------------------------------------- entries */

u32 pt_bits(virt_addr_t va, enum pt_access access)
{
    u32 bits = PTE_PRESENT;

    if (access & PT_WRITE)
        bits |= PTE_WRITE;
    if (access & PT_USER)
        bits |= PTE_USER;
    if (access & PT_EXEC)
        bits |= PTE_EXEC;
    if (access & PT_DEVICE)
        bits |= PTE_UNCACHED | PTE_WRITE_THROUGH;
    if (va >= USER_END && pt_state.global_pages)
        bits |= PTE_GLOBAL;
    return bits;
}

enum pt_access pt_access_of(u32 bits)
{
    u32 access = PT_READ;

    if (bits & PTE_WRITE)
        access |= PT_WRITE;
    if (bits & PTE_USER)
        access |= PT_USER;
    if (bits & PTE_EXEC)
        access |= PT_EXEC;
    if (bits & PTE_UNCACHED)
        access |= PT_DEVICE;
    return (enum pt_access)access;
}

/* ------------------------------------------------------------------ tables */

pfn_t pt_new_table(void)
{
    return pmm_alloc_zeroed(ZONE_LOW, FRAME_TABLE);
}

void pt_set_kernel_pde(u32 index, pte_t pde)
{
    LIST_FOR_EACH(node, &pt_state.spaces) {
        struct page_table *pt = CONTAINER_OF(node, struct page_table, node);
        pte_store(&pt_directory(pt)[index], pde.bits);
    }
}

/* The entry for `va`, or NULL if there is no table for it. */
static pte_t *find_slot(const struct page_table *pt, virt_addr_t va)
{
    pte_t pde = pt_directory(pt)[pde_index(va)];

    return pte_present(pde) ? &pt_table(pde)[pte_index(va)] : NULL;
}

/* The processor may still remember a table of this chunk that was given up:
 * then it must forget it before there is another one. */
static pte_t *make_slot(struct page_table *pt, virt_addr_t va)
{
    if (pt_owes_table(va))
        pt_flush();

    pfn_t table = pt_new_table();
    pte_t pde = { pfn_to_phys(table).addr | PTE_PRESENT | PTE_WRITE };

    if (pfn_is_none(table))
        return NULL;
    if (va < USER_END)
        pte_store(&pt_directory(pt)[pde_index(va)], pde.bits | PTE_USER);
    else
        pt_set_kernel_pde(pde_index(va), pde);
    return &pt_table(pde)[pte_index(va)];
}

/* The page that an entry lies in is its table. */
static void count_entry(pte_t *slot, int change)
{
    pfn_t table = ptr_to_pfn(slot);

    pmm_set_payload(table, FRAME_TABLE, pmm_payload(table) + (u32)change);
}

/* In the user half, a table goes with its last entry. */
static void drop_if_empty(struct page_table *pt, virt_addr_t va)
{
    pte_t *pde = &pt_directory(pt)[pde_index(va)];
    pfn_t table = pte_frame(*pde);

    if (va >= USER_END || pmm_payload(table) != 0)
        return;
    pte_store(pde, 0);
    pt_owe(DEBT_TABLE, va, table);
}

static void check_request(const struct page_table *pt, virt_addr_t va,
                          u32 pages, const void *caller)
{
    bool is_kernel = pt == &pt_state.kernel;
    u32 start = is_kernel ? KVA_START : USER_START;
    u32 end = is_kernel ? KVA_END : USER_END;

    CHECK(is_page_aligned(va) && va >= start && va < end &&
              pages <= (end - va) >> PAGE_SHIFT,
          "pt: %u pages at 0x%08x cannot be mapped in %s space, by %p", pages,
          va, is_kernel ? "kernel" : "a user's", caller);
}

static void check_access(virt_addr_t va, enum pt_access access,
                         const void *caller)
{
    CHECK(access & PT_READ,
          "pt: 0x%08x without the right to read, by %p: unmap it", va, caller);
}

static void check_frame(virt_addr_t va, pfn_t frame, enum pt_access access,
                        const void *caller)
{
    check_access(va, access, caller);
    if (access & PT_DEVICE)
        CHECK(frame.n < FRAMES_MAX,
              "pt_map: 0x%08x to frame 0x%x, by %p: there is no such frame",
              va, frame.n, caller);
    else
        CHECK(pmm_kind(frame) >= FRAME_KERNEL,
              "pt_map: 0x%08x to frame 0x%x, by %p: it is %s, which has no "
              "references", va, frame.n, caller,
              pmm_kind_name(pmm_kind(frame)));
    CHECK(!CHECKED || !pt_owes_page(va),
          "pt_map: 0x%08x, by %p: the processor may still remember what was "
          "mapped there: pt_flush() is owed", va, caller);
}

/* ---------------------------------------------------- map, unmap, protect */

static enum status map_page(struct page_table *pt, virt_addr_t va, pfn_t frame,
                            enum pt_access access)
{
    bool counted = !(access & PT_DEVICE);
    pte_t *slot = find_slot(pt, va);

    if (slot && pte_present(*slot))
        return ERR_EXIST;
    if (counted && !pmm_get(frame))
        return ERR_NOMEM;
    if (!slot)
        slot = make_slot(pt, va);
    if (!slot) {
        if (counted)
            pmm_put(frame);
        return ERR_NOMEM;
    }
    count_entry(slot, +1);
    pte_store(slot, pfn_to_phys(frame).addr | pt_bits(va, access) |
                        (counted ? PTE_COUNTED : 0));
    return OK;
}

static enum status unmap_page(struct page_table *pt, virt_addr_t va)
{
    pte_t *slot = find_slot(pt, va);

    if (!slot || !pte_present(*slot))
        return ERR_ABSENT;
    pte_t old = *slot;
    pte_store(slot, 0);
    count_entry(slot, -1);
    pt_owe(pte_has(old, PTE_COUNTED) ? DEBT_FRAME : DEBT_FLUSH, va,
           pte_frame(old));
    drop_if_empty(pt, va);
    return OK;
}

static enum status protect_page(struct page_table *pt, virt_addr_t va,
                                enum pt_access access)
{
    const u32 kept = ~(u32)(PAGE_SIZE - 1) | PTE_UNCACHED | PTE_WRITE_THROUGH |
                     PTE_ACCESSED | PTE_DIRTY | PTE_COUNTED;
    pte_t *slot = find_slot(pt, va);

    if (!slot || !pte_present(*slot))
        return ERR_ABSENT;
    access = (enum pt_access)(access & ~(u32)PT_DEVICE);
    pte_store(slot, (slot->bits & kept) | pt_bits(va, access));
    pt_owe(DEBT_FLUSH, va, PFN_NONE);
    return OK;
}

enum status pt_map(struct page_table *pt, virt_addr_t va, pfn_t frame,
                   enum pt_access access)
{
    check_request(pt, va, 1, CALLER());
    check_frame(va, frame, access, CALLER());

    lock(LOCK_PT);
    enum status status = map_page(pt, va, frame, access);
    unlock(LOCK_PT);
    return status;
}

enum status pt_unmap(struct page_table *pt, virt_addr_t va)
{
    check_request(pt, va, 1, CALLER());

    lock(LOCK_PT);
    enum status status = unmap_page(pt, va);
    unlock(LOCK_PT);
    return status;
}

enum status pt_protect(struct page_table *pt, virt_addr_t va,
                       enum pt_access access)
{
    check_request(pt, va, 1, CALLER());
    check_access(va, access, CALLER());

    lock(LOCK_PT);
    enum status status = protect_page(pt, va, access);
    unlock(LOCK_PT);
    return status;
}

/* ------------------------------------------------------------------ ranges */

/* The first page from `va` on, before `end`, whose table exists; or `end`. */
static virt_addr_t next_with_table(const struct page_table *pt, virt_addr_t va,
                                   virt_addr_t end)
{
    while (va < end && !find_slot(pt, va))
        va = round_down(va, CHUNK_SIZE) + CHUNK_SIZE;
    return min_u32(va, end);
}

u32 pt_unmap_range(struct page_table *pt, virt_addr_t va, u32 pages)
{
    virt_addr_t end = va + pages * PAGE_SIZE;
    u32 unmapped = 0;

    check_request(pt, va, pages, CALLER());
    lock(LOCK_PT);
    for (va = next_with_table(pt, va, end); va < end;
         va = next_with_table(pt, va + PAGE_SIZE, end))
        unmapped += unmap_page(pt, va) == OK;
    unlock(LOCK_PT);
    return unmapped;
}

enum status pt_map_range(struct page_table *pt, virt_addr_t va,
                         const pfn_t *frames, u32 pages, enum pt_access access)
{
    enum status status = OK;
    u32 mapped = 0;

    check_request(pt, va, pages, CALLER());
    for (u32 i = 0; i < pages; i++)
        check_frame(va + i * PAGE_SIZE, frames[i], access, CALLER());

    lock(LOCK_PT);
    while (mapped < pages && status == OK) {
        status = map_page(pt, va + mapped * PAGE_SIZE, frames[mapped], access);
        mapped += status == OK;
    }
    if (status != OK) {
        for (u32 i = 0; i < mapped; i++)
            unmap_page(pt, va + i * PAGE_SIZE);
        pt_flush();
    }
    unlock(LOCK_PT);
    return status;
}

u32 pt_protect_range(struct page_table *pt, virt_addr_t va, u32 pages,
                     enum pt_access access)
{
    virt_addr_t end = va + pages * PAGE_SIZE;
    u32 changed = 0;

    check_request(pt, va, pages, CALLER());
    check_access(va, access, CALLER());
    lock(LOCK_PT);
    for (va = next_with_table(pt, va, end); va < end;
         va = next_with_table(pt, va + PAGE_SIZE, end))
        changed += protect_page(pt, va, access) == OK;
    unlock(LOCK_PT);
    return changed;
}

/* -------------------------------------------------------------------- walk */

struct pt_walk pt_walk(const struct page_table *pt, virt_addr_t va)
{
    struct pt_walk walk = { .va = va, .pde = pt_directory(pt)[pde_index(va)] };

    if (!pte_present(walk.pde))
        return walk;
    if (pte_has(walk.pde, PTE_LARGE)) {
        walk.page_bytes = CHUNK_SIZE;
        walk.access = pt_access_of(walk.pde.bits);
        walk.phys = phys(round_down(walk.pde.bits, CHUNK_SIZE) +
                         va % CHUNK_SIZE);
        walk.mapped = true;
        return walk;
    }
    walk.pte = pt_table(walk.pde)[pte_index(va)];
    if (!pte_present(walk.pte))
        return walk;
    walk.page_bytes = PAGE_SIZE;
    /* Write and user must be allowed on both levels. */
    walk.access = pt_access_of(walk.pte.bits &
                               (walk.pde.bits | ~(u32)(PTE_WRITE | PTE_USER)));
    walk.phys = phys(pfn_to_phys(pte_frame(walk.pte)).addr + va % PAGE_SIZE);
    walk.mapped = true;
    return walk;
}
