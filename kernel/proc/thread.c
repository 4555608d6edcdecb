/*
 * kernel/proc/thread.c - threads come and go.
 *
 * A thread is its stack: two pages and a guard page below, with the struct
 * thread at the upper end. A new one is given what switch.asm expects:
 *
 *      of the kernel                   of a program
 *      +---------------+               +---------------+
 *      | struct thread |               | struct thread |
 *      +---------------+               +---------------+
 *      | thread_begin  | go on at      | struct        |
 *      | 0             | ebp           | trap_frame    |
 *      | entry         | ebx           +---------------+
 *      | argument      | esi           | user_return   | go on at
 *      | 0             | edi           | 0 0 0 0       |
 *      +---------------+               +---------------+
 *
 * A thread that ends cannot free the stack that it stands on. So it leaves it
 * as the spare one, which the next new thread takes, and frees what was the
 * spare one before. Nobody can take its stack before it has left it, as another
 * thread must run for that. This makes fork and exit cheap, too.
 *
 * Cost: some 90 instructions to make a thread on a stack that is kept, and 140
 * more if it copies its maker.
 */
#include "sched.h"

#include "kernel/image.h"
#include "kernel/panic.h"
#include "kernel/printf.h"
#include "lib/mem.h"
#include "mm/kva.h"
#include "mm/vm.h"
#include "x86/cpu.h"

enum {
    STACK_BYTES = THREAD_STACK_PAGES * PAGE_SIZE,
};

static struct {
    struct list threads; /* by `all`; changed by threads only */
    u8 *spare;           /* a stack that nobody uses; or NULL */
    u32 next_id;
} state = {
    .threads = { &state.threads, &state.threads },
    .next_id = 1,
};

/* ------------------------------------------------------------------ stacks */

/* Zeros tell how far it has been used. */
static u8 *new_stack(void)
{
    if (!vm_promise(THREAD_STACK_PAGES))
        return NULL;
    u8 *stack = kva_alloc_stack("thread stack", THREAD_STACK_PAGES);

    if (stack)
        memset(stack, 0, STACK_BYTES);
    else
        vm_release(THREAD_STACK_PAGES);
    return stack;
}

static u8 *take_stack(void)
{
    u8 *stack = state.spare;

    state.spare = NULL;
    return stack ? stack : new_stack();
}

u32 thread_trim(void)
{
    u8 *stack = state.spare;

    if (!stack)
        return 0;
    state.spare = NULL;
    kva_free((virt_addr_t)stack);
    vm_release(THREAD_STACK_PAGES);
    return THREAD_STACK_PAGES;
}

static void keep_stack(u8 *stack)
{
    thread_trim();
    state.spare = stack;
}

u32 thread_stack_used(const struct thread *thread)
{
    const u32 *word = (const u32 *)(const void *)thread->stack;
    const u32 *end = (const u32 *)(const void *)thread->stack_end;

    while (word < end && *word == 0)
        word++;
    return (u32)((const u8 *)end - (const u8 *)word);
}

/* -------------------------------------------------------------------- make */

/* A thread on a stack of its own, all else 0 but its FPU registers. */
static struct thread *new_thread(struct process *process)
{
    u8 *stack = take_stack();

    if (!stack)
        return NULL;
    struct thread *thread = (struct thread *)(void *)(stack + STACK_BYTES) - 1;

    memset(thread, 0, offsetof(struct thread, fpu));
    thread->state = THREAD_NEW;
    thread->stack = stack;
    thread->stack_end = (u8 *)thread;
    thread->process = process;
    thread->id = state.next_id++;
    list_init(&thread->node);
    list_init(&thread->sleeper);
    list_append(&state.threads, &thread->all);
    return thread;
}

/* Let it begin at `entry`, with what thread_switch() takes from the stack. */
static void set_start(struct thread *thread, u32 *stack_end, const u8 *entry,
                      u32 ebx, u32 esi)
{
    u32 *esp = stack_end;

    *--esp = (u32)entry;
    *--esp = 0; /* ebp */
    *--esp = ebx;
    *--esp = esi;
    *--esp = 0; /* edi */
    thread->esp = (u32)esp;
}

