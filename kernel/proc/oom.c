/*
 * kernel/proc/oom.c - a page is touched, and no frame is left for it.
 *
 *      vm_fault() says ERR_NOMEM
 *          |
 *          v
 *      process_make_room()  files' pages that nobody maps  -> try again
 *          |                a process is killed            -> try again
 *          |                it is the one that runs        -> its end
 *
 * What is promised is there, but for one case: somebody has mapped memory
 * without a reserve (MAP_NORESERVE), which nobody promises, and has touched so
 * much of it that others' promises cannot be kept. No call fails that could be
 * told so: a program has just touched its memory, or the kernel has for it. So
 * a process must go, and the rule is:
 *
 *      1. who has the most pages that nobody promised;
 *      2. if nobody has any, who has the most pages;
 *      3. of equals, the youngest;
 *      4. init, and who shares its space, only if there is nobody else.
 *
 * Thus it is the one that broke the promise, and whom it helps most to end; who
 * has only what it was promised is safe as long as somebody has more than that.
 *
 * The victim may be anywhere in the kernel, on a stack of its own. There it
 * keeps no region across a wait, as L5 knows no waits. So its space is emptied
 * under it, at once; what it still touches is not mapped, and it ends on its
 * way to ring 3. Who shares its space ends, too.
 *
 * Cost: O(processes * (regions + pages mapped)), seldom.
 */
#include "kernel/process.h"

#include "abi/wait.h"
#include "kernel/initrd.h"
#include "kernel/printf.h"
#include "mm/pmm.h"
#include "mm/vm_usage.h"

struct choice {
    const struct vm_space *spared; /* init's; NULL: there is none */
    const struct process *victim;
    struct vm_usage usage;         /* its */
};

/* Is a process, which uses so much, to go before the one chosen so far? */
static bool goes_first(const struct process *process,
                       const struct vm_usage *usage,
                       const struct choice *choice)
{
    if (!choice->victim || choice->victim->space == choice->spared)
        return true;
    if (process->space == choice->spared)
        return false;
    if (usage->unpromised != choice->usage.unpromised)
        return usage->unpromised > choice->usage.unpromised;
    return usage->resident >= choice->usage.resident;
}

/* One whose space is empty already is on its way. */
static void consider(const struct process *process, void *context)
{
    struct choice *choice = context;
    struct vm_usage usage;

    if (!process->space || process->space->region_count == 0)
        return;
    vm_usage(process->space, &usage);
    if (!goes_first(process, &usage, choice))
        return;
    choice->victim = process;
    choice->usage = usage;
}

static void kill_if_in(const struct process *process, void *space)
{
    if (process->space == space)
        process_doom(process_find(process->pid), W_EXITCODE(0, SIGKILL));
}

static u32 free_frames(void)
{
    struct pmm_stats frames;

    pmm_stats(&frames);
    return frames.kinds[FRAME_FREE];
}

/* To unmap all cuts no region, and so cannot fail. Returns: is the running
 * thread's space another one? */
static bool end(const struct choice *choice)
{
    struct vm_space *space = choice->victim->space;
    u32 before = free_frames();

    process_each(kill_if_in, space);
    (void)!vm_unmap(space, USER_START, USER_END - USER_START);
    report("killed pid %u '%s': %u pages freed, it had promised %u without "
           "reserve\n", choice->victim->pid, choice->victim->name,
           free_frames() - before, choice->usage.no_reserve);
    return space != thread_current()->space;
}

bool process_make_room(void)
{
    const struct process *init = process_find(PID_INIT);
    struct choice choice = { .spared = init ? init->space : NULL };

    if (initrd_trim() > 0)
        return true;
    process_each(consider, &choice);
    return choice.victim && end(&choice);
}
