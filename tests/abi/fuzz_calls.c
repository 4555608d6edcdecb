/*
 * tests/abi/fuzz_calls.c - system calls at random: any number, arguments that
 * are edges, small numbers, pointers to good structures and to nothing. Whoever
 * does that to its own process does not live long; so each child makes some
 * calls only, and several of them live at a time, with children and threads of
 * their own. It needs no C library.
 *
 *      fuzz_calls SEED CALLS
 *
 * What a call answers is of no interest: the kernel is to live, and to lose
 * nothing. Left out is what would end the test itself: reboot(), signals to
 * processes that are not the caller, and the console.
 */
#include "abi/fcntl.h"
#include "abi/futex.h"
#include "abi/ldt.h"
#include "abi/sched.h"
#include "lib/child.h"

enum {
    BATCH = 100,           /* calls of a child                              */
    CHILDREN = 16,         /* at a time                                     */
    LIFE = 20000,          /* of a child, in microseconds                   */
    PATIENCE = 6,          /* looks, 10 ms apart, until a child is ended    */
    EVERYBODY = -1,        /* but init and who calls                        */
};

#define WINDOW 0x40000000u
enum { WINDOW_BYTES = 16 * PAGE };

static struct {
    u32 random;
    u32 left;     /* calls of this process               */
    u32 *made;    /* shared with who counts              */
    i32 self;     /* whom it may send signals to         */
} state;

static u32 draw(u32 below)
{
    u32 r = state.random;

    r ^= r << 13;
    r ^= r >> 17;
    r ^= r << 5;
    state.random = r;
    return r % below;
}

static bool once_in(u32 n)
{
    return draw(n) == 0;
}

/* ---------------------------------------------------------------- arguments */

static void count_on(void);

static void note(i32 number)
{
    (void)number;
}

/* Where a new thread comes back: system_call() has four registers to pop. */
static u32 thread_stack[64] = { [60] = (u32)count_on };

static struct sigaction action = { .handler = (u32)note };
static struct sigstack stack = { WINDOW, 0, 8192 };
static sigset_t set = 0x0000000100000a00;
static u32 span[4] = { 0, 3000000, 0, 2000000 };
static u32 span64[4] = { 0, 0, 2000000, 0 };
static struct user_desc area = { ~0u, WINDOW, 0xfffff,
                                 USER_DESC_32_BITS | USER_DESC_PAGES };
static u32 pieces[6] = { WINDOW, 100, WINDOW + PAGE - 3, 5000, 8, 1 };
static u32 polled[4] = { 3, 0x10001, 5, 4 };
static u32 word;
static char path_hello[] = "/hello", path_text[] = "/data/text",
            path_data[] = "/data", path_null[] = "/dev/null",
            path_nothing[] = "/nothing", path_maps[] = "/proc/self/maps";
static char *vector[] = { path_hello, path_text, NULL };

static const u32 pointers[] = {
    (u32)&action, (u32)&stack, (u32)&set, (u32)span, (u32)span64, (u32)&area,
    (u32)pieces, (u32)polled, (u32)&word, (u32)path_hello, (u32)path_text,
    (u32)path_data, (u32)path_null, (u32)path_nothing, (u32)path_maps,
    (u32)vector, (u32)&thread_stack[56], (u32)&state,
};

static const u32 edges[] = {
    0, 1, 2, 3, 4, 7, 8, 0xff, 0x400, 0xfff, 0x1000, 0x1001, 0x7fff, 0x8000,
    0xffff, 0x10000, 0x3d0f00, 0x7ffff000, 0x7fffffff, 0x80000000, 0x80001000,
    0xbfff0000, 0xbffff000, 0xbffffffc, 0xbfffffff, 0xc0000000, 0xc0100000,
    0xf0000000, 0xff800000, 0xfffff000, 0xfffff001, 0xfffffffc, 0xffffffff,
    (u32)-100, 0x01200011, 0x00010f00,
};

/* Pages of the window; where a page begins, somewhere in it, at its end. */
static u32 in_window(void)
{
    static const u32 offsets[] = { 0, 1, 4, 100, PAGE - 1, PAGE - 4 };

    return WINDOW + draw(WINDOW_BYTES / PAGE) * PAGE +
           offsets[draw(ARRAY_SIZE(offsets))];
}

static u32 draw_argument(void)
{
    switch (draw(8)) {
    case 0: return edges[draw(ARRAY_SIZE(edges))];
    case 1: case 2: return pointers[draw(ARRAY_SIZE(pointers))];
    case 3: case 4: return in_window();
    case 5: return draw(16);
    case 6: return draw(16) * PAGE;
    default: return once_in(4) ? draw(~0u) : 1u << draw(32) | draw(8);
    }
}

