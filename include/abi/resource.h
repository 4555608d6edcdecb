/*
 * abi/resource.h - limits of a process, and what it has used.
 */
#ifndef ABI_RESOURCE_H
#define ABI_RESOURCE_H

#include "abi/time.h"

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

/* Whose. */
enum { RUSAGE_SELF = 0, RUSAGE_THREAD = 1 };
#define RUSAGE_CHILDREN (~0u)

enum { RUSAGE_COUNTS = 14 };

/* What a process has used. */
struct rusage {
    struct timeval user, system;
    u32 counts[RUSAGE_COUNTS];
};

#endif
