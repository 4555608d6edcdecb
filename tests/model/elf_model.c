/*
 * tests/model/elf_model.c - which ELF files are programs. See elf_model.h.
 */
#include "elf_model.h"

#include "lib/mem.h"
#include "mm/addr.h"

enum { TABLE_MAX = 8, HEADER_BYTES = 52, ENTRY_BYTES = 32, MOST = 2048 };

/* ------------------------------------------------------------ the judgement */

static bool header_is_sound(const struct elf_case *file)
{
    const struct elf_header *h = &file->header;

    return file->file_bytes >= HEADER_BYTES && h->ident[0] == 0x7f &&
           h->ident[1] == 'E' && h->ident[2] == 'L' && h->ident[3] == 'F' &&
           h->ident[4] == 1 && h->ident[5] == 1 && h->ident[6] == 1 &&
           h->machine == 3 && (h->type == 2 || h->type == 3) &&
           h->program_header_bytes == ENTRY_BYTES &&
           h->program_header_count >= 1 && h->program_header_count <= MOST &&
           (u64)h->program_headers + h->program_header_count * 32ull <=
               file->file_bytes;
}

static bool counts(const struct elf_program_header *segment)
{
    return segment->type == ELF_LOAD && segment->memory_bytes > 0;
}

/* Where a segment lies in memory, [start, end). A program that runs anywhere
 * has its first page at 4 MiB. */
static u64 start_of(const struct elf_case *file, u32 index)
{
    u32 first = 0;

    while (!counts(&file->table[first]))
        first++;
    u32 address = file->table[index].address;
    if (file->header.type != 3)
        return address;
    return (u32)(address - file->table[first].address / 4096 * 4096 + 0x400000);
}

static u64 end_of(const struct elf_case *file, u32 index)
{
    return start_of(file, index) + file->table[index].memory_bytes;
}

static bool segment_is_sound(const struct elf_case *file, u32 index)
{
    const struct elf_program_header *s = &file->table[index];

    if (s->file_bytes > s->memory_bytes ||
        (u64)s->offset + s->file_bytes > file->file_bytes ||
        (s->file_bytes > 0 && s->offset % 4096 != s->address % 4096) ||
        start_of(file, index) < 0x10000 || end_of(file, index) > 0xc0000000)
        return false;
    for (u32 i = 0; i < index; i++)
        if (counts(&file->table[i]) &&
            (end_of(file, i) + 4095) / 4096 > start_of(file, index) / 4096)
            return false;
    return true;
}

static bool is_program(const struct elf_case *file)
{
    u32 entries = 0;

    if (!header_is_sound(file))
        return false;
    for (u32 i = 0; i < file->header.program_header_count; i++) {
        const struct elf_program_header *s = &file->table[i];

        if (s->type == ELF_INTERPRETER)
            return false;
        if (!counts(s))
            continue;
        if (!segment_is_sound(file, i))
            return false;
        if (file->header.entry >= s->address &&
            file->header.entry < (u64)s->address + s->memory_bytes)
            entries++;
    }
    return entries == 1;
}

/* ------------------------------------------------------- what is told of it */

/* Is the table of program headers, 32 bytes each, at `address` in memory? */
static bool is_table_at(const struct elf_case *file, u32 address)
{
    u64 bytes = file->header.program_header_count * 32ull;
    bool anywhere = false;

    for (u32 i = 0; i < file->header.program_header_count; i++) {
        const struct elf_program_header *s = &file->table[i];
        u64 in_segment = (u64)file->header.program_headers - s->offset;

        if (!counts(s) || file->header.program_headers < s->offset ||
            in_segment + bytes > s->file_bytes)
            continue;
        anywhere = true;
        if (start_of(file, i) + in_segment == address)
            return true;
    }
    return !anywhere && address == 0;
}

