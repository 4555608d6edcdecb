/*
 * resident.c - how much memory this process has, as the kernel tells it.
 */
#include "resident.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096 };

static void read_file(const char *path, char *text, u32 room)
{
    int file = open(path, O_RDONLY);
    ssize_t got = file < 0 ? -1 : read(file, text, room - 1);

    if (got <= 0) {
        perror(path);
        exit(1);
    }
    text[got] = 0;
    close(file);
}

/* In /proc/self/statm: total, resident, shared, ... in pages. */
static u32 pages_of_files(u32 *resident)
{
    char line[128];
    char *rest = line;

    read_file("/proc/self/statm", line, sizeof line);
    strtoul(rest, &rest, 10);
    *resident = (u32)strtoul(rest, &rest, 10);
    return (u32)strtoul(rest, &rest, 10);
}

u32 resident_bytes(void)
{
    u32 resident, of_files = pages_of_files(&resident);

    return (resident - of_files) * PAGE;
}

u32 peak_bytes(void)
{
    static const char name[] = "\nVmHWM:";
    static char text[2048];

    read_file("/proc/self/status", text, sizeof text);
    const char *found = strstr(text, name);
    if (found == NULL) {
        fprintf(stderr, "/proc/self/status has no VmHWM\n");
        exit(1);
    }
    u32 most = (u32)strtoul(found + sizeof name - 1, NULL, 10) * 1024;
    u32 resident, of_files = pages_of_files(&resident);
    return most > of_files * PAGE ? most - of_files * PAGE : 0;
}
