/*
 * tests/abi/arguments.c - bad arguments of every call. Each call has arguments
 * with which it succeeds; then each of these is replaced, one at a time, by
 * whatever is wrong with its kind. It needs no C library.
 *
 *      write 1: ok -14 -14* ...    the second argument: a line for each, and
 *                                  what was answered to each value
 *      *                           it was an error, and something has changed
 *      exit 7, signal 11           the child that made the call is no more
 *
 * It is for kernels of 32 bits: where a program's addresses end counts.
 */
#include "abi/ioctl.h"
#include "abi/sched.h"
#include "abi/system.h"
#include "abi/stat.h"
#include "abi/time.h"
#include "abi/uio.h"
#include "trial.h"

/* --- what may be wrong ---------------------------------------------------- */

enum kind {
    NONE,
    RIGHT,  /* there is nothing wrong with any value                      */
    FLAGS,  /* each bit is turned over; and all at once                   */
    FD,
    TO,     /* where the kernel writes                                    */
    FROM,   /* where it reads                                             */
    PATH,
    PLACE,  /* of what is mapped                                          */
    ROOM,   /* where to map; not the lowest, that is a matter of who asks */
    LENGTH,
    NUMBER,
    PID,
    MODE,   /* of access, but that of writing, which is as OPEN says      */
    MORE,   /* what pipe2 takes                                           */
    OPEN,   /* flags of open: no right to write, as that is a matter of
               the file system                                            */
    WHICH,  /* clocks, without those that count what a process has used   */
    FORK,   /* flags of clone                                             */
    MAGIC,
    FOR_DESCRIPTOR, /* commands                                           */
    AREA, TIME, TIME64, LIMIT, PIECES, STRINGS, /* where these structures
                                                   are                    */
};

static const u32 descriptors[] = {
    PROBE_OUT, DATA_OUT, DATA_IN, A_FILE, A_FOLDER, A_PATH, CLOSED, 999, 1024,
    0x7fffffff, 0x80000000, (u32)AT_FDCWD, ~0u,
};

#define WILD                                                             \
    0, 8, AT(8), AT(3), AT(3) - 1, AT(5) - 2, 0xc0000000, 0xc0100000,    \
    0xfffff000, 0xfffffffc, 0xffffffff

static const u32 to[] = { WILD, AT(2), AT(0) + 65 };
static const u32 from[] = { WILD, AT(2) };

static const u32 places[] = {
    0, 8, 0x1000, AT(0), AT(0) + 1, AT(2), AT(3), AT(5), AT(6), AT(15) + 7,
    0xbffff800, 0xc0000000, 0xc0100000, 0xfffff000, 0xfffff001, 0xffffffff,
};

static const u32 rooms[] = {
    AT(0), AT(0) + 1, AT(2), AT(3), AT(5), AT(6), AT(15) + 7, 0xbffff800,
    0xc0000000, 0xc0100000, 0xfffff000,
};

static const u32 lengths[] = {
    0, 1, PAGE - 1, PAGE + 1, 2 * PAGE, 0x7fffffff, 0x80000000, 0xb0000000,
    0xfffff000, 0xfffff001, 0xffffffff,
};

static const u32 numbers[] = {
    0, 1, 2, 3, 4, 15, 16, 17, 26, 99, 1023, 1024, 0x7fffffff, 0x80000000,
    0x80000001, 0xfffffffe, 0xffffffff,
};

static const u32 pids[] = {
    0, 1, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
};

static const u32 modes[] = { 0, 1, 5, 7, 8, 0x7fffffff, 0x80000000, ~0u };

static const u32 more[] = {
    O_NONBLOCK, O_CLOEXEC, O_WRONLY, O_APPEND, O_PATH, 0x80000000, ~0u,
};

static const u32 open_flags[] = {
    O_DIRECTORY, O_NOFOLLOW, O_PATH, O_CLOEXEC, O_NONBLOCK, O_NOATIME,
    O_LARGEFILE, O_PATH | O_DIRECTORY, O_PATH | O_NOFOLLOW, 1u << 31,
};

static const u32 clocks[] = {
    CLOCK_MONOTONIC, CLOCK_BOOTTIME, 10, 12, 16, 99, 0x7fffffff, 0x80000000,
    0xffffffff,
};

