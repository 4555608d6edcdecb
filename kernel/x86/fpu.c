/*
 * kernel/x86/fpu.c - the registers of x87, MMX and SSE.
 *
 * There are two layouts of what is saved: that of FXSAVE, which has the SSE
 * registers, and the older one of FNSAVE. An FNSAVE empties the registers; an
 * FRSTOR first reports an exception that is pending in them, be it another
 * thread's, so that is dropped before.
 */
#include "x86/fpu.h"

#include "abi/signal.h"
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
    WORD_SIMD_MASK = 7, /* which bits of the control can be set; 0: these */
    SIMD_MASK_USUAL = 0xffbf,
    OLD_WORD_TAGS = 2,
};

/* The beginning of what FXSAVE writes. */
struct fxsave {
    u16 control, status;
    u8 used, unused; /* a bit for each register, by its place */
    u16 opcode;
    u32 eip, cs, data, ds, simd_control, simd_mask;
    u8 registers[8][16];
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

void fpu_tame(u8 *state)
{
    u32 *words = (u32 *)(void *)state;
    static u32 mask;

    if (!fpu.has_fxsr)
        return;
    if (mask == 0) {
        u8 now[FPU_BYTES] __attribute__((aligned(FPU_ALIGN)));
        fpu_save(now);
        mask = ((u32 *)(void *)now)[WORD_SIMD_MASK];
        mask = mask ? mask : SIMD_MASK_USUAL;
    }
    words[WORD_SIMD_CONTROL] &= mask;
}

/* ----------------------------------------------------------- the old layout */

/* Two bits for a register: valid, zero, something else. */
static u32 tag_of(const u8 reg[10])
{
    enum { VALID, ZERO, SPECIAL };
    u32 exponent = (reg[8] | (u32)reg[9] << 8) & 0x7fff;
    u32 any = 0;

    for (u32 i = 0; i < 8; i++)
        any |= reg[i];
    if (exponent == 0)
        return any ? SPECIAL : ZERO;
    return exponent == 0x7fff || !(reg[7] & 0x80) ? SPECIAL : VALID;
}

/* Registers are written down from the top of the stack on, tags by place. */
static u32 tags_of(const struct fxsave *state)
{
    enum { EMPTY = 3 };
    u32 top = state->status >> 11 & 7, tags = 0;

    for (u32 i = 0; i < 8; i++) {
        u32 place = (top + i) % 8;
        bool used = state->used >> place & 1;
        tags |= (used ? tag_of(state->registers[i]) : EMPTY) << 2 * place;
    }
    return tags;
}

void fpu_to_old(const u8 *state, struct sigfpu *old)
{
    const struct fxsave *now = (const void *)state;

    if (!fpu.has_fxsr) {
        memcpy(old, state, FPU_OLD_BYTES);
        return;
    }
    old->control = UNUSED | now->control;
    old->status = UNUSED | now->status;
    old->status_word = now->status;
    old->tags = UNUSED | tags_of(now);
    old->eip = now->eip;
    old->cs = (now->cs & 0xffff) | (u32)now->opcode << 16;
    old->data = now->data;
    old->ds = now->ds;
    for (u32 i = 0; i < 8; i++)
        memcpy(old->registers[i], now->registers[i], 10);
}
