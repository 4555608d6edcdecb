/*
 * kernel/proc/elf.c - a program's file becomes memory.
 *
 * Whole pages of the file become a private mapping of it: nothing is read, they
 * come when they are touched. Where the zeros begin within a page, that page is
 * anonymous memory like those behind it, and its part of the file is copied: a
 * program writes to it sooner or later, and then it would be copied anyway.
 *
 *      of the file   of the file   anonymous
 *      +-----------+-----------+  +------+----+-----------+
 *      | text      | data      |  | data | 00 | 000000000 |
 *      +-----------+-----------+  +------+----+-----------+
 */
#include "kernel/elf.h"

#include "abi/errno.h"
#include "kernel/file.h"
#include "kernel/syscalls.h"
#include "mm/kheap.h"
#include "mm/vm.h"

static u32 rights_of(const struct elf_program_header *segment)
{
    return (segment->flags & ELF_READ ? VM_READ : 0) |
           (segment->flags & ELF_WRITE ? VM_WRITE : 0) |
           (segment->flags & ELF_EXEC ? VM_EXEC : 0);
}

/* Map [start, end), where nothing is; from the object if there is one. */
static i32 map(struct vm_space *space, u32 start, u32 end, u32 rights,
               struct vm_object *object, u32 first_page)
{
    struct vm_request request = {
        .at = start,
        .bytes = end - start,
        .flags = rights,
        .place = VM_NO_REPLACE,
        .object = object,
        .first_page = first_page,
    };
    virt_addr_t at;

    return start == end ? 0 : errno_of(vm_map(space, &request, &at));
}

/* Write bytes of one page of the object to where they belong. */
static i32 copy(struct vm_space *space, u32 to, struct vm_object *object,
                u32 offset, u32 bytes)
{
    pfn_t frame;
    enum status status = vm_object_frame(object, offset / PAGE_SIZE, &frame);

    if (status != OK)
        return errno_of(status);
    u8 *page = window_map(frame);
    bool done = vm_write(space, to, page + offset % PAGE_SIZE, bytes);
    window_unmap(page);
    return done ? 0 : -ENOMEM;
}

/* What cannot be written keeps what the file has where zeros should be, as on
 * Linux. */
static i32 load_segment(struct vm_space *space, struct vm_object *object,
                        const struct elf_program_header *segment, u32 bias)
{
    u32 start = segment->address + bias;
    u32 file_end = start + segment->file_bytes;
    u32 first_page = round_down(start, PAGE_SIZE);
    u32 end_page = round_up(start + segment->memory_bytes, PAGE_SIZE);
    u32 rights = rights_of(segment);
    bool has_zeros = segment->file_bytes < segment->memory_bytes &&
                     (rights & VM_WRITE || segment->file_bytes == 0);
    u32 anonymous = has_zeros ? round_down(file_end, PAGE_SIZE)
                              : round_up(file_end, PAGE_SIZE);

    i32 result = map(space, first_page, anonymous, rights, object,
                     segment->offset / PAGE_SIZE);
    if (result == 0)
        result = map(space, anonymous, end_page, rights, NULL, 0);
    u32 rest = max_u32(start, anonymous);
    if (result == 0 && rest < file_end)
        result = copy(space, rest, object, segment->offset + (rest - start),
                      file_end - rest);
    return result;
}

/* The program headers, kalloc'ed; NULL: *result says why not. */
static struct elf_program_header *read_table(const struct elf_header *header,
                                             struct file *file, i32 *result)
{
    u32 bytes = header->program_header_count *
                (u32)sizeof(struct elf_program_header);
    struct elf_program_header *table = kalloc(bytes);

    *result = -ENOMEM;
    if (table)
        *result = file_load(file, header->program_headers, table, bytes);
    if (*result == (i32)bytes)
        return table;
    if (*result >= 0)
        *result = -EIO;
    kfree(table);
    return NULL;
}

i32 elf_load(struct vm_space *space, struct file *file,
             struct elf_image *image, const char **wrong)
{
    struct file_status status;
    struct elf_header header;
    struct vm_object *object;

    *wrong = NULL;
    file_describe(file, &status);
    i32 result = file_object(file, &object);
    if (result == 0)
        result = file_load(file, 0, &header, sizeof header);
    if (result < 0)
        return result == -ENODEV ? -EACCES : result;
    *wrong = elf_check_header(&header, status.size);
    if (*wrong)
        return -ENOEXEC;

    struct elf_program_header *table = read_table(&header, file, &result);
    if (!table)
        return result;
    *wrong = elf_check_segments(&header, table, status.size, image);
    result = *wrong ? -ENOEXEC : 0;
    for (u32 i = 0; i < image->program_header_count && result == 0; i++)
        if (table[i].type == ELF_LOAD && table[i].memory_bytes > 0)
            result = load_segment(space, object, &table[i], image->bias);
    kfree(table);
    return result;
}