static const u32 forks[] = {
    SIGCHLD | 0x800,    /* handlers without memory        */
    SIGCHLD | 0x10000,  /* a thread without handlers      */
    SIGCHLD | 0x10100,
    SIGCHLD | 0x20200,  /* a file system, shared and own  */
};

static const u32 magics[] = { 0, 1, 0x7fffffff, 0xffffffff };

static const u32 commands[] = {
    F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC, 99, 1023, 0x7fffffff,
    0xffffffff,
};

static struct user_desc areas[] = {
    { ~0u, 0x1000, 0xfffff, USER_DESC_32_BITS | USER_DESC_PAGES },
    { 6, 0, 0, 0 }, { 8, 0, 0, USER_DESC_READ_ONLY | USER_DESC_ABSENT },
    { 0, 0, 0xfffff, USER_DESC_32_BITS }, { 5, 0, 0xfffff, USER_DESC_32_BITS },
    { 9, 0, 0xfffff, USER_DESC_32_BITS },
    { 0x7fffffff, 0, 0xfffff, USER_DESC_32_BITS },
    { 0x80000006, 0, 0xfffff, USER_DESC_32_BITS },
    { 6, 0x1000, 0xfffff, 0 },
    { 6, 0x1000, 0xfffff, USER_DESC_32_BITS | USER_DESC_CODE },
    { 6, 0x1000, 0xfffff, USER_DESC_32_BITS | USER_DESC_ABSENT },
    { 6, 0xffffffff, 0xffffffff, USER_DESC_32_BITS },
    { 7, 0, 0xfffff, USER_DESC_32_BITS | USER_DESC_GROWS_DOWN },
    { 7, 0, 0xfffff, USER_DESC_32_BITS | 0xffffff80 },
};

static const struct timespec32 times[] = {
    { 0, 0 }, { 0, -1 }, { 0, 1000000000 }, { 0, INT32_MAX }, { -1, 0 },
    { -1, -1 }, { INT32_MIN, 0 },
};

static const struct timespec64 times64[] = {
    { 0, 0, 0 }, { 0, -1, ~0u }, { 0, 1000000000, 0 }, { 0, INT32_MAX, 0 },
    { -1, 0, 0 }, { INT64_MIN, 0, 0 }, { 0, 0, 1 },
};

static const struct rlimit64 limits[] = {
    { 0, 0 }, { 2, 1 }, { RLIM64_INFINITY, 1 }, { 1, RLIM64_INFINITY },
};

static const struct iovec pieces[][2] = {
    { { AT(0), 2 }, { AT(1), 2 } }, { { AT(0), 2 }, { AT(8), 2 } },
    { { AT(8), 2 }, { AT(0), 2 } }, { { 0, 0 }, { AT(0), 2 } },
    { { 0xc0000000, 2 }, { AT(0), 2 } }, { { AT(0), 2 }, { 0xc0000000, 2 } },
    { { AT(0), 0x80000000 }, { AT(0), 2 } },
    { { AT(0), 2 }, { AT(0), 0xffffffff } }, { { AT(8), 0 }, { AT(8), 0 } },
};

static char too_long[5000];
static const char *const strings[][2] = {
    { "x", NULL }, { (char *)8, NULL }, { "x", (char *)0xc0000000 },
    { "x", (char *)(AT(5) - 2) }, { too_long, (char *)8 },
};

static const char *const paths[] = {
    "", "/", "/nothing", "/nothing/x", "/data/text/x", "/data/text/",
    "/data/dangling", "/data/loop", too_long, &too_long[1000],
    (char *)(AT(5) - 2),
};

/* Where the values of a kind are, and how far apart, if it is not they but
 * their addresses that are passed. Are addresses in them, too, to be wild? */
