/*
 * tests/host/archive.c - files for kernel/fs/initrd.c in a Linux process: an
 * archive of so many that the tree takes some frames.
 */
#include "abi/stat.h"
#include "cpio_maker.h"
#include "kernel/panic.h"
#include "kernel/printf.h"
#include "lib/mem.h"
#include "mm/platform.h"

#include "strata_test.h"

#include "../../kernel/fs/node.h"

enum { FILES = 400, ENTRY_MAX = 160, SENTENCE = 160 };

static u8 bytes[(FILES + 1) * ENTRY_MAX];

const char *archive_find(u32 *size)
{
    struct cpio_maker maker = { .bytes = bytes };
    char name[12];
    struct cpio_file file = { .name = name, .mode = S_IFREG | 0644,
                              .links = 1 };

    for (file.inode = 1; file.inode <= FILES; file.inode++) {
        ksnprintf(name, sizeof name, "file%u", file.inode);
        cpio_add(&maker, &file);
    }
    cpio_end(&maker);
    *size = maker.size;
    return "made here";
}

void archive_read(u32 offset, void *to, u32 size)
{
    memcpy(to, bytes + offset, size);
}

/* There are no processes. */
u32 proc_find(const char *name, u32 length)
{
    (void)name;
    (void)length;
    return 0;
}

i32 proc_read_link(const struct spot *link, char *to, u32 size)
{
    (void)link;
    (void)to;
    (void)size;
    return -ENOENT;
}

u32 kprintf(const char *format, ...)
{
    char words[SENTENCE];
    va_list arguments;

    va_start(arguments, format);
    u32 length = kvsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    test_print("%s", words);
    return length;
}

void panic(const char *format, ...)
{
    char sentence[SENTENCE];
    va_list arguments;

    va_start(arguments, format);
    kvsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    platform_panic("%s", sentence);
}
