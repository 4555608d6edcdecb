/*
 * kernel/fs/file.c - an open file: what a descriptor stands for.
 *
 * Here is what all kinds of files have in common: references, rights and the
 * answers where a kind has no operation. Everything else is the kind's table.
 *
 * Invariant: `references` counts the descriptors of all processes that name
 * the file, and calls under way that hold it.
 *
 * Cost: O(1), and the operation's.
 */
#include "kernel/file.h"

#include "lib/mem.h"
#include "mm/kheap.h"
#include "mm/vm.h"

struct file *file_create(const struct file_operations *operations, u32 flags,
                         void *data)
{
    struct file *file = kalloc(sizeof *file);

    if (file)
        *file = (struct file){ .operations = operations, .references = 1,
                               .flags = flags, .data = data };
    return file;
}

void file_close(struct file *file)
{
    if (file->operations->release)
        file->operations->release(file);
    kfree(file);
}

void file_describe(struct file *file, struct file_status *out)
{
    memset(out, 0, sizeof *out);
    file->operations->describe(file, out);
}

i32 file_object(struct file *file, struct vm_object **object)
{
    *object = NULL;
    if (!file->operations->object)
        return -ENODEV;
    return file->operations->object(file, object);
}

/* Copy what lies in one page. */
static i32 load_piece(struct vm_object *object, u32 offset, void *to,
                      u32 bytes)
{
    pfn_t frame;
    enum status status =
        vm_object_frame(object, offset / PAGE_SIZE, &frame);

    if (status != OK)
        return status == ERR_NOMEM ? -ENOMEM : -EIO;
    u8 *memory = window_map(frame);
    memcpy(to, memory + offset % PAGE_SIZE, bytes);
    window_unmap(memory);
    return 0;
}

i32 file_load(struct file *file, u32 offset, void *to, u32 bytes)
{
    struct file_status about;
    struct vm_object *object;
    i32 error = file_object(file, &object);
    u32 done = 0;

    if (error)
        return error;
    file_describe(file, &about);
    bytes = offset < about.size ? min_u32(bytes, about.size - offset) : 0;
    while (done < bytes) {
        u32 at = offset + done;
        u32 piece = min_u32(bytes - done, PAGE_SIZE - at % PAGE_SIZE);

        error = load_piece(object, at, (u8 *)to + done, piece);
        if (error)
            return error;
        done += piece;
    }
    return (i32)done;
}
