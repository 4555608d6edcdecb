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
    path->from = (struct spot){ .node = NULL };
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
