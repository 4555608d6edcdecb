/*
 * The boot of every layer, on machines with too little memory: each is this
 * program once more, see main.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/initrd.h"
#include "mm/memmap.h"
#include "mm/pmm.h"
#include "mm/pt.h"
#include "mm/vm.h"
#include "nth.h"

enum { SAID_MAX = 4096, MOST_FRAMES = 2048 };

/* Become the small machine. */
static void start_machine(u32 frames, u32 islands, u32 stride, int console)
{
    char words[3][12];

    snprintf(words[0], sizeof words[0], "%u", frames);
    snprintf(words[1], sizeof words[1], "%u", islands);
    snprintf(words[2], sizeof words[2], "%u", stride);
    dup2(console, STDOUT_FILENO);
    execl("/proc/self/exe", "selftest", "--machine", words[0], words[1],
          words[2], (char *)NULL);
    _exit(127);
}

/* Boot a small machine. What it says is in `said`. */
static void boot(u32 frames, u32 islands, u32 stride, char said[SAID_MAX])
{
    int console[2];
    ssize_t got;
    size_t used = 0;

    fflush(stdout);
    said[0] = '\0';
    if (!EXPECT(pipe(console) == 0))
        return;
    pid_t machine = fork();
    if (machine == 0)
        start_machine(frames, islands, stride, console[1]);
    close(console[1]);
    while ((got = read(console[0], said + used, SAID_MAX - 1 - used)) > 0)
        used += (size_t)got;
    said[used] = '\0';
    close(console[0]);
    waitpid(machine, NULL, 0);
}

/* What a machine says at its end, with more and more memory. */
static const char *const ends[] = {
    "panic: memmap: no usable memory",
    "panic: pmm: no room below 768 MiB",
    "panic: pt: no frame for a page table of the kernel",
    "panic: vm_init: no frame for the page of zeros",
    "panic: initrd: there is no memory for the root",
    "panic: initrd: there is no memory to read it",
    "there is no memory for more files",
    "alive",
};

enum { NO_ROOT = 4, NOT_ALL = 6, ALIVE = ARRAY_SIZE(ends) - 1, UNKNOWN };

static u32 end_of(const char *said)
{
    u32 end = 0;

    while (end < UNKNOWN && !strstr(said, ends[end]))
        end++;
    if (end == UNKNOWN)
        test_print("# the machine says: %s", said);
    return end;
}

/* More memory never makes it worse, until the machine is alive. How many were
 * not for want of `end`. */
static u32 sweep_boot(u32 islands, u32 stride, u32 wanted)
{
    char said[SAID_MAX];
    u32 failures = 0, counted = 0;
    u32 last = 0;

    for (u32 frames = 0; frames < MOST_FRAMES && last < ALIVE;
         frames += 1 + frames / 16) {
        boot(frames, islands, stride, said);
        u32 end = end_of(said);
        EXPECT(end >= last && end < UNKNOWN);
        failures += end != ALIVE;
        counted += end == wanted;
        last = end;
    }
    EXPECT_EQ(last, ALIVE);
    nth_count_sweep(failures);
    return counted;
}

SWEEP(pmm_init, with_no_room_for_its_arrays_says_so)
{
    EXPECT(sweep_boot(1, 767, 1) > 30); /* which is at 3 GiB */
}

SWEEP(pt_init, with_no_frame_for_a_table_says_so)
{
    static const u32 islands[] = { 0, 1, 5, 20 };

    for (u32 i = 0; i < ARRAY_SIZE(islands); i++)
        EXPECT(sweep_boot(islands[i], 1, 2) > 0);
}

SWEEP(vm_init, with_no_frame_for_the_zeros_says_so)
{
    EXPECT(sweep_boot(0, 1, 3) > 0);
}

SWEEP(initrd_init, with_no_memory_for_all_files_says_so)
{
    EXPECT(sweep_boot(0, 1, NO_ROOT) > 0);
    EXPECT(sweep_boot(0, 1, NOT_ALL) > 0);
}
