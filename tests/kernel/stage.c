/*
 * stage.c - a test plays a process. See stage.h.
 */
#include "stage.h"

#include "abi/errno.h"
#include "abi/signal.h"
#include "abi/wait.h"
#include "kernel/files.h"
#include "kernel/initrd.h"
#include "nth.h"
#include "programs.h"

static void make_memory(struct vm_space *space)
{
    static const char path[] = STAGE_FILE;
    const struct vm_request far = { .at = STAGE_FAR, .bytes = PAGE_SIZE,
                                    .flags = VM_READ | VM_WRITE,
                                    .place = VM_NO_REPLACE };
    virt_addr_t at;

    for (u32 page = 0; page < STAGE_PAGES; page++)
        user_room_set(page * PAGE_SIZE, 0);
    EXPECT(user_write(user_room(STAGE_PATH), path, sizeof path));
    EXPECT_EQ(vm_map(space, &far, &at), OK);
    EXPECT_EQ(vm_lock(space, USER_ROOM + STAGE_LOCKED * PAGE_SIZE,
                      (STAGE_PAGES - STAGE_LOCKED) * PAGE_SIZE, true), OK);
    space->heap_start = space->heap_end = STAGE_HEAP;
}

static struct files *make_files(void)
{
    struct files *files = files_create();
    struct file *file;

    EXPECT_EQ(initrd_open(STAGE_FILE, O_RDWR, &file), 0);
    for (i32 fd = 0; fd < FILES_FEW; fd++) {
        file_get(file);
        EXPECT_EQ(files_add(files, file, 0, false), fd);
    }
    file_put(file);
    return files;
}

void stage_enter(u32 unused)
{
    struct process *process = process_create(pid_alloc());

    (void)unused;
    EXPECT(user_room_enter(STAGE_PAGES));
    process->space = thread_current()->space;
    make_memory(process->space);
    process->files = make_files();
    thread_current()->process = process;
}

void stage_leave(void)
{
    struct process *process = process_current();

    thread_current()->process = NULL;
    user_room_leave();
    process->space = NULL;
    process_discard(process);
}

/* ------------------------------------------------------------------ sweeps */

static void count_process(const struct process *process, void *context)
{
    u32 *count = context;

    (void)process;
    *count += 1 << 16;
}

static void count_thread(const struct thread *thread, void *context)
{
    u32 *count = context;

    (void)thread;
    ++*count;
}

static u32 count_all(void)
{
    u32 count = 0;

    process_each(count_process, &count);
    thread_each(count_thread, &count);
    return count;
}

void stage_sweep(void (*prepare)(u32), bool (*run)(u32), void (*undo)(void),
                 u32 size)
{
    const struct nth_operation operation = {
        .prepare = prepare, .run = run, .undo = undo, .count = count_all };

    nth_sweep_all(&operation, size);
}

bool stage_is_done(i32 result)
{
    EXPECT(result >= 0 || result == -ENOMEM);
    return result >= 0;
}

/* ---------------------------------------------------------- whole programs */

static struct {
    const u8 *start, *end;
} code;

static void make_program(void)
{
    struct program_file *file = programs_make(code.start, code.end);

    file->table[1].memory_bytes = 4 * PAGE_SIZE;
    file->table[2] = file->table[0];
    file->table[2].address = PROGRAMS_DATA + 4 * PAGE_SIZE;
    file->table[2].flags = ELF_READ | ELF_WRITE;
    file->header.program_header_count = 3;
}

/* A stack that cannot be promised another page does not grow: SIGSEGV. */
bool stage_has_ended_well(i32 result, u32 status)
{
    if (!stage_is_done(result))
        return false;
    EXPECT(status == 0 || status == W_EXITCODE(ENOMEM, 0) ||
           status == SIGKILL || status == SIGSEGV);
    return status == 0;
}

void stage_wait_for_all(void)
{
    while (programs_count() > 0)
        thread_yield();
}

static bool run_program(u32 unused)
{
    u32 status = ~0u;

    (void)unused;
    make_program();
    i32 pid = programs_start();
    if (pid > 0)
        EXPECT_EQ(process_wait(NULL, pid, true, &status, NULL), pid);
    stage_wait_for_all(); /* its children may outlive it */
    return stage_has_ended_well(pid, status);
}

void stage_sweep_code(const u8 *start, const u8 *end)
{
    code.start = start;
    code.end = end;
    stage_sweep(NULL, run_program, stage_wait_for_all, 0);
}
