/*
 * tests/abi/files.c - files as the C library reads them: open, read, seek,
 * stat, directories, links. Its argument is the folder in which its files are,
 * "" for the root.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *top;
static void *volatile nowhere = (void *)8; /* the compiler is not to know */

/* The name of something below the folder; good until the next call. */
static const char *below(const char *name)
{
    static char path[4096];

    snprintf(path, sizeof path, "%s%s", top, name);
    return path;
}

static void tell(const char *what, long long answer)
{
    if (answer < 0)
        printf("%s: error %d\n", what, errno);
    else
        printf("%s: %lld\n", what, answer);
}

static void reads(void)
{
    char buffer[64] = { 0 }, more[8] = { 0 };
    struct iovec parts[] = { { buffer, 3 }, { more, 4 } };
    int fd = open(below("/data/text"), O_RDONLY);

    printf("open: %d\n", fd >= 0);
    tell("read", read(fd, buffer, 10));
    printf("\"%s\"\n", buffer);
    tell("where", lseek(fd, 0, SEEK_CUR));
    tell("readv", readv(fd, parts, 2));
    printf("\"%.3s\" \"%s\"\n", buffer, more);
    tell("from the end", lseek(fd, -5, SEEK_END));
    tell("read", read(fd, buffer, sizeof buffer));
    tell("read at the end", read(fd, buffer, sizeof buffer));
    tell("beyond", lseek(fd, 1000000, SEEK_SET));
    tell("read beyond", read(fd, buffer, sizeof buffer));
    tell("before the start", lseek(fd, -1, SEEK_SET));
    tell("wild whence", lseek(fd, 0, 77));
    tell("very far", lseek64(fd, 1ll << 40, SEEK_SET));
    tell("write", write(fd, "x", 1));
    lseek(fd, 0, SEEK_SET);
    tell("read to nowhere", read(fd, nowhere, 4));
    tell("read nothing to nowhere", read(fd, nowhere, 0));
    tell("a terminal", ioctl(fd, TIOCGWINSZ, buffer));
    tell("flags", fcntl(fd, F_GETFL) & O_ACCMODE);
    tell("close", close(fd));
    tell("read when closed", read(fd, buffer, 1));
}

/* All of a file of several pages, by stdio and in odd pieces. */
static void large(void)
{
    unsigned sum = 0, bytes = 0;
    unsigned char piece[777];
    int c, fd = open(below("/data/numbers"), O_RDONLY);
    FILE *file = fopen(below("/data/numbers"), "r");
    ssize_t got;

    while (file && (c = getc(file)) != EOF) {
        sum = sum * 31 + (unsigned)c;
        bytes++;
    }
    printf("by characters: %u bytes, hash %u\n", bytes, sum);
    for (bytes = sum = 0; (got = read(fd, piece, sizeof piece)) > 0;)
        for (ssize_t i = 0; i < got; i++, bytes++)
            sum = sum * 31 + piece[i];
    printf("by pieces: %u bytes, hash %u\n", bytes, sum);
    fclose(file);
    close(fd);
}

static void tell_status(const char *name, int answer, const struct stat *st)
{
    if (answer < 0)
        printf("%s: error %d\n", name, errno);
    else
        printf("%s: mode %o, %lld bytes, links %d, time %lld\n", name,
               (unsigned)st->st_mode,
               S_ISDIR(st->st_mode) ? 0ll : (long long)st->st_size,
               S_ISDIR(st->st_mode) ? 0 : (int)st->st_nlink,
               (long long)st->st_mtime);
}

static void status(void)
{
    static const char *const names[] = {
        "/data", "/data/", "/data/text", "/data/text/", "/data/link",
        "/data/dangling", "/data/loop", "/data/none", "/data/text/none",
        "/data/../data/./text", "//data///text", "/data/folder/",
        "/data/up/text",
    };
    struct stat st;
    char path[4096];

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        tell_status(names[i], stat(below(names[i]), &st), &st);
        tell_status("  itself", lstat(below(names[i]), &st), &st);
        tell("  readlink", readlink(below(names[i]), path, sizeof path));
    }
    tell("readlink into one byte", readlink(below("/data/link"), path, 1));
    tell_status("nothing", stat("", &st), &st);
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = 0;
    tell_status("a long name", stat(path, &st), &st);
    path[300] = 0;
    tell_status("a long part", stat(path, &st), &st);
    tell_status("nowhere", stat(nowhere, &st), &st);
    int fd = open(below("/data/text"), O_RDONLY);
    tell_status("an open file", fstat(fd, &st), &st);
    close(fd);
    tell_status("a closed one", fstat(fd, &st), &st);
}

static void opens(void)
{
    static const struct {
        const char *name;
        int flags;
    } tries[] = {
        { "/data/none", O_RDONLY }, { "/data", O_RDONLY },
        { "/data", O_WRONLY }, { "/data", O_RDWR },
        { "/data/text", O_DIRECTORY }, { "/data", O_DIRECTORY },
        { "/data/text/", O_RDONLY }, { "/data/text/x", O_RDONLY },
        { "/data/link", O_RDONLY }, { "/data/link", O_NOFOLLOW },
        { "/data/dangling", O_RDONLY }, { "/data/loop", O_RDONLY },
        { "/data/text", O_CREAT | O_EXCL }, { "/data/folder/deep", O_RDONLY },
    };

    for (unsigned i = 0; i < sizeof tries / sizeof *tries; i++) {
        int fd = open(below(tries[i].name), tries[i].flags, 0600);

        printf("open %s, flags %#o: ", tries[i].name,
               (unsigned)tries[i].flags);
        tell("", fd < 0 ? fd : 0);
        if (fd >= 0)
            close(fd);
    }
    tell("openat without a folder", openat(99, "x", O_RDONLY));
    tell("openat in a file", openat(0, "", O_RDONLY));
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void list(const char *name)
{
    char *lines[64];
    size_t count = 0;
    DIR *folder = opendir(below(name));

    printf("in %s:\n", name);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        asprintf(&lines[count], "  %s, type %d", entry->d_name,
                 entry->d_type);
        if (++count == sizeof lines / sizeof *lines)
            break;
    }
    qsort(lines, count, sizeof *lines, by_name);
    for (size_t i = 0; i < count; i++)
        puts(lines[i]);
    if (folder)
        closedir(folder);
}

/* Descriptors are counted from the lowest that is free. */
static void numbers(void)
{
    int first = open(below("/data/text"), O_RDONLY);
    int second = open(below("/data/text"), O_RDONLY | O_CLOEXEC);
    char a, b, c;

    close(first);
    printf("the lowest is taken: %d\n",
           open(below("/data"), O_RDONLY) == first);
    tell("close on exec", fcntl(second, F_GETFD));
    int third = fcntl(second, F_DUPFD, 50);
    tell("a duplicate from 50", third);
    printf("they share a place: %zd %zd", read(second, &a, 1),
           read(third, &b, 1));
    printf(" %c%c\n", a, b);
    int fourth = open(below("/data/text"), O_RDONLY);
    printf("another one has its own: %zd %c\n", read(fourth, &c, 1), c);
    tell("read of a folder", read(first, &a, 1));
}

int main(int argc, char **argv)
{
    top = argc > 1 ? argv[1] : "";
    reads();
    large();
    status();
    opens();
    list("/data");
    list("/data/folder");
    numbers();
    return 0;
}
