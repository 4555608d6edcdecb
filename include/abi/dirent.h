/*
 * abi/dirent.h - getdents64: the entries of a directory.
 */
#ifndef ABI_DIRENT_H
#define ABI_DIRENT_H

#include "lib/types.h"

/* One follows the other, each aligned to 8. */
struct dirent64 {
    u64 d_ino;
    i64 d_off;    /* lseek() here goes on behind it */
    u16 d_reclen; /* bytes to the next one          */
    u8 d_type;    /* S_IFMT of its mode, >> 12      */
    char d_name[]; /* ends with a 0 byte            */
};

enum { DIRENT64_NAME = 19, DIRENT64_ALIGN = 8 };

_Static_assert(offsetof(struct dirent64, d_name) == DIRENT64_NAME,
               "getdents64's structure");

#endif
