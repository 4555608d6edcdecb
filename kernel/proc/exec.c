/*
 * kernel/proc/exec.c - a program starts: in a new process, for the kernel, or
 * in the one that asks.
 *
 * execve(2) makes the new program's space beside the old one: as long as
 * anything can fail, the old program is untouched. Then the thread goes over,
 * and the old space goes. The kernel has a few pages of both for a moment.
 */
#include "kernel/process.h"

#include "abi/errno.h"
#include "abi/wait.h"
#include "kernel/boot_options.h"
#include "kernel/devices.h"
#include "kernel/files.h"
#include "kernel/initrd.h"
#include "kernel/power.h"
#include "kernel/printf.h"
#include "kernel/program.h"
#include "kernel/syscalls.h"
#include "lib/mem.h"
#include "mm/vm.h"

/* ------------------------------------------------------ in place of another */

static u32 stack_max(const struct process *process)
{
    u64 limit = process->limits[RLIMIT_STACK].now;

    return limit < USER_END ? (u32)limit : USER_END;
}

static void set_name(struct process *process, struct thread *thread,
                     const struct program *program)
{
    program_name(program, process->name);
    process->program = initrd_spot_of(program->file).node;
    thread_set_name(thread, process->name);
}

/* Nothing fails from here on. */
static void become(struct process *process, const struct program *program,
                   struct vm_space *space, const struct trap_frame *frame)
{
    struct thread *thread = thread_current();
    struct vm_space *old = process->space;

    files_close_on_exec(process->files);
    process->space = space;
    process->has_execed = true;
    thread->clear_tid = 0;
    signal_forget_handlers(process);
    thread_set_space(space);
    vm_space_put(old);
    process_return_space(process);
    thread_reset_user_state(thread);
    set_name(process, thread, program);
    *thread_user_frame(thread) = *frame;
}

static i32 replace(struct process *process, struct program *program)
{
    struct vm_space *space;
    struct trap_frame frame;
    i32 result = program_load(program, stack_max(process), &space, &frame);

    if (result != 0)
        return result;
    if (!process_end_others()) {
        vm_space_put(space);
        return -EINTR;
    }
    become(process, program, space, &frame);
    return 0;
}

i32 sys_execve(u32 path, u32 arguments, u32 environment)
{
    struct program program = { .text = NULL };
    i32 result = program_open_user(&program, path);

    if (result == 0)
        result = program_add_vectors(&program, arguments, environment);
    if (result == 0)
        result = replace(process_current(), &program);
    program_close(&program);
    return result;
}

/* --------------------------------------------------------- in a new process */

/* The console, three times. */
static struct files *first_files(void)
{
    struct files *files = files_create();
    struct file *console = files ? console_open() : NULL;
    bool all = console != NULL;

    for (u32 fd = 0; fd < 3 && all; fd++) {
        file_get(console);
        all = files_add(files, console, fd, false) == (i32)fd;
        if (!all)
            file_put(console);
    }
    if (console)
        file_put(console);
    if (files && !all) {
        files_put(files);
        files = NULL;
    }
    return files;
}

/* Give a new process all that it needs. */
static i32 equip(struct process *process, struct program *program)
{
    struct trap_frame frame;

    process->files = first_files();
    if (!process->files)
        return -ENOMEM;
    i32 result = program_load(program, stack_max(process), &process->space,
                              &frame);
    if (result != 0)
        return result;
    struct thread *thread = thread_create_user(process, process->space,
                                               &frame, false);
    if (!thread)
        return -ENOMEM;
    process_adopt(process, thread, process->pid);
    set_name(process, thread, program);
    return 0;
}

i32 program_start(struct program *program, u32 pid)
{
    struct process *process = process_create(pid);

    if (!process)
        return pid_free(pid), -ENOMEM;

    i32 result = equip(process, program);
    if (result == 0)
        process_start(process, NULL);
    else
        process_discard(process);
    return result;
}

static i32 gather(struct program *program, const char *path, char *words)
{
    i32 result = program_open(program, path);

    if (result == 0)
        result = program_add(program, path);
    for (char *word; result == 0 && (word = boot_next_word(&words));)
        result = program_add(program, word);
    return result;
}

static void complain(const char *path, const struct program *program,
                     i32 result)
{
    if (program->wrong)
        kprintf("%s %s\n", path, program->wrong);
    else
        kprintf("%s cannot be run: %s\n", path, errno_sentence(result));
}

/* Start a program as process `pid`. */
static i32 start(u32 pid, const char *path, char *words)
{
    struct program program = { .text = NULL };
    i32 result = pid == PID_NONE ? -EAGAIN : gather(&program, path, words);

    if (result == 0)
        result = program_start(&program, pid);
    else if (pid != PID_NONE)
        pid_free(pid);
    if (result != 0)
        complain(path, &program, result);
    program_close(&program);
    return result;
}

i32 process_run(u32 pid, const char *path, char *words, u32 *status)
{
    i32 result = start(pid, path, words);

    if (result == 0)
        (void)!process_wait(NULL, (i32)pid, true, status, NULL);
    return result;
}

i32 process_run_beside(u32 pid, const char *path, char *words)
{
    i32 result = start(pid, path, words);

    if (result == 0)
        process_do_not_wait();
    return result;
}

/* --------------------------------------------------------------------- init */

static u32 exit_code(u32 status)
{
    u32 signal = WTERMSIG(status);

    return signal ? 128 + signal : WEXITSTATUS(status);
}

void process_run_init_if_asked(void)
{
    const char *path = boot_option("init");
    u32 status;

    if (path && process_run(PID_INIT, path, boot_arguments(), &status) == 0)
        power_off(exit_code(status));
}
