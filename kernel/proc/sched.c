/*
 * kernel/proc/sched.c - who runs next: round robin, and wait queues.
 *
 *                  wake, time is up
 *          +-----------------------------+
 *          v                             |
 *      +-------+  its turn          +---------+
 *      | ready | -------> runs ---> | waiting | in a queue, asleep, or both
 *      +-------+            |  wait +---------+
 *          ^                |
 *          +----------------+  yield; on the way to ring 3, when its slice
 *                              of time is over
 *
 * Interrupts wake threads, too. So the rule for the ready ones, the sleepers
 * and each queue: interrupts are off while one of these lists is changed, and
 * from a change until it is somebody's turn. Each thread keeps for itself
 * whether they were on before; nothing else here is touched by an interrupt.
 *
 * Who has waited goes on before those that were only put aside, as long as
 * something is left of its slice of time. So whoever waits for a person, or a
 * timer, is served although many others compute without end; and two that wake
 * each other all the time cannot keep the rest from running.
 *
 * When nobody is ready, the processor sleeps in sched_run_next(), on the stack
 * of whoever ran last, even if that has ended: there is no idle thread.
 *
 * Invariants:
 *   1. The running thread is in none of these lists, but where it is about to
 *      leave the processor.
 *   2. Another thread that is READY is in `ready` or, if it has ticks left and
 *      did not give them up, in `woken`, and nowhere else; one that is
 *      WAITING is in a queue, among the sleepers, or in both.
 *   3. The sleepers are in the order of `wake_at`.
 *
 * Cost: some 50 instructions for a switch; 30 more if it is to a program, for
 * its descriptors, page table and FPU.
 */
#include "sched.h"

#include "kernel/pit.h"
#include "mm/vm.h"
#include "x86/cpu.h"

enum { SLICE_TICKS = 5 };

struct thread thread_boot;
struct thread *thread_running = &thread_boot;

static struct {
    struct list woken; /* ready, with a part of their slice left: go first */
    struct list ready; /* all others; the first is next                    */
    struct list sleepers;
} sched = {
    .woken = { &sched.woken, &sched.woken },
    .ready = { &sched.ready, &sched.ready },
    .sleepers = { &sched.sleepers, &sched.sleepers },
};

/* ------------------------------------------------------------------ switch */

static struct thread *thread_of(struct list *node)
{
    return CONTAINER_OF(node, struct thread, node);
}

/* Threads of the kernel run in whatever space is loaded. */
static void load_space(struct vm_space *space)
{
    if (cr3_read() != pfn_to_phys(space->pt.directory).addr)
        pt_load(&space->pt);
}

static void switch_to(struct thread *next)
{
    struct thread *previous = thread_running;

    if (previous->space)
        fpu_save(previous->fpu);
    if (next->space) {
        gdt_use(next, next->tls);
        load_space(next->space);
        fpu_load(next->fpu);
    }
    thread_running = next;
    thread_switch(&previous->esp, next->esp);
}

static void begin_slice(struct thread *thread)
{
    thread->ticks_left = SLICE_TICKS;
    thread->work &= ~(u32)THREAD_YIELD;
}

void sched_run_next(void)
{
    while (list_is_empty(&sched.woken) && list_is_empty(&sched.ready)) {
        interrupts_wait();
        interrupts_off();
    }
    bool was_woken = !list_is_empty(&sched.woken);
    struct thread *next = thread_of(was_woken ? sched.woken.next
                                              : sched.ready.next);

    list_remove(&next->node);
    if (!was_woken)
        begin_slice(next);
    if (next != thread_running)
        switch_to(next);
}

void sched_make_ready(struct thread *thread)
{
    list_remove(&thread->node);
    if (!list_is_empty(&thread->sleeper))
        list_remove(&thread->sleeper);
    thread->state = THREAD_READY;
    list_append(thread->ticks_left > 0 ? &sched.woken : &sched.ready,
                &thread->node);
}

void thread_yield(void)
{
    u32 flags = interrupts_save();

    list_append(&sched.ready, &thread_running->node);
    sched_run_next();
    interrupts_restore(flags);
}

/* The look at the word comes again after this, with interrupts off. */
void thread_do_work(void)
{
    u32 work = thread_running->work;

    thread_running->work = 0;
    if (work & THREAD_SIGNAL) {
        interrupts_on();
        signal_deliver();
        interrupts_off();
    }
    if (work & THREAD_YIELD)
        thread_yield();
}

