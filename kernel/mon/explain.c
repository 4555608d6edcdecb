/*
 * kernel/mon/explain.c - one frame, one block, one address.
 *
 * `what ADDR` is all of it: the walk and what lives there, then what each
 * layer has to add, if it has something. GDB says the same of a machine that
 * stands still: tools/gdb/layers/ has these sentences, too, and tests/gdb/
 * compares. Whoever changes one changes the other.
 */
#include "kernel/explain.h"

#include "kernel/place.h"
#include "kernel/printf.h"
#include "kernel/symbols.h"
#include "mm/kheap.h"
#include "mm/pmm.h"
#include "mm/pt_audit.h"

/* ----------------------------------------------------------------- a frame */

static void print_where_free(pfn_t frame)
{
    pfn_t head = pmm_head(frame);

    if (!pmm_waits(frame))
        report(" in the bitmap");
    else if (pmm_order(head) == 0)
        report(", waits in the store");
    else
        report(", waits in the store: in the run of %u frames from 0x%x on",
               1u << pmm_order(head), head.n);
}

static bool is_for_programs(pfn_t frame)
{
    enum frame_kind kind = pmm_kind(frame);

    return kind == FRAME_USER || kind == FRAME_FILE || kind == FRAME_TABLE;
}

void explain_frame(pfn_t frame)
{
    report("frame 0x%x: physical 0x%08x, ", frame.n, pfn_to_phys(frame).addr);
    if (frame.n < DIRECT_MAP_FRAMES)
        report("direct map at 0x%08x\n", ptr_to_virt(pfn_to_ptr(frame)));
    else
        report("above the direct map\n");
    report("  ");
    place_print_use(frame);
    if (pmm_is_free(frame))
        print_where_free(frame);
    report("\n");
    if (is_for_programs(frame))
        place_print_users(frame);
}

/* ------------------------------------------------------------ a page table */

/* `word` is where a page table or a directory has an entry. */
static void explain_entry(u32 word)
{
    pfn_t table = ptr_to_pfn(virt_to_ptr(word));
    const pte_t *entry = virt_to_ptr(round_down(word, sizeof(pte_t)));
    u32 index = word % PAGE_SIZE / sizeof(pte_t);
    struct pt_uses uses;

    pt_find_uses(table, &uses);
    report("entry %u, 0x%08x, of ", index, entry->bits);
    if (uses.directories > 0)
        report("a page directory: for 0x%08x\n", index << CHUNK_SHIFT);
    else if (uses.count > 0)
        report("a page table: for 0x%08x\n",
               uses.at[0].va + (index << PAGE_SHIFT));
    else
        report("a page table that no space has\n");
}

/* -------------------------------------------------------------- the heap */

static void print_block(u32 address, const struct kheap_block *block)
{
    report("0x%08x: byte %u of a block of %u bytes at %p: %s, %s\n",
           address, address - ptr_to_virt(block->start), block->bytes,
           block->start, block->how, block->in_use ? "in use" : "free");
}

void explain_block(u32 address)
{
    const struct slab_record *object = slab_find_record(virt_to_ptr(address));
    struct kheap_block block;

    if (object) {
        report("0x%08x: ", address);
        place_print_object(object, address);
        report("\n");
    } else if (kheap_find(virt_to_ptr(address), &block))
        print_block(address, &block);
    else
        report("heap: 0x%08x is in no block of the heap\n", address);
}

static void print_slot(const struct slab_object *object)
{
    pfn_t head = pmm_head(ptr_to_pfn(object->start));
    u32 slot_bytes = object->cache->slot_bytes;
    u32 base = ptr_to_virt(pfn_to_ptr(head));

    report("slot %u of %u in the slab at 0x%08x, cache '%s': %s\n",
           (ptr_to_virt(object->start) - base) / slot_bytes,
           ((u32)PAGE_SIZE << pmm_order(head)) / slot_bytes, base,
           object->cache->name, object->in_use ? "in use" : "free");
}

/* What is known of a checked object has been said with the place. */
static void explain_heap(u32 address)
{
    const void *start = virt_to_ptr(address);
    struct kheap_block block;
    struct slab_object object;

    if (slab_find_record(start))
        return;
    if (kheap_find(start, &block)) {
        print_block(address, &block);
        start = block.start;
    }
    if (slab_find(start, &object)) {
        print_slot(&object);
        start = object.start;
    }
    const void *by = slab_freed_by(start);
    if (by)
        report("%p was last freed by %p\n", start, by);
}

/* -------------------------------------------------------------- an address */

void explain_walk(const struct vm_space *space, u32 address)
{
    struct place place;

    place_find(space, address, &place);
    place_print_walk(&place);
    report("there: ");
    place_print(&place);
}

/* The frame that is behind an address, or would be if it were mapped. */
static bool find_frame(const struct vm_space *space, u32 address,
                       pfn_t *frame)
{
    struct place place;

    place_find(space, address, &place);
    if (place.walk.mapped)
        *frame = phys_to_pfn(place.walk.phys);
    else if (ptr_is_direct(virt_to_ptr(address)))
        *frame = ptr_to_pfn(virt_to_ptr(address));
    else
        return false;
    return frame->n < pmm_span();
}

void explain_address(const struct vm_space *space, u32 address)
{
    struct symbol symbol;
    pfn_t frame;

    explain_walk(space, address);
    if (symbol_find(address, &symbol))
        report("%pI\n", virt_to_ptr(address));
    if (find_frame(space, address, &frame))
        explain_frame(frame);
    if (ptr_is_direct(virt_to_ptr(address)) &&
        pmm_kind(ptr_to_pfn(virt_to_ptr(address))) == FRAME_TABLE)
        explain_entry(address);
    explain_heap(address);
}
