/*
 * kernel/sys/sys_stat.c - what is told of a file.
 *
 * All calls gather a struct file_status and pack it as the program wants it.
 * The structures are zeroed whole first: what has no value shows none of the
 * kernel's memory.
 *
 * Cost: that of the walk, and of copying 96 or 256 bytes.
 */
#include "kernel/syscalls_file.h"

#include "abi/fcntl.h"
#include "abi/stat.h"
#include "lib/mem.h"
#include "path.h"

enum {
    BLOCK = 4096, /* a good size for a read */
    SECTOR = 512,
    STAT_FLAGS = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH |
                 AT_STATX_SYNC_TYPE,
};

static u32 sectors(const struct file_status *status)
{
    return status->size / SECTOR + (status->size % SECTOR != 0);
}

static i32 give_stat64(u32 to, const struct file_status *status)
{
    struct stat64 out;

    memset(&out, 0, sizeof out);
    out.st_dev = status->filesystem;
    out.st_ino_low = status->inode;
    out.st_ino = status->inode;
    out.st_mode = status->mode;
    out.st_nlink = status->links;
    out.st_rdev = status->device;
    out.st_size = status->size;
    out.st_blksize = BLOCK;
    out.st_blocks = sectors(status);
    out.st_atime = out.st_mtime = out.st_ctime = status->time;
    return user_write(user_addr(to), &out, sizeof out) ? 0 : -EFAULT;
}

static i32 give_statx(u32 to, const struct file_status *status)
{
    struct statx out;

    memset(&out, 0, sizeof out);
    out.stx_mask = STATX_BASIC_STATS;
    out.stx_blksize = BLOCK;
    out.stx_nlink = status->links;
    out.stx_mode = (u16)status->mode;
    out.stx_ino = status->inode;
    out.stx_size = status->size;
    out.stx_blocks = sectors(status);
    out.stx_atime.seconds = status->time;
    out.stx_ctime.seconds = status->time;
    out.stx_mtime.seconds = status->time;
    out.stx_rdev_major = status->device >> 8;
    out.stx_rdev_minor = status->device & 0xff;
    out.stx_dev_minor = status->filesystem;
    return user_write(user_addr(to), &out, sizeof out) ? 0 : -EFAULT;
}

i32 sys_fstatat64(u32 directory, u32 path, u32 to, u32 flags)
{
    struct file_status status;

    if (flags & ~(u32)STAT_FLAGS)
        return -EINVAL;
    i32 error = path_describe(directory, path, flags, &status);
    return error ? error : give_stat64(to, &status);
}

i32 sys_stat64(u32 path, u32 to)
{
    return sys_fstatat64((u32)AT_FDCWD, path, to, 0);
}

i32 sys_lstat64(u32 path, u32 to)
{
    return sys_fstatat64((u32)AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW);
}

i32 sys_fstat64(u32 fd, u32 to)
{
    struct file *file = files_at(current_files(), fd);
    struct file_status status;

    if (!file)
        return -EBADF;
    file_describe(file, &status);
    return give_stat64(to, &status);
}

i32 sys_statx(u32 directory, u32 path, u32 flags, u32 mask, u32 to)
{
    struct file_status status;

    if ((mask & STATX_RESERVED) || (flags & ~(u32)STAT_FLAGS) ||
        (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
        return -EINVAL;
    i32 error = path_describe(directory, path, flags, &status);
    return error ? error : give_statx(to, &status);
}
