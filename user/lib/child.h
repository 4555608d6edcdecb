/*
 * user/lib/child.h - children: what kills only the child can be told.
 */
#ifndef USER_CHILD_H
#define USER_CHILD_H

#include "print.h"
#include "syscall.h"

/* As fork(); where that cannot be, the program says why, and ends. */
static inline i32 need_fork(void)
{
    i32 pid = fork();

    if (pid < 0) {
        print("no child: error %d\n", -pid);
        exit(1);
    }
    return pid;
}

/* Call a function in a child. Returns how the child ended, for abi/wait.h;
 * exit code 0 if the function came back. */
static inline u32 in_child(void (*body)(void))
{
    u32 status = 0;
    i32 pid = need_fork();

    if (pid == 0) {
        body();
        exit(0);
    }
    waitpid(pid, &status, 0);
    return status;
}

#endif
