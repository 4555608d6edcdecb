/*
 * Tests of /proc: what it says of processes that come and go, and of memory.
 * That it is to the byte what Linux says, tests/abi/maps.c knows.
 */
#include "abi/stat.h"
#include "kernel/initrd.h"
#include "kernel/printf.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "nth.h"
#include "programs.h"
#include "stage.h"

#include "strata_test.h"

enum { ROOM_PAGES = 2, ROOM_BYTES = ROOM_PAGES * PAGE_SIZE };

PROGRAM(waits, "1: mov $29, %eax\n int $0x80\n jmp 1b\n");
PROGRAM(ends, "xor %ebx, %ebx\n mov $1, %eax\n int $0x80\n");

static char text[ROOM_BYTES];

static struct file *open_of(u32 pid, const char *name)
{
    char path[sizeof "/proc/32767/maps"];
    struct file *file = NULL;

    ksnprintf(path, sizeof path, "/proc/%u/%s", pid, name);
    EXPECT_EQ(initrd_open(path, O_RDONLY, &file), 0);
    return file;
}

/* Read on, into `text`, in pieces. Returns: the bytes. */
static u32 read_on(struct file *file, u32 piece)
{
    u32 length = 0;

    for (;;) {
        struct user_buffer to = user_buffer(user_room(length), piece);
        i32 bytes = file_read(file, &to);

        EXPECT(bytes >= 0 && bytes <= (i32)piece);
        if (bytes <= 0)
            break;
        length += (u32)bytes;
    }
    EXPECT(user_read(text, user_room(0), length));
    text[length] = '\0';
    return length;
}

static u32 start(const u8 *code, const u8 *end)
{
    programs_make(code, end);
    i32 pid = programs_start();

    EXPECT(pid > 0);
    return (u32)pid;
}

/* The kernel waits for the one that was started last; others just go. */
static void end_of(u32 pid)
{
    static const struct signal kill = { .number = SIGKILL };
    u32 status;

    signal_send(process_find(pid), &kill);
    while (process_find(pid) && !process_find(pid)->exited)
        thread_yield();
    if (process_find(pid))
        EXPECT_EQ(process_wait(NULL, (i32)pid, true, &status, NULL), pid);
}

static bool is_there(const char *format, u32 pid)
{
    char path[sizeof "/proc/32767/maps"];
    struct spot spot;

    ksnprintf(path, sizeof path, format, pid);
    return initrd_find(NULL, path, false, &spot) == 0;
}

/* -------------------------------------------------------------------- maps */

TEST(proc, maps_are_those_of_the_process_and_go_with_it)
{
    if (!user_room_enter(ROOM_PAGES))
        SKIP("needs a space");
    u32 pid = start(waits, waits_end);
    struct file *file = open_of(pid, "maps");

    u32 length = read_on(file, 100);
    EXPECT(length > 80);
    EXPECT(strncmp(text, "08048000-08049000 r-xp 00000000 00:", 35) == 0);
    EXPECT(strncmp(text + length - 8, "[stack]\n", 8) == 0);
    end_of(pid);
    EXPECT_EQ(read_on(file, 100), 0);
    file->offset = 0;
    EXPECT_EQ(read_on(file, 100), 0);
    EXPECT(!is_there("/proc/%u", pid));
    file_put(file);
    user_room_leave();
}

TEST(proc, a_zombie_has_a_folder_but_neither_regions_nor_a_program)
{
    struct spot exe;
    char path[sizeof "/proc/32767/exe"];

    if (!user_room_enter(ROOM_PAGES))
        SKIP("needs a space");
    u32 pid = start(ends, ends_end);
    user_room_part(); /* it may end now */
    while (!process_find(pid)->exited)
        thread_yield();
    user_room_join();
    struct file *file = open_of(pid, "maps");
    EXPECT_EQ(read_on(file, 100), 0);
    file_put(file);
    ksnprintf(path, sizeof path, "/proc/%u/exe", pid);
    EXPECT_EQ(initrd_find(NULL, path, false, &exe), 0);
    EXPECT_EQ(initrd_read_link(&exe, text, sizeof text), -ENOENT);
    end_of(pid);
    EXPECT(!is_there("/proc/%u/maps", pid));
    user_room_leave();
}

/* ------------------------------------------------------------- who is there */

static bool count_entry(const struct file_entry *entry, u64 offset_behind,
                        void *context)
{
    u32 *left = context;

    if (left[0] == 0)
        return false;
    left[0]--;
    EXPECT(offset_behind > 0 && entry->inode > 0);
    left[1] += entry->name[0] >= '0' && entry->name[0] <= '9';
    return true;
}

