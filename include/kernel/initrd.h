/*
 * kernel/initrd.h - the files: those of an archive that the boot loader put
 * into memory, or of the one in the kernel's image. They are only read.
 */
#ifndef KERNEL_INITRD_H
#define KERNEL_INITRD_H

#include "kernel/file.h"

struct node;
struct vm_object;

/* Where a path leads to. */
struct spot {
    struct node *node; /* NULL: nowhere                   */
    u32 pid;           /* below /proc/PID: whose; else 0  */
};

enum { PATH_MAX = 4096, NAME_MAX = 255, SYMLINKS_MAX = 40 };

/*
 * Find the archive and make the tree of its files. Prints a line; an archive
 * that is broken is said, and used up to there.
 *
 * Panics:   if there is no memory for the root.
 * Cost:     O(files of the archive).
 * Context:  boot, after kheap_init().
 */
void initrd_init(void);

/*
 * Find a file.
 *
 * from:     where a path that does not begin with '/' begins; NULL: the root.
 * path:     a string of less than PATH_MAX bytes.
 * follow:   if its last part is a symbolic link, that which it names.
 * spot:     receives the file; with -ENOENT the directory where it would be,
 *           or no node if that is not there, either.
 * Returns:  0; -ENOENT, -ENOTDIR, -ELOOP, -ENAMETOOLONG, -ENOMEM.
 * Cost:     O(length), that of links included.
 * Context:  thread.
 */
NODISCARD i32 initrd_find(const struct spot *from, const char *path,
                          bool follow, struct spot *spot);

/*
 * Open a file.
 *
 * from, path: as for initrd_find().
 * flags:    of open(2).
 * file:     receives it; the caller's reference.
 * Returns:  0; the errors of initrd_find(), -EISDIR, -EEXIST, -EROFS, -EINVAL,
 *           -EOVERFLOW, -ENXIO: a device that is not there.
 * Cost:     as initrd_find().
 * Context:  thread.
 */
NODISCARD i32 initrd_open_at(const struct spot *from, const char *path,
                             u32 flags, struct file **file);
NODISCARD i32 initrd_open(const char *path, u32 flags, struct file **file);

/*
 * Give back the memory of files' content that nobody maps: it can be read from
 * the archive again. For who is short of frames.
 *
 * Returns:  how many files' it was.
 * Cost:     O(files + frames).
 * Context:  thread.
 */
u32 initrd_trim(void);

/* Where an open file is, or the one whose content an object is; no node, and
 * NULL, if it is none of the tree's (a pipe, shared memory). Cost: O(1).
 * Context: any. */
struct spot initrd_spot_of(const struct file *file);
struct node *initrd_node_shown(const struct vm_object *object);

/*
 * Write the path that leads to a spot, without a 0 behind it.
 *
 * spot:     no node: the root.
 * size:     bytes of room.
 * Returns:  its bytes; -ENAMETOOLONG.
 * Cost:     O(bytes).
 * Context:  any.
 */
NODISCARD i32 initrd_path(const struct spot *spot, char *to, u32 size);

/*
 * Copy what a symbolic link says, without a 0 behind it.
 *
 * Returns:  bytes, at most `size`; -EINVAL: it is none; -ENOENT: it leads
 *           nowhere; -ENAMETOOLONG.
 * Cost:     O(bytes).
 * Context:  thread.
 */
NODISCARD i32 initrd_read_link(const struct spot *link, char *to, u32 size);

/* Fill `out`, all of it; of a file that was opened by its path, as its table of
 * operations has it. Cost: O(1). Context: thread. */
void initrd_describe(const struct spot *spot, struct file_status *out);
void node_describe(struct file *file, struct file_status *out);

#endif