/* Half of the numbers are those of memory, signals and processes. */
static u32 draw_number(void)
{
    static const u16 often[] = {
        SYS_mmap2, SYS_mmap2, SYS_munmap, SYS_mprotect, SYS_mremap,
        SYS_madvise, SYS_mincore, SYS_brk, SYS_mlock, SYS_munlock, SYS_msync,
        SYS_fork, SYS_vfork, SYS_clone, SYS_clone, SYS_execve, SYS_wait4,
        SYS_rt_sigaction, SYS_rt_sigaction, SYS_rt_sigprocmask,
        SYS_rt_sigreturn, SYS_sigreturn, SYS_sigaltstack, SYS_kill,
        SYS_tgkill, SYS_alarm, SYS_setitimer, SYS_futex, SYS_read, SYS_write,
        SYS_readv, SYS_writev, SYS_pipe2, SYS_dup2, SYS_open, SYS_close,
        SYS_nanosleep, SYS_set_thread_area, SYS_getdents64, SYS_statx,
    };

    if (once_in(2))
        return often[draw(ARRAY_SIZE(often))];
    return once_in(200) ? draw(~0u) : draw(SYSCALL_NUMBERS);
}

/* Whose signals are meant for another process, who would end the test? */
static bool sends(u32 number)
{
    return number == SYS_kill || number == SYS_tkill || number == SYS_tgkill;
}

static bool makes_another(u32 number)
{
    return number == SYS_fork || number == SYS_vfork || number == SYS_clone;
}

/* ------------------------------------------------------------ the children */

/* Some calls, wherever they lead. */
static void count_on(void)
{
    while (state.left > 0) {
        u32 number = draw_number(), with[6];

        state.left--;
        for (u32 i = 0; i < ARRAY_SIZE(with); i++)
            with[i] = draw_argument();
        if (sends(number))
            with[0] = (u32)state.self;
        if (number == SYS_reboot)
            continue;
        ++*state.made;
        i32 answer = system_call((enum syscall_number)number, with[0], with[1],
                                 with[2], with[3], with[4], with[5]);
        if (answer == 0 && makes_another(number)) {
            state.self = system_call(SYS_getpid);
            state.left /= 2;
            state.random += (u32)state.self * 2;
        }
    }
    exit(0);
}

/* Whatever it waits for, it does not wait long. */
static void begin(u32 seed)
{
    const u32 life[4] = { 0, 0, 0, LIFE };
    i32 ends[2];

    for (i32 fd = 0; fd < 3; fd++)
        close(fd);
    pipe2(ends, O_NONBLOCK);
    pipe2(ends, 0);
    system_call(SYS_setitimer, 0, life, NULL);
    map((void *)WINDOW, WINDOW_BYTES / 2, PROT_READ | PROT_WRITE,
        MAP_FIXED | MAP_PRIVATE);
    map((void *)(WINDOW + WINDOW_BYTES / 2), WINDOW_BYTES / 4,
        PROT_READ | PROT_WRITE, MAP_FIXED | MAP_SHARED);
    state.random = seed;
    state.left = BATCH;
    state.self = system_call(SYS_getpid);
    count_on();
}

/* ----------------------------------------------------------- who oversees */

static void pause_ms(u32 ms)
{
    const u32 moment[2] = { 0, ms * 1000000 };

    system_call(SYS_nanosleep, moment, NULL);
}

/* Until it has ended, by itself if that does not take long. */
static void see_end_of(i32 pid)
{
    for (u32 look = 0; waitpid(pid, NULL, WNOHANG) == 0; look++) {
        if (look >= PATIENCE)
            system_call(SYS_kill, pid, SIGKILL);
        pause_ms(10);
    }
}

/* Orphans are nobody's to wait for. */
static void end_all_others(void)
{
    while (system_call(SYS_kill, EVERYBODY, SIGKILL) == 0) {
        pause_ms(10);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}

/* If there is no room for one more, all make room. */
static i32 start_child(u32 seed, u32 *made)
{
    i32 pid;

    state.made = made;
    while ((pid = fork()) < 0)
        end_all_others();
    if (pid == 0)
        begin(seed);
    return pid;
}

static u32 number(const char *digits)
{
    u32 n = 0;

    for (; *digits >= '0' && *digits <= '9'; digits++)
        n = n * 10 + (u32)(*digits - '0');
    return n;
}

int main(int words, char **word_of)
{
    u32 seed = words > 1 ? number(word_of[1]) : 1;
    u32 wanted = words > 2 ? number(word_of[2]) : 10000, made = 0, births = 0;
    u32 *counts = map(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
    i32 pids[CHILDREN] = { 0 };

    print("seed %u\n", seed);
    while (made < wanted) {
        u32 i = births++ % CHILDREN;

        if (pids[i] > 0)
            see_end_of(pids[i]);
        made += min_u32(counts[i], 2 * BATCH);
        counts[i] = 0;
        pids[i] = start_child((seed + births * 2654435761u) | 1, &counts[i]);
    }
    end_all_others();
    print("%u calls were made, by %u children and theirs\n", made, births);
    return 0;
}
