/*
 * kernel/syscalls.h - the system calls: what a number of abi/syscall.h leads
 * to. What each does is Linux's manual, section 2.
 *
 * A handler has as many parameters as its call; the entry passes all six
 * registers, and i386's convention lets a function take fewer. It answers 0 or
 * more, or -errno. Pointers are numbers here, and become memory in usercopy
 * only. Context of all: thread of a process, interrupts on.
 */
#ifndef KERNEL_SYSCALLS_H
#define KERNEL_SYSCALLS_H

#include "abi/syscall.h"
#include "kernel/syscalls_file.h"
#include "lib/types.h"

struct used_time;

/* Of any parameters: called as i32 (*)(u32 ebx, u32 ecx, u32 edx, u32 esi,
 * u32 edi, u32 ebp). */
typedef void (*syscall_handler_t)(void);

/* Most numbers have no call: each has a slot, and each slot but the first a
 * call of its own. In the first slot, syscall_unknown() answers. */
extern const u8 syscall_slots[SYSCALL_NUMBERS];
extern const syscall_handler_t syscall_handlers[];

/*
 * Answer a call that is not there. The first time that a number comes up it is
 * logged, with the program's name.
 *
 * Returns:  -ENOSYS.
 * Cost:     O(1).
 * Context:  a system call.
 */
i32 syscall_unknown(void);

/*
 * Say it in the words of a program: a status as 0 or -errno; and for people, as
 * the end of a sentence, why something could not be run.
 *
 * Cost:     O(1).
 * Context:  any.
 */
i32 errno_of(enum status status);
const char *errno_sentence(i32 result);

/* kernel/proc/exec.c */
i32 sys_execve(u32 path, u32 arguments, u32 environment);

/* kernel/sys/sys_process.c */
i32 sys_fork(void);
i32 sys_vfork(void);
NORETURN void sys_exit_group(u32 code);
i32 sys_waitpid(u32 pid, u32 status, u32 options);
i32 sys_wait4(u32 pid, u32 status, u32 options, u32 usage);
i32 sys_getpid(void);
i32 sys_getppid(void);
i32 sys_sched_yield(void);
i32 sys_sched_getaffinity(u32 id, u32 bytes, u32 set);
i32 sys_root_id(void); /* getuid32 and its like: everybody is root */
i32 sys_getresuid32(u32 real, u32 effective, u32 saved);
i32 sys_getgroups32(u32 size, u32 list);
i32 sys_umask(u32 mask);
i32 sys_prctl(u32 option, u32 argument);

/* kernel/sys/sys_group.c */
i32 sys_setpgid(u32 pid, u32 group);
i32 sys_getpgid(u32 pid);
i32 sys_getpgrp(void);
i32 sys_setsid(void);
i32 sys_getsid(u32 pid);

/* kernel/sys/sys_usage.c. And what wait4() tells of a child's time, as struct
 * rusage. Returns: false if it cannot be written. */
i32 sys_getrusage(u32 whose, u32 usage);
i32 sys_times(u32 times);
i32 sys_sysinfo(u32 info);
bool usage_give(u32 to, const struct used_time *used);

/* kernel/sys/sys_thread.c */
i32 sys_clone(u32 flags, u32 stack, u32 parent_tid, u32 tls, u32 child_tid);
NORETURN void sys_exit(u32 code);
i32 sys_gettid(void);
i32 sys_set_tid_address(u32 address);
i32 sys_set_thread_area(u32 description);
i32 sys_get_thread_area(u32 description);
i32 sys_futex(u32 word, u32 operation, u32 value, u32 time, u32 other_word,
              u32 value3);
i32 sys_futex_time64(u32 word, u32 operation, u32 value, u32 time,
                     u32 other_word, u32 value3);

/* kernel/sys/sys_limit.c */
i32 sys_ugetrlimit(u32 which, u32 limit);
i32 sys_setrlimit(u32 which, u32 limit);
i32 sys_prlimit64(u32 pid, u32 which, u32 new_limit, u32 old_limit);

/* kernel/sys/sys_memory.c */
i32 sys_mmap2(u32 address, u32 bytes, u32 rights, u32 flags, u32 fd, u32 page);
i32 sys_munmap(u32 address, u32 bytes);
i32 sys_mprotect(u32 address, u32 bytes, u32 rights);
i32 sys_mremap(u32 address, u32 old_bytes, u32 new_bytes, u32 flags, u32 to);
i32 sys_madvise(u32 address, u32 bytes, u32 advice);
i32 sys_mincore(u32 address, u32 bytes, u32 vector);
i32 sys_msync(u32 address, u32 bytes, u32 flags);
i32 sys_mlock(u32 address, u32 bytes);
i32 sys_munlock(u32 address, u32 bytes);
i32 sys_brk(u32 end);

/* kernel/sys/sys_signal.c */
i32 sys_rt_sigaction(u32 number, u32 action, u32 old_action, u32 set_bytes);
i32 sys_rt_sigprocmask(u32 how, u32 set, u32 old_set, u32 set_bytes);
i32 sys_rt_sigpending(u32 set, u32 set_bytes);
i32 sys_rt_sigsuspend(u32 set, u32 set_bytes);
i32 sys_pause(void);
i32 sys_sigaltstack(u32 stack, u32 old_stack);
i32 sys_sigreturn(void);
i32 sys_rt_sigreturn(void);
i32 sys_kill(u32 pid, u32 number);
i32 sys_tgkill(u32 group, u32 id, u32 number);
i32 sys_tkill(u32 id, u32 number);
i32 sys_alarm(u32 seconds);
i32 sys_getitimer(u32 which, u32 timer);
i32 sys_setitimer(u32 which, u32 timer, u32 old_timer);

/* kernel/sys/sys_time.c */
i32 sys_clock_gettime(u32 clock, u32 time);
i32 sys_clock_gettime64(u32 clock, u32 time);
i32 sys_nanosleep(u32 request, u32 rest);
i32 sys_clock_nanosleep(u32 clock, u32 flags, u32 request, u32 rest);
i32 sys_clock_nanosleep_time64(u32 clock, u32 flags, u32 request, u32 rest);

/* kernel/sys/sys_machine.c */
i32 sys_uname(u32 names);
i32 sys_getrandom(u32 buffer, u32 bytes, u32 flags);
i32 sys_reboot(u32 magic, u32 magic2, u32 command, u32 argument);

/* kernel/sys/table.c: set_robust_list, rseq and clone3. They are not here, and
 * are asked for by each program: -ENOSYS without a word. */
i32 sys_not_here(void);

#endif
