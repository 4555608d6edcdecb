/*
 * kernel/sys/path.h - what the calls of files have in common: a descriptor's
 * file, and the path that a program names.
 */
#ifndef KERNEL_SYS_PATH_H
#define KERNEL_SYS_PATH_H

#include "kernel/files.h"
#include "kernel/initrd.h"
#include "kernel/process.h"

/* A path in the kernel, and where it begins. */
struct path {
    char *text;         /* from kalloc()                                */
    struct spot from;   /* no node: the root                            */
    struct file *file;  /* if the path is empty: the descriptor's file;
                           NULL: it is AT_FDCWD                         */
};

static inline struct files *current_files(void)
{
    return process_current()->files;
}

/*
 * Copy a program's path.
 *
 * directory: a descriptor, or AT_FDCWD.
 * may_be_empty: "" stands for the descriptor itself.
 * Returns:  0, and path_put() is due; -EFAULT, -ENAMETOOLONG, -ENOENT, -EBADF,
 *           -ENOTDIR, -ENOMEM.
 * Cost:     O(length).
 * Context:  thread of a process.
 */
NODISCARD i32 path_get(struct path *path, u32 directory, u32 address,
                       bool may_be_empty);
void path_put(struct path *path);

/*
 * What is told of the file that a program's path leads to.
 *
 * flags:    AT_SYMLINK_NOFOLLOW; AT_EMPTY_PATH: the path may be empty.
 * Returns:  0; as path_get() and initrd_find().
 * Cost:     that of the walk.
 * Context:  thread of a process.
 */
NODISCARD i32 path_describe(u32 directory, u32 address, u32 flags,
                            struct file_status *status);

#endif
