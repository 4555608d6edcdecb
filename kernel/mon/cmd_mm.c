/*
 * kernel/mon/cmd_mm.c - the shell's commands about memory.
 *
 * Each asks a layer to tell about itself; only `mem` puts together what several
 * functions know. What is said of one frame or address: kernel/mon/explain.c.
 */
#include "kernel/command.h"
#include "kernel/explain.h"
#include "kernel/meminfo.h"
#include "kernel/number.h"
#include "kernel/printf.h"
#include "kernel/string.h"
#include "mm/audit.h"
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/memmap.h"
#include "mm/pmm.h"
#include "mm/pt.h"
#include "mm/vm.h"
#include "x86/cpu.h"

enum { FRAMES_IN_MIB = (1 << 20) / PAGE_SIZE };

void command_map(const struct argument *argument)
{
    (void)argument;
    memmap_dump();
}

/* ----------------------------------------------------------------- frames */

void command_frames(const struct argument *frame)
{
    if (!frame->given)
        pmm_dump();
    else if (frame->number < pmm_span())
        explain_frame(pfn(frame->number));
    else
        report("frames: there is no frame 0x%x, the last is 0x%x\n",
               frame->number, pmm_span() - 1);
}

/* ------------------------------------------------- tables, ranges, the heap */

void command_pt(const struct argument *address)
{
    if (address->given)
        explain_walk(address->space, address->number);
    else
        pt_dump(pt_kernel());
}

void command_what(const struct argument *address)
{
    if (address->given)
        explain_address(address->space, address->number);
    else
        report("what: which address? Usage: what [PID:]ADDR\n");
}

/* Whatever happens: an address of nothing shows a page fault's report. */
void command_peek(const struct argument *address)
{
    if (!address->given) {
        report("peek: at which address? Usage: peek ADDR\n");
        return;
    }
    const volatile u32 *word = virt_to_ptr(address->number);
    report("0x%08x: 0x%08x\n", address->number, *word);
}

void command_kva(const struct argument *argument)
{
    (void)argument;
    kva_dump();
}

void command_heap(const struct argument *address)
{
    if (address->given)
        explain_block(address->number);
    else
        kheap_dump();
}

void command_alloc(const struct argument *bytes)
{
    if (!bytes->given) {
        report("alloc: how many bytes? Usage: alloc BYTES\n");
        return;
    }
    void *block = kalloc(bytes->number);
    if (block)
        explain_block(ptr_to_virt(block));
    else
        report("alloc: kalloc(%u) gives NULL: out of memory\n",
               bytes->number);
}

void command_free(const struct argument *address)
{
    if (address->given)
        kfree(virt_to_ptr(address->number));
    else
        report("free: which block? Usage: free ADDR\n");
}

/* "since 57", or nothing. */
void command_leaks(const struct argument *since)
{
    static const char word[] = "since ";
    u32 mark = 0;
    const char *wrong = NULL;

    if (since->given)
        wrong = strncmp(since->text, word, sizeof word - 1) == 0
                    ? number_parse(since->text + sizeof word - 1, &mark)
                    : "is not `since MARK`";
    if (wrong)
        report("leaks: \"%s\" %s. Usage: leaks [since MARK]\n", since->text,
                wrong);
    else
        kheap_dump_leaks(mark);
}

/* -------------------------------------------------------------- all layers */

static void sum_memmap(void)
{
    struct memmap_stats s;

    memmap_stats(&s);
    u64 sum = s.managed + s.rounding + s.overruled + s.beyond;
    report("L0 memmap  %llu managed + %llu rounding + %llu overruled\n"
           "           + %llu beyond 4 GiB %s %llu bytes said usable\n",
           s.managed, s.rounding, s.overruled, s.beyond,
           sum == s.said ? "=" : "IS NOT", s.said);
}

static void sum_pmm(void)
{
    struct pmm_stats s;
    u32 used = 0;

    pmm_stats(&s);
    for (u32 kind = FRAME_BOOT; kind < FRAME_KINDS; kind++)
        used += s.kinds[kind];
    u32 sum = s.kinds[FRAME_FREE] + used + s.kinds[FRAME_RESERVED];
    report("L1 pmm     %u free + %u used + %u reserved %s %u frames spanned\n",
           s.kinds[FRAME_FREE], used, s.kinds[FRAME_RESERVED],
           sum == s.spanned ? "=" : "IS NOT", s.spanned);
    report("           %u MiB free, %u chunks of 4 MiB wholly; "
           "own arrays %u KiB\n",
           s.kinds[FRAME_FREE] / FRAMES_IN_MIB, s.whole_chunks,
           s.table_bytes >> 10);
}

