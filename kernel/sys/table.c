/*
 * kernel/sys/table.c - which system calls there are.
 *
 *      int 0x80 -> traps.asm -> slot of eax -> sys_NAME
 *
 * Sorted by what they are about. Not one of them does a part of what its name
 * promises: what is not here answers -ENOSYS, and a program can tell.
 */
#include "abi/errno.h"
#include "kernel/printf.h"
#include "kernel/process.h"
#include "kernel/syscalls.h"

#define CALLS(CALL, AS) \
    CALL(mmap2) CALL(munmap) CALL(mprotect) CALL(mremap) CALL(madvise) \
    CALL(mincore) CALL(msync) CALL(mlock) CALL(munlock) CALL(brk) \
    \
    CALL(fork) CALL(vfork) CALL(clone) CALL(execve) CALL(exit) \
    CALL(exit_group) CALL(wait4) CALL(waitpid) CALL(getpid) CALL(getppid) \
    CALL(gettid) CALL(set_tid_address) CALL(set_thread_area) \
    CALL(get_thread_area) CALL(futex) CALL(futex_time64) CALL(sched_yield) \
    CALL(sched_getaffinity) CALL(ugetrlimit) \
    CALL(setrlimit) CALL(prlimit64) CALL(getrusage) CALL(times) \
    CALL(setpgid) CALL(getpgid) CALL(getpgrp) CALL(setsid) CALL(getsid) \
    CALL(umask) CALL(prctl) \
    \
    CALL(open) CALL(openat) CALL(close) CALL(dup) CALL(dup2) CALL(dup3) \
    CALL(pipe) CALL(pipe2) CALL(fcntl64) CALL(ioctl) CALL(read) \
    CALL(write) CALL(readv) CALL(writev) CALL(pread64) CALL(lseek) \
    CALL(_llseek) CALL(getdents64) CALL(statx) CALL(stat64) \
    CALL(lstat64) CALL(fstat64) CALL(fstatat64) CALL(access) \
    CALL(faccessat) CALL(faccessat2) CALL(readlink) CALL(readlinkat) \
    CALL(chdir) CALL(fchdir) CALL(getcwd) CALL(sendfile64) CALL(poll) \
    CALL(ppoll) CALL(ppoll_time64) CALL(_newselect) CALL(pselect6) \
    CALL(pselect6_time64) \
    \
    CALL(rt_sigaction) CALL(rt_sigprocmask) CALL(rt_sigpending) \
    CALL(rt_sigsuspend) CALL(sigaltstack) CALL(sigreturn) \
    CALL(rt_sigreturn) CALL(kill) CALL(tgkill) CALL(tkill) CALL(pause) \
    CALL(alarm) CALL(getitimer) CALL(setitimer) \
    \
    CALL(clock_gettime) CALL(clock_gettime64) CALL(nanosleep) \
    CALL(clock_nanosleep) CALL(clock_nanosleep_time64) \
    \
    CALL(uname) CALL(sysinfo) CALL(getrandom) CALL(reboot) \
    \
    AS(getuid32, root_id) AS(geteuid32, root_id) AS(getgid32, root_id) \
    AS(getegid32, root_id) CALL(getresuid32) AS(getresgid32, getresuid32) \
    CALL(getgroups32) \
    \
    AS(set_robust_list, not_here) AS(rseq, not_here) AS(clone3, not_here)

#define SLOT(name, ...)       SLOT_##name,
#define SLOT_AT(name, ...)    [SYS_##name] = SLOT_##name,
#define HANDLER(name)         HANDLER_AS(name, name)
#define HANDLER_AS(name, other) \
    [SLOT_##name] = (syscall_handler_t)sys_##other,

enum { SLOT_NONE, CALLS(SLOT, SLOT) SLOTS };

_Static_assert(SLOTS <= 1 << 8, "a slot is a byte");

const u8 syscall_slots[SYSCALL_NUMBERS] = { CALLS(SLOT_AT, SLOT_AT) };

const syscall_handler_t syscall_handlers[] = {
    [SLOT_NONE] = (syscall_handler_t)syscall_unknown,
    CALLS(HANDLER, HANDLER_AS)
};

i32 sys_not_here(void)
{
    return -ENOSYS;
}

i32 syscall_unknown(void)
{
    static bool logged[SYSCALL_NUMBERS + 1]; /* the last: all further ones */
    struct thread *thread = thread_current();
    u32 number = thread_user_frame(thread)->error;
    bool *is_logged = &logged[min_u32(number, SYSCALL_NUMBERS)];

    if (*is_logged)
        return -ENOSYS;
    *is_logged = true;
    kprintf("process %u '%s': system call %u is not here\n", thread->id,
            thread->name, number);
    return -ENOSYS;
}
