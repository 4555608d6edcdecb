/*
 * kernel/proc/family.c - who waits for whom; groups and sessions; who is who.
 *
 * A group is a number that processes have in common, and a session likewise:
 * that of the process which was the first in it. A child is in those of its
 * parent. The kernel's children are in number 0, as on Linux.
 *
 * Invariant: a number is not given out again as long as a process, be it a
 * zombie, has it as its own, its group's or its session's.
 *
 * Cost: O(children) for a wait, else O(processes).
 */
#include "family.h"

#include "abi/errno.h"

static struct process *process_of(struct list *node)
{
    return CONTAINER_OF(node, struct process, all);
}

/* --------------------------------------------------------------------- wait */

static bool is_meant(const struct process *child, i32 which, u32 group)
{
    if (which > 0)
        return child->pid == (u32)which;
    return which == -1 || child->group == (which ? 0u - (u32)which : group);
}

/* A child that has exited and is meant by `which`; *any: there are such that
 * are meant. */
static struct process *find_zombie(struct process *parent, i32 which,
                                   bool *any)
{
    *any = false;
    LIST_FOR_EACH(node, &parent->children) {
        struct process *child = CONTAINER_OF(node, struct process, sibling);

        if (!is_meant(child, which, parent->group))
            continue;
        *any = true;
        if (child->exited)
            return child;
    }
    return NULL;
}

static i32 reap(struct process *zombie, u32 *status, struct used_time *used)
{
    i32 pid = (i32)zombie->pid;
    struct used_time *sum = &zombie->parent->used_by_children;
    struct used_time both = {
        zombie->used.system + zombie->used_by_children.system,
        zombie->used.user + zombie->used_by_children.user,
    };

    *status = zombie->exit_status;
    if (used)
        *used = both;
    sum->system += both.system;
    sum->user += both.user;
    if (zombie == family.ward)
        family.ward = NULL;
    family_bury(zombie);
    return pid;
}

i32 process_wait(struct process *parent, i32 which, bool waits, u32 *status,
                 struct used_time *used)
{
    if (!parent)
        parent = &family.kernel;
    for (;;) {
        bool any;
        struct process *zombie = find_zombie(parent, which, &any);

        if (zombie)
            return reap(zombie, status, used);
        if (!any || !waits)
            return any ? 0 : -ECHILD;
        if (!wait_heeding(&parent->child_exited, HEED_SIGNALS))
            return -RESTART;
    }
}

/* ------------------------------------------------------ groups and sessions */

void family_free_number(u32 number)
{
    LIST_FOR_EACH(node, &family.all) {
        const struct process *process = process_of(node);

        if (process->pid == number || process->group == number ||
            process->session == number)
            return;
    }
    if (number != PID_NONE)
        pid_free(number);
}

void process_set_group(struct process *process, u32 group)
{
    u32 old = process->group;

    process->group = group;
    family_free_number(old);
}

void process_lead_session(struct process *process)
{
    u32 session = process->session, group = process->group;

    process->session = process->group = process->pid;
    family_free_number(session);
    if (group != session)
        family_free_number(group);
}

/* --------------------------------------------------------------------- time */

/* Who waits for an interrupt uses no time. */
void process_tick(bool is_user)
{
    struct thread *thread = thread_current();

    if (!thread->process || thread->state != THREAD_READY)
        return;
    if (is_user)
        thread->process->used.user++;
    else
        thread->process->used.system++;
}

/* --------------------------------------------------------------- who is who */

struct process *process_find(u32 pid)
{
    LIST_FOR_EACH(node, &family.all)
        if (process_of(node)->pid == pid)
            return process_of(node);
    return NULL;
}

struct thread *process_find_thread(u32 id)
{
    LIST_FOR_EACH(node, &family.all)
        LIST_FOR_EACH(other, &process_of(node)->threads) {
            struct thread *thread = CONTAINER_OF(other, struct thread,
                                                 sibling);
            if (thread->id == id)
                return thread;
        }
    return NULL;
}

void process_each(void (*visit)(const struct process *process, void *context),
                  void *context)
{
    LIST_FOR_EACH(node, &family.all)
        visit(process_of(node), context);
}
