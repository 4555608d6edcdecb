/*
 * abi/ioctl.h - what a terminal can be asked.
 */
#ifndef ABI_IOCTL_H
#define ABI_IOCTL_H

#include "lib/types.h"

enum ioctl_request {
    TCGETS = 0x5401,
    TIOCGWINSZ = 0x5413,
};

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
enum termios_character { VERASE = 2, VKILL = 3, VEOF = 4, VMIN = 6 };

struct winsize {
    u16 ws_row, ws_col, ws_xpixel, ws_ypixel;
};

#endif
