/*
 * x86/fpu.h - the registers of x87, MMX and SSE, which only programs use.
 *
 * They are saved and loaded with each switch of threads, at once: that is one
 * instruction each, while to wait for the first use takes a trap.
 */
#ifndef X86_FPU_H
#define X86_FPU_H

#include "lib/types.h"

enum {
    FPU_BYTES = 512, /* what FXSAVE writes; FNSAVE writes 108 */
    FPU_ALIGN = 16,
    FPU_OLD_BYTES = 108,
};

struct sigfpu;

/*
 * Let programs use whatever of it the processor has.
 *
 * Cost:     O(1).
 * Context:  boot, by cpu_init().
 */
void fpu_init(void);

/*
 * Save the registers, or load them.
 *
 * state:    FPU_BYTES, aligned to FPU_ALIGN.
 * Cost:     O(1): one instruction, which moves up to 512 bytes.
 * Context:  any. What is in the registers after fpu_save() is undefined.
 */
void fpu_save(u8 *state);
void fpu_load(const u8 *state);

/*
 * Write what a program finds at its start: empty registers, no exceptions.
 *
 * Cost:     O(FPU_BYTES).
 * Context:  any.
 */
void fpu_clear(u8 *state);

/*
 * A program has written it: let it be something that can be loaded.
 *
 * Cost:     O(1).
 * Context:  any.
 */
void fpu_tame(u8 *state);

/*
 * Tell of the x87 registers in the layout of FNSAVE, whichever is used.
 *
 * Cost:     O(1).
 * Context:  any.
 */
void fpu_to_old(const u8 *state, struct sigfpu *old);

#endif
