/*
 * abi/sched.h - clone(): what a child shares with its parent. Those flags that
 * a fork may have.
 */
#ifndef ABI_SCHED_H
#define ABI_SCHED_H

enum clone_flag {
    CLONE_SIGNAL = 0xff,            /* the signal that tells of its end   */
    CLONE_VM = 0x00000100,          /* the space                          */
    CLONE_VFORK = 0x00004000,       /* the parent waits: exec or exit     */
    CLONE_PARENT_SETTID = 0x00100000, /* its number goes to the parent    */
    CLONE_CHILD_CLEARTID = 0x00200000, /* a word is zeroed at its end     */
    CLONE_CHILD_SETTID = 0x01000000, /* its number goes to the child      */
};

#endif
