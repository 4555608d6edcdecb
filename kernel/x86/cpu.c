/*
 * kernel/x86/cpu.c - what the processor can do, and switching it on.
 *
 * boot/entry.asm has refused processors without CPUID or large pages, so
 * CPUID may be executed here. A bit of CR4 is set only if CPUID has promised
 * it: an unknown one is a fault on some machines, and a hang on others.
 */
#include "x86/cpu.h"

#include "kernel/printf.h"
#include "lib/mem.h"
#include "x86/tables.h"

enum cpuid_leaf {
    CPUID_VENDOR,
    CPUID_FEATURES,
};

/* Of CPUID_FEATURES, register EDX. */
enum cpuid_feature {
    CPUID_PSE = 1 << 3,
    CPUID_TSC = 1 << 4,
    CPUID_PGE = 1 << 13,
};

struct cpuid {
    u32 eax, ebx, edx, ecx; /* the vendor's name is EBX, EDX, ECX */
};

/* Written by boot/entry.asm. */
extern const u64 boot_entry_ticks;

static struct cpu_features features;

static struct cpuid cpuid(enum cpuid_leaf leaf)
{
    struct cpuid r;

    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(0));
    return r;
}

static void detect(void)
{
    struct cpuid id = cpuid(CPUID_VENDOR);
    u32 bits = cpuid(CPUID_FEATURES).edx;

    features.large_pages = (bits & CPUID_PSE) != 0;
    features.tsc = (bits & CPUID_TSC) != 0;
    features.global_pages = (bits & CPUID_PGE) != 0;
    memcpy(features.vendor, &id.ebx, sizeof features.vendor - 1);
}

static void say(void)
{
    kprintf("cpu: %s%s%s%s\n", features.vendor,
            features.large_pages ? ", large pages" : "",
            features.global_pages ? ", global pages" : "",
            features.tsc ? ", time stamp counter" : "");
}

void cpu_init(void)
{
    gdt_init();
    idt_init();
    detect();
    if (features.global_pages)
        cr4_write(cr4_read() | CR4_GLOBAL_PAGES);
    say();
}

const struct cpu_features *cpu_features(void)
{
    return &features;
}

u64 cpu_ticks_since_entry(void)
{
    u32 low, high;

    if (!features.tsc)
        return 0;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return ((u64)high << 32 | low) - boot_entry_ticks;
}

void cpu_halt(void)
{
    for (;;)
        __asm__ volatile("cli\n\thlt");
}
