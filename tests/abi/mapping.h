/*
 * tests/abi/mapping.h - what the programs share that ask for mappings: the
 * calls as the kernel offers them, and a way to tell what they answer.
 *
 * Everything happens in a stretch of addresses that nobody else uses; what the
 * kernel puts elsewhere is given back at once. Answers are told as errors, or
 * relative to that stretch. Memory is probed through a pipe: that a page may
 * not be touched is then an error, and not a signal.
 */
#ifndef MAPPING_H
#define MAPPING_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 64 };

#define START  0x50000000u
#define END    (START + PAGES * PAGE)
#define KERNEL 0xfffff000u  /* of no program, on any kernel */

enum { NONE = 0, R = 1, W = 2, RW = 3, X = 4 };
enum { SHARED = 1, PRIVATE = 2, FIXED = 0x10, ANON = 0x20, GROWSDOWN = 0x100,
       NORESERVE = 0x4000, STACK = 0x20000, NOREPLACE = 0x100000 };

static int probe[2];

/* --- telling -------------------------------------------------------------- */

static const char *error_name(int error)
{
    static const struct {
        int error;
        const char *name;
    } names[] = {
        { EPERM, "EPERM" }, { EBADF, "EBADF" }, { ENOMEM, "ENOMEM" },
        { EACCES, "EACCES" }, { EFAULT, "EFAULT" }, { EEXIST, "EEXIST" },
        { ENODEV, "ENODEV" }, { EINVAL, "EINVAL" }, { EAGAIN, "EAGAIN" },
        { EOPNOTSUPP, "EOPNOTSUPP" }, { EOVERFLOW, "EOVERFLOW" },
        { EBUSY, "EBUSY" }, { ENOSYS, "ENOSYS" },
    };

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].error == error)
            return names[i].name;
    return "another error";
}

/* The raw call: -errno, or the answer. */
#define CALL(...) raw(syscall(__VA_ARGS__))

static inline uint32_t raw(long answer)
{
    return answer == -1 ? (uint32_t)-errno : (uint32_t)answer;
}

static inline int failed(uint32_t answer)
{
    return answer > (uint32_t)-4096;
}

static inline void tell(uint32_t answer)
{
    if (failed(answer))
        printf(" %s", error_name(-(int)answer));
    else if (answer >= START && answer <= END)
        printf(" +%x", answer - START);
    else if (answer < 2 * PAGE)
        printf(" %u", answer);
    else
        printf(" elsewhere");
}

/* --- the calls, as short as a table needs them ---------------------------- */

static inline uint32_t unmap(uint32_t at, uint32_t bytes)
{
    return CALL(SYS_munmap, at, bytes);
}

static inline uint32_t map(uint32_t at, uint32_t bytes, int rights, int flags,
                           int fd)
{
    return CALL(SYS_mmap2, at, bytes, rights, flags, fd, 0);
}

static inline uint32_t fresh(uint32_t page, uint32_t pages, int rights,
                             int flags)
{
    return map(START + page * PAGE, pages * PAGE, rights,
               FIXED | ANON | flags, -1);
}

static inline uint32_t protect(uint32_t at, uint32_t bytes, int rights)
{
    return CALL(SYS_mprotect, at, bytes, rights);
}

static inline uint32_t remap(uint32_t at, uint32_t old, uint32_t new, int flags,
                      uint32_t to)
{
    return CALL(SYS_mremap, at, old, new, flags, to);
}

static inline void clear(void)
{
    unmap(START, END - START);
}

/* Tell, and give back what lies where nobody looks. */
static inline void tell_mapping(uint32_t answer, uint32_t bytes)
{
    tell(answer);
    if (!failed(answer) && (answer < START || answer >= END))
        unmap(answer, bytes);
}

/* A character for each page: may it be read, written, is it zero? */
static inline void show_pages(uint32_t first, uint32_t count)
{
    printf(" [");
    for (uint32_t i = first; i < first + count; i++) {
        volatile uint8_t *page = (uint8_t *)(START + i * PAGE);
        uint8_t byte;

        if (write(probe[1], (void *)page, 1) != 1) {
            putchar('.');
            continue;
        }
        read(probe[0], &byte, 1);
        write(probe[1], &byte, 1);
        if (read(probe[0], (void *)page, 1) == 1)
            putchar(byte ? 'W' : 'w');
        else
            read(probe[0], &byte, 1), putchar(byte ? 'R' : 'r');
    }
    printf("]\n");
}

/* A stretch of nothing, and a pipe to probe it with. */
static inline int begin(void)
{
    clear();
    return syscall(SYS_pipe2, probe, O_NONBLOCK);
}

#endif
