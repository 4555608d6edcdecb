/*
 * abi/sched.h - clone(): what a child, or a thread, shares with who makes it.
 */
#ifndef ABI_SCHED_H
#define ABI_SCHED_H

enum clone_flag {
    CLONE_SIGNAL = 0xff,            /* the signal that tells of its end   */
    CLONE_VM = 0x00000100,          /* the space                          */
    CLONE_FS = 0x00000200,          /* the current directory              */
    CLONE_FILES = 0x00000400,       /* the descriptors                    */
    CLONE_SIGHAND = 0x00000800,     /* what signals do                    */
    CLONE_VFORK = 0x00004000,       /* the parent waits: exec or exit     */
    CLONE_THREAD = 0x00010000,      /* the process itself: a thread       */
    CLONE_SYSVSEM = 0x00040000,     /* there are none                     */
    CLONE_SETTLS = 0x00080000,      /* it begins with a segment           */
    CLONE_PARENT_SETTID = 0x00100000, /* its number goes to the parent    */
    CLONE_CHILD_CLEARTID = 0x00200000, /* a word is zeroed at its end     */
    CLONE_DETACHED = 0x00400000,    /* means nothing any more             */
    CLONE_CHILD_SETTID = 0x01000000, /* its number goes to the child      */
};

#endif