static const char *judge_image(const struct elf_case *file,
                               const struct elf_image *image)
{
    u64 end = 0;
    bool has_entry = false;

    for (u32 i = 0; i < file->header.program_header_count; i++) {
        if (!counts(&file->table[i]))
            continue;
        end = (end_of(file, i) + 4095) / 4096 * 4096;
        if (image->entry >= start_of(file, i) &&
            image->entry < end_of(file, i))
            has_entry = true;
    }
    if (image->end != end)
        return "the end of the image is not that of its last segment";
    if (!has_entry)
        return "the image's entry is in none of its segments";
    if (image->program_header_count != file->header.program_header_count)
        return "the image has another number of program headers";
    return is_table_at(file, image->program_headers)
               ? NULL : "the program headers are elsewhere";
}

const char *elf_model_try(const struct elf_case *file)
{
    struct elf_image image;
    const char *wrong = elf_check_header(&file->header, file->file_bytes);

    if (!wrong != header_is_sound(file))
        return wrong ? "a sound header is refused" : "a bad header passes";
    if (wrong)
        return NULL;
    wrong = elf_check_segments(&file->header, file->table, file->file_bytes,
                               &image);
    if (!wrong != is_program(file))
        return wrong ? "a program is refused" : "what is no program passes";
    return wrong ? NULL : judge_image(file, &image);
}

/* ---------------------------------------------------------------- the files */

static u32 random(u32 *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static u32 limit_near(u32 *seed)
{
    static const u32 limits[] = { 0, 0x1000, 0x10000, 0x400000, 0x08048000,
                                  0x80000000, 0xc0000000, 0xfffff000 };
    u32 limit = limits[random(seed) % ARRAY_SIZE(limits)];

    return limit + random(seed) % 7 * 0x800 - 3 * 0x800 + random(seed) % 3 - 1;
}

static u32 make_segments(u32 *seed, struct elf_program_header *table)
{
    u32 count = 1 + random(seed) % TABLE_MAX, offset = 0;
    u32 address = 0x08048000;

    for (u32 i = 0; i < count; i++) {
        u32 bytes = random(seed) % 0x3000;

        table[i] = (struct elf_program_header){
            .type = random(seed) % 8 ? ELF_LOAD : 6,
            .offset = offset,
            .address = address + offset % 4096,
            .file_bytes = bytes,
            .memory_bytes = bytes + random(seed) % 3 * 0x1100,
        };
        offset += bytes;
        address += table[i].memory_bytes + 0x2000;
        address -= address % 4096;
    }
    return count;
}

/* Some files get one or two of their words spoilt. */
static void spoil(u32 *seed, struct elf_case *file,
                  struct elf_program_header *table)
{
    u32 segment = random(seed) % file->header.program_header_count;
    u32 *words[] = { &table[segment].type, &table[segment].offset,
                     &table[segment].address, &table[segment].file_bytes,
                     &table[segment].memory_bytes, &file->header.entry,
                     &file->header.program_headers };

    for (u32 i = random(seed) % 3; i > 0; i--)
        *words[random(seed) % ARRAY_SIZE(words)] = limit_near(seed);
    if (random(seed) % 16 == 0)
        file->header.ident[random(seed) % 16] ^= (u8)(1u << random(seed) % 8);
    if (random(seed) % 16 == 0)
        file->header.program_header_bytes = (u16)random(seed);
    if (random(seed) % 16 == 0)
        file->header.machine = (u16)(random(seed) % 8);
}

struct elf_case elf_model_make(u32 *seed, struct elf_program_header *table)
{
    u32 count = make_segments(seed, table);
    struct elf_program_header *some = &table[random(seed) % count];
    struct elf_case file = {
        .header = {
            .ident = { 0x7f, 'E', 'L', 'F', 1, 1, 1 },
            .type = (u16)(2 + random(seed) % 2),
            .machine = 3,
            .entry = some->address + random(seed) % (some->memory_bytes + 1),
            .program_headers = HEADER_BYTES,
            .program_header_bytes = ENTRY_BYTES,
            .program_header_count = (u16)count,
        },
        .table = table,
        .file_bytes = table[count - 1].offset + table[count - 1].file_bytes +
                      random(seed) % 3 * 100,
    };

    spoil(seed, &file, table);
    return file;
}
