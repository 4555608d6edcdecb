/*
 * kernel/place.c - what lives at an address.
 *
 * Each part of the address map (mm/addr.h) knows best what is in it: so the
 * address is first found in the table `areas`, and that part's function goes
 * on. The answer is data, for those who judge it (kernel/fault.c); the table
 * `printers` puts it into words.
 *
 * All of it may be asked at the worst moment. It takes no lock, allocates
 * nothing, and does not follow an entry that leads to no page table.
 */
#include "kernel/place.h"

#include "kernel/image.h"
#include "kernel/printf.h"
#include "kernel/symbols.h"
#include "mm/memmap.h"
#include "mm/pmm.h"
#include "mm/slab.h"
#include "mm/vm.h"
#include "x86/cpu.h"

bool place_map_is_final(void)
{
    return cr3_read() != ptr_to_phys(boot_directory).addr;
}

/* They come up right after each other, and L4 may always be asked. */
bool place_heap_is_up(void)
{
    struct slab_stats s;

    slab_stats(&s);
    return s.caches > 0;
}

/* --------------------------------------------------------------- the walk */

/* What the processor uses is one of pt's or boot/entry.asm's. */
static struct page_table table_of(const struct place *place)
{
    return (struct page_table){ .directory = place->directory,
                                .entries = pfn_to_ptr(place->directory) };
}

static bool leads_to_table(pte_t pde)
{
    return pmm_kind(phys_to_pfn(phys(pde.bits))) == FRAME_TABLE;
}

static void find_walk(virt_addr_t va, struct place *out)
{
    const struct page_table table = table_of(out);
    pte_t pde = table.entries[va >> CHUNK_SHIFT];

    if ((pde.bits & PTE_PRESENT) && !(pde.bits & PTE_LARGE) &&
        !leads_to_table(pde)) {
        out->is_damaged = true;
        out->walk = (struct pt_walk){ .va = va, .pde = pde };
    } else {
        out->walk = pt_walk(&table, va);
    }
}

void place_print_walk(const struct place *place)
{
    const struct page_table table = table_of(place);

    pt_explain(&table, place->walk.va);
}

/* ---------------------------------------------------------------- finding */

static void find_null(struct place *out)
{
    out->kind = PLACE_NULL;
}

static void find_user(struct place *out)
{
    out->kind = PLACE_USER;
    if (place_map_is_final() && out->directory.n != pt_kernel()->directory.n)
        place_find_region(out);
}

static void find_window(struct place *out)
{
    out->kind = PLACE_WINDOW;
}

static void find_top(struct place *out)
{
    out->kind = PLACE_TOP;
}

static pfn_t frame_in_direct_map(virt_addr_t va)
{
    return pfn((va - DIRECT_MAP_START) >> PAGE_SHIFT);
}

/* A guard page gets the name and the place of what it guards. */
static void find_image(const struct image_part *part, struct place *out)
{
    out->kind = part->access == PT_NONE ? PLACE_GUARD : PLACE_IMAGE;
    if (part->access == PT_NONE)
        part = image_find_part((u32)part->end);
    out->name = part->name;
    out->start = (u32)part->start;
    out->end = (u32)part->end;
    out->is_constant = (part->access & PT_WRITE) == 0;
}

static void find_direct(struct place *out)
{
    const struct image_part *part = image_find_part(out->walk.va);

    if (part)
        find_image(part, out);
    else if (pmm_kind(frame_in_direct_map(out->walk.va)) == FRAME_RESERVED)
        out->kind = PLACE_HOLE;
    else {
        out->kind = PLACE_FRAME;
        if (place_heap_is_up())
            out->object = slab_find_record(virt_to_ptr(out->walk.va));
    }
}

static void take_range(const struct kva_range *range, struct place *out)
{
    out->name = range->name;
    out->start = range->start;
    out->end = range->end;
}

/* One that was freed leaves its range for a while, with nothing mapped. */
static void find_object(struct place *out)
{
    out->object = slab_find_record(virt_to_ptr(out->walk.va));
    if (out->object && !slab_record_is_live(out->object)) {
        out->kind = PLACE_FREED;
        out->kva.freed_by = out->object->freed[0];
    }
}

