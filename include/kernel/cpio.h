/*
 * kernel/cpio.h - archives of files as `cpio -H newc` writes them. See
 * kernel/fs/cpio.c. It knows no device and no memory but the caller's.
 */
#ifndef KERNEL_CPIO_H
#define KERNEL_CPIO_H

#include "lib/types.h"

enum {
    CPIO_NAME_MAX = 4096, /* bytes, the 0 included */
};

/* An archive, and how far it has been read. */
struct cpio {
    /* Copy bytes that lie within the archive. */
    void (*read)(const struct cpio *archive, u32 offset, void *to, u32 bytes);
    u32 bytes;
    u32 next;              /* offset of the next header               */
    const char *objection; /* what is wrong with it, after the first
                              CPIO_BROKEN                             */
};

enum cpio_answer {
    CPIO_ENTRY,  /* there is one            */
    CPIO_END,    /* all has been read       */
    CPIO_BROKEN, /* it goes on in no way    */
};

/* A file of an archive. Of one with several names only the last, or each, may
 * have the content. */
struct cpio_entry {
    u32 inode, mode, links, time;
    u32 device_major, device_minor; /* that it lies on, with `inode` */
    u32 is_major, is_minor;         /* that it is                    */
    u32 data, data_bytes;           /* where its content is          */
    u32 name_bytes;                 /* without the 0                 */
    char name[CPIO_NAME_MAX];
};

/*
 * Read the next entry.
 *
 * archive:  `read` and `bytes` set, all else 0 at first.
 * entry:    filled if the answer is CPIO_ENTRY: the content lies within the
 *           archive, the name has no 0 inside and is not empty.
 * Returns:  enum cpio_answer. After CPIO_END or CPIO_BROKEN it is the same for
 *           ever.
 * Cost:     O(length of the name).
 * Context:  any in which archive->read may be called.
 */
NODISCARD enum cpio_answer cpio_next(struct cpio *archive,
                                     struct cpio_entry *entry);

#endif
