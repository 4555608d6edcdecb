/*
 * mm/pt_window.c - L2: windows onto frames above the direct map.
 *
 * The 4 MiB at WINDOWS_START have one page table, made at boot. A window is
 * a page of it, lent for a moment. They are opened in turn, and only when the
 * turn begins anew does the processor forget them all: the stale entry of a
 * closed window harms nobody until the page is opened again.
 *
 *      entry     0    0    open   0    0    0    0  ...
 *      TLB       old  old  it     old  -    -    -
 *                                      ^ next
 */
#include "mm/platform.h"
#include "pt_internal.h"

struct pt_windows pt_windows;

/* The next window that is closed, from `slot` on; WINDOWS if none is. */
static u32 find_closed(u32 slot)
{
    while (slot < WINDOWS && pt_windows.table[slot].bits != 0)
        slot++;
    return slot;
}

void *window_map_slow(pfn_t frame)
{
    if (frame.n < DIRECT_MAP_FRAMES)
        return pfn_to_ptr(frame);
    CHECK(frame.n < pmm_span(), "window_map: there is no frame 0x%x, by %p",
          frame.n, CALLER());

    u32 slot = pt_windows.next == 0 ? WINDOWS : find_closed(pt_windows.next);
    if (slot == WINDOWS) {
        platform_flush_all();
        slot = find_closed(0);
    }
    CHECK(slot < WINDOWS,
          "window_map: all %u windows are open, by %p: somebody forgets to "
          "close them", WINDOWS, CALLER());
    pte_store(&pt_windows.table[slot],
              pfn_to_phys(frame).addr | PTE_PRESENT | PTE_WRITE);
    pt_windows.next = (slot + 1) % WINDOWS;
    return virt_to_ptr(WINDOWS_START + slot * PAGE_SIZE);
}

void window_unmap_slow(void *memory)
{
    CHECK(window_close(memory) || ptr_is_direct(memory),
          "window_unmap: %p is no open window, by %p", memory, CALLER());
}