void thread_start(struct thread *thread)
{
    CHECK(thread->state == THREAD_NEW,
          "thread_start: thread %u, %s, was started before, by %p",
          thread->id, thread->name, CALLER());

    u32 flags = interrupts_save();
    sched_make_ready(thread);
    interrupts_restore(flags);
}

struct thread *thread_create(const char *name, void (*entry)(void *argument),
                             void *argument)
{
    struct thread *thread = new_thread(NULL);

    if (!thread)
        return NULL;
    thread_set_name(thread, name);
    set_start(thread, (u32 *)(void *)thread, thread_begin, (u32)entry,
              (u32)argument);
    thread_start(thread);
    return thread;
}

/* To save the registers may have emptied them. */
static void copy_user_state(struct thread *to, struct thread *from)
{
    memcpy(to->tls, from->tls, sizeof to->tls);
    memcpy(to->name, from->name, sizeof to->name);
    fpu_save(to->fpu);
    fpu_load(to->fpu);
}

struct thread *thread_create_user(struct process *process,
                                  struct vm_space *space,
                                  const struct trap_frame *frame,
                                  bool copies_caller)
{
    struct thread *thread = new_thread(process);

    if (!thread)
        return NULL;
    thread->space = space;
    *thread_user_frame(thread) = *frame;
    set_start(thread, (u32 *)(void *)thread_user_frame(thread), user_return,
              0, 0);
    if (copies_caller)
        copy_user_state(thread, thread_running);
    else
        fpu_clear(thread->fpu);
    return thread;
}

/* --------------------------------------------------------------------- end */

static void forget(struct thread *thread)
{
    thread->state = THREAD_DEAD;
    list_remove(&thread->all);
    keep_stack(thread->stack);
}

void thread_discard(struct thread *thread)
{
    CHECK(thread->state == THREAD_NEW,
          "thread_discard: thread %u, %s, was started, by %p", thread->id,
          thread->name, CALLER());
    forget(thread);
}

void thread_exit(void)
{
    CHECK(!thread_running->space && thread_running != &thread_boot,
          "thread_exit: thread %u, %s, %s, by %p", thread_running->id,
          thread_running->name,
          thread_running->space ? "still has its space" : "is the first one",
          CALLER());
    forget(thread_running);
    interrupts_off();
    sched_run_next();
    panic("thread_exit: a thread that has ended runs");
}

/* ------------------------------------------------------------------- state */

void thread_set_name(struct thread *thread, const char *name)
{
    u32 i = 0;

    for (; i < THREAD_NAME - 1 && name[i]; i++)
        thread->name[i] = name[i];
    thread->name[i] = '\0';
}

void thread_set_tls(u32 slot, u64 descriptor)
{
    thread_running->tls[slot] = descriptor;
    gdt_use(thread_running, thread_running->tls);
}

void thread_reset_user_state(struct thread *thread)
{
    memset(thread->tls, 0, sizeof thread->tls);
    fpu_clear(thread->fpu);
    if (thread == thread_running) {
        gdt_use(thread, thread->tls);
        fpu_load(thread->fpu);
    }
}

void thread_each(void (*visit)(const struct thread *thread, void *context),
                 void *context)
{
    LIST_FOR_EACH(node, &state.threads)
        visit(CONTAINER_OF(node, struct thread, all), context);
}

void thread_begin_boot(void)
{
    thread_boot.state = THREAD_READY;
    list_init(&thread_boot.node);
    list_init(&thread_boot.sleeper);
    thread_set_name(&thread_boot, "kernel");
}

void thread_init(void)
{
    thread_boot.stack = (u8 *)(uintptr_t)boot_stack;
    thread_boot.stack_end = (u8 *)(uintptr_t)boot_stack_top;
    list_append(&state.threads, &thread_boot.all);
    kprintf("thread: stacks of %u KiB; FPU registers %s\n", STACK_BYTES >> 10,
            cpu_features()->fxsr  ? "saved by FXSAVE"
            : cpu_features()->fpu ? "saved by FNSAVE"
                                  : "not there");
}