static const struct {
    const void *values;
    u32 count, apart;
    bool is_read;
} kinds[] = {
#define WORDS(list)      { list, ARRAY_SIZE(list), 0, false }
#define STRUCTURES(list) { list, ARRAY_SIZE(list), sizeof (list)[0], true }
    [FD] = WORDS(descriptors), [TO] = WORDS(to), [FROM] = WORDS(from),
    [PATH] = { paths, ARRAY_SIZE(paths), 0, true }, [PLACE] = WORDS(places),
    [ROOM] = WORDS(rooms), [LENGTH] = WORDS(lengths), [NUMBER] = WORDS(numbers),
    [PID] = WORDS(pids), [MODE] = WORDS(modes), [MORE] = WORDS(more),
    [OPEN] = WORDS(open_flags), [WHICH] = WORDS(clocks),
    [FORK] = WORDS(forks), [MAGIC] = WORDS(magics),
    [FOR_DESCRIPTOR] = WORDS(commands), [AREA] = STRUCTURES(areas),
    [TIME] = STRUCTURES(times), [TIME64] = STRUCTURES(times64),
    [LIMIT] = STRUCTURES(limits), [PIECES] = STRUCTURES(pieces),
    [STRINGS] = STRUCTURES(strings),
};

/* --- the calls ------------------------------------------------------------ */

