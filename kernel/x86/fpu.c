/*
 * kernel/x86/fpu.c - the registers of x87, MMX and SSE.
 *
 * There are two layouts of what is saved: that of FXSAVE, which has the SSE
 * registers, and the older one of FNSAVE. An FNSAVE empties the registers; an
 * FRSTOR first reports an exception that is pending in them, be it another
 * thread's, so that is dropped before.
 */
#include "x86/fpu.h"

#include "lib/mem.h"
#include "x86/cpu.h"

enum {
    CONTROL_INITIAL = 0x37f,     /* no exceptions, full precision        */
    SIMD_CONTROL_INITIAL = 0x1f80, /* no exceptions                      */
    UNUSED = 0xffff0000,         /* upper halves, in the older layout    */
    TAGS_EMPTY = 0xffff,

    /* Words of the two layouts. */
    WORD_CONTROL = 0,
    WORD_SIMD_CONTROL = 6,
    OLD_WORD_TAGS = 2,
};

static struct {
    bool is_there;
    bool has_fxsr;
} fpu;

void fpu_init(void)
{
    const struct cpu_features *cpu = cpu_features();
    u32 bits = 0;

    fpu.is_there = cpu->fpu;
    fpu.has_fxsr = cpu->fxsr;
    if (cpu->fxsr)
        bits |= CR4_FXSR;
    if (cpu->sse)
        bits |= CR4_SIMD_EXCEPTIONS;
    if (bits)
        cr4_write(cr4_read() | bits);
    if (!cpu->fpu)
        cr0_write(cr0_read() | CR0_NO_FPU);
}

void fpu_save(u8 *state)
{
    if (fpu.has_fxsr)
        __asm__ volatile("fxsave %0" : "=m"(*(u8(*)[FPU_BYTES])state));
    else if (fpu.is_there)
        __asm__ volatile("fnsave %0" : "=m"(*(u8(*)[FPU_BYTES])state));
}

void fpu_load(const u8 *state)
{
    if (fpu.has_fxsr)
        __asm__ volatile("fxrstor %0"
                         : : "m"(*(const u8(*)[FPU_BYTES])state));
    else if (fpu.is_there)
        __asm__ volatile("fnclex\n\tfrstor %0"
                         : : "m"(*(const u8(*)[FPU_BYTES])state));
}

/* FXSAVE has a bit for each register that is in use, FNSAVE two that are set
 * for each which is not. */
void fpu_clear(u8 *state)
{
    u32 *words = (u32 *)(void *)state;

    memset(state, 0, FPU_BYTES);
    words[WORD_CONTROL] = CONTROL_INITIAL;
    if (fpu.has_fxsr) {
        words[WORD_SIMD_CONTROL] = SIMD_CONTROL_INITIAL;
    } else {
        words[WORD_CONTROL] |= UNUSED;
        words[OLD_WORD_TAGS] = UNUSED | TAGS_EMPTY;
    }
}
