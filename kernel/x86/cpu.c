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
#include "x86/fpu.h"
#include "x86/tables.h"
#include "x86/user_access.h"

enum cpuid_leaf {
    CPUID_VENDOR, /* EAX: the highest leaf there is */
    CPUID_FEATURES,
    CPUID_MORE_FEATURES = 7,
};

/* Of CPUID_FEATURES, register EDX. */
enum cpuid_feature {
    CPUID_FPU = 1 << 0,
    CPUID_PSE = 1 << 3,
    CPUID_TSC = 1 << 4,
    CPUID_PGE = 1 << 13,
    CPUID_FXSR = 1 << 24,
    CPUID_SSE = 1 << 25,
};

/* Of CPUID_MORE_FEATURES, register EBX. */
enum cpuid_more {
    CPUID_SMEP = 1 << 7,
    CPUID_SMAP = 1 << 20,
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
    /* An old processor answers a leaf that it lacks with nonsense. */
    u32 more = id.eax >= CPUID_MORE_FEATURES ? cpuid(CPUID_MORE_FEATURES).ebx
                                             : 0;

    features.large_pages = (bits & CPUID_PSE) != 0;
    features.tsc = (bits & CPUID_TSC) != 0;
    features.global_pages = (bits & CPUID_PGE) != 0;
    features.smep = (more & CPUID_SMEP) != 0;
    features.smap = (more & CPUID_SMAP) != 0;
    features.fpu = (bits & CPUID_FPU) != 0;
    features.fxsr = features.fpu && (bits & CPUID_FXSR) != 0;
    features.sse = features.fxsr && (bits & CPUID_SSE) != 0;
    memcpy(features.vendor, &id.ebx, sizeof features.vendor - 1);
}

static void say(void)
{
    kprintf("cpu: %s%s%s%s%s%s\n", features.vendor,
            features.large_pages ? ", large pages" : "",
            features.global_pages ? ", global pages" : "",
            features.tsc ? ", time stamp counter" : "",
            features.smep ? ", SMEP" : "", features.smap ? ", SMAP" : "");
}

/* The kernel's code can be written until pt_init(). The load of CR4 that
 * comes next makes the processor forget what it has read of it. */
static void patch_user_access(void)
{
    enum { FIRST = 0x0f, SECOND = 0x01 };
    const struct user_access_site *site = user_access_sites_start;

    for (; site < user_access_sites_end; site++) {
        u8 *code = (u8 *)site->address;

        code[0] = FIRST;
        code[1] = SECOND;
        code[2] = (u8)site->last_byte;
    }
}

static void switch_on(void)
{
    u32 bits = 0;

    if (features.global_pages)
        bits |= CR4_GLOBAL_PAGES;
    if (features.smep)
        bits |= CR4_SMEP;
    if (features.smap) {
        patch_user_access();
        bits |= CR4_SMAP;
    }
    cr4_write(cr4_read() | bits);
    fpu_init();
}

void cpu_init(void)
{
    gdt_init();
    idt_init();
    detect();
    switch_on();
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