static void find_range(struct place *out)
{
    virt_addr_t va = out->walk.va;
    struct kva_range range;

    out->kind = PLACE_GAP;
    if (!place_heap_is_up())
        return;
    kva_locate(va, &out->kva);
    if (kva_find(va, &range)) {
        bool is_guard = va < range.start || va >= range.end;
        out->kind = is_guard ? PLACE_GUARD : PLACE_RANGE;
        take_range(&range, out);
        find_object(out);
    } else if (out->kva.was_freed) {
        out->kind = PLACE_FREED;
        take_range(&out->kva.freed, out);
    }
}

/* Each area ends where the one before it in the table starts. */
static const struct {
    virt_addr_t start;
    void (*find)(struct place *out);
} areas[] = {
    { WINDOWS_END, find_top },
    { WINDOWS_START, find_window },
    { KVA_START, find_range },
    { DIRECT_MAP_START, find_direct },
    { USER_START, find_user },
    { 0, find_null },
};

void place_find(const struct vm_space *space, virt_addr_t va,
                struct place *out)
{
    u32 i = 0;

    *out = (struct place){ .directory = phys_to_pfn(phys(cr3_read())) };
    if (space)
        out->directory = space->pt.directory;
    find_walk(va, out);
    while (va < areas[i].start)
        i++;
    areas[i].find(out);
}

/* ---------------------------------------------------------------- printing */

/* What the 24 bits of payload mean. */
static const char *const payload_names[FRAME_KINDS] = {
    [FRAME_TABLE] = "live entries",   [FRAME_SLAB] = "is its descriptor",
    [FRAME_LARGE] = "frames in all",  [FRAME_KERNEL] = "references",
    [FRAME_USER] = "references",      [FRAME_FILE] = "references",
};

void place_print_use(pfn_t frame)
{
    enum frame_kind kind = pmm_kind(frame);

    if (pmm_is_free(frame) || kind == FRAME_RESERVED) {
        report("%s", pmm_kind_name(kind));
        return;
    }
    pfn_t head = pmm_head(frame);
    kind = pmm_kind(head);
    if (head.n != frame.n)
        report("inside the run of frame 0x%x: ", head.n);
    report("%s", pmm_kind_name(kind));
    if (pmm_order(head) > 0)
        report(", a run of %u frames", 1u << pmm_order(head));
    if (payload_names[kind])
        report(", %u %s", pmm_payload(head), payload_names[kind]);
}

/* "frame 0x5f3: kernel pages, 1 references" */
static void print_frame(pfn_t frame)
{
    report("frame 0x%x: ", frame.n);
    place_print_use(frame);
}

static bool is_ram(pfn_t frame)
{
    return pmm_kind(frame) != FRAME_RESERVED;
}

/* What pfn_to_ptr() gives for a frame whose memory it does not reach; the sum
 * may wrap around. */
static void print_beyond(virt_addr_t va)
{
    pfn_t frame = frame_in_direct_map(va);

    report("\n  (if the direct map went on, here would be frame 0x%x: ",
           frame.n);
    if (frame.n < pmm_span())
        place_print_use(frame);
    else
        report("there is none");
    report(")");
}

static void print_null(const struct place *place)
{
    if (place->walk.va == 0)
        report("null");
    else
        report("null + 0x%x: a field of a null struct, or an element of "
               "a null array", place->walk.va);
    if (is_ram(frame_in_direct_map(place->walk.va)))
        print_beyond(place->walk.va);
}

/* A physical address that was taken for a pointer lands here, too. */
static void print_user(const struct place *place)
{
    pfn_t same = pfn(place->walk.va >> PAGE_SHIFT);

    if (place->space) {
        place_print_user(place);
        return;
    }
    if (place->walk.mapped) {
        report("the user half, ");
        print_frame(phys_to_pfn(place->walk.phys));
        return;
    }
    report("nothing: in the user half, the loaded space maps no page here");
    if (is_ram(same)) {
        report("\n  (as a physical address it is in ");
        print_frame(same);
        report(")");
    }
    if (is_ram(frame_in_direct_map(place->walk.va)))
        print_beyond(place->walk.va);
}

