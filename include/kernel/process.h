/*
 * kernel/process.h - processes: a space, descriptors, a family.
 *
 * See kernel/proc/process.c for how they come and go.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include "abi/resource.h"
#include "kernel/alarm.h"
#include "kernel/initrd.h"
#include "kernel/pid.h"
#include "kernel/thread.h"

struct files;

/* A vfork() that waits until its child needs its space no more. */
struct space_loan {
    bool is_over;
    struct wait_queue over;
};

/* Ticks of the timer that have found it running, in ring 0 and in ring 3. */
struct used_time {
    u32 system, user;
};

/* What clone(2) is asked for. */
struct clone_request {
    u32 flags;      /* enum clone_flag, checked by the caller          */
    u32 stack;      /* the new one's stack pointer; 0: as the caller's */
    u32 parent_tid, child_tid; /* where its number goes to, if `flags` say so */
    u32 tls_slot;   /* with CLONE_SETTLS: a segment of its own,        */
    u64 tls;        /* segment_pack()'s                                */
};

struct process {
    u32 pid;
    u32 group, session;        /* numbers of those who lead them; 0: the
                                  kernel's                                  */
    struct process *parent;
    struct list children;      /* by `sibling`                              */
    struct list sibling;
    struct list all;           /* node in the list of processes             */
    struct vm_space *space;    /* NULL: it has exited                       */
    struct files *files;       /* likewise                                  */
    struct spot directory;     /* the current one; no node: the root        */
    u32 umask;                 /* rights that a new file does not get       */
    struct list threads;       /* by `sibling`, the oldest first; likewise
                                  none                                      */
    struct thread *survivor;   /* calls exec: all others end; or NULL       */
    bool is_ending;            /* all its threads are to end                */
    bool exited;               /* a zombie: waits to be waited for          */
    bool has_execed;           /* since its birth                           */
    u32 exit_status;           /* as wait4() tells it                       */
    struct node *program;      /* its file; NULL: that has no name          */
    struct space_loan *loan;   /* of vfork: until exec or exit; or NULL     */
    struct wait_queue child_exited; /* its wait4() waits here               */
    struct wait_queue thread_ended; /* its exec waits here for the others   */
    struct alarm alarm;
    struct used_time used, used_by_children; /* those it has waited for     */
    struct rlimit64 limits[RLIMITS];
    char name[THREAD_NAME];    /* of the program                            */
    struct signals signals;
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
 * Make a child of the process that runs, a copy, as fork(2) does; or, with
 * CLONE_THREAD, one more thread of it.
 *
 * Returns:  its number; -ENOMEM; -EAGAIN: all numbers are taken.
 * Cost:     that of vm_space_fork(); with CLONE_VFORK, waiting. Of a thread,
 *           O(1).
 * Context:  thread of a process.
 */
NODISCARD i32 process_fork(const struct clone_request *request);
NODISCARD i32 process_add_thread(const struct clone_request *request);

/*
 * Let a thread, which is new, be one of a process, with a number.
 *
 * Cost:     O(1).
 * Context:  thread.
 */
void process_adopt(struct process *process, struct thread *thread, u32 id);

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
 * which:    a number; -1: any; 0: of the parent's group; else that of another
 *           group, negated.
 * status:   receives what wait4() is to tell.
 * used:     receives the time that it and its own children have used; or NULL.
 * Returns:  its number; 0 if none has ended yet and `waits` is not set;
 *           -ECHILD if there is no such child.
 * Cost:     O(children), and waiting.
 * Context:  thread.
 */
NODISCARD i32 process_wait(struct process *parent, i32 which, bool waits,
                           u32 *status, struct used_time *used);

/*
 * End the process that runs: as soon as all its threads have, its space and
 * files go, its children go to init, its parent is told.
 *
 * status:   as wait4() tells it: see abi/wait.h. If it ends already, that
 *           stays as it is.
 * Cost:     O(threads); for the last that of freeing space and files. Does not
 *           return.
 * Context:  a thread of it.
 */
NORETURN void process_exit(u32 status);

/* Any process is to end so: its threads do, as soon as they go to ring 3 or
 * would wait for long. Cost: O(threads). Context: thread. */
void process_doom(struct process *process, u32 status);

/* The running thread ends, with its process if it is the last. The status is
 * that of process_exit(), or what the thread has set whose number is the
 * process's. Cost, context: as process_exit(). */
NORETURN void process_end_thread(void);

/*
 * Let the running thread be the only one of its process, with its number: the
 * others end.
 *
 * Returns:  false if the process ends: on the way to ring 3, this thread will.
 * Cost:     waiting for the others.
 * Context:  a thread of it.
 */
NODISCARD bool process_end_others(void);

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
 * Let a process be in a group; or lead a new session, and a group of the same
 * number. Numbers of which nobody is any more are given back.
 *
 * Cost:     O(processes).
 * Context:  thread.
 */
void process_set_group(struct process *process, u32 group);
void process_lead_session(struct process *process);

/* The timer has found a thread running, in ring 3 or in the kernel. Cost: O(1).
 * Context: the timer's interrupt. */
void process_tick(bool is_user);

/*
 * The thread, of any process, that a number is that of.
 *
 * Returns:  it; NULL if there is none.
 * Cost:     O(threads).
 * Context:  thread.
 */
struct thread *process_find_thread(u32 id);

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
