/*
 * kernel/thread.h - threads: who runs, who waits. See kernel/proc/thread.c.
 *
 * The kernel is not preempted: a thread leaves the processor when it waits,
 * yields or exits, or on its way back to ring 3 when its time is up. So what
 * stands between two such points is never interrupted by another thread.
 * Interrupts may come at any time, and may wake threads.
 */
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H

#include "kernel/signal.h"
#include "lib/list.h"
#include "x86/fpu.h"
#include "x86/tables.h"
#include "x86/trap.h"

struct process;
struct vm_space;

enum thread_state {
    THREAD_NEW = 1, /* made, and not started            */
    THREAD_READY,   /* runs, or would if it were its turn */
    THREAD_WAITING, /* in a queue, asleep, or both      */
    THREAD_DEAD,    /* has ended                        */
};

/* What is to be done before a thread goes back to ring 3. Flags. */
enum thread_work {
    THREAD_YIELD = 1 << 0,  /* its time is up       */
    THREAD_SIGNAL = 1 << 1, /* a signal is due to it */
};

enum {
    THREAD_NAME = 16,
    THREAD_STACK_PAGES = 2,
};

/*
 * It lies at the top of its own stack, so that a thread is one range of kva;
 * below it is what the thread entered the kernel with:
 *
 *      high    struct thread
 *              struct trap_frame       <- thread_user_frame()
 *              ... the kernel's calls
 *      low     guard page
 */
struct thread {
    u32 work;             /* enum thread_work, or'ed. The first field:
                             traps.asm looks at it                          */
    u32 esp;              /* where thread_switch() has left off             */
    enum thread_state state;
    bool timed_out;       /* the last wait ended because of wake_at         */
    enum heed heeds;      /* what may end its wait, beside who wakes it     */
    u32 ticks_left;       /* of its slice of time; 0: a new one begins      */
    u32 wake_at;          /* tick, if it is among the sleepers              */
    struct list node;     /* of the ready ones or of a queue                */
    struct list sleeper;  /* of those that sleep                            */
    struct list all;      /* of all threads                                 */
    u8 *stack, *stack_end; /* its memory; what lies at its top not counted  */
    u32 id;               /* counts up; of a process's thread, as the process
                             sets it: its pid                               */
    struct process *process; /* NULL: of the kernel alone                   */
    struct vm_space *space;  /* what it runs in, if it goes to ring 3; set by
                                thread_set_space(). NULL: any               */
    u32 fault_address;    /* of its last page fault that vm_fault() refused, */
    enum status fault_status; /* and what that said                         */
    struct list sibling;     /* of the threads of its process                */
    u32 clear_tid;           /* where a word is zeroed at its end; or 0      */
    struct thread_signals signals;
    u64 tls[SEGMENTS_TLS]; /* descriptors that it has chosen; 0: none        */
    char name[THREAD_NAME];
    /* Its x87 and SSE registers, while it does not run. */
    u8 fpu[FPU_BYTES] __attribute__((aligned(FPU_ALIGN)));
};

/* Use thread_current(). */
extern struct thread *thread_running;

/* Those who wait for something; who makes it happen wakes them. */
struct wait_queue {
    struct list waiting;
};

/* A queue that nobody waits in, as an initializer of a static one. */
#define WAIT_QUEUE(name) { { &(name).waiting, &(name).waiting } }

/*
 * Make what runs from the first instruction on a thread, so that a panic can
 * say which one it is: on the boot stack, with the id 0 and the name "kernel".
 *
 * Cost:     O(1).
 * Context:  boot, before all else.
 */
void thread_begin_boot(void);

/*
 * Enter the first thread into the list of all. Prints a line.
 *
 * Cost:     O(1).
 * Context:  boot.
 */
void thread_init(void);

/*
 * The thread that runs.
 *
 * Returns:  it; there always is one.
 * Cost:     O(1).
 * Context:  any.
 */
static inline struct thread *thread_current(void)
{
    return thread_running;
}

/*
 * Make a thread of the kernel, which is ready at once to run entry(argument),
 * and ends when that returns.
 *
 * name:     copied, as far as it fits.
 * Returns:  it, valid until it ends; NULL if there is no memory, and nothing
 *           has changed.
 * Cost:     O(1); two frames, if no stack is kept from a thread that ended.
 * Context:  thread.
 */
NODISCARD struct thread *thread_create(const char *name,
                                       void (*entry)(void *argument),
                                       void *argument);

/*
 * Make a thread that will go to ring 3, in `space`, with the registers of
 * `frame`. It runs after thread_start(); until then, set its id and name, and
 * change its frame, as you like.
 *
 * space:    not NULL; its reference is the caller's business.
 * copies_caller: it gets the running thread's TLS descriptors and FPU
 *           registers, and name; else fresh ones.
 * Returns:  it; NULL if there is no memory, and nothing has changed.
 * Cost:     as thread_create().
 * Context:  thread.
 */
NODISCARD struct thread *thread_create_user(struct process *process,
                                            struct vm_space *space,
                                            const struct trap_frame *frame,
                                            bool copies_caller);

