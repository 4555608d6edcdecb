/*
 * abi/poll.h - poll(): what is waited for.
 */
#ifndef ABI_POLL_H
#define ABI_POLL_H

#include "lib/types.h"

enum poll_event {
    POLLIN = 1 << 0,
    POLLPRI = 1 << 1,
    POLLOUT = 1 << 2,
    POLLERR = 1 << 3,    /* told without being asked for, as the next two */
    POLLHUP = 1 << 4,
    POLLNVAL = 1 << 5,   /* there is no such descriptor                   */
    POLLRDNORM = 1 << 6,
    POLLWRNORM = 1 << 8,
};

struct pollfd {
    i32 fd;      /* below 0: none       */
    u16 events;  /* that are waited for */
    u16 revents; /* those that are      */
};

/* pselect6() has its last two arguments in memory. */
struct pselect_mask {
    u32 set, set_bytes;
};

#endif