/* Three are there; one goes, and one comes, behind the reader's back. */
TEST(proc, processes_are_listed_once_whoever_comes_and_goes)
{
    u32 pids[] = { start(waits, waits_end), start(waits, waits_end),
                   start(waits, waits_end) };
    u32 seen[] = { 0, 0 }; /* may be taken; were taken */
    struct file *folder;

    EXPECT_EQ(initrd_open("/proc", O_RDONLY, &folder), 0);
    for (u32 i = 0; i < 100 && seen[1] < 2; i++) {
        seen[0] = 1;
        folder->operations->entries(folder, count_entry, seen);
    }
    EXPECT_EQ(seen[1], 2);
    end_of(pids[0]);
    u32 another = start(waits, waits_end);
    seen[0] = 100;
    folder->operations->entries(folder, count_entry, seen);
    EXPECT_EQ(seen[1], 4);
    folder->operations->entries(folder, count_entry, seen);
    EXPECT_EQ(seen[1], 4);
    folder->offset = ~0u;
    folder->operations->entries(folder, count_entry, seen);
    EXPECT_EQ(seen[1], 4);
    file_put(folder);
    end_of(pids[1]);
    end_of(pids[2]);
    end_of(another);
}

TEST(proc, the_kernel_itself_has_no_self)
{
    struct spot spot;

    EXPECT_EQ(initrd_find(NULL, "/proc/self", false, &spot), 0);
    EXPECT_EQ(initrd_read_link(&spot, text, sizeof text), -ENOENT);
    EXPECT_EQ(initrd_find(NULL, "/proc/self", true, &spot), -ENOENT);
    EXPECT(!is_there("/proc/%u", 0));
    EXPECT(!is_there("/proc/0%u", 1));
}

/* ------------------------------------------------------------------ meminfo */

static u32 info(const char *name)
{
    size_t length = strlen(name);
    u32 value = 0;

    for (const char *at = text; *at; at++) {
        if (strncmp(at, name, length) != 0)
            continue;
        for (at += length; *at == ' '; at++)
            continue;
        for (; *at >= '0' && *at <= '9'; at++)
            value = value * 10 + (u32)(*at - '0');
        return value;
    }
    return ~0u;
}

static struct file *meminfo;

static void read_meminfo(void)
{
    meminfo->offset = 0;
    EXPECT(read_on(meminfo, 1000) > 0);
}

TEST(proc, meminfo_counts_what_the_layers_count)
{
    struct pmm_stats frames;
    struct vm_stats spaces;

    if (!user_room_enter(ROOM_PAGES))
        SKIP("needs a space");
    EXPECT_EQ(initrd_open("/proc/meminfo", O_RDONLY, &meminfo), 0);
    read_meminfo(); /* the room is touched now */
    read_meminfo();
    pmm_stats(&frames);
    vm_stats(&spaces);
    u32 free = info("MemFree:"), promised = info("Committed_AS:");
    EXPECT_EQ(free, frames.kinds[FRAME_FREE] * 4);
    EXPECT_EQ(promised, spaces.promised * 4);
    EXPECT_EQ(info("CommitLimit:"), spaces.limit * 4);
    EXPECT_EQ(info("SwapFree:"), 0);
    EXPECT(info("MemAvailable:") >= free);
    EXPECT(info("MemTotal:") > info("MemAvailable:"));
    EXPECT(vm_promise(3));
    read_meminfo();
    EXPECT_EQ(info("Committed_AS:"), promised + 12);
    vm_release(3);
    EXPECT_EQ(info("AnonPages:"), frames.kinds[FRAME_USER] * 4);
    file_put(meminfo);
    user_room_leave();
}

/* ---------------------------------------------------------------- no memory */

static void open_meminfo(u32 unused)
{
    stage_enter(unused);
    EXPECT_EQ(initrd_open("/proc/meminfo", O_RDONLY, &meminfo), 0);
}

static bool read_first(u32 unused)
{
    struct user_buffer to = user_buffer(user_room(STAGE_EMPTY), 100);

    (void)unused;
    return stage_is_done(file_read(meminfo, &to));
}

static void close_meminfo(void)
{
    file_put(meminfo);
    stage_leave();
}

TEST(nth, a_read_of_proc_finds_no_room_for_a_line)
{
    stage_sweep(open_meminfo, read_first, close_meminfo, 0);
}
