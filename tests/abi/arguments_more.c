/*
 * tests/abi/arguments_more.c - bad arguments of the calls about signals, groups
 * and waiting, and where a process is; see wrong.h. It needs no C library.
 */
#include "wrong.h"

static const struct call calls[] = {
    { CALL(chdir), { { PATH, (u32)"/data" } } },
    { CALL(fchdir), { { FD, A_FOLDER } } },
    { CALL(getcwd), { { TO, AT(0) + 64 }, { LENGTH, 100 } } },
    { CALL(umask), { { NUMBER, 022 } } },
    { CALL(faccessat2), { { FD, A_FOLDER }, { PATH, (u32)"text" },
                          { MODE, 4 }, { FLAGS, 0 } } },
    { CALL(sendfile64), { { FD, DATA_IN }, { FD, A_FILE },
                          { OFFSET, (u32)offsets }, { LENGTH, 4 } } },
    { CALL(sendfile64), { { RIGHT, DATA_IN }, { FD, A_FILE }, { RIGHT, 0 },
                          { LENGTH, 4 } } },
    { CALL(poll), { { ENTRIES, (u32)polled.entries }, { NUMBER, 2 },
                    { RIGHT, 0 } } },
    { CALL(ppoll), { { ENTRIES, (u32)polled.entries }, { NUMBER, 2 },
                     { TIME, (u32)times }, { SET, (u32)signal_sets },
                     { NUMBER, 8 } } },
    { CALL(ppoll_time64), { { ENTRIES, (u32)polled.entries }, { NUMBER, 2 },
                            { TIME64, (u32)times64 },
                            { SET, (u32)signal_sets }, { NUMBER, 8 } } },
    { CALL(_newselect), { { NUMBER, 13 }, { SELECTED, (u32)descriptor_sets },
                          { SELECTED, (u32)descriptor_sets[1] },
                          { SELECTED, 0 }, { SPAN, (u32)spans } } },
    { CALL(pselect6), { { NUMBER, 13 }, { SELECTED, (u32)descriptor_sets },
                        { SELECTED, 0 }, { SELECTED, 0 }, { TIME, (u32)times },
                        { MASK, (u32)masks } } },
    { CALL(pselect6_time64), { { NUMBER, 13 }, { RIGHT, 0 },
                               { SELECTED, (u32)descriptor_sets[4] },
                               { RIGHT, 0 },
                               { TIME64, (u32)times64 },
                               { MASK, (u32)masks } } },

    { CALL(rt_sigaction), { { SIGNAL, SIGUSR1 }, { ACTION, (u32)actions }, OUT,
                            { NUMBER, 8 } } },
    { CALL(rt_sigprocmask), { { NUMBER, SIG_BLOCK }, { SET, (u32)signal_sets },
                              OUT, { NUMBER, 8 } } },
    { CALL(rt_sigpending), { OUT, { NUMBER, 8 } } },
    { CALL(sigaltstack), { { STACK, (u32)stacks }, OUT } },
    { CALL(kill), { { GROUP, 0x7ffffffe }, { SIGNAL, 0 } } },
    { CALL(kill), { { RIGHT, 1 }, { SIGNAL, 0 } } },
    { CALL(tkill), { { PID, 0x7ffffffe }, { SIGNAL, 0 } } },
    { CALL(tkill), { { RIGHT, 0x7ffffffe }, { SIGNAL, 0 } } },
    { CALL(tgkill), { { PID, 1 }, { PID, 1 }, { SIGNAL, 0 } } },
    { CALL(tgkill), { { RIGHT, 1 }, { RIGHT, 0x7ffffffe }, { SIGNAL, 0 } } },
    { CALL(alarm), { { NUMBER, 0 } } },
    { CALL(getitimer), { { GROUP, ITIMER_REAL }, OUT } },
    { CALL(setitimer), { { GROUP, ITIMER_REAL }, { TIMER, (u32)timers },
                         OUT } },
    { CALL(futex), { { TO, AT(0) }, { FUTEX, FUTEX_WAKE }, { NUMBER, 1 },
                     { TIME, (u32)times } } },
    { CALL(futex), { { TO, AT(6) }, { RIGHT, FUTEX_WAIT }, { NUMBER, 7 },
                     { TIME, (u32)times } } },
    { CALL(futex), { { TO, AT(6) }, { RIGHT, FUTEX_CMP_REQUEUE },
                     { NUMBER, 1 }, { NUMBER, 1 }, { TO, AT(7) },
                     { NUMBER, 0 } } },
    { CALL(futex_time64), { { TO, AT(0) }, { FUTEX, FUTEX_WAKE },
                            { NUMBER, 1 }, { TIME64, (u32)times64 } } },

    { CALL(setpgid), { { PID, 0 }, { GROUP, 0 } } },
    { CALL(getpgid), { { PID, 0 } } },
    { CALL(getsid), { { PID, 0 } } },
    { CALL(setsid), { { RIGHT, 0 } } },
    { CALL(getrusage), { { NUMBER, RUSAGE_SELF }, OUT } },
    { CALL(times), { OUT } },
    { CALL(sysinfo), { OUT } },
    { CALL(prctl), { { RIGHT, PR_GET_NAME }, OUT } },
    { CALL(prctl), { { RIGHT, PR_SET_NAME }, { FROM, (u32)"name" } } },
};

int main(void)
{
    try_all(calls, ARRAY_SIZE(calls));
    return 0;
}
