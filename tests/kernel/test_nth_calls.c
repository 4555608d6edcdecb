/*
 * Every system call that allocates, with too little memory: its handler is
 * called as a function. Those that make processes and programs are in
 * test_nth_process.c.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mman.h"
#include "kernel/files.h"
#include "kernel/syscalls.h"
#include "nth.h"
#include "programs.h"
#include "stage.h"

enum {
    MIDDLE = USER_ROOM + 8 * PAGE_SIZE, /* to change it cuts a region */
    TWO = 2 * PAGE_SIZE,
    PATH = USER_ROOM + STAGE_PATH,
    TO = USER_ROOM + STAGE_EMPTY,
    PIECES = 9, /* more than readv(2) has room for on its stack */
    RIGHTS = PROT_READ | PROT_WRITE,
    ANONYMOUS = MAP_ANONYMOUS | MAP_FIXED,
    PIPE = FILES_FEW, /* its first descriptor, where one is made before */
};

#define HERE ((u32)AT_FDCWD)

typedef i32 (*handler_t)(u32 ebx, u32 ecx, u32 edx, u32 esi, u32 edi, u32 ebp);

struct call {
    handler_t handler;
    i32 refusal; /* what it says without memory             */
    i32 error;   /* and may say with; 0: it has to succeed  */
    u32 with[6]; /* the registers from EBX on               */
};

static const struct call *call;

static bool is_error(i32 answer)
{
    return (u32)answer >= (u32)-4095;
}

static bool make_call(u32 unused)
{
    const u32 *with = call->with;
    i32 answer = call->handler(with[0], with[1], with[2], with[3], with[4],
                               with[5]);

    (void)unused;
    EXPECT(!is_error(answer) || answer == call->refusal ||
           answer == call->error);
    return answer != call->refusal;
}

/* The body of a sweep: what is called, and with which registers. */
#define SWEPT(prepare, function, refusal, error, ...)                   \
    {                                                                   \
        static const struct call swept = {                              \
            (handler_t)(syscall_handler_t)(function), refusal, error,   \
            { __VA_ARGS__ } };                                          \
                                                                        \
        call = &swept;                                                  \
        stage_sweep(prepare, make_call, stage_leave, 0);                \
    }

#define SWEEP_CALL(function, claim, ...) \
    SWEEP(function, claim)               \
    SWEPT(stage_enter, function, -ENOMEM, 0, __VA_ARGS__)

/* ------------------------------------------------------------------- memory */

SWEEP_CALL(sys_mmap2, of_private_memory_replaces_nothing,
           MIDDLE, TWO, RIGHTS, MAP_PRIVATE | ANONYMOUS)
SWEEP_CALL(sys_mmap2, of_shared_memory_replaces_nothing,
           MIDDLE, TWO, RIGHTS, MAP_SHARED | ANONYMOUS)
SWEEP_CALL(sys_munmap, leaves_the_region_whole, MIDDLE, TWO)
SWEEP_CALL(sys_mprotect, leaves_the_region_whole, MIDDLE, TWO, PROT_READ)
SWEEP_CALL(sys_mremap, grows_nothing,
           MIDDLE, TWO, TWO + PAGE_SIZE, MREMAP_MAYMOVE)
SWEEP_CALL(sys_mremap, moves_nothing,
           MIDDLE, TWO, TWO, MREMAP_MAYMOVE | MREMAP_FIXED, STAGE_HEAP)
SWEEP_CALL(sys_madvise, leaves_the_region_whole, MIDDLE, TWO, MADV_DONTFORK)
SWEEP_CALL(sys_mlock, fills_no_page, STAGE_FAR, 1)
SWEEP_CALL(sys_munlock, leaves_the_region_whole,
           USER_ROOM + (STAGE_LOCKED + 1) * PAGE_SIZE, 1)
SWEEP(sys_brk, leaves_the_heap_as_it_was)
SWEPT(stage_enter, sys_brk, STAGE_HEAP, 0, STAGE_HEAP + TWO)

/* -------------------------------------------------------------- descriptors */

