/*
 * kernel/platform.c - what mm/ asks of the world it runs in, answered by
 * this kernel. See include/mm/platform.h.
 *
 * platform_panic() is missing here: it is another name of panic(), in
 * kernel/x86/traps.asm, so that the registers shown are those of the caller
 * in mm/.
 */
#include "mm/platform.h"

#include "kernel/printf.h"
#include "mm/addr.h"
#include "mm/pt_audit.h"
#include "x86/cpu.h"

static struct {
    u32 locks; /* bit r: the lock of rank r is held */
} state;

void platform_log(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vreport(format, arguments);
    va_end(arguments);
    report("\n");
}

void platform_flush_pages(u32 va, u32 pages)
{
    for (u32 end = va + pages * PAGE_SIZE; va != end; va += PAGE_SIZE)
        __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

/* Global entries survive a load of CR3, but not that CR4.PGE goes off. */
void platform_flush_all(void)
{
    u32 cr4 = cr4_read();

    if (cr4 & CR4_GLOBAL_PAGES) {
        cr4_write(cr4 & ~(u32)CR4_GLOBAL_PAGES);
        cr4_write(cr4);
    } else {
        cr3_write(cr3_read());
    }
}

bool platform_can_read(const void *memory, u32 bytes)
{
    virt_addr_t va = (virt_addr_t)memory, last = va + (bytes - 1);

    return last >= va && pt_is_readable(va) &&
           (last / PAGE_SIZE == va / PAGE_SIZE || pt_is_readable(last));
}

void platform_load_directory(u32 directory)
{
    cr3_write(directory);
}

/* Every function keeps EBP (kernel/panic.c has the picture). The first of all
 * calls has none above it; nor does what is above a stack's end matter. */
u32 platform_backtrace(const void **out, u32 max)
{
    enum { STACK_MAX = 64 << 10 };
    const u32 *frame = __builtin_frame_address(0);
    u32 count = 0;

    while (count < max && frame[1]) {
        out[count++] = (const void *)frame[1];
        if (frame[0] - (u32)frame - 1 >= STACK_MAX)
            break;
        frame = (const u32 *)frame[0];
    }
    return count;
}

void platform_lock(u32 rank)
{
    u32 up_to_rank = (2u << rank) - 1;

    CHECK((state.locks & up_to_rank) == 0,
          "the lock of rank %u is taken while locks 0x%x are held", rank,
          state.locks);
    state.locks |= 1u << rank;
}

void platform_unlock(u32 rank)
{
    CHECK(state.locks >> rank & 1,
          "the lock of rank %u is given back but not held", rank);
    state.locks &= ~(1u << rank);
}
