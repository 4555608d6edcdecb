/*
 * kernel/fs/proc.c - /proc: what the kernel tells programs in files.
 *
 *      /proc/meminfo        how much memory there is
 *      /proc/PID/maps       the regions of a process
 *      /proc/PID/exe        a link to its program
 *      /proc/self           a link to the process that looks
 *
 * Nodes are made at boot, and never go; processes come and go. So one node
 * stands for /proc/PID of them all, and whose it is, is told beside it: by the
 * walk of a path, and then by the open file (struct spot).
 *
 * The text is made as it is read, a line at a time. A file that is open keeps
 * the line that is being read, and from which address on the next one is: so
 * each line is whole, and true of one moment, however small the pieces are that
 * it is read in. Who moves the offset is led there from the beginning, over the
 * lines of now.
 *
 * Cost: of a line O(log regions), and its characters.
 */
#include "kernel/meminfo.h"
#include "kernel/number.h"
#include "kernel/printf.h"
#include "kernel/process.h"
#include "kernel/string.h"
#include "lib/mem.h"
#include "mm/kheap.h"
#include "mm/vm.h"
#include "node.h"

enum {
    NAME_COLUMN = 49, /* of the name in a line of maps */
    LINE = PAGE_SIZE - 64,
};

/* How far the reader of an open file has come: a page in all. */
struct text {
    u64 offset;         /* of what it is given next   */
    u32 given, length;  /* of the line                */
    virt_addr_t next;   /* what comes behind the line */
    char line[LINE];
};

/* ------------------------------------------------------------ who is there */

static void take_lower(const struct process *process, void *context)
{
    u32 *limits = context; /* from, and what is known to be above */

    if (process->pid >= limits[0] && process->pid < limits[1])
        limits[1] = process->pid;
}

u32 proc_next(u32 from)
{
    u32 limits[] = { from, PID_MAX + 1 };

    process_each(take_lower, limits);
    return limits[1] > PID_MAX ? (u32)PID_NONE : limits[1];
}

u32 proc_find(const char *name, u32 bytes)
{
    char digits[sizeof "32767"];
    u32 pid;

    if (bytes >= sizeof digits || name[0] < '1' || name[0] > '9')
        return PID_NONE;
    memcpy(digits, name, bytes);
    digits[bytes] = '\0';
    return !number_parse(digits, &pid) && process_find(pid) ? pid
                                                            : (u32)PID_NONE;
}

/* ------------------------------------------------------------------- links */

i32 proc_read_link(const struct spot *link, char *to, u32 size)
{
    const struct process *process =
        link->pid ? process_find(link->pid) : process_current();

    if (!process)
        return -ENOENT;
    if (link->node->file->proc == PROC_SELF)
        return (i32)ksnprintf(to, size, "%u", process->pid);
    if (!process->space || !process->program)
        return -ENOENT;
    return initrd_path(&(struct spot){ .node = process->program }, to, size);
}

/* -------------------------------------------------------------------- maps */

/* As Linux has it: the heap's, if they touch it. */
static const char *name_of_private(const struct vm_space *space,
                                   const struct vm_region *region)
{
    if (region->start <= space->heap_end && region->end >= space->heap_start)
        return "[heap]";
    return region->flags & VM_GROWS_DOWN && region->end == USER_END
               ? "[stack]" : NULL;
}

/* Put the name at its column: of a file, its path, unless that is too long. */
static void add_name(struct text *text, const struct vm_space *space,
                     const struct vm_region *region, struct node *file)
{
    const char *name = region->object ? "/dev/zero (deleted)"
                                      : name_of_private(space, region);

    if (!file && !name)
        return;
    while (text->length < NAME_COLUMN)
        text->line[text->length++] = ' ';
    char *to = text->line + text->length;
    u32 room = LINE - 1 - text->length;
    i32 bytes = file ? initrd_path(&(struct spot){ file, 0 }, to, room)
                     : (i32)ksnprintf(to, room, "%s", name);
    if (bytes > 0)
        text->length += (u32)bytes;
}

static void make_line_of(struct text *text, const struct vm_space *space,
                         const struct vm_region *region)
{
    const struct vm_object *object = region->object;
    struct node *file = object ? initrd_node_shown(object) : NULL;
    u32 device = file ? FILESYSTEM_TREE : object ? FILESYSTEM_SHARED : 0;
    u32 inode = file ? file->inode : object ? object->number : 0;

    text->length = ksnprintf(
        text->line, LINE, "%08x-%08x %c%c%c%c %08llx 00:%02x %u ",
        region->start, region->end,
        region->flags & VM_READ ? 'r' : '-',
        region->flags & VM_WRITE ? 'w' : '-',
        region->flags & VM_EXEC ? 'x' : '-',
        region->flags & VM_SHARED ? 's' : 'p',
        (u64)(object ? region->first_page : 0) << PAGE_SHIFT, device, inode);
    add_name(text, space, region, file);
    text->line[text->length++] = '\n';
}

static void make_line_of_maps(struct text *text, u32 pid)
{
    const struct process *process = process_find(pid);
    const struct vm_space *space = process ? process->space : NULL;
    const struct vm_region *region =
        space ? vm_region_from(space, text->next) : NULL;

    if (!region)
        return;
    text->next = region->end;
    make_line_of(text, space, region);
}

/* -------------------------------------------------------------------- read */

/* All of meminfo is one line in this sense: it is true of one moment. */
static bool make_line(struct text *text, const struct file *file)
{
    const struct node *node = file->data;

    text->given = text->length = 0;
    if (node->file->proc == PROC_MAPS)
        make_line_of_maps(text, file->pid);
    else if (text->next++ == 0)
        text->length = meminfo_text(text->line, LINE);
    return text->length > 0;
}

/* Come to the file's offset anew. */
static void go_to_offset(struct text *text, const struct file *file)
{
    text->offset = text->next = text->given = text->length = 0;
    while (text->offset < file->offset && make_line(text, file)) {
        u64 left = file->offset - text->offset;

        text->given = left < text->length ? (u32)left : text->length;
        text->offset += text->given;
    }
    text->offset = file->offset;
}

/* It is promised, as a program may open many. NULL: there is no memory. */
static struct text *text_of(struct file *file)
{
    if (file->text || !vm_promise(1))
        return file->text;
    file->text = kcalloc(1, sizeof *file->text);
    if (!file->text)
        vm_release(1);
    return file->text;
}

static i32 read_text(struct file *file, struct user_buffer *to)
{
    struct text *text = text_of(file);
    u32 done = 0;

    if (!text)
        return -ENOMEM;
    if (text->offset != file->offset)
        go_to_offset(text, file);
    while (to->left > 0 &&
           (text->given < text->length || make_line(text, file))) {
        u32 piece = min_u32(text->length - text->given, to->left);
        u32 copied = user_buffer_put(to, text->line + text->given, piece);

        text->given += copied;
        text->offset = file->offset += copied;
        done += copied;
        if (copied < piece)
            return done ? (i32)done : -EFAULT;
    }
    return (i32)done;
}

static void forget(struct file *file)
{
    if (!file->text)
        return;
    kfree(file->text);
    vm_release(1);
}

const struct file_operations proc_operations = {
    .read = read_text,
    .has_offset = true,
    .has_no_end = true,
    .describe = node_describe,
    .release = forget,
};
