/*
 * abi/signal.h - signals: their numbers, and what the kernel and a program's
 * handler tell each other.
 */
#ifndef ABI_SIGNAL_H
#define ABI_SIGNAL_H

#include "lib/types.h"

enum signal_number {
    SIGHUP = 1,
    SIGINT = 2,
    SIGQUIT = 3,
    SIGILL = 4,
    SIGTRAP = 5,
    SIGABRT = 6,
    SIGBUS = 7,
    SIGFPE = 8,
    SIGKILL = 9,
    SIGUSR1 = 10,
    SIGSEGV = 11,
    SIGUSR2 = 12,
    SIGPIPE = 13,
    SIGALRM = 14,
    SIGTERM = 15,
    SIGCHLD = 17,
    SIGCONT = 18,
    SIGSTOP = 19,
    SIGTSTP = 20,
    SIGTTIN = 21,
    SIGTTOU = 22,
    SIGURG = 23,
    SIGWINCH = 28,
    SIGSYS = 31,
    SIGNALS = 64, /* from 1 on; those above SIGSYS have no name */
};

/* A set of signals: number n is bit n - 1. */
typedef u64 sigset_t;

/* What becomes of a signal, instead of a handler. */
enum { SIG_DFL = 0, SIG_IGN = 1 };

/* rt_sigprocmask() */
enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

enum sigaction_flag {
    SA_NOCLDSTOP = 1 << 0,
    SA_NOCLDWAIT = 1 << 1,   /* children are buried without a wait */
    SA_SIGINFO = 1 << 2,     /* struct rt_frame, three arguments   */
    SA_RESTORER = 1 << 26,   /* `restorer` is where a handler ends */
    SA_ONSTACK = 1 << 27,    /* on the stack of sigaltstack()      */
    SA_RESTART = 1 << 28,    /* a broken-off call begins again     */
    SA_NODEFER = 1 << 30,    /* the signal may come in its handler */
};
#define SA_RESETHAND 0x80000000u /* SIG_DFL, when it comes */

/* Why a signal came: of any; of SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP; of
 * SIGCHLD. */
enum signal_code {
    SI_USER = 0,      /* kill()            */
    SI_KERNEL = 0x80,
    SI_TKILL = -6,    /* tgkill()          */

    SEGV_MAPERR = 1,  /* nothing is mapped there                */
    SEGV_ACCERR = 2,  /* what is mapped there does not allow it */
    BUS_ADRALN = 1,
    BUS_ADRERR = 2,   /* beyond the end of the file             */
    ILL_ILLOPN = 2,
    ILL_BADSTK = 8,   /* its registers cannot be a program's    */
    FPE_INTDIV = 1,
    TRAP_BRKPT = 1,
    TRAP_TRACE = 2,

    CLD_EXITED = 1,
    CLD_KILLED = 2,
};

struct sigaction {
    u32 handler; /* its address, SIG_DFL or SIG_IGN */
    u32 flags;   /* enum sigaction_flag             */
    u32 restorer;
    sigset_t mask __attribute__((packed)); /* blocked in the handler, too */
};

enum { SIGINFO_WORDS = 29 };

struct siginfo {
    u32 number;
    i32 error;
    i32 code; /* enum signal_code */
    /* Of a fault: its address. Of kill(): the sender's pid and uid. Of SIGCHLD:
     * the child's pid, uid and status. */
    u32 words[SIGINFO_WORDS];
};

/* sigaltstack() */
enum { SS_ONSTACK = 1, SS_DISABLE = 2, MINSIGSTKSZ = 2048 };

struct sigstack {
    u32 start, flags, bytes;
};

/* The registers. */
struct sigcontext {
    u16 gs, gs_unused, fs, fs_unused, es, es_unused, ds, ds_unused;
    u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
    u32 vector, error, eip;
    u16 cs, cs_unused;
    u32 eflags, esp_at_signal;
    u16 ss, ss_unused;
    u32 fpu;       /* struct sigfpu, or 0                    */
    u32 old_mask;  /* the lower half of what was blocked     */
    u32 cr2;       /* of a page fault: its address           */
};

/* The registers of x87 as FNSAVE has them; behind it, if `magic` is 0, those of
 * x87 and SSE as FXSAVE has them. */
struct sigfpu {
    u32 control, status, tags, eip, cs, data, ds;
    u8 registers[8][10];
    u16 status_word;
    u16 magic;
};

enum { SIGFPU_OLD = 0xffff };

/* What a handler finds on its stack: without SA_SIGINFO, and with it. */
struct sigframe {
    u32 return_address;
    u32 number;
    struct sigcontext context;
    u8 unused[624];
    u32 mask_above; /* the upper half of what was blocked */
    u8 code[8];     /* calls sigreturn()                  */
};

struct rt_sigframe {
    u32 return_address;
    u32 number;
    u32 info_address, context_address;
    struct siginfo info;
    struct {
        u32 flags, link;
        struct sigstack stack;
        struct sigcontext context;
        sigset_t mask __attribute__((packed));
    } user;
    u8 code[8];     /* calls rt_sigreturn() */
};

/* setitimer() */
enum { ITIMER_REAL = 0 };

#endif
