/*
 * kernel/syscalls_file.h - the system calls of files.
 *
 * As kernel/syscalls.h says: what each does is Linux's manual, section 2.
 * Context of all: thread of a process, interrupts on.
 */
#ifndef KERNEL_SYSCALLS_FILE_H
#define KERNEL_SYSCALLS_FILE_H

#include "lib/types.h"

/* kernel/sys/sys_io.c */
i32 sys_read(u32 fd, u32 buffer, u32 bytes);
i32 sys_write(u32 fd, u32 buffer, u32 bytes);
i32 sys_readv(u32 fd, u32 pieces, u32 count);
i32 sys_writev(u32 fd, u32 pieces, u32 count);
i32 sys_pread64(u32 fd, u32 buffer, u32 bytes, u32 offset_low,
                u32 offset_high);
i32 sys_sendfile64(u32 out_fd, u32 in_fd, u32 offset, u32 bytes);
i32 sys_lseek(u32 fd, u32 offset, u32 whence);
i32 sys__llseek(u32 fd, u32 offset_high, u32 offset_low, u32 result,
                u32 whence);

/* kernel/sys/sys_fd.c */
i32 sys_close(u32 fd);
i32 sys_dup(u32 fd);
i32 sys_dup2(u32 fd, u32 to);
i32 sys_dup3(u32 fd, u32 to, u32 flags);
i32 sys_pipe(u32 fds);
i32 sys_pipe2(u32 fds, u32 flags);
i32 sys_fcntl64(u32 fd, u32 command, u32 argument);
i32 sys_ioctl(u32 fd, u32 request, u32 argument);

/* kernel/sys/sys_path.c */
i32 sys_open(u32 path, u32 flags, u32 mode);
i32 sys_openat(u32 directory, u32 path, u32 flags, u32 mode);
i32 sys_readlink(u32 path, u32 buffer, u32 bytes);
i32 sys_readlinkat(u32 directory, u32 path, u32 buffer, u32 bytes);
i32 sys_access(u32 path, u32 rights);
i32 sys_faccessat(u32 directory, u32 path, u32 rights);
i32 sys_faccessat2(u32 directory, u32 path, u32 rights, u32 flags);
i32 sys_chdir(u32 path);
i32 sys_fchdir(u32 fd);
i32 sys_getcwd(u32 buffer, u32 bytes);
i32 sys_getdents64(u32 fd, u32 buffer, u32 bytes);

/* kernel/sys/sys_stat.c */
i32 sys_stat64(u32 path, u32 to);
i32 sys_lstat64(u32 path, u32 to);
i32 sys_fstat64(u32 fd, u32 to);
i32 sys_fstatat64(u32 directory, u32 path, u32 to, u32 flags);
i32 sys_statx(u32 directory, u32 path, u32 flags, u32 mask, u32 to);

/* kernel/sys/sys_poll.c */
i32 sys_poll(u32 entries, u32 count, u32 milliseconds);
i32 sys_ppoll(u32 entries, u32 count, u32 time, u32 set, u32 set_bytes);
i32 sys_ppoll_time64(u32 entries, u32 count, u32 time, u32 set,
                     u32 set_bytes);
i32 sys__newselect(u32 count, u32 in, u32 out, u32 urgent, u32 time);
i32 sys_pselect6(u32 count, u32 in, u32 out, u32 urgent, u32 time, u32 mask);
i32 sys_pselect6_time64(u32 count, u32 in, u32 out, u32 urgent, u32 time,
                        u32 mask);

#endif
