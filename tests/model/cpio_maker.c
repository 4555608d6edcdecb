/*
 * cpio_maker.c - archives for tests, and what a reader says of any.
 */
#include "cpio_maker.h"

#include "lib/mem.h"

enum { HEADER = 110 };

static void put(struct cpio_maker *maker, const void *bytes, u32 count)
{
    memcpy(maker->bytes + maker->size, bytes, count);
    maker->size += count;
}

static void put_number(struct cpio_maker *maker, u32 number)
{
    for (u32 i = 0; i < 8; i++)
        put(maker, &"0123456789abcdef"[number >> (28 - 4 * i) & 15], 1);
}

static void pad(struct cpio_maker *maker)
{
    while (maker->size % 4)
        put(maker, "", 1);
}

static u32 length_of(const char *text)
{
    u32 length = 0;

    while (text[length])
        length++;
    return length;
}

void cpio_add(struct cpio_maker *maker, const struct cpio_file *file)
{
    const u32 numbers[] = {
        file->inode, file->mode, 0, 0, file->links, 0x5eed,
        file->data_bytes, 8, 1, 5, 1, length_of(file->name) + 1, 0,
    };

    put(maker, "070701", 6);
    for (u32 i = 0; i < ARRAY_SIZE(numbers); i++)
        put_number(maker, numbers[i]);
    put(maker, file->name, length_of(file->name) + 1);
    pad(maker);
    if (file->data_bytes)
        put(maker, file->data, file->data_bytes);
    pad(maker);
}

void cpio_end(struct cpio_maker *maker)
{
    cpio_add(maker, &(struct cpio_file){ .name = "TRAILER!!!", .links = 1 });
}

static void read_memory(const struct cpio *cpio, u32 offset, void *to,
                        u32 bytes)
{
    struct cpio_memory *memory =
        CONTAINER_OF((struct cpio *)(uintptr_t)cpio, struct cpio_memory, cpio);

    if (offset > cpio->bytes || bytes > cpio->bytes - offset)
        memory->strayed = true;
    else
        memcpy(to, memory->bytes + offset, bytes);
}

void cpio_open_memory(struct cpio_memory *memory, const u8 *bytes, u32 size)
{
    *memory = (struct cpio_memory){
        .cpio = { .read = read_memory, .bytes = size }, .bytes = bytes,
    };
}

/* What is wrong with an entry, the reader having been at `before`? */
static const char *judge_entry(const struct cpio_memory *memory,
                               const struct cpio_entry *entry, u32 before)
{
    const struct cpio *cpio = &memory->cpio;

    if (length_of(entry->name) != entry->name_bytes || !entry->name_bytes)
        return "a name is not as long as it is said to be";
    if (entry->data < before + HEADER || entry->data > cpio->bytes ||
        entry->data_bytes > cpio->bytes - entry->data)
        return "content lies outside of the archive";
    if (cpio->next < entry->data + entry->data_bytes ||
        cpio->next > cpio->bytes)
        return "the next entry is within this one, or outside";
    return NULL;
}

const char *cpio_judge(const u8 *bytes, u32 size, struct cpio_entry *entry,
                       u32 *entries)
{
    struct cpio_memory memory;
    enum cpio_answer answer;
    u32 count = 0, before = 0;

    cpio_open_memory(&memory, bytes, size);
    while ((answer = cpio_next(&memory.cpio, entry)) == CPIO_ENTRY) {
        const char *objection = judge_entry(&memory, entry, before);

        if (objection)
            return objection;
        before = memory.cpio.next;
        count++;
    }
    if (entries)
        *entries = count;
    if (memory.strayed)
        return "it read outside of the archive";
    if ((answer == CPIO_BROKEN) != (memory.cpio.objection != NULL))
        return "it breaks off without a word, or ends with one";
    if (cpio_next(&memory.cpio, entry) != answer)
        return "asked once more, it thinks otherwise";
    return NULL;
}
