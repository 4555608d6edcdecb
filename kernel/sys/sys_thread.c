/*
 * kernel/sys/sys_thread.c - the calls about threads: what a program passes is
 * checked here; kernel/proc/ does the work.
 */
#include "abi/errno.h"
#include "abi/ldt.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "abi/wait.h"
#include "kernel/process.h"
#include "kernel/syscalls.h"
#include "kernel/usercopy.h"

/* ----------------------------------------------------- thread-local storage */

enum { TLS_FIRST = SELECTOR_TLS / SEGMENT_BYTES };

/* A description that means "none". */
static bool is_empty(const struct user_desc *d)
{
    u32 flags = d->flags & USER_DESC_ALL;

    return d->base == 0 && d->limit == 0 &&
           (flags == (USER_DESC_READ_ONLY | USER_DESC_ABSENT) || flags == 0);
}

/* The first slot that has no descriptor; SEGMENTS_TLS: there is none. */
static u32 free_slot(const struct thread *thread)
{
    u32 slot = 0;

    while (slot < SEGMENTS_TLS && thread->tls[slot] != 0)
        slot++;
    return slot;
}

static u64 pack(const struct user_desc *d)
{
    return segment_pack(&(struct segment){
        .base = d->base,
        .limit = d->limit & 0xfffff,
        .in_pages = (d->flags & USER_DESC_PAGES) != 0,
        .read_only = (d->flags & USER_DESC_READ_ONLY) != 0,
        .grows_down = (d->flags & USER_DESC_GROWS_DOWN) != 0,
        .available = (d->flags & USER_DESC_USABLE) != 0,
    });
}

/* Only 32-bit data that is there. */
static bool is_allowed(const struct user_desc *d)
{
    u32 kind = USER_DESC_32_BITS | USER_DESC_CODE | USER_DESC_ABSENT;

    return is_empty(d) || (d->flags & kind) == USER_DESC_32_BITS;
}

/* What a program describes: which slot is to have which descriptor. */
static i32 read_segment(u32 description, u32 *slot, u64 *descriptor, bool *any)
{
    struct user_desc d;

    if (!user_read(&d, user_addr(description), sizeof d))
        return -EFAULT;
    if (!is_allowed(&d))
        return -EINVAL;
    *any = d.entry == ~0u;
    *slot = d.entry - TLS_FIRST;
    *descriptor = is_empty(&d) ? 0 : pack(&d);
    return *any || *slot < SEGMENTS_TLS ? 0 : -EINVAL;
}

i32 sys_set_thread_area(u32 description)
{
    u64 descriptor;
    u32 slot;
    bool any;
    i32 error = read_segment(description, &slot, &descriptor, &any);

    if (error)
        return error;
    if (any) {
        slot = free_slot(thread_current());
        u32 entry = TLS_FIRST + slot;
        if (slot == SEGMENTS_TLS)
            return -ESRCH;
        if (!user_write(user_addr(description), &entry, sizeof entry))
            return -EFAULT;
    }
    thread_set_tls(slot, descriptor);
    return 0;
}

static struct user_desc unpack(u32 entry, u64 descriptor)
{
    struct segment s = segment_unpack(descriptor);

    if (descriptor == 0)
        return (struct user_desc){ entry, 0, 0,
                                   USER_DESC_READ_ONLY | USER_DESC_ABSENT };
    return (struct user_desc){
        .entry = entry,
        .base = s.base,
        .limit = s.limit,
        .flags = (u32)USER_DESC_32_BITS |
                 (s.grows_down ? USER_DESC_GROWS_DOWN : 0) |
                 (s.read_only ? USER_DESC_READ_ONLY : 0) |
                 (s.in_pages ? USER_DESC_PAGES : 0) |
                 (s.available ? USER_DESC_USABLE : 0),
    };
}

i32 sys_get_thread_area(u32 description)
{
    u32 entry;

    if (!user_read(&entry, user_addr(description), sizeof entry))
        return -EFAULT;
    u32 slot = entry - TLS_FIRST;
    if (slot >= SEGMENTS_TLS)
        return -EINVAL;
    struct user_desc out = unpack(entry, thread_current()->tls[slot]);
    return user_write(user_addr(description), &out, sizeof out) ? 0 : -EFAULT;
}

/* ------------------------------------------------------------ birth and end */

/* What shares handlers or the current directory is a thread, here: Linux knows
 * processes, too, that share them. */
static bool is_sane(u32 flags)
{
    u32 known = CLONE_SIGNAL | CLONE_VM | CLONE_FS | CLONE_FILES |
                CLONE_SIGHAND | CLONE_VFORK | CLONE_THREAD | CLONE_SYSVSEM |
                CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |
                CLONE_DETACHED | CLONE_CHILD_SETTID;
    u32 thread = flags & (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD);

    if (flags & ~known)
        return false;
    if (flags & CLONE_THREAD)
        return thread == (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD) &&
               !(flags & CLONE_VFORK);
    return !(flags & (CLONE_SIGHAND | CLONE_FS)) &&
           (flags & CLONE_SIGNAL) == SIGCHLD;
}

i32 sys_clone(u32 flags, u32 stack, u32 parent_tid, u32 tls, u32 child_tid)
{
    struct clone_request request = { flags, stack, parent_tid, child_tid,
                                     0, 0 };
    bool any = false;

    if (!is_sane(flags))
        return -EINVAL;
    i32 error = flags & CLONE_SETTLS ? read_segment(tls, &request.tls_slot,
                                                    &request.tls, &any)
                                     : 0;
    if (error || any)
        return error ? error : -EINVAL;
    return flags & CLONE_THREAD ? process_add_thread(&request)
                                : process_fork(&request);
}

void sys_exit(u32 code)
{
    struct thread *thread = thread_current();
    struct process *process = thread->process;

    if (thread->id == process->pid && !process->is_ending)
        process->exit_status = W_EXITCODE(code, 0);
    process_end_thread();
}

i32 sys_gettid(void)
{
    return (i32)thread_current()->id;
}

i32 sys_set_tid_address(u32 address)
{
    thread_current()->clear_tid = address;
    return sys_gettid();
}
