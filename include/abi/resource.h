/*
 * abi/resource.h - limits of a process, and what it has used.
 */
#ifndef ABI_RESOURCE_H
#define ABI_RESOURCE_H

#include "lib/types.h"

enum resource_limit {
    RLIMIT_CPU,
    RLIMIT_FSIZE,
    RLIMIT_DATA,
    RLIMIT_STACK,
    RLIMIT_CORE,
    RLIMIT_RSS,
    RLIMIT_NPROC,
    RLIMIT_NOFILE,
    RLIMIT_MEMLOCK,
    RLIMIT_AS,
    RLIMIT_LOCKS,
    RLIMIT_SIGPENDING,
    RLIMIT_MSGQUEUE,
    RLIMIT_NICE,
    RLIMIT_RTPRIO,
    RLIMIT_RTTIME,
    RLIMITS,
};

#define RLIM32_INFINITY 0xffffffffu
#define RLIM64_INFINITY (~0ull)

/* Of getrlimit() and setrlimit(). */
struct rlimit32 {
    u32 now, most;
};

/* Of prlimit64(). */
struct rlimit64 {
    u64 now, most;
};

enum { RUSAGE_WORDS = 18 };

/* What a process has used: two struct timeval and 14 counts. */
struct rusage {
    u32 words[RUSAGE_WORDS];
};

#endif
