/*
 * tests/abi/maps.c - /proc: what is told of a process's memory and of the
 * machine's, how it reads in pieces, and what is in the folders. Its argument
 * is the folder in which its files are, none for the root.
 *
 * Of addresses only those within a stretch of its own are told.
 */
#include "mapping.h"

#include <dirent.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

enum { ROOM = 1 << 20 };

static const char *top;
static char text[ROOM], other[ROOM];

/* --- reading ------------------------------------------------------------ */

/* All of a file, in pieces. */
static unsigned read_all(const char *path, char *to, unsigned piece)
{
    int fd = open(path, O_RDONLY);
    unsigned length = 0;
    ssize_t count;

    while (fd >= 0 && length < ROOM - 1 &&
           (count = read(fd, to + length,
                         piece < ROOM - 1 - length ? piece
                                                   : ROOM - 1 - length)) > 0)
        length += (unsigned)count;
    to[length] = '\0';
    close(fd);
    return length;
}

static void tell_call(const char *what, long answer)
{
    if (answer == -1)
        printf("%s: error %d\n", what, errno);
    else
        printf("%s: %ld\n", what, answer);
}

/* --- lines of maps ------------------------------------------------------ */

struct line {
    uint32_t start, end;
    char rights[5];
    unsigned long long offset;
    unsigned major, minor, inode;
    int column; /* of the name, which may be empty */
    const char *name;
};

/* Is it a line as it should be, to the column? */
static int parse(const char *from, struct line *line)
{
    int column = 0;

    if (sscanf(from, "%8x-%8x %4c %8llx %2x:%2x %u%n", &line->start,
               &line->end, line->rights, &line->offset, &line->major,
               &line->minor, &line->inode, &column) != 7)
        return 0;
    line->rights[4] = '\0';
    if (from[8] != '-' || from[17] != ' ' || from[22] != ' ' ||
        from[31] != ' ' || from[37] != ' ' || from[column] != ' ')
        return 0;
    while (from[column] == ' ')
        column++;
    line->column = column;
    line->name = from + column;
    return 1;
}

/* Only its end is told of a path: where the files are, depends. */
static void tell_name(const struct line *line)
{
    int length = (int)strcspn(line->name, "\n");

    if (strncmp(line->name, top, strlen(top)) == 0 && *line->name == '/') {
        length -= (int)strlen(top);
        printf(" at %d: %.*s", line->column, length,
               line->name + strlen(top));
    } else if (length > 0) {
        printf(" at %d: %.*s", line->column, length, line->name);
    } else {
        printf(" no name, %d long", line->column);
    }
}

static void tell_line(const struct line *line)
{
    printf("  +%05x-+%05x %s %08llx device %s inode %s", line->start - START,
           line->end - START, line->rights, line->offset,
           line->major || line->minor ? "some" : "none",
           line->inode ? "some" : "0");
    /* Without a name, a line ends behind the inode's digits. */
    if (line->name[0] == '\n' && !line->inode)
        printf(", %d long\n", line->column);
    else
        tell_name(line), printf("\n");
}

/* Those in our stretch; are all lines whole, and in order? */
static void tell_maps(const char *title)
{
    uint32_t last = 0;
    int wrong = 0;

    read_all("/proc/self/maps", text, ROOM);
    printf("%s:\n", title);
    for (char *at = text, *end; (end = strchr(at, '\n')); at = end + 1) {
        struct line line;

        if (!parse(at, &line) || line.start < last || line.end <= line.start)
            wrong++;
        else if (line.start >= START && line.end <= END)
            tell_line(&line);
        last = line.end;
    }
    if (wrong)
        printf("%d lines are wrong\n%s", wrong, text);
}

/* In which line is an address? */
static int find(const void *address, struct line *line)
{
    read_all("/proc/self/maps", text, ROOM);
    for (char *at = text, *end; (end = strchr(at, '\n')); at = end + 1)
        if (parse(at, line) && (uintptr_t)address >= line->start &&
            (uintptr_t)address < line->end)
            return 1;
    return 0;
}

/* --- what is told ------------------------------------------------------- */

static void sorts(void)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/data/numbers", top);
    int fd = open(path, O_RDONLY);

    fresh(0, 2, RW, PRIVATE);
    fresh(3, 1, R, PRIVATE);
    fresh(5, 1, NONE, PRIVATE);
    fresh(7, 1, R | W | X, PRIVATE);
    fresh(9, 2, RW, PRIVATE | NORESERVE);
    fresh(12, 2, RW, SHARED);
    fresh(15, 1, R, SHARED);
    CALL(SYS_mmap2, START + 17 * PAGE, PAGE, R, PRIVATE | FIXED, fd, 0);
    CALL(SYS_mmap2, START + 19 * PAGE, 2 * PAGE, RW, PRIVATE | FIXED, fd, 3);
    CALL(SYS_mmap2, START + 22 * PAGE, PAGE, R | X, SHARED | FIXED, fd, 1);
    CALL(SYS_mmap2, START + 24 * PAGE, PAGE, R, PRIVATE | FIXED, fd, 0x80000);
    tell_maps("sorts");

    fresh(2, 1, RW, PRIVATE);
    protect(START + PAGE, PAGE, R);
    protect(START + 13 * PAGE, PAGE, NONE);
    unmap(START + 19 * PAGE, PAGE);
    fresh(23, 1, R, PRIVATE);
    tell_maps("joined, cut and changed");
    clear();
    close(fd);
}