static const struct call {
    const char *name;
    enum syscall_number number;
    bool needs_zombie;
    struct {
        enum kind kind;
        u32 right; /* a value with which it succeeds */
    } arguments[6];
} calls[] = {
#define OUT { TO, AT(0) + 64 }
#define RW  (PROT_READ | PROT_WRITE)
#define CALL(name)   #name, SYS_##name, false
#define WAIT(name)   #name, SYS_##name, true
    { CALL(mmap2), { { ROOM, AT(10) }, { LENGTH, PAGE }, { FLAGS, RW },
                     { FLAGS, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED },
                     { FD, ~0u }, { NUMBER, 0 } } },
    { CALL(mmap2), { { ROOM, AT(10) }, { LENGTH, PAGE },
                     { FLAGS, PROT_READ }, { FLAGS, MAP_PRIVATE | MAP_FIXED },
                     { FD, A_FILE }, { NUMBER, 0 } } },
    { CALL(munmap), { { PLACE, AT(0) }, { LENGTH, PAGE } } },
    { CALL(mprotect), { { PLACE, AT(0) }, { LENGTH, PAGE }, { FLAGS, RW } } },
    { CALL(mremap), { { PLACE, AT(0) }, { LENGTH, PAGE },
                      { LENGTH, 2 * PAGE },
                      { FLAGS, MREMAP_MAYMOVE | MREMAP_FIXED },
                      { ROOM, AT(10) } } },
    { CALL(mremap), { { PLACE, AT(0) }, { LENGTH, PAGE }, { LENGTH, PAGE },
                      { FLAGS, 0 }, { PLACE, 0 } } },
    { CALL(madvise), { { PLACE, AT(0) }, { LENGTH, PAGE },
                       { RIGHT, MADV_RANDOM } } },
    { CALL(madvise), { { PLACE, AT(0) }, { RIGHT, PAGE },
                       { NUMBER, MADV_DONTNEED } } },
    { CALL(mincore), { { PLACE, AT(1) }, { LENGTH, PAGE }, OUT } },
    { CALL(msync), { { PLACE, AT(0) }, { LENGTH, PAGE },
                     { FLAGS, MS_SYNC } } },
    { CALL(mlock), { { PLACE, AT(0) }, { LENGTH, PAGE } } },
    { CALL(munlock), { { PLACE, AT(0) }, { LENGTH, PAGE } } },
    { CALL(brk), { { PLACE, 0 } } },

    { CALL(clone), { { FORK, SIGCHLD }, { RIGHT, 0 } } },
    { CALL(clone), { { RIGHT, SIGCHLD | CLONE_PARENT_SETTID }, { RIGHT, 0 },
                     OUT } },
    { CALL(clone), { { RIGHT, SIGCHLD | CLONE_CHILD_SETTID }, { RIGHT, 0 },
                     { RIGHT, 0 }, { RIGHT, 0 }, OUT } },
    { CALL(clone), { { RIGHT, SIGCHLD | CLONE_CHILD_CLEARTID }, { RIGHT, 0 },
                     { RIGHT, 0 }, { RIGHT, 0 }, OUT } },
    { CALL(execve), { { PATH, (u32)"/random_calls" },
                      { STRINGS, (u32)strings[0] },
                      { STRINGS, (u32)strings[0] } } },
    { CALL(exit), { { NUMBER, 0 } } },
    { CALL(exit_group), { { NUMBER, 0 } } },
    { CALL(wait4), { { PID, ~0u }, OUT, { FLAGS, 0 }, OUT } },
    { WAIT(wait4), { { PID, ~0u }, OUT, { FLAGS, 0 },
                     { TO, AT(0) + 128 } } },
    { WAIT(waitpid), { { PID, ~0u }, OUT, { FLAGS, 0 } } },
    { CALL(set_tid_address), { OUT } },
    { CALL(set_thread_area), { { AREA, (u32)&areas[1] } } },
    { CALL(get_thread_area), { { AREA, (u32)&areas[1] } } },
    { CALL(ugetrlimit), { { NUMBER, RLIMIT_STACK }, OUT } },
    { CALL(prlimit64), { { PID, 0 }, { NUMBER, RLIMIT_STACK },
                         { LIMIT, 0 }, OUT } },
    { CALL(prlimit64), { { RIGHT, 0 }, { RIGHT, RLIMIT_CORE },
                         { LIMIT, (u32)limits }, { TO, 0 } } },

    { CALL(write), { { FD, DATA_IN }, { FROM, AT(0) }, { LENGTH, 4 } } },
    { CALL(read), { { FD, DATA_OUT }, OUT, { LENGTH, 4 } } },
    { CALL(read), { { FD, A_FILE }, OUT, { LENGTH, 4 } } },
    { CALL(writev), { { FD, DATA_IN }, { PIECES, (u32)pieces },
                      { NUMBER, 2 } } },
    { CALL(readv), { { FD, DATA_OUT }, { PIECES, (u32)pieces },
                     { NUMBER, 2 } } },
    { CALL(pread64), { { FD, A_FILE }, OUT, { LENGTH, 4 }, { NUMBER, 0 },
                       { NUMBER, 0 } } },
    { CALL(pipe), { OUT } },
    { CALL(pipe2), { OUT, { MORE, 0 } } },
    { CALL(close), { { FD, A_FILE } } },
    { CALL(dup), { { FD, A_FILE } } },
    { CALL(dup2), { { FD, A_FILE }, { FD, 20 } } },
    { CALL(dup3), { { FD, A_FILE }, { FD, 20 }, { FLAGS, 0 } } },
    { CALL(open), { { PATH, (u32)"/data/text" }, { OPEN, O_RDONLY },
                    { RIGHT, 0 } } },
    { CALL(openat), { { FD, A_FOLDER }, { PATH, (u32)"text" },
                      { OPEN, O_RDONLY }, { RIGHT, 0 } } },
    { CALL(lseek), { { FD, A_FILE }, { NUMBER, 1 }, { NUMBER, SEEK_SET } } },
    { CALL(_llseek), { { FD, A_FILE }, { NUMBER, 0 }, { NUMBER, 1 }, OUT,
                       { NUMBER, SEEK_SET } } },
    { CALL(statx), { { FD, A_FOLDER }, { PATH, (u32)"text" }, { FLAGS, 0 },
                     { FLAGS, STATX_BASIC_STATS }, OUT } },
    { CALL(stat64), { { PATH, (u32)"/data/text" }, OUT } },
    { CALL(lstat64), { { PATH, (u32)"/data/text" }, OUT } },
    { CALL(fstat64), { { FD, A_FILE }, OUT } },
    { CALL(fstatat64), { { FD, A_FOLDER }, { PATH, (u32)"text" }, OUT,
                         { FLAGS, 0 } } },
    { CALL(access), { { PATH, (u32)"/data/text" }, { MODE, 4 } } },
    { CALL(faccessat), { { FD, A_FOLDER }, { PATH, (u32)"text" },
                         { MODE, 4 } } },
    { CALL(getdents64), { { FD, A_FOLDER }, OUT, { LENGTH, 400 } } },
    { CALL(readlink), { { PATH, (u32)"/data/link" }, OUT,
                        { LENGTH, 100 } } },
    { CALL(readlinkat), { { FD, A_FOLDER }, { PATH, (u32)"link" }, OUT,
                          { LENGTH, 100 } } },
    { CALL(ioctl), { { FD, 1 }, { MAGIC, TIOCGWINSZ }, OUT } },
    { CALL(ioctl), { { RIGHT, 1 }, { RIGHT, TCGETS }, OUT } },
    { CALL(fcntl64), { { FD, A_FILE }, { FOR_DESCRIPTOR, F_DUPFD },
                       { NUMBER, 0 } } },

    { CALL(clock_gettime), { { WHICH, CLOCK_MONOTONIC }, OUT } },
    { CALL(clock_gettime64), { { WHICH, CLOCK_MONOTONIC }, OUT } },
    { CALL(nanosleep), { { TIME, (u32)times }, OUT } },
    { CALL(clock_nanosleep), { { WHICH, CLOCK_MONOTONIC }, { FLAGS, 0 },
                               { TIME, (u32)times }, OUT } },
    { CALL(clock_nanosleep_time64), { { WHICH, CLOCK_MONOTONIC },
                                      { RIGHT, TIMER_ABSTIME },
                                      { TIME64, (u32)times64 }, OUT } },
    { CALL(uname), { OUT } },
    { CALL(getrandom), { OUT, { LENGTH, 8 }, { FLAGS, 0 } } },
    { CALL(getresuid32), { OUT, OUT, OUT } },
    { CALL(getresgid32), { OUT, OUT, OUT } },
    { CALL(getgroups32), { { NUMBER, 0 }, OUT } },
    { CALL(reboot), { { MAGIC, REBOOT_MAGIC_1 }, { MAGIC, REBOOT_MAGIC_2 },
                      { MAGIC, REBOOT_CAD_OFF }, { FROM, 0 } } },
};

