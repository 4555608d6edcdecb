/*
 * kernel/program.h - what execve(2) is given: a file, arguments, environment.
 */
#ifndef KERNEL_PROGRAM_H
#define KERNEL_PROGRAM_H

#include "kernel/process.h"

struct file;

enum {
    PROGRAM_STRING_MAX = 128 << 10, /* bytes of one string, with its 0       */
};

/* Gathered in the kernel, as what it replaces may hold the strings. Zero it to
 * begin with. */
struct program {
    char *text;          /* path, arguments, environment: one string behind
                            the other                                        */
    u32 bytes, room;     /* used of `text`, and allocated                    */
    u32 argument_count;
    u32 variable_count;
    struct file *file;
    const char *wrong;   /* with its file, or NULL                           */
};

/*
 * Open the file of a path, which is in the kernel, or in a program. First of
 * all.
 *
 * Returns:  0; what open(2) answers; -EACCES: it may not be executed.
 * Cost:     that of finding it.
 * Context:  thread.
 */
NODISCARD i32 program_open(struct program *program, const char *path);
NODISCARD i32 program_open_user(struct program *program, u32 path);

/*
 * Add an argument; or all arguments and all variables of the environment, from
 * a program's vectors of pointers, NULL last.
 *
 * arguments, environment: a program's addresses; 0: there are none.
 * Returns:  0; -E2BIG; -EFAULT; -ENOMEM.
 * Cost:     O(bytes).
 * Context:  thread, in the program's space.
 */
NODISCARD i32 program_add(struct program *program, const char *argument);
NODISCARD i32 program_add_vectors(struct program *program, u32 arguments,
                                  u32 environment);

/*
 * Make a program's space, with its segments and its stack.
 *
 * space:    receives it, the caller's reference; NULL on an error.
 * frame:    receives the registers that it starts with.
 * stack_max: bytes that its stack may grow to.
 * Returns:  0; -ENOEXEC (program->wrong says why), -ENOMEM, -EIO,
 *           -EACCES.
 * Cost:     that of elf_load(), and O(bytes of the strings).
 * Context:  thread.
 */
NODISCARD i32 program_load(struct program *program, u32 stack_max,
                           struct vm_space **space, struct trap_frame *frame);

/*
 * Run a program in a new process, a child of the kernel, with the console as
 * its descriptors 0 to 2.
 *
 * pid:      its number, from pid_alloc() or PID_INIT; given back on an error.
 * Returns:  0; otherwise as program_load(), and there is no process.
 * Cost:     that of program_load().
 * Context:  thread of the kernel.
 */
NODISCARD i32 program_start(struct program *program, u32 pid);

/* The name of a process that runs it: the last part of its path. Cost:
 * O(length). Context: any. */
void program_name(const struct program *program, char name[THREAD_NAME]);

/* Give back what has been gathered. Cost: O(1). Context: thread. */
void program_close(struct program *program);

#endif