static void places(void)
{
    struct line line;
    int here;
    uint32_t heap = CALL(SYS_brk, 0);

    CALL(SYS_brk, heap + 3 * PAGE);
    if (find((void *)(heap + 2 * PAGE), &line))
        printf("heap: %s %.7s", line.rights, line.name);
    if (find(&here, &line))
        printf("stack: %s %.8s", line.rights, line.name);
    printf("code: %d\n", find((void *)(uintptr_t)places, &line) &&
                         line.rights[2] == 'x' && line.name[0] == '/');
    fresh(0, 4, RW, PRIVATE | GROWSDOWN);
    tell_maps("another that grows down");
    clear();
}

/* --- in pieces ---------------------------------------------------------- */

static void pieces(void)
{
    static const unsigned sizes[] = { 1, 7, 100, 4096 };
    unsigned length = read_all("/proc/self/maps", text, ROOM);
    int fd = open("/proc/self/maps", O_RDONLY);
    struct stat about;
    char few[64];

    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
        printf("in pieces of %u: %s\n", sizes[i],
               read_all("/proc/self/maps", other, sizes[i]) == length &&
               memcmp(text, other, length) == 0 ? "the same" : "another");
    fstat(fd, &about);
    printf("mode %o, size %ld\n", about.st_mode, (long)about.st_size);
    tell_call("read", read(fd, few, 50));
    tell_call("seek", lseek(fd, 33, SEEK_SET));
    tell_call("read", read(fd, few, 10));
    printf("the same: %d\n", memcmp(few, text + 33, 10) == 0);
    tell_call("seek on", lseek(fd, -13, SEEK_CUR));
    tell_call("read", read(fd, few, 30));
    printf("the same: %d\n", memcmp(few, text + 30, 30) == 0);
    tell_call("pread", pread(fd, few, 20, 5));
    printf("the same: %d\n", memcmp(few, text + 5, 20) == 0);
    tell_call("read", read(fd, few, 5));
    printf("the same: %d\n", memcmp(few, text + 60, 5) == 0);
    tell_call("seek to the end", lseek(fd, 0, SEEK_END));
    tell_call("seek beyond", lseek(fd, ROOM, SEEK_SET));
    tell_call("read beyond", read(fd, few, 5));
    tell_call("write", write(fd, few, 5));
    tell_call("read to nowhere", pread(fd, (void *)START, 5, 0));
    tell_call("map", (long)mmap(NULL, PAGE, R, PRIVATE, fd, 0));
    close(fd);
}

/* Regions come and go while it is read: each line is whole. */
static void changes(void)
{
    int fd = open("/proc/self/maps", O_RDONLY), wrong = 0;
    unsigned length = 0;

    for (unsigned i = 0; i < PAGES; i += 2)
        fresh(i, 1, RW, PRIVATE);
    for (unsigned i = 0; read(fd, text + length, 1) == 1; i++, length++) {
        if (i % 3 == 0)
            unmap(START + i % PAGES * PAGE, PAGE);
        else
            fresh(i % PAGES, 1, i % 2 ? R : RW, PRIVATE);
    }
    text[length] = '\0';
    uint32_t last = 0;
    for (char *at = text, *end; (end = strchr(at, '\n')); at = end + 1) {
        struct line line;

        wrong += !parse(at, &line) || line.end <= line.start;
        last = line.end;
    }
    printf("while it changes: %d lines are torn; the last is %s\n", wrong,
           last > 0xb0000000 ? "the stack" : "another");
    clear();
    close(fd);
}

/* --- folders and links -------------------------------------------------- */

static void tell_path(const char *path)
{
    struct stat about, followed;

    if (lstat(path, &about) == -1) {
        tell_call(path, -1);
        return;
    }
    printf("%s: mode %o, size %ld, %s, followed %o\n", path, about.st_mode,
           (long)about.st_size, about.st_ino ? "an inode" : "no inode",
           stat(path, &followed) == 0 ? followed.st_mode : 0);
}

static int kind_in(DIR *folder, const char *name)
{
    struct dirent *entry;

    rewinddir(folder);
    while ((entry = readdir(folder)))
        if (strcmp(entry->d_name, name) == 0)
            return entry->d_type;
    return -1;
}

