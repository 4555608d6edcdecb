/*
 * kernel/fs/cpio.c - archives of files as `cpio -H newc` writes them.
 *
 * One file follows the other, and an entry of a certain name ends them:
 *
 *      "070701"  thirteen numbers  name 0  pad  content  pad   next ...
 *      |<------- 110 bytes ----->|         |             |
 *      offset divisible by 4               and so        and so
 *
 * Each number has eight hexadecimal digits. As an archive may be anything at
 * all, each is checked before it is used: `within` says of each piece that it
 * lies in the archive, and sums that could overflow are not made.
 *
 * Invariants: `next` <= `bytes`, and each entry moves it on by more than a
 * header.
 *
 * Cost: O(1) and the name, whatever the content.
 */
#include "kernel/cpio.h"

#include "lib/mem.h"

enum {
    MAGIC_BYTES = 6,
    DIGITS = 8,
    ALIGN = 4,
};

/* The numbers of a header, in their order. */
enum field {
    INODE, MODE, OWNER, GROUP, LINKS, TIME, DATA_BYTES, DEVICE_MAJOR,
    DEVICE_MINOR, IS_MAJOR, IS_MINOR, NAME_BYTES, CHECKSUM, FIELDS,
};

enum { HEADER_BYTES = MAGIC_BYTES + FIELDS * DIGITS };

static const char trailer[] = "TRAILER!!!";

static enum cpio_answer object(struct cpio *archive, const char *objection)
{
    archive->objection = objection;
    return CPIO_BROKEN;
}

static bool is_within(const struct cpio *archive, u32 offset, u32 bytes)
{
    return offset <= archive->bytes && bytes <= archive->bytes - offset;
}

/* The value of a hexadecimal digit; 16 if it is none. */
static u32 digit(char c)
{
    if (c >= '0' && c <= '9')
        return (u32)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (u32)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (u32)(c - 'A') + 10;
    return 16;
}

NODISCARD static bool read_number(const char *text, u32 *number)
{
    *number = 0;
    for (u32 i = 0; i < DIGITS; i++) {
        u32 value = digit(text[i]);

        if (value == 16)
            return false;
        *number = *number << 4 | value;
    }
    return true;
}

NODISCARD static bool read_numbers(const char *header, u32 *numbers)
{
    for (u32 i = 0; i < FIELDS; i++)
        if (!read_number(header + MAGIC_BYTES + i * DIGITS, &numbers[i]))
            return false;
    return true;
}

/* 070702 differs by a checksum, which says nothing that we would act on. */
static bool has_magic(const char *header)
{
    return memcmp(header, "070701", MAGIC_BYTES) == 0 ||
           memcmp(header, "070702", MAGIC_BYTES) == 0;
}

/* What is wrong with the name that begins at `offset`? NULL: nothing. */
static const char *read_name(const struct cpio *archive, u32 offset, u32 bytes,
                             struct cpio_entry *entry)
{
    if (bytes < 2 || bytes > CPIO_NAME_MAX)
        return "a name of no sensible length";
    if (!is_within(archive, offset, bytes))
        return "a name beyond its end";
    archive->read(archive, offset, entry->name, bytes);
    entry->name_bytes = bytes - 1;
    for (u32 i = 0; i < bytes; i++)
        if ((entry->name[i] == '\0') != (i == bytes - 1))
            return "a name that does not end where it should";
    return NULL;
}

/* The next offset that is divisible by 4; the end, if that is nearer: the last
 * entry's padding may be missing. */
static u32 aligned(const struct cpio *archive, u32 offset)
{
    u32 pad = -offset % ALIGN;

    return offset + min_u32(pad, archive->bytes - offset);
}

static void fill(struct cpio_entry *entry, const u32 *numbers)
{
    entry->inode = numbers[INODE];
    entry->mode = numbers[MODE];
    entry->links = numbers[LINKS];
    entry->time = numbers[TIME];
    entry->device_major = numbers[DEVICE_MAJOR];
    entry->device_minor = numbers[DEVICE_MINOR];
    entry->is_major = numbers[IS_MAJOR];
    entry->is_minor = numbers[IS_MINOR];
    entry->data_bytes = numbers[DATA_BYTES];
}

static bool is_trailer(const struct cpio_entry *entry)
{
    return entry->name_bytes + 1 == sizeof trailer &&
           memcmp(entry->name, trailer, sizeof trailer) == 0;
}

enum cpio_answer cpio_next(struct cpio *archive, struct cpio_entry *entry)
{
    char header[HEADER_BYTES];
    u32 numbers[FIELDS];
    u32 name = archive->next + HEADER_BYTES;

    if (archive->objection)
        return CPIO_BROKEN;
    if (!is_within(archive, archive->next, HEADER_BYTES))
        return object(archive, "it ends without a trailer");
    archive->read(archive, archive->next, header, HEADER_BYTES);
    if (!has_magic(header))
        return object(archive, "a header that is none");
    if (!read_numbers(header, numbers))
        return object(archive, "a header whose digits are none");

    const char *objection =
        read_name(archive, name, numbers[NAME_BYTES], entry);
    if (objection)
        return object(archive, objection);
    if (is_trailer(entry))
        return CPIO_END;

    fill(entry, numbers);
    entry->data = aligned(archive, name + numbers[NAME_BYTES]);
    if (!is_within(archive, entry->data, entry->data_bytes))
        return object(archive, "content beyond its end");
    archive->next = aligned(archive, entry->data + entry->data_bytes);
    return CPIO_ENTRY;
}
