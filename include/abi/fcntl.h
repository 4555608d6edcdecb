/*
 * abi/fcntl.h - open, openat and fcntl: how a file is opened.
 */
#ifndef ABI_FCNTL_H
#define ABI_FCNTL_H

enum open_flag {
    O_RDONLY = 0,
    O_WRONLY = 01,
    O_RDWR = 02,
    O_ACCMODE = 03,
    O_CREAT = 0100,
    O_EXCL = 0200,
    O_NOCTTY = 0400,
    O_TRUNC = 01000,
    O_APPEND = 02000,
    O_NONBLOCK = 04000,
    O_DSYNC = 010000,
    O_DIRECT = 040000,
    O_LARGEFILE = 0100000,
    O_DIRECTORY = 0200000,
    O_NOFOLLOW = 0400000,
    O_NOATIME = 01000000,
    O_CLOEXEC = 02000000,
    O_PATH = 010000000,
    O_TMPFILE = 020000000 | O_DIRECTORY,
};

/* For the calls that take a directory's descriptor. */
enum at_flag {
    AT_FDCWD = -100, /* the directory that the process is in */
    AT_SYMLINK_NOFOLLOW = 0x100,
    AT_EACCESS = 0x200, /* of faccessat2(): as whom it acts */
    AT_SYMLINK_FOLLOW = 0x400,
    AT_NO_AUTOMOUNT = 0x800,
    AT_EMPTY_PATH = 0x1000,
    AT_STATX_FORCE_SYNC = 0x2000,
    AT_STATX_DONT_SYNC = 0x4000,
    AT_STATX_SYNC_TYPE = 0x6000,
};

enum fcntl_command {
    F_DUPFD = 0,
    F_GETFD = 1,
    F_SETFD = 2,
    F_GETFL = 3,
    F_SETFL = 4,
    F_DUPFD_CLOEXEC = 1030,
    F_GETPIPE_SZ = 1032,
};

enum { FD_CLOEXEC = 1 };

#endif
