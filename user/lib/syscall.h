/*
 * user/lib/syscall.h - system calls as C functions.
 *
 * Each is named after its call and answers what the kernel answers: 0 or more,
 * or an error of abi/errno.h, negated. An address is an error if it is above
 * the last page: is_error().
 */
#ifndef USER_SYSCALL_H
#define USER_SYSCALL_H

#include "abi/errno.h"
#include "abi/mman.h"
#include "abi/signal.h"
#include "abi/syscall.h"
#include "abi/wait.h"
#include "lib/types.h"

enum { PAGE = 4096 };

/* Any call, with up to six arguments of a word each. */
i32 system_call(enum syscall_number number, ...);

static inline bool is_error(const void *address)
{
    return (u32)address >= (u32)-ERRNO_MAX;
}

/* --- processes ----------------------------------------------------------- */

static inline NORETURN void exit(i32 status)
{
    for (;;)
        system_call(SYS_exit_group, status);
}

static inline i32 fork(void)
{
    return system_call(SYS_fork);
}

static inline i32 execve(const char *path, char *const argv[],
                         char *const envp[])
{
    return system_call(SYS_execve, path, argv, envp);
}

/* Wait for a child, -1: any. `status` is for abi/wait.h to read. */
static inline i32 waitpid(i32 pid, u32 *status, u32 options)
{
    return system_call(SYS_wait4, pid, status, options, NULL);
}

static inline void sleep(u32 seconds)
{
    u32 time[2] = { seconds, 0 }; /* and nanoseconds */

    system_call(SYS_nanosleep, time, NULL);
}

/* What becomes of a signal; the handler's frame brings the way back. */
static inline i32 sigaction(u32 number, const struct sigaction *action)
{
    return system_call(SYS_rt_sigaction, number, action, NULL,
                       sizeof action->mask);
}

/* --- descriptors --------------------------------------------------------- */

static inline i32 read(i32 fd, void *to, u32 bytes)
{
    return system_call(SYS_read, fd, to, bytes);
}

static inline i32 write(i32 fd, const void *from, u32 bytes)
{
    return system_call(SYS_write, fd, from, bytes);
}

static inline i32 close(i32 fd)
{
    return system_call(SYS_close, fd);
}

/* What is written to ends[1] is read from ends[0]. `flags`: of abi/fcntl.h. */
static inline i32 pipe2(i32 ends[2], u32 flags)
{
    return system_call(SYS_pipe2, ends, flags);
}

static inline i32 pipe(i32 ends[2])
{
    return pipe2(ends, 0);
}

/* --- memory -------------------------------------------------------------- */

/* Map memory, which holds zeros. `at` is a wish; with MAP_FIXED, the place. */
static inline void *map(void *at, u32 bytes, u32 rights, u32 flags)
{
    return (void *)system_call(SYS_mmap2, at, bytes, rights,
                               flags | MAP_ANONYMOUS, -1, 0);
}

static inline i32 munmap(void *at, u32 bytes)
{
    return system_call(SYS_munmap, at, bytes);
}

static inline i32 mprotect(void *at, u32 bytes, u32 rights)
{
    return system_call(SYS_mprotect, at, bytes, rights);
}

static inline void *mremap(void *at, u32 old_bytes, u32 new_bytes, u32 flags,
                           void *to)
{
    return (void *)system_call(SYS_mremap, at, old_bytes, new_bytes, flags,
                               to);
}

static inline i32 madvise(void *at, u32 bytes, u32 advice)
{
    return system_call(SYS_madvise, at, bytes, advice);
}

/* One byte a page to `resident`, whose bit 0 tells if the page is there. */
static inline i32 mincore(void *at, u32 bytes, u8 *resident)
{
    return system_call(SYS_mincore, at, bytes, resident);
}

/* Move the end of the heap. Answers where it then is. */
static inline u32 brk(u32 end)
{
    return (u32)system_call(SYS_brk, end);
}

#endif