void thread_set_space(struct vm_space *space)
{
    CHECK(thread_running->space,
          "thread_set_space: thread %u, %s, is not in any space",
          thread_running->id, thread_running->name);
    thread_running->space = space;
    pt_load(space ? &space->pt : pt_kernel());
}

/* -------------------------------------------------------------------- wait */

/* Put the running thread among the sleepers. */
static COLD void set_alarm(u32 ticks)
{
    struct thread *thread = thread_running;
    struct list *place = &sched.sleepers;

    thread->wake_at = pit_ticks() + ticks + 1; /* one has partly gone by */
    thread->timed_out = false;
    LIST_FOR_EACH(node, &sched.sleepers) {
        struct thread *other = CONTAINER_OF(node, struct thread, sleeper);

        if ((i32)(other->wake_at - thread->wake_at) > 0)
            break;
        place = node;
    }
    list_insert_after(place, &thread->sleeper);
}

static void leave_to(struct wait_queue *queue)
{
    thread_running->state = THREAD_WAITING;
    if (queue)
        list_append(&queue->waiting, &thread_running->node);
    sched_run_next();
}

COLD void thread_sleep(u32 ticks)
{
    u32 flags = interrupts_save();

    set_alarm(ticks);
    leave_to(NULL);
    interrupts_restore(flags);
}

void wait_init(struct wait_queue *queue)
{
    list_init(&queue->waiting);
}

void wait_on(struct wait_queue *queue)
{
    u32 flags = interrupts_save();

    leave_to(queue);
    interrupts_restore(flags);
}

bool wait_on_for(struct wait_queue *queue, u32 ticks)
{
    u32 flags = interrupts_save();

    set_alarm(ticks);
    leave_to(queue);
    interrupts_restore(flags);
    return !thread_running->timed_out;
}

/* Interrupts, which may send signals, are off from the look on. */
static bool has_come(const struct thread *thread, enum heed heed)
{
    return (thread->work & THREAD_SIGNAL) && signal_is_due(thread, heed);
}

COLD static bool leave_heeding(struct wait_queue *queue, enum heed heed)
{
    struct thread *thread = thread_running;

    if (has_come(thread, heed)) {
        if (!list_is_empty(&thread->sleeper))
            list_remove(&thread->sleeper);
        return false;
    }
    thread->heeds = heed;
    leave_to(queue);
    thread->heeds = HEED_NOTHING;
    return true;
}

COLD bool wait_heeding(struct wait_queue *queue, enum heed heed)
{
    u32 flags = interrupts_save();
    bool undisturbed = leave_heeding(queue, heed);

    interrupts_restore(flags);
    return undisturbed;
}

COLD bool wait_heeding_signals_for(struct wait_queue *queue, u32 ticks)
{
    u32 flags = interrupts_save();

    set_alarm(ticks);
    bool undisturbed = leave_heeding(queue, HEED_SIGNALS);
    interrupts_restore(flags);
    return undisturbed;
}

COLD bool thread_pause(void)
{
    u32 flags = interrupts_save();

    if (thread_running->work & THREAD_YIELD)
        thread_yield();
    bool undisturbed = !has_come(thread_running, HEED_SIGNALS);
    interrupts_restore(flags);
    return undisturbed;
}

/* -------------------------------------------------------------------- wake */

COLD void wake_one(struct wait_queue *queue)
{
    u32 flags = interrupts_save();

    if (!list_is_empty(&queue->waiting))
        sched_make_ready(thread_of(queue->waiting.next));
    interrupts_restore(flags);
}

void wake_all(struct wait_queue *queue)
{
    u32 flags = interrupts_save();

    while (!list_is_empty(&queue->waiting))
        sched_make_ready(thread_of(queue->waiting.next));
    interrupts_restore(flags);
}

void thread_wake(struct thread *thread)
{
    u32 flags = interrupts_save();

    if (thread->state == THREAD_WAITING)
        sched_make_ready(thread);
    interrupts_restore(flags);
}

COLD void thread_tick(u32 now)
{
    while (!list_is_empty(&sched.sleepers)) {
        struct thread *first =
            CONTAINER_OF(sched.sleepers.next, struct thread, sleeper);

        if ((i32)(first->wake_at - now) > 0)
            break;
        first->timed_out = true;
        sched_make_ready(first);
    }
    if (thread_running->ticks_left > 0 && --thread_running->ticks_left == 0)
        thread_running->work |= THREAD_YIELD;
}
