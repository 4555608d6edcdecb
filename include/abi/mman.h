/*
 * abi/mman.h - mmap2() and its kin.
 */
#ifndef ABI_MMAN_H
#define ABI_MMAN_H

enum prot_flag {
    PROT_NONE = 0,
    PROT_READ = 1 << 0,
    PROT_WRITE = 1 << 1,
    PROT_EXEC = 1 << 2,
    PROT_SEM = 1 << 3,
    PROT_GROWSDOWN = 1 << 24, /* mprotect: down to the region's start */
    PROT_GROWSUP = 1 << 25,
};

enum map_flag {
    MAP_SHARED = 1,
    MAP_PRIVATE = 2,
    MAP_SHARED_VALIDATE = 3, /* as SHARED; unknown flags are refused */
    MAP_TYPE = 0xf,
    MAP_FIXED = 0x10,
    MAP_ANONYMOUS = 0x20,
    MAP_GROWSDOWN = 0x100,
    MAP_DENYWRITE = 0x800,
    MAP_EXECUTABLE = 0x1000,
    MAP_LOCKED = 0x2000,
    MAP_NORESERVE = 0x4000,
    MAP_POPULATE = 0x8000,
    MAP_NONBLOCK = 0x10000,
    MAP_STACK = 0x20000,
    MAP_HUGETLB = 0x40000,
    MAP_SYNC = 0x80000,
    MAP_FIXED_NOREPLACE = 0x100000,
};

enum mremap_flag {
    MREMAP_MAYMOVE = 1,
    MREMAP_FIXED = 2,
    MREMAP_DONTUNMAP = 4,
};

enum madvise_advice {
    MADV_NORMAL = 0,
    MADV_RANDOM = 1,
    MADV_SEQUENTIAL = 2,
    MADV_WILLNEED = 3,
    MADV_DONTNEED = 4,
    MADV_FREE = 8,
    MADV_DONTFORK = 10,
    MADV_DOFORK = 11,
    MADV_WIPEONFORK = 18,
    MADV_KEEPONFORK = 19,
};

enum msync_flag {
    MS_ASYNC = 1,
    MS_INVALIDATE = 2,
    MS_SYNC = 4,
};

enum mlock_flag {
    MCL_CURRENT = 1,
    MCL_FUTURE = 2,
    MCL_ONFAULT = 4,
};

#endif