static void folders(const char *program)
{
    static const char *const paths[] = {
        "/proc/self", "/proc/self/exe", "/proc/self/maps",
        "/proc/self/../meminfo", "/proc/self/nothing", "/proc/nothing",
        "/proc/0", "/proc/0/maps", "/proc/1x", "/proc/99999",
        "/proc/self/maps/", "/proc/self/",
    };
    char own[32], path[64], link[4096] = "";
    struct stat one, two;

    snprintf(own, sizeof own, "%d", getpid());
    DIR *folder = opendir("/proc");
    printf("in /proc: . %d .. %d self %d meminfo %d, we %d, 0 %d\n",
           kind_in(folder, "."), kind_in(folder, ".."),
           kind_in(folder, "self"), kind_in(folder, "meminfo"),
           kind_in(folder, own), kind_in(folder, "0"));
    closedir(folder);
    folder = opendir("/proc/self");
    printf("in /proc/self: maps %d exe %d\n", kind_in(folder, "maps"),
           kind_in(folder, "exe"));
    tell_call("maps from there", openat(dirfd(folder), "maps", O_RDONLY) > 0);
    closedir(folder);

    ssize_t length = readlink("/proc/self", link, sizeof link);
    printf("self is %s\n", length == (ssize_t)strlen(own) &&
           memcmp(link, own, (size_t)length) == 0 ? "we" : "another");
    length = readlink("/proc/self/exe", link, sizeof link - 1);
    link[length > 0 ? length : 0] = '\0';
    printf("exe is %s\n", stat(program, &one) == 0 &&
           stat("/proc/self/exe", &two) == 0 && stat(link, &two) == 0 &&
           one.st_ino == two.st_ino ? "this program" : "another");
    tell_call("a small buffer", readlink("/proc/self/exe", link, 3));

    snprintf(path, sizeof path, "/proc/%s/maps", own);
    unsigned bytes = read_all("/proc/self/maps", text, ROOM);
    printf("by number: %s\n", read_all(path, other, ROOM) == bytes &&
           memcmp(text, other, bytes) == 0 ? "the same" : "another");
    for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++)
        tell_path(paths[i]);
    tell_call("access", access("/proc/self/maps", R_OK | W_OK));
    tell_call("access, run", access("/proc/self/maps", X_OK));
    tell_call("make", open("/proc/new", O_CREAT | O_RDWR, 0600));
    tell_call("write a folder", open("/proc", O_RDWR));
    int fd = open("/proc/self/maps", O_RDWR);
    tell_call("open to write", fd > 0);
    tell_call("write", write(fd, "x", 1));
    tell_call("run", execl("/proc/self/maps", "maps", NULL));
}

/* --- meminfo ------------------------------------------------------------ */

/* In KiB; -1: there is no such line, or not in this form. */
static long info(const char *name)
{
    char label[32];

    read_all("/proc/meminfo", text, ROOM);
    snprintf(label, sizeof label, "%s:", name);
    char *at = strstr(text, label);
    if (!at || (at != text && at[-1] != '\n'))
        return -1;
    char *digit = at + strlen(label);
    while (*digit == ' ')
        digit++;
    long value = strtol(digit, &digit, 10);
    return digit == at + 24 && memcmp(digit, " kB\n", 4) == 0 ? value : -1;
}

static void memory(void)
{
    static const char *const names[] = {
        "MemTotal", "MemFree", "MemAvailable", "Buffers", "Cached",
        "SwapCached", "SwapTotal", "SwapFree", "AnonPages", "Slab",
        "PageTables", "CommitLimit", "Committed_AS", "VmallocTotal",
        "VmallocUsed",
    };
    enum { BYTES = 16 << 20 };
    const char *last = text;
    struct stat about;

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        long value = info(names[i]);
        const char *at = strstr(text, names[i]);

        printf("%s: %s%s\n", names[i], value >= 0 ? "there" : "wrong",
               at > last ? "" : ", first");
        last = at;
    }
    printf("swap: %ld of %ld\n", info("SwapFree"), info("SwapTotal"));
    printf("free of all: %d\n", info("MemFree") < info("MemTotal") &&
           info("MemAvailable") < info("MemTotal"));

    long promised = info("Committed_AS"), free = info("MemFree");
    uint32_t at = map(0, BYTES, RW, ANON | PRIVATE, -1);
    printf("promised: %d, taken: %d\n",
           (info("Committed_AS") - promised) >> 10 >= 15,
           (free - info("MemFree")) >> 10 >= 15);
    memset((void *)at, 1, BYTES);
    printf("promised: %d, taken: %d\n",
           (info("Committed_AS") - promised) >> 10 >= 15,
           (free - info("MemFree")) >> 10 >= 15);
    unmap(at, BYTES);
    stat("/proc/meminfo", &about);
    printf("mode %o, size %ld\n", about.st_mode, (long)about.st_size);
}

int main(int argc, char **argv)
{
    top = argc > 1 ? argv[1] : "";
    if (access("/proc/self/maps", R_OK) == -1) {
        mkdir("/proc", 0555);
        mount("proc", "/proc", "proc", 0, NULL);
    }
    sorts();
    places();
    pieces();
    changes();
    memory();
    folders(argv[0]);
    return 0;
}
