/*
 * kernel/fs/open.c - open files of the tree.
 *
 * The content of a file is where the archive has it: read(2) copies from there,
 * and needs no memory. For mmap(2) and for programs there is an object, whose
 * pages are copied out of the archive, as they do not begin where pages do. It
 * is made when first needed and kept for the next time, until memory gets
 * short.
 *
 * The tree is mounted read-only, so to speak: who would write to a file, or
 * make one, is answered -EROFS as Linux does then. Devices may be written to.
 *
 * Cost: of read(2) O(bytes); of an entry of a directory O(1), and the way to
 * the first one O(entries before it).
 */
#include "abi/fcntl.h"
#include "kernel/devices.h"
#include "kernel/pid.h"
#include "kernel/printf.h"
#include "mm/vm.h"
#include "node.h"

enum { PROCESSES = 1 << 16 }; /* process n is there, in /proc */

static struct {
    struct list shown; /* files that have an object */
} state = { { &state.shown, &state.shown } };

/* ---------------------------------------------------------------- any node */

struct spot initrd_spot_of(const struct file *file)
{
    bool is_node = file->operations->describe == node_describe;

    return (struct spot){ is_node ? file->data : NULL, file->pid };
}

void initrd_describe(const struct spot *spot, struct file_status *out)
{
    const struct node *file = spot->node->file;

    *out = (struct file_status){
        .mode = file->mode,
        .links = file->links,
        .inode = node_inode(spot),
        .size = file->bytes,
        .device = file->device,
        .filesystem = file->proc ? FILESYSTEM_PROC : FILESYSTEM_TREE,
        .time = file->time,
    };
}

void node_describe(struct file *file, struct file_status *out)
{
    struct spot spot = initrd_spot_of(file);

    initrd_describe(&spot, out);
}

/* ----------------------------------------------------------- regular files */

static i32 read_file(struct file *file, struct user_buffer *to)
{
    const struct node *node = ((struct node *)file->data)->file;
    u32 done = 0;

    while (file->offset < node->bytes && to->left > 0) {
        u32 offset = (u32)file->offset;
        u32 piece = min_u32(to->left, node->bytes - offset);
        const u8 *from = archive_open(node->data + offset, &piece);
        u32 copied = user_buffer_put(to, from, piece);

        archive_close(from);
        file->offset += copied;
        done += copied;
        if (copied < piece)
            return done ? (i32)done : -EFAULT;
    }
    return (i32)done;
}

static enum status fill(struct vm_object *object, u32 page, void *memory)
{
    const struct node *node = object->context;
    u32 offset = page * PAGE_SIZE;

    archive_read(node->data + offset, memory,
                 min_u32(PAGE_SIZE, node->bytes - offset));
    return OK;
}

static const struct vm_object_source source = { .fill = fill };

struct node *initrd_node_shown(const struct vm_object *object)
{
    return object->source == &source ? object->context : NULL;
}

/* Content as mmap shows it: makes file->object. */
NODISCARD static i32 make_object(struct node *file)
{
    if (file->object)
        return 0;
    u32 pages = file->bytes / PAGE_SIZE + (file->bytes % PAGE_SIZE != 0);
    file->object = vm_object_create(&source, file, pages);
    if (!file->object)
        return -ENOMEM;
    file->object->name = file->name;
    list_push(&state.shown, &file->shown);
    return 0;
}

u32 initrd_trim(void)
{
    struct list *next = state.shown.next;
    u32 trimmed = 0;

    while (next != &state.shown) {
        struct node *file = CONTAINER_OF(next, struct node, shown);

        next = next->next;
        if (file->object->references > 1)
            continue;
        vm_object_put(file->object);
        file->object = NULL;
        list_remove(&file->shown);
        trimmed++;
    }
    return trimmed;
}

static i32 object_of(struct file *file, struct vm_object **object)
{
    struct node *node = ((struct node *)file->data)->file;
    i32 error = make_object(node);

    *object = node->object;
    return error;
}

static const struct file_operations regular_operations = {
    .read = read_file,
    .has_offset = true,
    .describe = node_describe,
    .object = object_of,
};

/* ------------------------------------------------------------- directories */

static i32 read_directory(struct file *file, struct user_buffer *to)
{
    (void)file;
    (void)to;
    return -EISDIR;
}

typedef bool (*take_t)(const struct file_entry *entry, u64 offset_behind,
                       void *context);

/* Offer a node, which is the one at the file's offset. */
static bool offer(struct file *file, struct node *node, u32 pid,
                  const char *name, take_t take, void *context)
{
    struct spot spot = { node, pid };
    struct file_entry entry = { name, node_inode(&spot), node->file->mode };

    if (!take(&entry, file->offset + 1, context))
        return false;
    file->offset++;
    return true;
}

