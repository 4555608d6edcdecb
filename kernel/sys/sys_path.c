/*
 * kernel/sys/sys_path.c - calls that name a file by its path, and what is in a
 * directory.
 *
 * Cost: that of the walk, and of a path's block of the heap.
 */
#include "kernel/syscalls_file.h"

#include "abi/dirent.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/string.h"
#include "mm/kheap.h"
#include "path.h"

enum { RIGHTS = 7, MAY_EXECUTE = 1, MAY_WRITE = 2 }; /* of access(2) */

/* The mode would be that of a new file, and there are none. */
i32 sys_openat(u32 directory, u32 address, u32 flags, u32 mode)
{
    struct path path;
    struct file *file;
    i32 error = path_get(&path, directory, address, false);

    (void)mode;
    if (error)
        return error;
    error = initrd_open_at(&path.from, path.text, flags, &file);
    path_put(&path);
    if (error)
        return error;
    i32 fd = files_add(current_files(), file, 0, (flags & O_CLOEXEC) != 0);
    if (fd < 0)
        file_put(file);
    return fd;
}

i32 sys_open(u32 path, u32 flags, u32 mode)
{
    return sys_openat((u32)AT_FDCWD, path, flags, mode);
}

/* Where a path leads to; an empty one to `directory` itself, which may be no
 * node. */
NODISCARD static i32 find(const struct path *path, bool follow,
                          struct spot *spot)
{
    if (path->text[0] != '\0')
        return initrd_find(&path->from, path->text, follow, spot);
    *spot = path->from;
    return 0;
}

i32 sys_readlinkat(u32 directory, u32 address, u32 to, u32 bytes)
{
    struct path path;
    struct spot spot;

    if (bytes == 0 || bytes > SSIZE_MAX)
        return -EINVAL;
    i32 error = path_get(&path, directory, address, true);
    if (error)
        return error;
    bool is_empty = path.text[0] == '\0';
    i32 length = find(&path, false, &spot);
    if (!length)
        length = spot.node ? initrd_read_link(&spot, path.text, PATH_MAX)
                           : -EINVAL;
    if (length == -EINVAL && is_empty)
        length = -ENOENT;
    if (length > (i32)bytes)
        length = (i32)bytes;
    if (length > 0 && !user_write(user_addr(to), path.text, (u32)length))
        length = -EFAULT;
    path_put(&path);
    return length;
}

i32 sys_readlink(u32 path, u32 to, u32 bytes)
{
    return sys_readlinkat((u32)AT_FDCWD, path, to, bytes);
}

/* Root may read all, write where it is not read-only, and run what anybody
 * may. */
static i32 judge_access(const struct file_status *about, u32 rights)
{
    u32 kind = about->mode & S_IFMT;

    if ((rights & MAY_EXECUTE) && kind != S_IFDIR && !(about->mode & S_EXECUTE))
        return -EACCES;
    if ((rights & MAY_WRITE) && about->filesystem == FILESYSTEM_TREE &&
        (kind == S_IFREG || kind == S_IFDIR || kind == S_IFLNK))
        return -EROFS;
    return 0;
}

i32 sys_faccessat2(u32 directory, u32 path, u32 rights, u32 flags)
{
    struct file_status about;

    if ((rights & ~(u32)RIGHTS) ||
        (flags & ~(u32)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
        return -EINVAL;
    i32 error = path_describe(directory, path, flags, &about);
    return error ? error : judge_access(&about, rights);
}

i32 sys_faccessat(u32 directory, u32 path, u32 rights)
{
    return sys_faccessat2(directory, path, rights, 0);
}

i32 sys_access(u32 path, u32 rights)
{
    return sys_faccessat((u32)AT_FDCWD, path, rights);
}

/* ---------------------------------------------------- the current directory */

/* If it is one. */
static i32 go_to(const struct spot *spot)
{
    struct file_status about;

    initrd_describe(spot, &about);
    if ((about.mode & S_IFMT) != S_IFDIR)
        return -ENOTDIR;
    process_current()->directory = *spot;
    return 0;
}

i32 sys_chdir(u32 address)
{
    struct path path;
    struct spot spot;
    i32 error = path_get(&path, (u32)AT_FDCWD, address, false);

    if (error)
        return error;
    error = find(&path, true, &spot);
    path_put(&path);
    return error ? error : go_to(&spot);
}

i32 sys_fchdir(u32 fd)
{
    struct file *file = files_at(current_files(), fd);

    if (!file)
        return -EBADF;
    struct spot spot = initrd_spot_of(file);
    return spot.node ? go_to(&spot) : -ENOTDIR;
}

/* That of a process, once that has ended, is nowhere. */
i32 sys_getcwd(u32 to, u32 size)
{
    const struct spot *spot = &process_current()->directory;

    if (spot->pid && !process_find(spot->pid))
        return -ENOENT;
    char *text = kalloc(PATH_MAX);
    if (!text)
        return -ENOMEM;
    i32 bytes = initrd_path(spot, text, PATH_MAX - 1);
    if (bytes > 0)
        text[bytes++] = '\0';
    if (bytes > 0 && (u32)bytes > size)
        bytes = -ERANGE;
    if (bytes > 0 && !user_write(user_addr(to), text, (u32)bytes))
        bytes = -EFAULT;
    kfree(text);
    return bytes;
}

/* --------------------------------------------------------------- getdents64 */

/* Where entries go to. */
struct listing {
    user_addr_t to;
    u32 left;     /* bytes of room                     */
    u32 done;     /* bytes written                     */
    i32 error;    /* why the last one was not taken    */
    u8 record[DIRENT64_NAME + NAME_MAX + 1 + DIRENT64_ALIGN];
};

static bool list_entry(const struct file_entry *entry, u64 offset_behind,
                       void *context)
{
    struct listing *listing = context;
    struct dirent64 *record = (void *)listing->record;
    u32 length = (u32)strlen(entry->name);
    u32 bytes = round_up(DIRENT64_NAME + length + 1, DIRENT64_ALIGN);

    if (bytes > listing->left) {
        listing->error = -EINVAL;
        return false;
    }
    memset(record, 0, bytes);
    record->d_ino = entry->inode;
    record->d_off = (i64)offset_behind;
    record->d_reclen = (u16)bytes;
    record->d_type = (u8)((entry->mode & S_IFMT) >> 12);
    memcpy(record->d_name, entry->name, length);
    if (!user_write(listing->to, record, bytes)) {
        listing->error = -EFAULT;
        return false;
    }
    listing->to = user_addr_add(listing->to, bytes);
    listing->left -= bytes;
    listing->done += bytes;
    return true;
}

i32 sys_getdents64(u32 fd, u32 to, u32 bytes)
{
    struct file *file = files_at(current_files(), fd);
    struct listing listing = { .to = user_addr(to),
                               .left = bytes > SSIZE_MAX ? 0 : bytes };

    if (!file || (file->flags & O_PATH))
        return -EBADF;
    if (!file->operations->entries)
        return -ENOTDIR;
    file->operations->entries(file, list_entry, &listing);
    return listing.done ? (i32)listing.done : listing.error;
}
