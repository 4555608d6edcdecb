/*
 * resident.c - how much memory this process has, as the kernel tells it.
 */
#include "resident.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In /proc/self/smaps_rollup, as a walk through the page tables finds it; the
 * counts of statm may lag behind. */
u32 resident_bytes(void)
{
    char text[1024] = "";
    int file = open("/proc/self/smaps_rollup", O_RDONLY);
    const char *line = NULL;

    if (file >= 0 && read(file, text, sizeof text - 1) > 0)
        line = strstr(text, "\nAnonymous:");
    if (line == NULL) {
        perror("/proc/self/smaps_rollup");
        exit(1);
    }
    close(file);
    return (u32)strtoul(strchr(line, ':') + 1, NULL, 10) << 10;
}
