/*
 * kernel/sys/sys_fd.c - descriptors: making, copying and asking about them.
 *
 * Cost: O(1), and the file's own operation.
 */
#include "kernel/syscalls_file.h"

#include "abi/fcntl.h"
#include "kernel/pipe.h"
#include "path.h"

enum { SETTABLE = O_APPEND | O_NONBLOCK | O_NOATIME }; /* by F_SETFL */

i32 sys_close(u32 fd)
{
    return files_close(current_files(), fd);
}

/* Let one more descriptor, the lowest from `from` on, name a file. */
static i32 duplicate(struct file *file, u32 from, bool cloexec)
{
    i32 fd = files_add(current_files(), file, from, cloexec);

    if (fd >= 0)
        file_get(file);
    return fd;
}

i32 sys_dup(u32 fd)
{
    struct file *file = files_at(current_files(), fd);

    return file ? duplicate(file, 0, false) : -EBADF;
}

static i32 duplicate_to(u32 fd, u32 to, bool cloexec)
{
    struct file *file = files_at(current_files(), fd);

    if (!file || to >= FILES_MAX)
        return -EBADF;
    i32 done = files_replace(current_files(), file, to, cloexec);
    if (done >= 0)
        file_get(file);
    return done;
}

i32 sys_dup2(u32 fd, u32 to)
{
    if (fd == to)
        return files_at(current_files(), fd) ? (i32)fd : -EBADF;
    return duplicate_to(fd, to, false);
}

i32 sys_dup3(u32 fd, u32 to, u32 flags)
{
    if ((flags & ~(u32)O_CLOEXEC) || fd == to)
        return -EINVAL;
    return duplicate_to(fd, to, (flags & O_CLOEXEC) != 0);
}

/* -------------------------------------------------------------------- pipes */

/* Give both ends a descriptor. On an error neither has one. */
NODISCARD static i32 add_ends(struct file *ends[2], bool cloexec, i32 fds[2])
{
    struct files *files = current_files();

    fds[0] = files_add(files, ends[0], 0, cloexec);
    if (fds[0] < 0) {
        file_put(ends[0]);
        file_put(ends[1]);
        return fds[0];
    }
    fds[1] = files_add(files, ends[1], 0, cloexec);
    if (fds[1] < 0) {
        (void)files_close(files, (u32)fds[0]);
        file_put(ends[1]);
        return fds[1];
    }
    return 0;
}

i32 sys_pipe2(u32 to, u32 flags)
{
    struct file *ends[2];
    i32 fds[2];

    if (flags & ~(u32)(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    i32 error = pipe_create(ends, flags & O_NONBLOCK);
    if (!error)
        error = add_ends(ends, (flags & O_CLOEXEC) != 0, fds);
    if (error)
        return error;
    if (user_write(user_addr(to), fds, sizeof fds))
        return 0;
    (void)files_close(current_files(), (u32)fds[0]);
    (void)files_close(current_files(), (u32)fds[1]);
    return -EFAULT;
}

i32 sys_pipe(u32 to)
{
    return sys_pipe2(to, 0);
}

/* ------------------------------------------------------------- fcntl, ioctl */

static i32 set_flags(struct file *file, u32 flags)
{
    if (flags & O_DIRECT)
        return -EINVAL;
    file->flags = (file->flags & ~(u32)SETTABLE) | (flags & SETTABLE);
    return 0;
}

static bool is_for_paths(u32 command)
{
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC ||
           command == F_GETFD || command == F_SETFD || command == F_GETFL;
}

i32 sys_fcntl64(u32 fd, u32 command, u32 argument)
{
    struct files *files = current_files();
    struct file *file = files_at(files, fd);

    if (!file || ((file->flags & O_PATH) && !is_for_paths(command)))
        return -EBADF;
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return argument < FILES_MAX
                   ? duplicate(file, argument, command == F_DUPFD_CLOEXEC)
                   : -EINVAL;
    case F_GETFD:
        return files_is_cloexec(files, fd) ? FD_CLOEXEC : 0;
    case F_SETFD:
        files_set_cloexec(files, fd, (argument & FD_CLOEXEC) != 0);
        return 0;
    case F_GETFL:
        return (i32)file->flags;
    case F_SETFL:
        return set_flags(file, argument);
    case F_GETPIPE_SZ:
        return pipe_is(file) ? PIPE_BYTES : -EBADF;
    default:
        return -EINVAL;
    }
}

i32 sys_ioctl(u32 fd, u32 request, u32 argument)
{
    struct file *file = files_at(current_files(), fd);

    if (!file || (file->flags & O_PATH))
        return -EBADF;
    if (!file->operations->ioctl)
        return -ENOTTY;
    return file->operations->ioctl(file, request, argument);
}
