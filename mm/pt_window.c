/*
 * mm/pt_window.c - L2: windows onto frames above the direct map.
 *
 * The 4 MiB at WINDOWS_START have one page table, made at boot. A window is
 * a page of it, lent for a moment. It is flushed when it is opened, not when
 * it is closed: the stale entry of a closed window harms nobody.
 */
#include "mm/platform.h"
#include "pt_internal.h"

void *window_map(pfn_t frame)
{
    if (frame.n < DIRECT_MAP_FRAMES)
        return pfn_to_ptr(frame);

    CHECK(frame.n < pmm_span(), "window_map: there is no frame 0x%x, by %p",
          frame.n, CALLER());
    u32 slot = bitset_first(pt_state.free_windows);
    CHECK(slot != BITSET_NONE,
          "window_map: all %u windows are open, by %p: somebody forgets to "
          "close them", WINDOWS, CALLER());
    virt_addr_t va = WINDOWS_START + slot * PAGE_SIZE;
    bitset_remove(pt_state.free_windows, slot);
    pte_store(&pt_state.windows[slot],
              pfn_to_phys(frame).addr | PTE_PRESENT | PTE_WRITE);
    platform_flush_page(va);
    pt_state.stats.windows++;
    return virt_to_ptr(va);
}

void window_unmap(void *memory)
{
    if (ptr_is_direct(memory))
        return;

    u32 slot = (ptr_to_virt(memory) - WINDOWS_START) >> PAGE_SHIFT;
    CHECK(slot < WINDOWS && !bitset_test(pt_state.free_windows, slot),
          "window_unmap: %p is no open window, by %p", memory, CALLER());
    pte_store(&pt_state.windows[slot], 0);
    bitset_add(pt_state.free_windows, slot);
    pt_state.stats.windows--;
}
