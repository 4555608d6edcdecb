/*
 * kernel/sys/path.c - the path that a program names, brought into the kernel.
 *
 * Cost: a block of PATH_MAX bytes of the heap, and the copy.
 */
#include "path.h"

#include "abi/fcntl.h"
#include "mm/kheap.h"

/* Where does it begin? */
NODISCARD static i32 find_start(struct path *path, u32 directory)
{
    path->from = process_current()->directory;
    path->file = NULL;
    if (path->text[0] == '/' || directory == (u32)AT_FDCWD)
        return 0;
    path->file = files_at(current_files(), directory);
    if (!path->file)
        return -EBADF;
    path->from = initrd_spot_of(path->file);
    return path->from.node || path->text[0] == '\0' ? 0 : -ENOTDIR;
}

i32 path_get(struct path *path, u32 directory, u32 address, bool may_be_empty)
{
    path->text = kalloc(PATH_MAX);
    if (!path->text)
        return -ENOMEM;

    i32 length = user_read_string(path->text, user_addr(address), PATH_MAX);
    i32 error = length < 0 ? length
                : length == 0 && !may_be_empty ? -ENOENT
                : find_start(path, directory);
    if (error)
        kfree(path->text);
    return error;
}

void path_put(struct path *path)
{
    kfree(path->text);
}

/* Of the file itself, if the path is empty. */
NODISCARD static i32 describe_path(const struct path *path, bool follow,
                                   struct file_status *status)
{
    struct spot spot;

    if (path->text[0] == '\0' && path->file) {
        file_describe(path->file, status);
        return 0;
    }
    const char *text = path->text[0] == '\0' ? "." : path->text;
    i32 error = initrd_find(&path->from, text, follow, &spot);
    if (!error)
        initrd_describe(&spot, status);
    return error;
}

i32 path_describe(u32 directory, u32 address, u32 flags,
                  struct file_status *status)
{
    struct path path;
    i32 error =
        path_get(&path, directory, address, (flags & AT_EMPTY_PATH) != 0);

    if (error)
        return error;
    error = describe_path(&path, !(flags & AT_SYMLINK_NOFOLLOW), status);
    path_put(&path);
    return error;
}
