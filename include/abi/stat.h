/*
 * abi/stat.h - fstat64 and statx: what is told of a file.
 */
#ifndef ABI_STAT_H
#define ABI_STAT_H

#include "lib/types.h"

/* st_mode: one kind, and permissions. */
enum file_mode {
    S_IFMT = 0170000,
    S_IFIFO = 0010000,
    S_IFCHR = 0020000,
    S_IFDIR = 0040000,
    S_IFBLK = 0060000,
    S_IFREG = 0100000,
    S_IFLNK = 0120000,
    S_IFSOCK = 0140000,
    S_PERMISSIONS = 07777,
    S_RIGHTS = 0777,
    S_EXECUTE = 0111, /* by anybody */
};

/* Of fstat64(). Every byte is a member: none is left as it was. */
struct stat64 {
    u64 st_dev;
    u32 pad0;
    u32 st_ino_low;
    u32 st_mode;
    u32 st_nlink;
    u32 st_uid;
    u32 st_gid;
    u64 st_rdev;
    u32 pad1;
    i64 st_size;
    u32 st_blksize;
    u64 st_blocks; /* of 512 bytes */
    u32 st_atime, st_atime_nsec;
    u32 st_mtime, st_mtime_nsec;
    u32 st_ctime, st_ctime_nsec;
    u64 st_ino;
} __attribute__((packed, aligned(4)));

struct statx_time {
    i64 seconds;
    u32 nanoseconds;
    i32 pad;
};

/* Of statx(). */
struct statx {
    u32 stx_mask;
    u32 stx_blksize;
    u64 stx_attributes;
    u32 stx_nlink;
    u32 stx_uid;
    u32 stx_gid;
    u16 stx_mode;
    u16 pad0;
    u64 stx_ino;
    u64 stx_size;
    u64 stx_blocks;
    u64 stx_attributes_mask;
    struct statx_time stx_atime, stx_btime, stx_ctime, stx_mtime;
    u32 stx_rdev_major, stx_rdev_minor;
    u32 stx_dev_major, stx_dev_minor;
    u64 pad1[14];
};

#define STATX_BASIC_STATS 0x7ffu
#define STATX_RESERVED    0x80000000u

_Static_assert(sizeof(struct stat64) == 96, "fstat64's structure");
_Static_assert(sizeof(struct statx) == 256, "statx's structure");

#endif