/* --- all of them ---------------------------------------------------------- */

/* Addresses, times and numbers of processes are a kernel's own. */
static bool is_free(enum syscall_number number)
{
    return number == SYS_clone || number == SYS_wait4 ||
           number == SYS_waitpid || number == SYS_set_tid_address;
}

static void try_and_print(const struct call *call, u32 which, u32 value)
{
    struct told told = { 0, false };
    u32 with[6];

    for (u32 i = 0; i < 6; i++)
        with[i] = i == which ? value : call->arguments[i].right;
    u32 status = try(call->number, with, call->needs_zombie, &told);
    if (WTERMSIG(status))
        print(" signal %u", WTERMSIG(status));
    else if (status)
        print(" exit %u", WEXITSTATUS(status));
    else if (told.answer >= (i32)PAGE || told.answer < -ERRNO_MAX ||
             (told.answer > 0 && is_free(call->number)))
        print(" ok");
    else
        print(told.changed ? " %d*" : " %d", told.answer);
}

static void try_flags(const struct call *call, u32 which)
{
    u32 right = call->arguments[which].right;

    for (u32 bit = 0; bit < 32; bit++)
        try_and_print(call, which, right ^ 1u << bit);
    try_and_print(call, which, ~0u);
}

static void try_values(const struct call *call, u32 which, enum kind kind)
{
    u32 at = (u32)kinds[kind].values;

    for (u32 i = 0; i < kinds[kind].count; i++)
        try_and_print(call, which, kinds[kind].apart
                                       ? at + i * kinds[kind].apart
                                       : ((const u32 *)at)[i]);
    if (kinds[kind].is_read)
        try_values(call, which, FROM);
}

static void try_call(const struct call *call)
{
    for (u32 which = 0; which < 6; which++) {
        enum kind kind = call->arguments[which].kind;

        if (kind == NONE || kind == RIGHT)
            continue;
        print("%s %u:", call->name, which);
        try_and_print(call, which, call->arguments[which].right);
        if (kind == FLAGS)
            try_flags(call, which);
        else
            try_values(call, which, kind);
        print("\n");
    }
}

int main(void)
{
    i32 ends[2];

    pipe2(ends, O_NONBLOCK);
    for (u32 i = 0; i < sizeof too_long - 1; i++)
        too_long[i] = 'a';
    for (u32 i = 0; i < ARRAY_SIZE(calls); i++)
        try_call(&calls[i]);
    return 0;
}