SWEEP_CALL(sys_dup, gives_no_descriptor, 0)
SWEEP_CALL(sys_dup2, gives_no_descriptor, 0, 100)
SWEEP_CALL(sys_dup3, gives_no_descriptor, 0, 1000, O_CLOEXEC)
SWEEP_CALL(sys_fcntl64, gives_no_descriptor, 0, F_DUPFD, 500)
SWEEP_CALL(sys_pipe, leaves_no_end, TO)
SWEEP_CALL(sys_pipe2, leaves_no_end, TO, O_NONBLOCK)
SWEEP_CALL(sys_readv, reads_nothing, 0, TO, PIECES)
SWEEP_CALL(sys_writev, writes_nothing, 0, TO, PIECES)

static void enter_with_pipe(u32 unused)
{
    stage_enter(unused);
    EXPECT_EQ(sys_pipe(TO), 0);
}

TEST(nth, sys_write_to_a_pipe_writes_nothing)
SWEPT(enter_with_pipe, sys_write, -ENOMEM, 0, PIPE + 1, TO, PAGE_SIZE)

/* Or some of it: then it is no more than there are pages for. */
TEST(nth, sys_write_of_much_to_a_pipe_keeps_no_page_without_a_byte)
SWEPT(enter_with_pipe, sys_write, -ENOMEM, 0, PIPE + 1, TO, 3 * PAGE_SIZE)

/* -------------------------------------------------------------------- paths */

SWEEP_CALL(sys_open, gives_no_descriptor, PATH, O_RDWR)
SWEEP_CALL(sys_openat, gives_no_descriptor,
           HERE, PATH, O_RDONLY | O_CLOEXEC)
SWEEP(sys_readlink, of_what_is_no_link_keeps_no_path)
SWEPT(stage_enter, sys_readlink, -ENOMEM, -EINVAL, PATH, TO, 100)
SWEEP(sys_readlinkat, of_what_is_no_link_keeps_no_path)
SWEPT(stage_enter, sys_readlinkat, -ENOMEM, -EINVAL, HERE, PATH, TO, 100)
SWEEP_CALL(sys_access, keeps_no_path, PATH, 0)
SWEEP_CALL(sys_faccessat, keeps_no_path, HERE, PATH, 0)
SWEEP_CALL(sys_stat64, keeps_no_path, PATH, TO)
SWEEP_CALL(sys_lstat64, keeps_no_path, PATH, TO)
SWEEP_CALL(sys_fstatat64, keeps_no_path, HERE, PATH, TO)
SWEEP_CALL(sys_statx, keeps_no_path, HERE, PATH, 0, 0, TO)
SWEEP_CALL(sys_faccessat2, keeps_no_path, HERE, PATH, 0, 0)
SWEEP(sys_chdir, to_what_is_no_directory_keeps_no_path)
SWEPT(stage_enter, sys_chdir, -ENOMEM, -ENOTDIR, PATH)
SWEEP_CALL(sys_getcwd, keeps_no_path, TO, 100)

/* --------------------------------------------------------- sending, waiting */

PROGRAM(nothing, "hlt\n");

/* With a regular file as descriptor PIPE, whose object's table would stay: its
 * second page, which cannot be read, was asked for. */
static void enter_with_file(u32 unused)
{
    struct program program;
    u8 byte;

    stage_enter(unused);
    programs_make(nothing, nothing_end);
    EXPECT_EQ(programs_open(&program), 0);
    file_get(program.file);
    EXPECT_EQ(files_add(process_current()->files, program.file, 0, false),
              PIPE);
    EXPECT_EQ(file_load(program.file, PAGE_SIZE, &byte, 1), -EIO);
    program_close(&program);
}

SWEEP(sys_sendfile64, sends_nothing_and_keeps_no_page)
SWEPT(enter_with_file, sys_sendfile64, -ENOMEM, 0, 0, PIPE, 0, 1)

/* The room is zeros: descriptor 0 with no events, and sets without one. */
SWEEP_CALL(sys_poll, keeps_no_list, TO, 1, 0)
SWEEP_CALL(sys_ppoll, keeps_no_list, TO, 1, TO)
SWEEP_CALL(sys_ppoll_time64, keeps_no_list, TO, 1, TO)
SWEEP_CALL(sys__newselect, keeps_no_list, 8, TO, TO, TO, TO)
SWEEP_CALL(sys_pselect6, keeps_no_list, 8, TO, TO, TO, TO)
SWEEP_CALL(sys_pselect6_time64, keeps_no_list, 8, TO, TO, TO, TO)
