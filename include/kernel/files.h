/*
 * kernel/files.h - a process's descriptors: small numbers for open files.
 */
#ifndef KERNEL_FILES_H
#define KERNEL_FILES_H

#include "kernel/file.h"
#include "lib/bitset.h"

enum {
    FILES_MAX = 1024, /* descriptors of a process: 0 to 1023 */
    FILES_FEW = 8,    /* for so many nothing is allocated    */
};

/* Shared by the threads of a process (CLONE_FILES). */
struct files {
    u32 references;
    u32 room;                  /* entries of `open`                     */
    struct file **open;        /* by descriptor; NULL: free. `few`, or
                                  allocated                             */
    BITSET(free, FILES_MAX);   /* bit n: descriptor n is free           */
    BITSET(cloexec, FILES_MAX); /* bit n: n is closed by execve(2)      */
    struct file *few[FILES_FEW];
};

/*
 * Make an empty table, or for fork(2) a copy of one, of which the caller holds
 * the only reference.
 *
 * Returns:  the table; NULL if there is no memory.
 * Cost:     O(descriptors in use).
 * Context:  thread.
 */
NODISCARD struct files *files_create(void);
NODISCARD struct files *files_copy(const struct files *files);

/* Take, and drop, a reference. The last one closes all descriptors.
 * Cost: O(1); with the last O(descriptors in use). Context: thread. */
void files_get(struct files *files);
void files_put(struct files *files);

/* Close what execve(2) is to close. Cost: O(those). Context: thread. */
void files_close_on_exec(struct files *files);

/* The file behind a descriptor, any number; no reference is taken.
 * Returns: it; NULL if there is none. Cost: O(1). Context: thread. */
static inline struct file *files_at(const struct files *files, u32 fd)
{
    return fd < files->room ? files->open[fd] : NULL;
}

/*
 * Give a file the lowest free descriptor from `from` on.
 *
 * from:     at most FILES_MAX.
 * Returns:  the descriptor, which takes over the caller's reference; -EMFILE:
 *           none is free; -ENOMEM. On an error the caller keeps the reference.
 * Cost:     O(1); O(descriptors) when the table grows.
 * Context:  thread.
 */
NODISCARD i32 files_add(struct files *files, struct file *file, u32 from,
                        bool cloexec);

/*
 * Give a file the descriptor `fd`; what that stood for is closed.
 *
 * fd:       less than FILES_MAX.
 * Returns:  the descriptor, or -ENOMEM, as files_add().
 * Cost:     as files_add().
 * Context:  thread.
 */
NODISCARD i32 files_replace(struct files *files, struct file *file, u32 fd,
                            bool cloexec);

/* Close a descriptor. Returns: 0; -EBADF: it is free. Cost: that of the file's
 * release. Context: thread. */
i32 files_close(struct files *files, u32 fd);

/* Is a descriptor, which is in use, closed by execve(2)? Cost: O(1). Context:
 * thread. */
bool files_is_cloexec(const struct files *files, u32 fd);
void files_set_cloexec(struct files *files, u32 fd, bool cloexec);

#endif
