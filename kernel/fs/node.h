/*
 * kernel/fs/node.h - the tree of files, as initrd.c makes it.
 */
#ifndef KERNEL_FS_NODE_H
#define KERNEL_FS_NODE_H

#include "abi/stat.h"
#include "kernel/initrd.h"
#include "lib/list.h"

struct vm_object;

/* What a node is that tells of the kernel: see proc.c. */
enum proc_node {
    PROC_NONE, /* something else                                            */
    PROC_TOP, PROC_SELF, PROC_MEMINFO,
    PROC_PROCESS, /* the one node that is /proc/PID, whoever that is         */
    PROC_MAPS, PROC_EXE,
};

/* A name in the tree, and what it names. */
struct node {
    struct node *parent;   /* of the root: itself                         */
    struct list children;  /* of a directory, by `sibling`, as they came  */
    struct list sibling;
    struct list chain;     /* of names with the same hash                 */
    struct list linked;    /* of files with several names                 */
    struct node *file;     /* itself; or another name of the same file,
                              which has all that follows                  */
    u32 mode, links, inode, time;
    u32 device;            /* if it is one: major << 8 | minor            */
    enum proc_node proc;
    u32 data, bytes;       /* its content: where in the archive           */
    u32 archive_inode, archive_device; /* what that calls it              */
    struct vm_object *object; /* what mmap shows, once that was needed    */
    struct list shown;     /* of files that have an object                */
    u32 name_bytes;
    char name[];           /* ends with a 0                               */
};

static inline bool node_is(const struct node *node, enum file_mode kind)
{
    return (node->file->mode & S_IFMT) == (u32)kind;
}

/* The root. Cost: O(1). Context: any, after initrd_init(). */
struct node *node_root(void);

/* Let a node be found and listed by its name no more: it is PROC_PROCESS. And
 * that one. Cost: O(1). Context: boot; any. */
void node_set_process(struct node *node);
struct node *node_process(void);

/* The inode's number: below /proc/PID, one of each process's own. */
u32 node_inode(const struct spot *spot);

/* The child of that name, which is not "." or ".."; or NULL. */
struct node *node_child(const struct node *parent, const char *name,
                        u32 bytes);

/* Make a child of a name that is not there, a directory or something else;
 * NULL if there is no memory. Without a parent: the root. */
NODISCARD struct node *node_create(struct node *parent, const char *name,
                                   u32 bytes, u32 mode);

/* Find the archive. Returns: in words, where it comes from; and its size, which
 * may be 0. Context: boot. */
const char *archive_find(u32 *bytes);

/* Copy from the archive what lies within. */
void archive_read(u32 offset, void *to, u32 bytes);

/*
 * The bytes of the archive at `offset`, as far as they lie in one frame.
 *
 * bytes:    in: how many are wanted; out: how many there are.
 * Returns:  them; archive_close() them soon.
 */
const u8 *archive_open(u32 offset, u32 *bytes);
void archive_close(const u8 *bytes);

/*
 * kernel/fs/proc.c: the process that a part of a path names; 0 if there is
 * none. The one with the lowest number from `from` on; 0. What a link says, as
 * initrd_read_link(). The operations of a regular file.
 */
u32 proc_find(const char *name, u32 bytes);
u32 proc_next(u32 from);
i32 proc_read_link(const struct spot *link, char *to, u32 size);
extern const struct file_operations proc_operations;

#endif
