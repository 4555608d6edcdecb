/*
 * kernel/fs/files.c - a process's descriptors: small numbers for open files.
 *
 * A descriptor is an index of `open`; which are free, and which are to be
 * closed by execve(2), say two bitsets, so that the lowest free one is found
 * in constant time. Most processes have three: a table has room for eight in
 * itself, and gets an array beside it when there are more.
 *
 * Invariants:
 *   1. Bit n of `free` is set iff n >= room or open[n] is NULL.
 *   2. Bit n of `cloexec` is set only if open[n] is not NULL.
 *   3. Each entry of `open` counts as one reference of its file.
 *
 * Cost: of a new descriptor O(1), with an array of twice the size when the
 * room is used up.
 */
#include "kernel/files.h"

#include "lib/mem.h"
#include "mm/kheap.h"

struct files *files_create(void)
{
    struct files *files = kcalloc(1, sizeof *files);

    if (!files)
        return NULL;
    files->references = 1;
    files->room = FILES_FEW;
    files->open = files->few;
    bitset_fill(files->free, FILES_MAX);
    return files;
}

/* Make room for descriptor `fd`. */
NODISCARD static bool grow(struct files *files, u32 fd)
{
    u32 room = files->room;

    while (room <= fd)
        room *= 2;
    struct file **open = kcalloc(room, sizeof(struct file *));
    if (!open)
        return false;
    memcpy(open, files->open, files->room * sizeof(struct file *));
    if (files->open != files->few)
        kfree(files->open);
    files->open = open;
    files->room = room;
    return true;
}

/* The highest descriptor in use; 0 if there is none. */
static u32 highest(const struct files *files)
{
    u32 fd = files->room - 1;

    while (fd > 0 && !files->open[fd])
        fd--;
    return fd;
}

struct files *files_copy(const struct files *files)
{
    struct files *copy = files_create();
    u32 last = highest(files);

    if (!copy)
        return NULL;
    if (last >= copy->room && !grow(copy, last)) {
        kfree(copy);
        return NULL;
    }
    memcpy(copy->free, files->free, sizeof copy->free);
    memcpy(copy->cloexec, files->cloexec, sizeof copy->cloexec);
    for (u32 fd = 0; fd <= last; fd++) {
        copy->open[fd] = files->open[fd];
        if (copy->open[fd])
            file_get(copy->open[fd]);
    }
    return copy;
}

void files_get(struct files *files)
{
    files->references++;
}

void files_put(struct files *files)
{
    if (--files->references > 0)
        return;
    for (u32 fd = 0; fd < files->room; fd++)
        if (files->open[fd])
            file_put(files->open[fd]);
    if (files->open != files->few)
        kfree(files->open);
    kfree(files);
}

void files_close_on_exec(struct files *files)
{
    while (!bitset_is_empty(files->cloexec))
        (void)files_close(files, bitset_first(files->cloexec));
}

void files_set_cloexec(struct files *files, u32 fd, bool cloexec)
{
    if (cloexec)
        bitset_add(files->cloexec, fd);
    else
        bitset_remove(files->cloexec, fd);
}

bool files_is_cloexec(const struct files *files, u32 fd)
{
    return bitset_test(files->cloexec, fd);
}

static void set(struct files *files, struct file *file, u32 fd, bool cloexec)
{
    files->open[fd] = file;
    bitset_remove(files->free, fd);
    files_set_cloexec(files, fd, cloexec);
}

i32 files_add(struct files *files, struct file *file, u32 from, bool cloexec)
{
    u32 fd = bitset_next(files->free, from);

    if (fd == BITSET_NONE)
        return -EMFILE;
    if (fd >= files->room && !grow(files, fd))
        return -ENOMEM;
    set(files, file, fd, cloexec);
    return (i32)fd;
}

i32 files_replace(struct files *files, struct file *file, u32 fd, bool cloexec)
{
    if (fd >= files->room && !grow(files, fd))
        return -ENOMEM;

    struct file *old = files->open[fd];
    set(files, file, fd, cloexec);
    if (old)
        file_put(old);
    return (i32)fd;
}

i32 files_close(struct files *files, u32 fd)
{
    struct file *file = files_at(files, fd);

    if (!file)
        return -EBADF;
    files->open[fd] = NULL;
    bitset_add(files->free, fd);
    bitset_remove(files->cloexec, fd);
    file_put(file);
    return 0;
}