static void sum_pt(void)
{
    struct pt_stats s;

    pt_stats(&s);
    report("L2 pt      %u tables; direct map of %u pages of 4 MiB, %u of "
           "4 KiB\n"
           "           %u flushes, %u pages one by one; %u windows open\n",
           s.tables, s.large_pages, s.small_pages, s.flushes,
           s.pages_flushed, s.windows);
}

static void sum_kva(void)
{
    struct kva_stats s;

    kva_stats(&s);
    report("L3 kva     %u ranges of %u KiB; %u KiB free in %u gaps\n",
           s.ranges, s.pages * (PAGE_SIZE >> 10),
           s.free * (PAGE_SIZE >> 10), s.gaps);
}

static void sum_heap(void)
{
    struct kheap_stats s;

    kheap_stats(&s);
    report("L4 slab    %u objects of %u bytes in %u slabs of %u frames, %u "
           "of these empty\n",
           s.slabs.used, s.slabs.used_bytes, s.slabs.slabs, s.slabs.frames,
           s.slabs.empty_frames);
    report("   kheap   %u large blocks of %u KiB, %u mapped ones of %u KiB\n"
           "           %llu allocations, %llu frees, %u refused\n",
           s.large_blocks, s.large_frames * (PAGE_SIZE >> 10),
           s.mapped_blocks, s.mapped_pages * (PAGE_SIZE >> 10), s.allocs,
           s.frees, s.failures);
}

static void sum_vm(void)
{
    struct vm_stats s;

    vm_stats(&s);
    report("L5 vm      %u spaces of %u regions, %u objects; %u of %u frames "
           "promised\n"
           "           %u faults: %u zeroed, %u copied, %u filled pages\n",
           s.spaces, s.regions, s.objects, s.promised, s.limit, s.faults,
           s.zero_faults, s.copies, s.fills);
}

void command_mem(const struct argument *argument)
{
    (void)argument;
    sum_memmap();
    sum_pmm();
    sum_pt();
    sum_kva();
    sum_heap();
    sum_vm();
}

void command_meminfo(const struct argument *argument)
{
    char text[MEMINFO_MAX];

    (void)argument;
    meminfo_text(text, sizeof text);
    kprintf("%s", text);
}

static void check_memmap(void)
{
    memmap_check(memmap_get());
}

static const struct {
    const char *layer;
    void (*check)(void);
} checks[] = {
    { "memmap", check_memmap }, { "pmm", pmm_check },
    { "pt", pt_check },         { "kva", kva_check },
    { "slab", slab_check },     { "kheap", kheap_check },
    { "vm", vm_check },
};

/* An invariant that does not hold panics, with its number. */
void command_check(const struct argument *argument)
{
    (void)argument;
    for (u32 i = 0; i < ARRAY_SIZE(checks); i++) {
        checks[i].check();
        report("%s: ok\n", checks[i].layer);
    }
}

/* ------------------------------------------------------------------ audit */

enum { SENTENCES_MAX = 24 };

static void print_sentence(void *context, const char *format,
                           va_list arguments)
{
    u32 *left = context;

    if (*left == 0)
        return;
    --*left;
    kvprint(format, arguments);
    kprintf("\n");
}

/* How many there are comes first, so it is done twice where there are any. */
static void print_audit(void)
{
    u32 left = SENTENCES_MAX;
    u32 count = audit(NULL, NULL);

    if (count == 0) {
        kprintf("audit: clean\n");
        return;
    }
    kprintf("audit: %u contradictions\n", count);
    audit(print_sentence, &left);
    if (count > SENTENCES_MAX)
        kprintf("and %u more\n", count - SENTENCES_MAX);
}

void command_audit(const struct argument *argument)
{
    u32 saved = interrupts_save();

    (void)argument;
    print_audit();
    interrupts_restore(saved);
}
