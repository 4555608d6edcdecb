/*
 * abi/wait.h - waitpid(), wait4(): what is asked for, and how a process ended.
 */
#ifndef ABI_WAIT_H
#define ABI_WAIT_H

enum wait_option {
    WNOHANG = 1 << 0,    /* do not wait: 0 if none has ended   */
    WUNTRACED = 1 << 1,  /* also those that were stopped       */
    WCONTINUED = 1 << 3, /* also those that were continued     */
    WNOTHREAD = 1 << 29, /* not those of other threads         */
    WALL = 1 << 30,      /* whatever signal tells of their end */
};
#define WCLONE 0x80000000u /* those of whose end no SIGCHLD tells */

/* The status is the exit code in bits 8 to 15, or else the signal that ended
 * it in bits 0 to 6. */
#define W_EXITCODE(code, signal) (((code) & 0xff) << 8 | (signal))
#define WTERMSIG(status)         ((status) & 0x7f)
#define WEXITSTATUS(status)      ((status) >> 8 & 0xff)

#endif
