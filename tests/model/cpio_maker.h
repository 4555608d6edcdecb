/*
 * cpio_maker.h - archives for tests: whole ones, and what a reader says of any.
 */
#ifndef CPIO_MAKER_H
#define CPIO_MAKER_H

#include "kernel/cpio.h"

/* Where an archive is made; `bytes` has room enough. */
struct cpio_maker {
    u8 *bytes;
    u32 size;
};

/* A file of it. */
struct cpio_file {
    const char *name;
    u32 inode, mode, links;
    const void *data;
    u32 data_bytes;
};

/* Add a file; or the entry that ends the archive. */
void cpio_add(struct cpio_maker *maker, const struct cpio_file *file);
void cpio_end(struct cpio_maker *maker);

/* An archive in memory, as kernel/fs/cpio.c reads it. */
struct cpio_memory {
    struct cpio cpio;
    const u8 *bytes;
    bool strayed; /* it was asked for bytes outside */
};

void cpio_open_memory(struct cpio_memory *memory, const u8 *bytes, u32 size);

/*
 * Read an archive to its end, whatever it is, and look at each answer.
 *
 * entry:    room for one.
 * entries:  receives how many it has; NULL: nobody cares.
 * Returns:  what the reader did wrong; NULL: nothing.
 */
const char *cpio_judge(const u8 *bytes, u32 size, struct cpio_entry *entry,
                       u32 *entries);

#endif
