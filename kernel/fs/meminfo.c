/*
 * kernel/fs/meminfo.c - /proc/meminfo: how much memory there is, in Linux's
 * words, order and columns.
 *
 *      MemTotal       all frames but those of the kernel's image and of boot
 *      MemAvailable   what is free, or kept only for the next time
 *      Cached         frames of files and of shared memory
 *      AnonPages      frames of private memory
 *      CommitLimit    what can be promised; Committed_AS  what has been
 *
 * What Linux has and this kernel does not, like swap, is 0 where programs look
 * for it, and left out else.
 */
#include "kernel/meminfo.h"

#include "kernel/printf.h"
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/pmm.h"
#include "mm/pt_user.h"
#include "mm/vm.h"

enum { PAGE_KIB = PAGE_SIZE >> 10 };

u32 meminfo_text(char *text, u32 size)
{
    struct pmm_stats frames;
    struct kva_stats ranges;
    struct kheap_stats heap;
    struct vm_stats spaces;
    u32 length = 0;

    pmm_stats(&frames);
    kva_stats(&ranges);
    kheap_stats(&heap);
    vm_stats(&spaces);
    const u32 *kinds = frames.kinds;
    const struct {
        const char *name;
        u32 pages;
    } rows[] = {
        { "MemTotal:", frames.spanned - kinds[FRAME_RESERVED] -
                       kinds[FRAME_BOOT] },
        { "MemFree:", kinds[FRAME_FREE] },
        { "MemAvailable:", kinds[FRAME_FREE] + heap.slabs.empty_frames },
        { "Buffers:", 0 },
        { "Cached:", kinds[FRAME_FILE] },
        { "SwapCached:", 0 },
        { "SwapTotal:", 0 },
        { "SwapFree:", 0 },
        { "AnonPages:", kinds[FRAME_USER] },
        { "Slab:", kinds[FRAME_SLAB] },
        { "PageTables:", pt_table_count() },
        { "CommitLimit:", spaces.limit },
        { "Committed_AS:", spaces.promised },
        { "VmallocTotal:", ranges.pages + ranges.free },
        { "VmallocUsed:", ranges.pages },
    };

    for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
        length += ksnprintf(text + length, size - length, "%-16s%8u kB\n",
                            rows[i].name, rows[i].pages * PAGE_KIB);
    return length;
}
