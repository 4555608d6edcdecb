/*
 * abi/uio.h - readv and writev: a buffer in pieces.
 */
#ifndef ABI_UIO_H
#define ABI_UIO_H

#include "lib/types.h"

struct iovec {
    u32 iov_base; /* a program's address */
    u32 iov_len;
};

enum {
    IOV_MAX = 1024,
    SSIZE_MAX = 0x7fffffff,
    MAX_RW_COUNT = 0x7ffff000, /* no call transfers more */
};

#endif