/* The next process is at an offset of its own, whoever comes and goes. */
static u32 next_process(const struct file *file)
{
    if (file->offset <= PROCESSES)
        return proc_next(PID_INIT);
    if (file->offset > PROCESSES + PID_MAX)
        return PID_NONE;
    return proc_next((u32)file->offset - PROCESSES);
}

static void offer_processes(struct file *file, take_t take, void *context)
{
    char name[sizeof "32767"];
    u32 pid;

    while ((pid = next_process(file)) != PID_NONE) {
        ksnprintf(name, sizeof name, "%u", pid);
        file->offset = PROCESSES + pid;
        if (!offer(file, node_process(), pid, name, take, context))
            return;
    }
}

/* At offset 0 and 1 are "." and "..", then come the children. */
static void entries_of(struct file *file, take_t take, void *context)
{
    struct node *node = file->data;
    u64 offset = 2;

    if (file->offset == 0 &&
        !offer(file, node, file->pid, ".", take, context))
        return;
    if (file->offset == 1 && !offer(file, node->parent, 0, "..", take, context))
        return;
    LIST_FOR_EACH(at, &node->children) {
        struct node *child = CONTAINER_OF(at, struct node, sibling);

        if (offset++ == file->offset &&
            !offer(file, child, file->pid, child->name, take, context))
            return;
    }
    if (node->proc == PROC_TOP)
        offer_processes(file, take, context);
}

static const struct file_operations directory_operations = {
    .read = read_directory,
    .has_offset = true,
    .describe = node_describe,
    .entries = entries_of,
};

/* ----------------------------------------------------------------- opening */

/* What can be done with a file that was opened by O_PATH. */
static const struct file_operations path_operations = {
    .describe = node_describe,
};

/* NULL: it cannot be opened. */
static const struct file_operations *operations_of(const struct node *node,
                                                   u32 flags)
{
    if (flags & O_PATH)
        return &path_operations;
    switch (node->file->mode & S_IFMT) {
    case S_IFREG:
        return node->file->proc ? &proc_operations : &regular_operations;
    case S_IFDIR:
        return &directory_operations;
    case S_IFCHR:
        return device_operations(node->file->device);
    default:
        return NULL;
    }
}

static bool would_write(u32 flags)
{
    return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
}

/* What is wrong with opening this? 0: nothing. */
static i32 judge(const struct node *node, u32 flags)
{
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return -EEXIST;
    if (node_is(node, S_IFDIR) && ((flags & O_CREAT) || would_write(flags)))
        return -EISDIR;
    if (!node_is(node, S_IFDIR) && (flags & O_DIRECTORY))
        return -ENOTDIR;
    if (node_is(node, S_IFLNK))
        return -ELOOP;
    if (node_is(node, S_IFREG) && !node->file->proc && would_write(flags))
        return -EROFS;
    if (node_is(node, S_IFREG) && node->file->bytes > INT32_MAX &&
        !(flags & O_LARGEFILE))
        return -EOVERFLOW;
    return 0;
}

static i32 judge_path_only(const struct node *node, u32 flags)
{
    return !node_is(node, S_IFDIR) && (flags & O_DIRECTORY) ? -ENOTDIR : 0;
}

static bool is_for_nameless(u32 flags)
{
    return (flags & O_TMPFILE) == O_TMPFILE;
}

static u32 kept(u32 flags)
{
    if (flags & O_PATH)
        return flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return flags & ~(u32)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
}

/* May a file be made here, on Linux, if it were not read-only? */
static bool is_for_files(const struct node *directory)
{
    return directory && !directory->proc;
}

i32 initrd_open_at(const struct spot *from, const char *path, u32 flags,
                   struct file **file)
{
    bool is_new = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    struct spot spot;
    i32 error = initrd_find(from, path, !is_new && !(flags & O_NOFOLLOW),
                            &spot);
    struct node *node = spot.node;

    if (error == -ENOENT && is_for_files(node) && (flags & O_CREAT) &&
        !(flags & O_PATH))
        return -EROFS;
    if (error)
        return error;
    if (is_for_nameless(flags))
        return would_write(flags) ? -EROFS : -EINVAL;
    error = flags & O_PATH ? judge_path_only(node, flags) : judge(node, flags);
    if (error)
        return error;
    const struct file_operations *operations = operations_of(node, flags);
    if (!operations)
        return -ENXIO;
    *file = file_create(operations, kept(flags), node);
    if (!*file)
        return -ENOMEM;
    (*file)->pid = spot.pid;
    return 0;
}

i32 initrd_open(const char *path, u32 flags, struct file **file)
{
    return initrd_open_at(NULL, path, flags, file);
}
