/*
 * resident.c - how much memory this process has, as the kernel tells it.
 */
#include "resident.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file has lines such as "Anonymous:  1234 kB". */
static u32 bytes_of(const char *path, const char *name)
{
    static char text[4096];
    int file = open(path, O_RDONLY);
    ssize_t got = file < 0 ? -1 : read(file, text, sizeof text - 1);

    text[got > 0 ? got : 0] = 0;
    const char *line = strstr(text, name);
    if (line == NULL) {
        fprintf(stderr, "%s does not say: %s\n", path, name);
        exit(1);
    }
    close(file);
    return (u32)strtoul(line + strlen(name), NULL, 10) << 10;
}

/* As a walk through the page tables finds it; what statm and status say is
 * counted by the way, and may lag behind. */
u32 resident_bytes(void)
{
    return bytes_of("/proc/self/smaps_rollup", "\nAnonymous:");
}

u32 peak_bytes(void)
{
    u32 most = bytes_of("/proc/self/status", "\nVmHWM:");
    u32 of_files = bytes_of("/proc/self/status", "\nRssFile:");
    u32 now = resident_bytes();

    return most > of_files + now ? most - of_files : now;
}
