/*
 * abi/system.h - uname() and reboot(): about the machine.
 */
#ifndef ABI_SYSTEM_H
#define ABI_SYSTEM_H

#include "lib/types.h"

enum { UTSNAME_BYTES = 65 };

struct utsname {
    char system[UTSNAME_BYTES];
    char node[UTSNAME_BYTES];
    char release[UTSNAME_BYTES];
    char version[UTSNAME_BYTES];
    char machine[UTSNAME_BYTES];
    char domain[UTSNAME_BYTES];
};

enum { SYSINFO_LOADS = 3 };

struct sysinfo {
    u32 uptime; /* seconds */
    u32 loads[SYSINFO_LOADS];
    u32 memory, free_memory, shared, buffers, swap, free_swap;
    u16 processes, pad;
    u32 high, free_high;
    u32 unit;   /* of all memory: bytes */
    u8 unused[8];
};

/* prctl() */
enum { PR_SET_NAME = 15, PR_GET_NAME = 16 };

/* Two numbers that nobody passes by mistake; then what to do. */
#define REBOOT_MAGIC_1   0xfee1deadu
enum reboot_magic {
    REBOOT_MAGIC_2 = 672274793,
    REBOOT_MAGIC_2A = 85072278,
    REBOOT_MAGIC_2B = 369367448,
    REBOOT_MAGIC_2C = 537993216,
};
#define REBOOT_RESTART   0x01234567u
#define REBOOT_HALT      0xcdef0123u
#define REBOOT_POWER_OFF 0x4321fedcu
#define REBOOT_CAD_ON    0x89abcdefu
#define REBOOT_CAD_OFF   0x00000000u

#endif
