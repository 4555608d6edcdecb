/*
 * kernel/file.h - an open file: what a descriptor stands for.
 *
 * open(2) and pipe(2) make it, dup(2) and fork(2) let more descriptors name
 * the same: they share its offset and its flags. What kind of file it is, is
 * its table of operations.
 */
#ifndef KERNEL_FILE_H
#define KERNEL_FILE_H

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "kernel/user_buffer.h"

struct file;
struct vm_object;
struct text;

/* Where files lie: st_dev. */
enum filesystem {
    FILESYSTEM_TREE = 1, FILESYSTEM_PIPES, FILESYSTEM_PROC,
    FILESYSTEM_SHARED, /* memory without a file, in /proc/PID/maps */
};

/* What stat(2) tells of a file. */
struct file_status {
    u32 mode;       /* S_IFMT | permissions          */
    u32 links;
    u32 inode;
    u32 size;       /* bytes                         */
    u32 device;     /* major << 8 | minor: it is one */
    u32 filesystem; /* that it lies on               */
    u32 time;       /* of the last change, in s      */
};

/* An entry of a directory. */
struct file_entry {
    const char *name;
    u32 inode;
    u32 mode;
};

/* For each the file was opened as it must be. NULL, where allowed: the answer
 * is what the comment says. */
struct file_operations {
    /* Transfer as much of the buffer as there is, or blocks until there is
     * some: bytes, 0 at the end, or -errno. NULL: -EINVAL. */
    i32 (*read)(struct file *file, struct user_buffer *to);
    i32 (*write)(struct file *file, struct user_buffer *from);
    /* May its offset be moved? false: -ESPIPE. */
    bool has_offset;
    /* Is it made as it is read, so that its end is not known before? */
    bool has_no_end;
    /* What can be done without having to wait: enum poll_event. Who makes that
     * more says poll_changed(). NULL: reading and writing. */
    u32 (*poll)(struct file *file);
    /* NULL: -ENOTTY. */
    i32 (*ioctl)(struct file *file, u32 request, u32 argument);
    void (*describe)(struct file *file, struct file_status *out);
    /* Give the entries of a directory from file->offset on to `take`, until
     * that says false, and count those taken. NULL: -ENOTDIR. */
    void (*entries)(struct file *file,
                    bool (*take)(const struct file_entry *entry,
                                 u64 offset_behind, void *context),
                    void *context);
    /* What mmap(2) shows; no reference is taken: the file's own keeps it.
     * That of an empty file has no page. NULL: -ENODEV. */
    i32 (*object)(struct file *file, struct vm_object **object);
    /* The last reference is gone. NULL: nobody needs to know. */
    void (*release)(struct file *file);
};

struct file {
    const struct file_operations *operations;
    u32 references;
    u32 flags;      /* O_ACCMODE, O_APPEND, O_NONBLOCK, ... */
    u64 offset;     /* bytes; of a directory, entries       */
    void *data;     /* of the operations                    */
    u32 pid;            /* of a file below /proc/PID; else 0 */
    struct text *text;  /* of a file of /proc: its reader's place */
};

/*
 * Make an open file, of which the caller holds the only reference.
 *
 * flags:    as given to open(2).
 * Returns:  the file; NULL if there is no memory.
 * Cost:     O(1).
 * Context:  thread.
 */
NODISCARD struct file *file_create(const struct file_operations *operations,
                                   u32 flags, void *data);

/* The last reference is gone. Cost: the release's. Context: thread. */
void file_close(struct file *file);

/* Take, and drop, a reference; with the last one the file is closed. Cost:
 * O(1), and the release's. Context: thread. */
static inline void file_get(struct file *file)
{
    file->references++;
}

static inline void file_put(struct file *file)
{
    if (--file->references == 0)
        file_close(file);
}

/* Was it opened for that? Cost: O(1). Context: any. */
static inline bool file_may_read(const struct file *file)
{
    return !(file->flags & (O_WRONLY | O_PATH));
}

static inline bool file_may_write(const struct file *file)
{
    return ((file->flags + 1) & O_RDWR) && !(file->flags & O_PATH);
}

/*
 * read(2), write(2): transfer at the offset, and move that on. The file was
 * opened for it.
 *
 * Returns:  bytes; -EINVAL: there is no such operation; else the operation's
 *           error.
 * Cost:     the operation's.
 * Context:  thread; may block. The caller holds a reference.
 */
NODISCARD static inline i32 file_read(struct file *file, struct user_buffer *to)
{
    return file->operations->read ? file->operations->read(file, to) : -EINVAL;
}

NODISCARD static inline i32 file_write(struct file *file,
                                       struct user_buffer *from)
{
    return file->operations->write ? file->operations->write(file, from)
                                   : -EINVAL;
}

/* Fill `out`, all of it. Cost: O(1). Context: thread. */
void file_describe(struct file *file, struct file_status *out);

/*
 * The object that mmap(2) shows of a file; the file holds a reference.
 *
 * object:   receives it; NULL on an error.
 * Returns:  0; -ENODEV: it has none; -ENOMEM.
 * Cost:     O(1).
 * Context:  thread.
 */
NODISCARD i32 file_object(struct file *file, struct vm_object **object);

/*
 * Read a file's content into the kernel, as its object shows it; the offset
 * stays. For who loads programs.
 *
 * Returns:  bytes: fewer than asked for at the end of the file; -ENODEV,
 *           -ENOMEM, -EIO.
 * Cost:     O(bytes).
 * Context:  thread.
 */
NODISCARD i32 file_load(struct file *file, u32 offset, void *to, u32 bytes);

#endif
