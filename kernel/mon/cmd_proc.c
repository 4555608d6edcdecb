/*
 * kernel/mon/cmd_proc.c - the shell's commands about programs.
 *
 * A program that is run with & behind it runs beside the shell: so that there
 * is something to look at with `ps`, `maps` and `what`.
 */
#include "abi/stat.h"
#include "abi/wait.h"
#include "kernel/boot_options.h"
#include "kernel/command.h"
#include "kernel/initrd.h"
#include "kernel/line.h"
#include "kernel/printf.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "mm/vm.h"

enum { PAGE_KIB = PAGE_SIZE >> 10 };

/* --------------------------------------------------------------- who is who */

/* GDB has them from here. */
static const char *const thread_states[] = {
    [THREAD_NEW] = "new",
    [THREAD_READY] = "ready",
    [THREAD_WAITING] = "waiting",
    [THREAD_DEAD] = "dead",
};

static const char *state_of(const struct thread *thread)
{
    return thread == thread_current() ? "running"
                                      : thread_states[thread->state];
}

static void print_thread(const struct thread *thread, void *context)
{
    const struct process *process = thread->process;

    (void)context;
    report("%5u %6u  %-15s  %-7s  %5u of %5u", thread->id,
           process ? process->parent->pid : 0, thread->name, state_of(thread),
           thread_stack_used(thread),
           (u32)(thread->stack_end - thread->stack));
    if (process && process->pid != thread->id)
        report("  of process %u", process->pid);
    else if (thread->space)
        report("  %7u   %7u", thread->space->mapped_pages * PAGE_KIB,
               vm_resident_pages(thread->space) * PAGE_KIB);
    report("\n");
}

static void print_zombie(const struct process *process, void *context)
{
    (void)context;
    if (process->exited)
        report("%5u %6u  %-15s  has ended; its parent has not waited for it\n",
               process->pid, process->parent->pid, process->name);
}

void command_ps(const struct argument *argument)
{
    (void)argument;
    report("   id parent  name             state    kernel stack      mapped, "
           "there: KiB\n");
    thread_each(print_thread, NULL);
    process_each(print_zombie, NULL);
}

/* ------------------------------------------------------------------- spaces */

static void print_space(const struct process *process, void *context)
{
    (void)context;
    if (!process->space)
        return;
    report("process %u '%s':\n", process->pid, process->name);
    vm_dump(process->space);
}

void command_maps(const struct argument *pid)
{
    const struct process *process =
        pid->given ? process_find(pid->number) : NULL;

    if (!pid->given)
        process_each(print_space, NULL);
    else if (process && process->space)
        print_space(process, NULL);
    else
        report("maps: process %u has no space: %s\n", pid->number,
               process ? "it has ended"
                       : pid->number ? "there is no such process"
                                     : "it is the kernel (see pt and kva)");
}

/* ---------------------------------------------------------------------- run */

static void print_end(const char *path, u32 status)
{
    if (WTERMSIG(status))
        report("%s: ended by signal %u\n", path, WTERMSIG(status));
    else if (WEXITSTATUS(status))
        report("%s: exit code %u\n", path, WEXITSTATUS(status));
}

static bool print_entry(const struct file_entry *entry, u64 offset_behind,
                        void *context)
{
    (void)offset_behind;
    (void)context;
    if (entry->name[0] != '.')
        report("  %s%s", entry->name,
               (entry->mode & S_IFMT) == S_IFDIR ? "/" : "");
    return true;
}

/* If it is a directory, say what is in it. */
static bool list(const char *path)
{
    struct file *directory;

    if (initrd_open(path, O_RDONLY | O_DIRECTORY, &directory) != 0)
        return false;
    report("%s has", path);
    directory->operations->entries(directory, print_entry, NULL);
    report("\n");
    file_put(directory);
    return true;
}

/* Is there an & at the end? Then that goes. */
static bool take_ampersand(char *line)
{
    size_t length = strlen(line);

    if (length == 0 || line[length - 1] != '&')
        return false;
    line[length - 1] = '\0';
    return true;
}

void command_run(const struct argument *program)
{
    char line[LINE_MAX + 1], *rest = line;
    u32 status;

    ksnprintf(line, sizeof line, "%s", program->text);
    bool is_beside = take_ampersand(line);
    const char *path = boot_next_word(&rest);
    if (!path)
        report("Usage: run PATH ARGS, or run PATH ARGS & to go on here "
               "meanwhile\n");
    if (list(path ? path : "/"))
        return;
    u32 pid = pid_alloc();
    if (is_beside && process_run_beside(pid, path, rest) == 0)
        report("%s: process %u\n", path, pid);
    else if (!is_beside && process_run(pid, path, rest, &status) == 0)
        print_end(path, status);
}
