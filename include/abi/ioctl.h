/*
 * abi/ioctl.h - what a terminal can be asked.
 */
#ifndef ABI_IOCTL_H
#define ABI_IOCTL_H

#include "lib/types.h"

enum ioctl_request {
    TCGETS = 0x5401,
    TCSETS = 0x5402,
    TCSETSW = 0x5403, /* when all that was written has gone out        */
    TCSETSF = 0x5404, /* then, and what was typed until now is dropped */
    TCSBRK = 0x5409,
    TCFLSH = 0x540b,
    TIOCGWINSZ = 0x5413,
    TIOCSWINSZ = 0x5414,
};

/* TCFLSH: drop what was typed, what is to go out, both. */
enum { TCIFLUSH, TCOFLUSH, TCIOFLUSH };

enum { TERMIOS_CHARACTERS = 19 };

struct termios {
    u32 c_iflag, c_oflag, c_cflag, c_lflag;
    u8 c_line;
    u8 c_cc[TERMIOS_CHARACTERS];
};

enum termios_bit {
    ICRNL = 0400,  /* c_iflag: a return is a newline              */
    OPOST = 01,    /* c_oflag: output is treated                  */
    ONLCR = 04,    /* c_oflag: a return before each newline       */
    B38400 = 017,  /* c_cflag: a speed                            */
    CS8 = 060,     /* c_cflag: eight bits                         */
    CREAD = 0200,  /* c_cflag: it can be read                     */
    ICANON = 02,   /* c_lflag: input comes by lines               */
    ECHO = 010,    /* c_lflag: and is shown                       */
    ECHOE = 020,   /* c_lflag: what is erased disappears          */
    ECHOK = 040,   /* c_lflag: also a whole line                  */
};

/* Places in c_cc. */
enum termios_character {
    VINTR = 0, VERASE = 2, VKILL = 3, VEOF = 4, VTIME = 5, VMIN = 6,
};

struct winsize {
    u16 ws_row, ws_col, ws_xpixel, ws_ypixel;
};

#endif
