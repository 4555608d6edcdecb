/*
 * kernel/proc/elf_check.c - is a file a program that can be run?
 *
 * An executable file begins with a header, which says where the table of
 * program headers is; and each of those that are to be loaded says which bytes
 * of the file belong at which addresses:
 *
 *      file     header | table |  text  |  data |
 *                                  |        |
 *                                  v        v
 *      memory        ............ text ... data 000 ............
 *                                              ^ memory_bytes > file_bytes
 *
 * Everything in it is a claim of a stranger. Here each claim is checked, with
 * sums that do not wrap, before anybody acts on one; nothing is allocated, no
 * memory but the arguments is looked at, so that it is tested on the host.
 *
 * Accepted are static programs: ELF_EXECUTABLE, and ELF_DYNAMIC as long as it
 * needs no interpreter (static-pie), which goes to DYNAMIC_START.
 */
#include "kernel/elf.h"

#include "lib/mem.h"
#include "mm/addr.h"

enum {
    HEADERS_MAX = 65536 / sizeof(struct elf_program_header), /* as Linux */
    DYNAMIC_START = 0x400000,
};

static bool is_within(u32 start, u32 bytes, u32 end)
{
    return start <= end && bytes <= end - start;
}

const char *elf_check_header(const struct elf_header *header, u32 file_bytes)
{
    static const u8 ident[] = { 0x7f, 'E', 'L', 'F', ELF_CLASS_32,
                                ELF_LITTLE_ENDIAN, ELF_VERSION };

    if (file_bytes < sizeof *header)
        return "is too short for a program";
    if (memcmp(header->ident, ident, sizeof ident) != 0)
        return "is no 32-bit ELF file";
    if (header->machine != ELF_MACHINE_386)
        return "is for another processor";
    if (header->type != ELF_EXECUTABLE && header->type != ELF_DYNAMIC)
        return "is no program, but another sort of ELF file";
    if (header->program_header_bytes != sizeof(struct elf_program_header))
        return "has program headers of a strange size";
    if (header->program_header_count == 0 ||
        header->program_header_count > HEADERS_MAX)
        return "has no program headers, or too many";
    if (!is_within(header->program_headers,
                   header->program_header_count *
                       (u32)sizeof(struct elf_program_header),
                   file_bytes))
        return "ends before its program headers do";
    return NULL;
}

static const char *check_segment(const struct elf_program_header *segment,
                                 u32 file_bytes)
{
    if (segment->file_bytes > segment->memory_bytes)
        return "has a segment with more in the file than in memory";
    if (!is_within(segment->offset, segment->file_bytes, file_bytes))
        return "ends before one of its segments does";
    if (segment->file_bytes > 0 &&
        (segment->address - segment->offset) % PAGE_SIZE != 0)
        return "has a segment that is not aligned to pages";
    return NULL;
}

/* Put the next segment behind what is there already. */
static const char *place_segment(const struct elf_program_header *segment,
                                 struct elf_image *image)
{
    u32 start = segment->address + image->bias;

    if (start < USER_START || !is_within(start, segment->memory_bytes,
                                         USER_END))
        return "has a segment outside of a program's memory";
    if (start < image->end)
        return "has segments that overlap, or are not in order";
    image->end = round_up(start + segment->memory_bytes, PAGE_SIZE);
    return NULL;
}

/* Are the program headers, or is the entry, in this segment? */
static void look_into(const struct elf_program_header *segment,
                      const struct elf_header *header, bool *has_entry,
                      struct elf_image *image)
{
    u32 table = header->program_headers - segment->offset;
    u32 table_bytes = header->program_header_count *
                      (u32)sizeof(struct elf_program_header);

    if (header->entry - segment->address < segment->memory_bytes)
        *has_entry = true;
    if (header->program_headers >= segment->offset &&
        is_within(table, table_bytes, segment->file_bytes))
        image->program_headers = segment->address + table + image->bias;
}

/* What has to be added to a file's addresses, the lowest being `first`. */
static u32 bias_of(const struct elf_header *header, u32 first)
{
    return header->type == ELF_DYNAMIC
               ? DYNAMIC_START - round_down(first, PAGE_SIZE)
               : 0;
}

const char *elf_check_segments(const struct elf_header *header,
                               const struct elf_program_header *table,
                               u32 file_bytes, struct elf_image *image)
{
    bool has_entry = false;

    *image = (struct elf_image){
        .program_header_count = header->program_header_count,
    };
    for (u32 i = 0; i < header->program_header_count; i++) {
        const struct elf_program_header *segment = &table[i];

        if (segment->type == ELF_INTERPRETER)
            return "needs an interpreter: it is not linked statically";
        if (segment->type != ELF_LOAD || segment->memory_bytes == 0)
            continue;
        if (image->end == 0)
            image->bias = bias_of(header, segment->address);
        const char *wrong = check_segment(segment, file_bytes);
        if (!wrong)
            wrong = place_segment(segment, image);
        if (wrong)
            return wrong;
        look_into(segment, header, &has_entry, image);
    }
    image->entry = header->entry + image->bias;
    return has_entry ? NULL : "starts outside of its segments";
}
