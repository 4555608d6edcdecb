/*
 * tests/abi/wrong.h - what may be wrong with an argument of a call, and trying
 * all of that.
 *
 * Each call has arguments with which it succeeds; then each of these is
 * replaced, one at a time, by whatever is wrong with its kind.
 *
 *      write 1: ok -14 -14* ...    the second argument: a line for each, and
 *                                  what was answered to each value
 *      *                           it was an error, and something has changed
 *      exit 7, signal 11           the child that made the call is no more
 *
 * It is for kernels of 32 bits: where a program's addresses end counts.
 */
#ifndef WRONG_H
#define WRONG_H

#include "abi/futex.h"
#include "abi/ioctl.h"
#include "abi/poll.h"
#include "abi/sched.h"
#include "abi/signal.h"
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
    THREAD, /* the same, with which none succeeds                         */
    SIGNAL, /* numbers                                                    */
    GROUP,  /* of processes, for kill: none that has a member             */
    FUTEX,  /* operations                                                 */
    MAGIC,
    FOR_DESCRIPTOR, /* commands                                           */
    AREA, TIME, TIME64, LIMIT, PIECES, STRINGS, /* where these structures  */
    ACTION, STACK, TIMER, SPAN, ENTRIES, OFFSET, SET, MASK, SELECTED, /* are */
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

static const u32 threads[] = {
    CLONE_VM | CLONE_THREAD, CLONE_THREAD,
    CLONE_SIGHAND | CLONE_THREAD, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD |
    CLONE_SETTLS,
};

static const u32 signals[] = {
    0, SIGKILL, SIGSTOP, 31, 32, 64, 65, 128, 0x7fffffff, 0x80000000, ~0u,
};

static const u32 groups[] = {
    0x7fffffff, 0x80000000, 0x80000001, 31999, 0u - 31999,
};

/* Those with priorities, and two words at once, are not for everybody. */
static const u32 operations[] = {
    FUTEX_WAIT, FUTEX_WAIT | FUTEX_PRIVATE, FUTEX_WAIT | FUTEX_CLOCK_REALTIME,
    FUTEX_WAKE | FUTEX_CLOCK_REALTIME, FUTEX_WAKE_BITSET, FUTEX_WAIT_BITSET,
    FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 14, 63, 0x7fffff00, ~0u,
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

static const struct sigaction actions[] = {
    { 0x1000, 0, 0, 0 }, { SIG_IGN, ~(u32)SA_RESTORER, 0, ~0ull },
    { SIG_DFL, SA_SIGINFO, 0, 0 },
};

static const struct sigstack stacks[] = {
    { AT(0), 0, PAGE }, { AT(0), 0, 2047 }, { AT(0), 0, 0 },
    { 0, SS_DISABLE, 0 }, { AT(0), SS_ONSTACK, PAGE }, { AT(0), 4, PAGE },
    { AT(0), 3, PAGE }, { 0xc0000000, 0, PAGE },
};

static const struct timeval timers[][2] = {
    { { 0, 0 }, { 100, 0 } }, { { 0, 0 }, { 0, 1000000 } },
    { { 0, 0 }, { 0, -1 } }, { { 0, 0 }, { -1, 0 } },
    { { 0, 1000000 }, { 1, 0 } }, { { -1, 0 }, { 1, 0 } },
    { { 0, 0 }, { 0, 0 } },
};

static const struct timeval spans[] = {
    { 0, 0 }, { 0, -1 }, { -1, 0 }, { 0, 2000 }, { -1, 1000000 },
    { INT32_MIN, 0 },
};

/* Whoever reads more of them than there are, reads zeros. */
static struct {
    struct pollfd entries[5][2], nothing[1024];
} polled = { .entries = {
    { { DATA_OUT, POLLIN, 0 }, { DATA_IN, POLLOUT, 0 } },
    { { -1, POLLIN, 7 }, { A_FILE, POLLIN | POLLOUT, 0 } },
    { { 999, POLLIN, 0 }, { CLOSED, 0, 0 } },
    { { A_PATH, POLLIN, 0 }, { A_FOLDER, 0xffff, 0 } },
    { { TELL_OUT, POLLIN, 0 }, { PROBE_OUT, 0, 0 } },
} };

static u64 offsets[] = {
    0, 1, 44, 45, 1ull << 31, 1ull << 32, 0xffffffff000, 0x7fffffffffffffff,
    1ull << 63, ~0ull,
};

static const u64 signal_sets[] = { 0, ~0ull };
static const struct pselect_mask masks[] = {
    { (u32)signal_sets, 8 }, { (u32)signal_sets, 4 }, { 0, 4 }, { 8, 8 },
    { 8, 0 },
};

/* Of descriptors: DATA_OUT; nothing; one that is closed; all that are open, but
 * PROBE_OUT, where Linux may see bytes that could not be written; DATA_IN. */
static u32 descriptor_sets[][4] = {
    { 1 << DATA_OUT }, { 0 }, { 1 << CLOSED },
    { (1 << CLOSED) - 1 - (1 << PROBE_OUT) },
    { 1 << DATA_IN },
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
    [STRINGS] = STRUCTURES(strings), [THREAD] = WORDS(threads),
    [SIGNAL] = WORDS(signals), [GROUP] = WORDS(groups),
    [FUTEX] = WORDS(operations), [ACTION] = STRUCTURES(actions),
    [STACK] = STRUCTURES(stacks), [TIMER] = STRUCTURES(timers),
    [SPAN] = STRUCTURES(spans), [ENTRIES] = STRUCTURES(polled.entries),
    [OFFSET] = STRUCTURES(offsets), [SET] = STRUCTURES(signal_sets),
    [MASK] = STRUCTURES(masks), [SELECTED] = STRUCTURES(descriptor_sets),
};

/* --- a call --------------------------------------------------------------- */

struct call {
    const char *name;
    enum syscall_number number;
    bool needs_zombie;
    struct {
        enum kind kind;
        u32 right; /* a value with which it succeeds */
    } arguments[6];
};

#define OUT { TO, AT(0) + 64 }
#define RW  (PROT_READ | PROT_WRITE)
#define CALL(name)   #name, SYS_##name, false
#define WAIT(name)   #name, SYS_##name, true

/* Addresses, times and numbers of processes are a kernel's own. */
static inline bool is_free(enum syscall_number number)
{
    return number == SYS_clone || number == SYS_wait4 ||
           number == SYS_waitpid || number == SYS_set_tid_address ||
           number == SYS_times || number == SYS_setsid;
}

static inline void try_and_print(const struct call *call, u32 which, u32 value)
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

static inline void try_flags(const struct call *call, u32 which)
{
    u32 right = call->arguments[which].right;

    for (u32 bit = 0; bit < 32; bit++)
        try_and_print(call, which, right ^ 1u << bit);
    try_and_print(call, which, ~0u);
}

static inline void try_values(const struct call *call, u32 which,
                              enum kind kind)
{
    u32 at = (u32)kinds[kind].values;

    for (u32 i = 0; i < kinds[kind].count; i++)
        try_and_print(call, which, kinds[kind].apart
                                       ? at + i * kinds[kind].apart
                                       : ((const u32 *)at)[i]);
    if (kinds[kind].is_read)
        try_values(call, which, FROM);
}

static inline void try_call(const struct call *call)
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

static inline void try_all(const struct call *calls, u32 count)
{
    i32 ends[2];

    pipe2(ends, O_NONBLOCK);
    for (u32 i = 0; i < sizeof too_long - 1; i++)
        too_long[i] = 'a';
    for (u32 i = 0; i < count; i++)
        try_call(&calls[i]);
}

#endif
