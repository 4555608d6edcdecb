/*
 * stage.h - a test plays a process: it has descriptors and a program's memory,
 * so that the handlers of system calls can be called as functions. And what
 * the sweeps of kernel/ have in common; see nth.h.
 */
#ifndef STAGE_H
#define STAGE_H

#include "user_room.h"

enum {
    STAGE_PAGES = 16,      /* of the room, all touched                      */
    STAGE_LOCKED = 12,     /* from this one on they are locked              */
    STAGE_PATH = 0,        /* offset in the room of a path, "/dev/zero"     */
    STAGE_EMPTY = 0x1000,  /* of zeros, to be written to                    */
    STAGE_FAR = 0x1000000, /* a page that was never touched, in a chunk that
                              has no table                                  */
    STAGE_HEAP = 0x10000000, /* where the heap begins, without a page       */
};

#define STAGE_FILE "/dev/zero"

/* The running thread is that of a process, whose descriptors are STAGE_FILE,
 * until there is no room for one more. The test fails if this cannot be. */
void stage_enter(u32 unused);
void stage_leave(void);

/* Sweep an operation, counting processes and threads, too. */
void stage_sweep(void (*prepare)(u32 size), bool (*run)(u32 size),
                 void (*undo)(void), u32 size);

/* It succeeded, or there was no memory, and nothing else. */
bool stage_is_done(i32 result);

/* Was a program started, and did it end with 0? With too little memory it is
 * not started, is told ENOMEM, or is killed. */
bool stage_has_ended_well(i32 result, u32 status);

/* Until there is no process. */
void stage_wait_for_all(void);

/* Sweep a PROGRAM() through its whole life. It has four pages of zeros at
 * PROGRAMS_DATA, and its file behind them, to be written. */
void stage_sweep_code(const u8 *code, const u8 *end);
#define stage_sweep_program(name) stage_sweep_code(name, name##_end)

#endif