static void print_image(const struct place *place)
{
    struct symbol symbol;

    report("%s", place->name);
    if (symbol_find(place->walk.va, &symbol))
        report(", <%s+0x%x>", symbol.name, symbol.offset);
    report("; direct map of ");
    print_frame(frame_in_direct_map(place->walk.va));
}

static void print_direct_frame(const struct place *place)
{
    report("direct map of ");
    print_frame(frame_in_direct_map(place->walk.va));
}

static const char *memory_kind_at(u32 address)
{
    const struct memmap *map = memmap_get();

    for (u32 i = 0; i < map->count; i++)
        if (address >= map->ranges[i].start && address < map->ranges[i].end)
            return memmap_kind_name(map->ranges[i].kind);
    return "not said to be memory";
}

static void print_hole(const struct place *place)
{
    u32 address = place->walk.va - DIRECT_MAP_START;

    report("direct map of frame 0x%x, where no RAM of ours is:\n  ",
           address >> PAGE_SHIFT);
    if (address >> PAGE_SHIFT < pmm_span())
        report("physical 0x%08x is %s", address, memory_kind_at(address));
    else
        report("the last frame is 0x%x", pmm_span() - 1);
}

static void print_range(const struct place *place)
{
    report("byte 0x%x of kernel range '%s', 0x%08x-0x%08x",
           place->walk.va - place->start, place->name, place->start,
           place->end - 1);
    if (place->walk.mapped) {
        report(";\n  ");
        print_frame(phys_to_pfn(place->walk.phys));
    }
}

static void print_guard(const struct place *place)
{
    report("guard page %s '%s', 0x%08x-0x%08x",
           place->walk.va < place->start ? "below" : "above", place->name,
           place->start, place->end - 1);
}

static void print_freed(const struct place *place)
{
    report("nothing any more: kernel range '%s', 0x%08x-0x%08x,\n"
           "  was freed by %p", place->name, place->start, place->end - 1,
           place->kva.freed_by);
}

static void print_neighbour(const char *side, bool is_there,
                            const struct kva_range *range)
{
    if (is_there)
        report("\n  nearest %s: '%s', 0x%08x-0x%08x", side, range->name,
               range->start, range->end - 1);
    else
        report("\n  no range %s", side);
}

static void print_gap(const struct place *place)
{
    report("nothing: between the kernel ranges");
    print_neighbour("below", place->kva.has_below, &place->kva.below);
    print_neighbour("above", place->kva.has_above, &place->kva.above);
    print_beyond(place->walk.va);
}

static void print_window(const struct place *place)
{
    report("window %u, ", (place->walk.va - WINDOWS_START) >> PAGE_SHIFT);
    if (place->walk.mapped) {
        report("open onto ");
        print_frame(phys_to_pfn(place->walk.phys));
        return;
    }
    report("closed");
    print_beyond(place->walk.va);
}

static void print_top(const struct place *place)
{
    report("nothing: the last 4 MiB are never mapped; as a number, -0x%x",
           -place->walk.va);
}

static void (*const printers[PLACE_KINDS])(const struct place *place) = {
    [PLACE_NULL] = print_null,   [PLACE_USER] = print_user,
    [PLACE_IMAGE] = print_image, [PLACE_FRAME] = print_direct_frame,
    [PLACE_HOLE] = print_hole,   [PLACE_RANGE] = print_range,
    [PLACE_GUARD] = print_guard, [PLACE_FREED] = print_freed,
    [PLACE_GAP] = print_gap,     [PLACE_WINDOW] = print_window,
    [PLACE_TOP] = print_top,
};

void place_print(const struct place *place)
{
    printers[place->kind](place);
    if (place->object) {
        report("\n  ");
        place_print_object(place->object, place->walk.va);
    }
    report("\n");
}
