/*
 * kernel/command.h - the commands of the shell.
 *
 * A command takes nothing, a number, an address or text; the shell has read and
 * checked that before it calls. Context of all: thread, everything is up.
 */
#ifndef KERNEL_COMMAND_H
#define KERNEL_COMMAND_H

#include "lib/types.h"

struct vm_space;

/* What was typed behind the command's name. */
struct argument {
    bool given;
    u32 number;       /* or the address, if it takes one and one was given */
    const struct vm_space *space; /* that is meant; NULL: the loaded one     */
    const char *text; /* all of it; "" if nothing was given                */
};

/* The layers, and all of them at once: kernel/mon/cmd_mm.c. */
void command_map(const struct argument *argument);
void command_frames(const struct argument *frame);
void command_pt(const struct argument *address);
void command_what(const struct argument *address);
void command_peek(const struct argument *address);
void command_kva(const struct argument *argument);
void command_heap(const struct argument *address);
void command_alloc(const struct argument *bytes);
void command_free(const struct argument *address);
void command_leaks(const struct argument *since);
void command_mem(const struct argument *argument);
void command_meminfo(const struct argument *argument);
void command_check(const struct argument *argument);
void command_audit(const struct argument *argument);

/* Programs: kernel/mon/cmd_proc.c. */
void command_maps(const struct argument *pid);
void command_ps(const struct argument *argument);
void command_run(const struct argument *program);

/* The machine: kernel/mon/cmd_sys.c. */
void command_test(const struct argument *pattern);
void command_panic(const struct argument *sentence);
void command_reboot(const struct argument *argument);
void command_off(const struct argument *argument);

#endif
