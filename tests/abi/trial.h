/*
 * tests/abi/trial.h - one call in a child of its own, which tells what was
 * answered, and whether anything has changed.
 *
 * The child begins by making a stretch of pages,
 *
 *      START  +0  +1  +2  +3    +4  +5  +6  +7  +8 ...
 *             rw  rw  r   none  rw  -   shared  -
 *
 * some descriptors, and eight bytes in a pipe. What can change is hashed
 * before the call and after it: the pages, what each descriptor is, the heap's
 * end, the limits, the thread-local segments, whether there are children.
 */
#ifndef TRIAL_H
#define TRIAL_H

#include "abi/fcntl.h"
#include "abi/ldt.h"
#include "abi/resource.h"
#include "abi/unistd.h"
#include "lib/print.h"
#include "lib/syscall.h"

enum { PAGES = 16, DESCRIPTORS = 16 };

#define START 0x50000000u
#define AT(page) (START + (page) * PAGE)

/* The descriptors, in the order in which they are made. */
enum descriptor {
    TELL_OUT = 3, /* what the child has to tell           */
    TELL_IN,
    PROBE_OUT,    /* a pipe by which pages are touched    */
    PROBE_IN,
    DATA_OUT,     /* a pipe with eight bytes              */
    DATA_IN,
    A_FILE,
    A_FOLDER,
    A_PATH,       /* a file, opened for its path only     */
    CLOSED,
};

struct told {
    i32 answer;
    bool changed;
};

/* --- what there is -------------------------------------------------------- */

static inline u32 mix(u32 hash, u32 value)
{
    hash = (hash ^ value) * 0x01000193;
    return hash ^ hash >> 15;
}

static inline void open_all(void)
{
    i32 ends[2];

    pipe2(ends, O_NONBLOCK);
    pipe2(ends, O_NONBLOCK);
    system_call(SYS_open, "/data/text", O_RDONLY);
    system_call(SYS_open, "/data", O_RDONLY);
    system_call(SYS_open, "/data/text", O_PATH);
    write(DATA_IN, "12345678", 8);
}

static inline void map_all(void)
{
    const u32 rw = PROT_READ | PROT_WRITE;

    map((void *)AT(0), 5 * PAGE, rw, MAP_FIXED | MAP_PRIVATE);
    for (u32 page = 0; page < 5; page++)
        *(u32 *)(AT(page) + 64) = 0x01010101 * (page + 1);
    map((void *)AT(6), 2 * PAGE, rw, MAP_FIXED | MAP_SHARED);
    mprotect((void *)AT(2), PAGE, PROT_READ);
    mprotect((void *)AT(3), PAGE, PROT_NONE);
}

/* May the word be read, what is it, may it be written to? */
static inline u32 look_at_word(u32 at)
{
    u32 word = 0;
    i32 written = system_call(SYS_write, PROBE_IN, at, sizeof word);

    if (written < 0)
        return (u32)written;
    read(PROBE_OUT, &word, sizeof word);
    write(PROBE_IN, &word, sizeof word);
    i32 answer = system_call(SYS_read, PROBE_OUT, at, sizeof word);
    u32 hash = mix(word, (u32)answer);
    if (answer < 0)
        read(PROBE_OUT, &word, sizeof word);
    return hash;
}

/* Page 4 is where buffers end that are too short: it is nobody's business what
 * was put there before that was found out. */
static inline u32 look_at_pages(void)
{
    u32 hash = 0;

    for (u32 page = 0; page < PAGES; page++) {
        if (page == 4)
            continue;
        hash = mix(hash, look_at_word(AT(page)));
        hash = mix(hash, look_at_word(AT(page) + 64));
        hash = mix(hash, look_at_word(AT(page + 1) - 4));
    }
    return hash;
}

static inline u32 look_at_descriptors(void)
{
    u32 hash = 0;

    for (u32 fd = 0; fd < DESCRIPTORS; fd++) {
        u32 place[2] = { 0, 0 };

        hash = mix(hash, (u32)system_call(SYS_fcntl64, fd, F_GETFD));
        hash = mix(hash, (u32)system_call(SYS_fcntl64, fd, F_GETFL));
        if (fd >= A_FILE)
            system_call(SYS__llseek, fd, 0, 0, place, SEEK_CUR);
        hash = mix(mix(hash, place[0]), place[1]);
    }
    return hash;
}

static inline u32 look_at_process(void)
{
    u32 hash = brk(0);

    for (u32 which = 0; which < RLIMITS; which++) {
        struct rlimit64 limit = { 0, 0 };

        system_call(SYS_prlimit64, 0, which, 0, &limit);
        hash = mix(mix(hash, (u32)limit.now), (u32)limit.most);
    }
    for (u32 entry = 6; entry < 9; entry++) {
        struct user_desc segment = { .entry = entry };

        system_call(SYS_get_thread_area, &segment);
        hash = mix(mix(hash, segment.base), segment.flags);
    }
    u32 blocked[2] = { 0, 0 }, mask = (u32)system_call(SYS_umask, 0);

    system_call(SYS_umask, mask);
    system_call(SYS_rt_sigprocmask, 0, 0, blocked, sizeof blocked);
    hash = mix(mix(mix(hash, blocked[0]), blocked[1]), mask);
    hash = mix(hash, (u32)system_call(SYS_getpgrp));
    return mix(hash, (u32)waitpid(-1, NULL, WNOHANG));
}

static inline u32 look_around(void)
{
    return mix(mix(look_at_pages(), look_at_descriptors()),
               look_at_process());
}

/* Are they still there, all eight? Then there are none. */
static inline bool data_is_there(void)
{
    u8 data[16];

    return read(DATA_OUT, data, sizeof data) == 8;
}

/* --- the call ------------------------------------------------------------- */

static inline void tell(i32 answer, bool changed)
{
    struct told told = { answer, changed };

    write(TELL_IN, &told, sizeof told);
}

/* Is there a child to wait for? It has come to its end. */
static inline void have_zombie(void)
{
    static const i32 moment[2] = { 0, 30000000 };

    if (fork() == 0)
        exit(3);
    system_call(SYS_nanosleep, moment, NULL);
}

static inline void in_child_try(enum syscall_number number, const u32 with[6],
                                bool needs_zombie)
{
    open_all();
    map_all();
    u32 before = look_around();

    if (needs_zombie)
        have_zombie();
    u32 caller = (u32)system_call(SYS_getpid);
    i32 answer = system_call(number, with[0], with[1], with[2], with[3],
                             with[4], with[5]);
    if ((u32)system_call(SYS_getpid) != caller)
        exit(0); /* it has made a child */
    bool failed = is_error((void *)answer);
    if (failed && needs_zombie)
        waitpid(-1, NULL, WNOHANG);
    tell(answer, failed && (look_around() != before || !data_is_there()));
}

/* Call it in a child. Its exit status is 0 if `told` is what it tells. */
static inline u32 try(enum syscall_number number, const u32 with[6],
                      bool needs_zombie, struct told *told)
{
    u32 status = 0;
    i32 pid = fork();

    if (pid == 0) {
        in_child_try(number, with, needs_zombie);
        exit(0);
    }
    waitpid(pid, &status, 0);
    if (status == 0)
        read(TELL_OUT, told, sizeof *told);
    return status;
}

#endif
