/*
 * resident.c - how much memory this process has, as the kernel tells it.
 */
#include "resident.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* In /proc/self/statm: total, resident, shared, ... in pages. */
u32 resident_bytes(void)
{
    char line[128] = "";
    int file = open("/proc/self/statm", O_RDONLY);

    if (file < 0 || read(file, line, sizeof line - 1) <= 0) {
        perror("/proc/self/statm");
        exit(1);
    }
    close(file);
    char *rest = line;
    strtoul(rest, &rest, 10);
    u32 resident = (u32)strtoul(rest, &rest, 10);
    return (resident - (u32)strtoul(rest, &rest, 10)) * PAGE;
}
