/*
 * kernel/proc/pid.c - the numbers of processes, as bitsets on two levels.
 *
 *      groups   1 0 1 ... 1            which groups have a free number
 *               |   |
 *               |   +-> free[2]        1024 numbers from 2048 on
 *               +-----> free[0]        1024 numbers from 0 on
 *
 * Invariant: group g is in `groups` == free[g] is not empty.
 * Cost: O(1): at most three searches of a bitset. 4 KiB in all.
 */
#include "kernel/pid.h"

#include "lib/bitset.h"
#include "mm/platform.h"

enum {
    GROUP = BITSET_MAX,
    GROUPS = (PID_MAX + 1) / GROUP,
};

static struct {
    BITSET(groups, GROUPS);
    BITSET(free[GROUPS], GROUP);
    u32 next; /* where the search begins */
} pids;

void pid_init(void)
{
    bitset_fill(pids.groups, GROUPS);
    for (u32 group = 0; group < GROUPS; group++)
        bitset_fill(pids.free[group], GROUP);
    bitset_remove(pids.free[0], PID_NONE);
    bitset_remove(pids.free[0], PID_INIT);
    pids.next = PID_INIT + 1;
}

static u32 first_from(u32 from)
{
    u32 group = from / GROUP;
    u32 bit = bitset_next(pids.free[group], from % GROUP);

    if (bit == BITSET_NONE) {
        group = bitset_next(pids.groups, group + 1);
        if (group == BITSET_NONE)
            return PID_NONE;
        bit = bitset_first(pids.free[group]);
    }
    return group * GROUP + bit;
}

u32 pid_alloc(void)
{
    u32 pid = first_from(pids.next);

    if (pid == PID_NONE)
        pid = first_from(0);
    if (pid == PID_NONE)
        return PID_NONE;

    u32 *group = pids.free[pid / GROUP];
    bitset_remove(group, pid % GROUP);
    if (bitset_is_empty(group))
        bitset_remove(pids.groups, pid / GROUP);
    pids.next = pid == PID_MAX ? 0 : pid + 1;
    return pid;
}

void pid_free(u32 pid)
{
    if (pid == PID_INIT)
        return;
    CHECK(pid != PID_NONE && pid <= PID_MAX &&
              !bitset_test(pids.free[pid / GROUP], pid % GROUP),
          "pid_free of %u: no process has this number", pid);
    bitset_add(pids.free[pid / GROUP], pid % GROUP);
    bitset_add(pids.groups, pid / GROUP);
}
