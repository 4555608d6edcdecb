/*
 * tests/fuzz/cpio_fuzz.c - any bytes as an archive, for libFuzzer.
 *
 * Without a little help it would never get past a header: so the first bytes
 * of the input say which numbers of which files are what, and the rest is
 * strewn over the archive made of that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpio_maker.h"

enum { FILES_MAX = 8, ARCHIVE_MAX = 1 << 16, DAMAGE_BYTES = 3 };

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void judge(const u8 *bytes, u32 size)
{
    static struct cpio_entry entry;
    u8 *copy = malloc(size); /* of just these bytes: a stray read is seen */

    if (size)
        memcpy(copy, bytes, size);
    const char *objection = cpio_judge(copy, size, &entry, NULL);
    free(copy);
    if (objection) {
        fprintf(stderr, "cpio_fuzz: %s\n", objection);
        abort();
    }
}

/* A byte says a file's name and content by their lengths. */
static void add_file(struct cpio_maker *maker, u8 byte)
{
    static const char letters[] = "0123456789abcde";

    cpio_add(maker, &(struct cpio_file){
        .name = letters + byte % 15, .inode = byte, .mode = 0100644,
        .links = 1 + byte % 2, .data = letters, .data_bytes = byte / 16,
    });
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static u8 bytes[ARCHIVE_MAX];
    struct cpio_maker maker = { .bytes = bytes };
    size_t files = size > 0 ? data[0] % FILES_MAX : 0;

    if (size > ARCHIVE_MAX)
        return 0;
    judge(data, (u32)size);
    if (size < 1 + files)
        return 0;
    for (size_t i = 0; i < files; i++)
        add_file(&maker, data[1 + i]);
    cpio_end(&maker);
    data += 1 + files;
    size -= 1 + files;
    for (; size >= DAMAGE_BYTES; size -= DAMAGE_BYTES, data += DAMAGE_BYTES)
        bytes[((u32)data[0] << 8 | data[1]) % maker.size] = data[2];
    judge(bytes, maker.size);
    return 0;
}