/* Let a thread of thread_create_user() run; or give it back, as something else
 * has failed. Panics: if it was started before. Cost: O(1). Context: thread. */
void thread_start(struct thread *thread);
void thread_discard(struct thread *thread);

/*
 * What a thread entered the kernel with, from ring 3: change it, and the
 * program goes on with that.
 *
 * Returns:  the frame; of a thread that was never in ring 3, nonsense.
 * Cost:     O(1).
 * Context:  any.
 */
static inline struct trap_frame *thread_user_frame(struct thread *thread)
{
    return (struct trap_frame *)(void *)thread - 1;
}

/*
 * From now on the running thread is in `space`, which is loaded. NULL: in
 * none, for good; the kernel's own page table is loaded. Before the last
 * reference of the old space is put.
 *
 * Panics:   if the thread is one of the kernel, or has left its space for good.
 * Cost:     O(1).
 * Context:  thread; no open batch.
 */
void thread_set_space(struct vm_space *space);

/* Give the running thread a descriptor (segment_pack()) in one of its slots; 0:
 * none. Cost: O(1). Context: thread; `slot` is below SEGMENTS_TLS. */
void thread_set_tls(u32 slot, u64 descriptor);

/* Copy a name, as far as it fits. Cost: O(1). Context: thread. */
void thread_set_name(struct thread *thread, const char *name);

/* Forget TLS descriptors and FPU registers: a program is replaced by another.
 * Cost: O(1). Context: thread. */
void thread_reset_user_state(struct thread *thread);

/*
 * End the running thread: its memory is another's as soon as that runs. Its
 * stack is kept for the next thread, and the one that was kept is given back.
 *
 * Panics:   if it still has a space, or is the first thread.
 * Cost:     O(1); does not return.
 * Context:  thread.
 */
NORETURN void thread_exit(void);

/*
 * Give back the stack that is kept for the next thread. For who was refused
 * memory, as kheap_trim().
 *
 * Returns:  how many frames that were.
 * Cost:     O(1).
 * Context:  thread.
 */
u32 thread_trim(void);

/* Let the others that are ready run once each; sleep for at least so many
 * ticks, PIT_HZ a second. Cost: O(1); O(sleepers). Context: thread. */
void thread_yield(void);
void thread_sleep(u32 ticks);

/*
 * Nobody waits in `queue` yet. One that is not initialized so may be used by
 * nobody.
 *
 * Cost:     O(1).
 * Context:  any.
 */
void wait_init(struct wait_queue *queue);

/*
 * Wait until woken. The caller then looks again whether what it waits for is
 * so: another may have been quicker.
 *
 *      while (!there_is_something())
 *          wait_on(&queue);
 *
 * Where it is an interrupt that wakes, interrupts are off around all of that;
 * they are on while others run.
 *
 * Cost:     O(1), and a switch each way.
 * Context:  thread.
 */
void wait_on(struct wait_queue *queue);

/*
 * Wait until woken, or until at least so many ticks have gone by.
 *
 * Returns:  true if woken, false if the time is up.
 * Cost:     O(sleepers), and a switch each way.
 * Context:  as wait_on().
 */
bool wait_on_for(struct wait_queue *queue, u32 ticks);

/*
 * As wait_on(), but what `heed` says ends the wait as well; or any signal, and
 * that at least so many ticks have gone by, where `queue` may be NULL: a sleep.
 *
 * Returns:  false if that has come; maybe what was waited for has come, too.
 * Cost:     as those.
 * Context:  thread of a process, or of the kernel, which heeds nothing.
 */
NODISCARD bool wait_heeding(struct wait_queue *queue, enum heed heed);
NODISCARD bool wait_heeding_signals_for(struct wait_queue *queue, u32 ticks);

/* Wake the one who has waited longest, or all; they run when it is their turn.
 * Cost: O(1); O(waiting). Context: any, interrupts too. */
void wake_one(struct wait_queue *queue);
void wake_all(struct wait_queue *queue);

/* End a thread's wait, whatever it waits for; nothing if it does not wait.
 * Cost: O(1). Context: any. */
void thread_wake(struct thread *thread);

/*
 * A tick of the timer has come: wake who has slept enough, and see whether the
 * running thread's time is up.
 *
 * now:      pit_ticks().
 * Cost:     O(threads woken).
 * Context:  the timer's interrupt.
 */
void thread_tick(u32 now);

/*
 * Do what is to be done before the running thread goes back to ring 3.
 *
 * Cost:     a switch each way, mostly.
 * Context:  traps.asm, interrupts off.
 */
void thread_do_work(void);

/* Call `visit` for each thread, in the order of their birth. Cost: O(threads).
 * Context: any; `visit` makes and ends none. */
void thread_each(void (*visit)(const struct thread *thread, void *context),
                 void *context);

/* How many bytes of its stack have ever been used, be it by another thread that
 * had the same memory. Cost: O(stack). Context: any. */
u32 thread_stack_used(const struct thread *thread);

#endif
