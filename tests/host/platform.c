/*
 * tests/host/platform.c - the machine that mm/ runs on in a Linux process.
 *
 * Physical memory is a sparse file of 4 GiB. The kernel's quarter of the
 * address space is 1 GiB reserved somewhere, in which the direct map's RAM is
 * mapped from the start. For the rest, kva and the windows, the process's
 * own page faults are the MMU: a touch of a page that is not there yet walks
 * mm/'s page tables and maps what they say, and it stays there, like an entry
 * of a TLB that forgets nothing by itself, until mm/ flushes it.
 *
 *      file      [ frame 0 | 1 | ...                   | frame 0x31000 | ...
 *                    |                                      ^
 *      process   [ direct map ..........][ kva ...]  [ windows ...]
 *                platform_direct_map         by page fault, by pt_walk()
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "host.h"

#include <execinfo.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/symbols.h"
#include "mm/kheap.h"
#include "mm/kva.h"
#include "mm/memmap.h"
#include "mm/pmm.h"
#include "mm/pt_audit.h"
#include "mm/vm.h"
#include "strata_test.h"

#define KERNEL_BYTES   (1ull << 30)
#define PHYSICAL_BYTES (1ull << 32)

u8 *platform_direct_map;

static struct {
    int physical;      /* the file                    */
    u32 locks_held;    /* bit r: the lock of rank r   */
    bool quiet;        /* do not print the log        */
    u8 *filled;        /* the last page fault that was answered; NULL after
                          a flush */
} machine;

/* --------------------------------------------------------------- sentences */

void platform_log(const char *format, ...)
{
    va_list arguments;

    if (machine.quiet)
        return;
    va_start(arguments, format);
    printf("# ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
}

void platform_panic(const char *format, ...)
{
    char sentence[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (machine.locks_held)
        printf("# a panic under lock, ranks 0x%x\n", machine.locks_held);
    else
        test_panic(sentence);
    printf("Bail out! panic: %s\n", sentence);
    fflush(stdout);
    abort();
}

void test_print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    printf("\n");
    fflush(stdout);
    va_end(arguments);
}

/* For kernel/lib/printf.c: no address here is one of the kernel's program. */
bool symbol_find(u32 address, struct symbol *out)
{
    (void)address;
    (void)out;
    return false;
}

bool symbol_find_call(u32 address, struct symbol *out)
{
    return symbol_find(address, out);
}

/* ------------------------------------------------------------------- locks */

void platform_lock(u32 rank)
{
    CHECK(machine.locks_held >> 1 == 0 ||
              rank < (u32)__builtin_ctz(machine.locks_held),
          "the lock of rank %u is taken while ranks 0x%x are held", rank,
          machine.locks_held);
    machine.locks_held |= 1u << rank;
}

void platform_unlock(u32 rank)
{
    CHECK(machine.locks_held >> rank & 1, "the lock of rank %u is not held",
          rank);
    machine.locks_held &= ~(1u << rank);
}

/* --------------------------------------------------------------- back-trace */

u32 platform_backtrace(const void **out, u32 max)
{
    void *calls[64];
    int count = backtrace(calls, (int)min_u32(max, ARRAY_SIZE(calls)));

    for (int i = 0; i < count; i++)
        out[i] = calls[i];
    return (u32)count;
}

/* --------------------------------------------------------------------- MMU */

static void map_fixed(void *at, size_t bytes, int protection, off_t from)
{
    void *got = mmap(at, bytes, protection, MAP_SHARED | MAP_FIXED,
                     machine.physical, from);

    if (got == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
}

static void unmap_pages(virt_addr_t va, size_t bytes)
{
    mmap(virt_to_ptr(va), bytes, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
}

void platform_flush_pages(u32 va, u32 pages)
{
    machine.filled = NULL;
    if (va >= KVA_START)
        unmap_pages(va, (size_t)pages * PAGE_SIZE);
}

void platform_flush_all(void)
{
    machine.filled = NULL;
    unmap_pages(KVA_START, WINDOWS_END - KVA_START);
}

void platform_load_directory(u32 directory)
{
    (void)directory;
}

/* The TLB misses: walk the tables. False if they say nothing either. */
static bool fill_tlb(virt_addr_t va)
{
    struct pt_walk walk = pt_walk(pt_kernel(), va);

    if (va < KVA_START || !walk.mapped)
        return false;
    map_fixed(virt_to_ptr(round_down(va, PAGE_SIZE)), PAGE_SIZE,
              walk.access & PT_WRITE ? PROT_READ | PROT_WRITE : PROT_READ,
              (off_t)round_down(walk.phys.addr, PAGE_SIZE));
    return true;
}

static bool is_kernel_address(const u8 *address)
{
    return address >= platform_direct_map &&
           address < platform_direct_map + KERNEL_BYTES;
}

/* A fault at a place that has just been filled is a real one: the tables do
 * not allow what was tried. */
static void on_fault(int number, siginfo_t *info, void *context)
{
    u8 *address = info->si_addr;

    (void)context;
    if (address != machine.filled && is_kernel_address(address) &&
        fill_tlb(ptr_to_virt(address))) {
        machine.filled = address;
        return;
    }
    test_panic("page fault");
    fprintf(stderr, "Bail out! fault at %p (kernel address 0x%08x)\n",
            (void *)address, ptr_to_virt(address));
    signal(number, SIG_DFL);
}

static void install_mmu(void)
{
    struct sigaction action = { .sa_sigaction = on_fault,
                                .sa_flags = SA_SIGINFO | SA_NODEFER };

    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

/* What is not the kernel's is the process's own, and is trusted. */
bool platform_can_read(const void *memory, u32 bytes)
{
    const u8 *last = (const u8 *)memory + (bytes - 1);

    if (!is_kernel_address(memory) || !is_kernel_address(last))
        return (uintptr_t)memory >= PAGE_SIZE;
    return pt_is_readable(ptr_to_virt(memory)) &&
           pt_is_readable(ptr_to_virt(last));
}

/* -------------------------------------------------------------------- boot */

static void map_direct(const struct memmap_range *range, void *context)
{
    u64 end = range->end;

    (void)context;
    if (end > DIRECT_MAP_END - DIRECT_MAP_START)
        end = DIRECT_MAP_END - DIRECT_MAP_START;
    if (memmap_is_managed(range->kind) && range->start < end)
        map_fixed(phys_to_ptr(phys((u32)range->start)),
                  (size_t)(end - range->start), PROT_READ | PROT_WRITE,
                  (off_t)range->start);
}

/* Reserve the kernel's gigabyte, aligned to a chunk as the kernel's is. */
static void reserve_kernel_half(void)
{
    u8 *place = mmap(NULL, KERNEL_BYTES + CHUNK_SIZE, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (place == MAP_FAILED) {
        perror("mmap of 1 GiB");
        exit(1);
    }
    uintptr_t aligned = ((uintptr_t)place + CHUNK_SIZE - 1) &
                        ~(uintptr_t)(CHUNK_SIZE - 1);
    platform_direct_map = (u8 *)aligned;
}

void host_boot(const struct memmap_story *story, bool quiet)
{
    machine.quiet = quiet;
    machine.physical = memfd_create("physical memory", 0);
    if (machine.physical < 0 ||
        ftruncate(machine.physical, (off_t)PHYSICAL_BYTES) < 0) {
        perror("memfd_create");
        exit(1);
    }
    reserve_kernel_half();
    install_mmu();
    memmap_init(story);
    memmap_each(map_direct, NULL);
    pmm_init();
    pt_init(&(struct pt_config){ .global_pages = true });
    kva_init();
    kheap_init();
    vm_init();
}
