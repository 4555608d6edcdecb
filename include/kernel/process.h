/*
 * kernel/process.h - processes: a space, descriptors, a family.
 *
 * See kernel/proc/process.c for how they come and go.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include "abi/resource.h"
#include "kernel/alarm.h"
#include "kernel/pid.h"
#include "kernel/thread.h"

struct files;
struct node;

struct process {
    u32 pid;
    struct process *parent;
    struct list children;      /* by `sibling`                              */
    struct list sibling;
    struct list all;           /* node in the list of processes             */
    struct vm_space *space;    /* NULL: it has exited                       */
    struct files *files;       /* likewise                                  */
    struct thread *thread;     /* likewise: its only one                    */
    bool exited;               /* a zombie: waits to be waited for          */
    bool borrows_space;        /* of vfork: until exec or exit              */
    u32 exit_status;           /* as wait4() tells it                       */
    struct node *program;      /* its file; NULL: that has no name          */
    u32 clear_tid;             /* where a word is zeroed at its end; or 0   */
    struct wait_queue child_exited;   /* its wait4() waits here             */
    struct wait_queue space_returned; /* its parent's vfork() waits here    */
    struct signals signals;
    struct alarm alarm;
    struct rlimit64 limits[RLIMITS];
    char name[THREAD_NAME];    /* of the program                            */
};

/*
 * Begin without a process, with all numbers free. Prints a line.
 *
 * Cost:     O(1).
 * Context:  boot, after thread_init().
 */
void process_init(void);

/*
 * If `init=PATH` was on the command line, run that as process 1, with the words
 * behind ` -- ` as its arguments, and turn the machine off when it ends: with
 * its exit code, or 128 and the signal that ended it. If it cannot be run, says
 * why.
 *
 * Cost:     that of execve(); does not return if it could be run.
 * Context:  thread of the kernel, everything is up.
 */
void process_run_init_if_asked(void);

/*
 * Run a program and wait for its end. Its descriptors 0 to 2 are the console.
 * If it cannot be run, says why.
 *
 * pid:      its number, from pid_alloc() or PID_INIT; given back on an error.
 * words:    what follows argv[0], which is `path`: words as boot_options.h has
 *           them, changed by this.
 * status:   receives what wait4() would tell.
 * Returns:  0; or -errno if it cannot be run: nothing has changed.
 * Cost:     that of execve(), and waiting.
 * Context:  thread of the kernel.
 */
NODISCARD i32 process_run(u32 pid, const char *path, char *words,
                          u32 *status);

/*
 * Run a program, and do not wait for its end: nobody will be told of it.
 *
 * pid, path, words, Returns, Context: as process_run().
 * Cost:     that of execve().
 */
NODISCARD i32 process_run_beside(u32 pid, const char *path, char *words);

/*
 * The process of the thread that runs.
 *
 * Returns:  it; NULL in a thread of the kernel's own.
 * Cost:     O(1).
 * Context:  thread.
 */
static inline struct process *process_current(void)
{
    return thread_current()->process;
}

/*
 * Make a process that has nothing yet but a number: no space, no files, no
 * family. It gets a space, files and a thread; then process_start(). Or it is
 * given up, with what it has got.
 *
 * pid:      from pid_alloc(), or PID_INIT.
 * Returns:  the process; NULL if there is no memory; the number is the caller's
 *           then.
 * Cost:     O(1); to give it up, that of its space and files.
 * Context:  thread.
 */
NODISCARD struct process *process_create(u32 pid);
void process_discard(struct process *process);

/*
 * The process is whole: let it run, as a child of `parent`.
 *
 * parent:   NULL: the kernel, who waits for it in process_wait().
 * Cost:     O(1).
 * Context:  thread.
 */
void process_start(struct process *process, struct process *parent);

/*
 * Make a child of the process that runs: a copy, as fork(2) and clone(2) do.
 *
 * flags:    enum clone_flag, checked by the caller.
 * stack:    the child's stack pointer; 0: as its parent's.
 * parent_tid, child_tid: where its number goes to, if `flags` say so.
 * Returns:  its number; -ENOMEM; -EAGAIN: all numbers are taken.
 * Cost:     that of vm_space_fork(); with CLONE_VFORK, waiting.
 * Context:  thread of a process.
 */
NODISCARD i32 process_fork(u32 flags, u32 stack, u32 parent_tid,
                           u32 child_tid);

/*
 * The kernel does not wait for the process that it has just started: it is
 * buried as it ends.
 *
 * Cost:     O(1).
 * Context:  thread of the kernel, since process_start().
 */
void process_do_not_wait(void);

/*
 * Wait for the end of a child, and bury it.
 *
 * parent:   NULL: the kernel.
 * which:    a number; or -1: any.
 * status:   receives how it ended.
 * Returns:  its number; 0 if none has ended yet and `waits` is not set;
 *           -ECHILD if there is no such child.
 * Cost:     O(children), and waiting.
 * Context:  thread.
 */
NODISCARD i32 process_wait(struct process *parent, i32 which, bool waits,
                           u32 *status);

/*
 * End the process that runs: its space, files and thread go, its children go
 * to init, its parent is told.
 *
 * status:   as wait4() tells it: see abi/wait.h.
 * Cost:     that of freeing its space and files; does not return.
 * Context:  its thread.
 */
NORETURN void process_exit(u32 status);

/* The process has a space of its own now, or none: a parent whose vfork() waits
 * for that goes on. Cost: O(1). Context: thread. */
void process_return_space(struct process *process);

/*
 * A program made an exception that nobody has handled: it ends, killed by the
 * signal which the exception stands for, with a report.
 *
 * frame:    the program's registers. For a page fault, its thread knows where
 *           and why.
 * Cost:     that of process_exit(); does not return.
 * Context:  the exception's entry from ring 3.
 */
void process_trap(struct trap_frame *frame);

/*
 * There is no memory for a page that was touched: make room, at somebody's cost
 * if it must be. Files' pages that nobody maps go first; then the process that
 * has the most pages which nobody promised, or, if none has such, the most
 * pages: it is said, its memory goes at once, and it dies of SIGKILL. Init is
 * taken if there is nobody else.
 *
 * Returns:  true: try again; false: there is nobody, or it is the running
 *           thread's own space that is gone.
 * Cost:     O(processes * (regions + pages mapped)).
 * Context:  thread, which uses no region.
 */
NODISCARD bool process_make_room(void);

/*
 * The process of a number.
 *
 * Returns:  it, maybe a zombie; NULL if there is none.
 * Cost:     O(processes).
 * Context:  thread.
 */
struct process *process_find(u32 pid);

/*
 * Call `visit` for each process, zombies too, in the order of their birth.
 *
 * Cost:     O(processes).
 * Context:  thread; `visit` changes nothing.
 */
void process_each(void (*visit)(const struct process *process, void *context),
                  void *context);

#endif
