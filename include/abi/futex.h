/*
 * abi/futex.h - futex(): wait while a word is what it was; wake who waits so.
 */
#ifndef ABI_FUTEX_H
#define ABI_FUTEX_H

enum futex_operation {
    FUTEX_WAIT = 0,
    FUTEX_WAKE = 1,
    FUTEX_REQUEUE = 3,      /* wake some, let others wait for another word */
    FUTEX_CMP_REQUEUE = 4,  /* the same, if the word is what it was        */
    FUTEX_WAIT_BITSET = 9,  /* until a time, not for a time                */
    FUTEX_WAKE_BITSET = 10, /* those only who have one of these bits       */
    FUTEX_COMMAND = 127,
    FUTEX_PRIVATE = 128,        /* only this process's threads wait for it */
    FUTEX_CLOCK_REALTIME = 256, /* of the time of WAIT_BITSET              */
};

#define FUTEX_ANY 0xffffffffu /* of bits */

#endif
