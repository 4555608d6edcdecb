/*
 * kernel/fs/initrd.c - how the archive becomes a tree.
 *
 * The tree is made once, at boot. Directories which the archive forgets are
 * made on the way, a name that comes twice is the later file's, and what makes
 * no sense is counted and left out; a broken archive is good up to where it
 * breaks. Of a file with several names, cpio may give the content to the last
 * one only: the first of them becomes the file, and takes the content from
 * whichever entry has it.
 *
 * Cost: O(entries), some 2000 instructions each.
 */
#include "kernel/cpio.h"
#include "kernel/devices.h"
#include "kernel/panic.h"
#include "kernel/printf.h"
#include "mm/kheap.h"
#include "node.h"

enum {
    IMPLICIT_MODE = S_IFDIR | 0755,
    LINK_CHAINS = 256, /* of files with several names, while the tree is made */
};

/* What is needed only while the tree is made. */
struct builder {
    struct cpio cpio;
    struct cpio_entry entry;
    struct list linked[LINK_CHAINS];
    const char *objection; /* why it stopped early */
    u32 files;             /* entries that are in the tree now */
    u32 skipped;           /* others                           */
};

static void read_archive(const struct cpio *cpio, u32 offset, void *to,
                         u32 bytes)
{
    (void)cpio;
    archive_read(offset, to, bytes);
}

/* ------------------------------------------------------------ making nodes */

/* The next part of a name: where it is, and how long; 0 behind the last. What
 * says nothing, "." and slashes, is skipped. */
static u32 next_part(const char **name)
{
    u32 bytes = 0;

    while (**name == '/' || ((*name)[0] == '.' &&
                             ((*name)[1] == '/' || (*name)[1] == '\0')))
        (*name)++;
    while ((*name)[bytes] != '\0' && (*name)[bytes] != '/')
        bytes++;
    return bytes;
}

static bool is_part_sane(const char *part, u32 bytes)
{
    return bytes <= NAME_MAX &&
           !(bytes == 2 && part[0] == '.' && part[1] == '.');
}

/* A child, made if it is not there. NULL: there is no memory. */
static struct node *child_or_new(struct node *parent, const char *name,
                                 u32 bytes, u32 mode)
{
    struct node *node = node_child(parent, name, bytes);

    return node ? node : node_create(parent, name, bytes, mode);
}

/* What an entry may do to a node that is there: a directory stays one, and
 * nothing else becomes one. */
static bool may_become(const struct node *node, u32 mode)
{
    return node_is(node, S_IFDIR) == ((mode & S_IFMT) == S_IFDIR);
}

enum outcome { DONE, SKIPPED, NO_MEMORY };

/* The node of a name, made with all on the way if it is not there. */
static enum outcome make_path(const char *name, u32 mode, struct node **out)
{
    struct node *node = node_root();
    u32 bytes = next_part(&name);

    while (bytes > 0) {
        const char *part = name;
        u32 part_bytes = bytes;

        name += bytes;
        bytes = next_part(&name);
        if (!node_is(node, S_IFDIR) || !is_part_sane(part, part_bytes))
            return SKIPPED;
        node = child_or_new(node, part, part_bytes,
                            bytes > 0 ? (u32)IMPLICIT_MODE : mode);
        if (!node)
            return NO_MEMORY;
    }
    *out = node;
    return may_become(node, mode) ? DONE : SKIPPED;
}

static bool has_known_kind(u32 mode)
{
    static const u16 known[] = { S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR,
                                 S_IFBLK, S_IFIFO, S_IFSOCK };

    for (u32 i = 0; i < ARRAY_SIZE(known); i++)
        if ((mode & S_IFMT) == known[i])
            return true;
    return false;
}

static void take_content(struct node *file, const struct cpio_entry *entry)
{
    file->data = entry->data;
    file->bytes = entry->data_bytes;
}

static void become(struct node *node, const struct cpio_entry *entry)
{
    node->file = node;
    node->mode = entry->mode & (S_IFMT | S_PERMISSIONS);
    node->time = entry->time;
    if (node_is(node, S_IFREG) || node_is(node, S_IFLNK))
        take_content(node, entry);
    if (node_is(node, S_IFCHR) || node_is(node, S_IFBLK))
        node->device = (entry->is_major & 0xff) << 8 | (entry->is_minor & 0xff);
}

/* ------------------------------------------------ files with several names */

static u32 device_of(const struct cpio_entry *entry)
{
    return entry->device_major << 20 ^ entry->device_minor;
}

static struct list *links_of(struct builder *builder)
{
    return &builder->linked[builder->entry.inode % LINK_CHAINS];
}

/* The file that an entry is one more name of; or NULL. */
static struct node *find_linked(struct builder *builder)
{
    const struct cpio_entry *entry = &builder->entry;

    LIST_FOR_EACH(at, links_of(builder)) {
        struct node *file = CONTAINER_OF(at, struct node, linked);

        if (file->archive_inode == entry->inode &&
            file->archive_device == device_of(entry))
            return file;
    }
    return NULL;
}

/* `node` is the first name, or one more, of a file with several. */
static void link_up(struct builder *builder, struct node *node)
{
    const struct cpio_entry *entry = &builder->entry;
    struct node *file = find_linked(builder);

    if (!file) {
        node->archive_inode = entry->inode;
        node->archive_device = device_of(entry);
        list_remove(&node->linked);
        list_push(links_of(builder), &node->linked);
    } else if (file != node) {
        node->file = file;
        file->links++;
        if (entry->data_bytes > 0)
            take_content(file, entry);
    }
}

/* ---------------------------------------------------------------- the whole */

static enum outcome add(struct builder *builder)
{
    const struct cpio_entry *entry = &builder->entry;
    struct node *node;

    if (!has_known_kind(entry->mode))
        return SKIPPED;
    enum outcome outcome = make_path(entry->name, entry->mode, &node);
    if (outcome != DONE)
        return outcome;
    become(node, entry);
    if (entry->links > 1 && node_is(node, S_IFREG))
        link_up(builder, node);
    return DONE;
}

static void build(struct builder *builder)
{
    while (cpio_next(&builder->cpio, &builder->entry) == CPIO_ENTRY) {
        enum outcome outcome = add(builder);

        builder->files += outcome == DONE;
        builder->skipped += outcome == SKIPPED;
        if (outcome == NO_MEMORY) {
            builder->objection = "there is no memory for more files";
            return;
        }
    }
    builder->objection = builder->cpio.objection;
}

static void say(const struct builder *builder, const char *origin)
{
    if (builder->objection)
        kprintf("initrd: at byte %u: %s\n", builder->cpio.next,
                builder->objection);
    kprintf("initrd: %u files in %u KiB, %s", builder->files,
            builder->cpio.bytes / 1024, origin);
    if (builder->skipped)
        kprintf("; %u more make no sense", builder->skipped);
    kprintf("\n");
}

/* Its lists' heads go with it: nobody looks again at which nodes are linked. */
static void make_tree(void)
{
    struct builder *builder = kcalloc(1, sizeof *builder);
    const char *origin;

    if (!builder)
        panic("initrd: there is no memory to read it");
    builder->cpio.read = read_archive;
    origin = archive_find(&builder->cpio.bytes);
    for (u32 i = 0; i < LINK_CHAINS; i++)
        list_init(&builder->linked[i]);
    if (builder->cpio.bytes > 0)
        build(builder);
    say(builder, origin);
    kfree(builder);
}

/* What every program may expect, whatever the archive has. */
static const struct special {
    const char *name;
    u32 mode, device;
    enum proc_node proc;
} specials[] = {
    { "dev/console", S_IFCHR | 0666, DEVICE_CONSOLE, PROC_NONE },
    { "dev/tty", S_IFCHR | 0666, DEVICE_TTY, PROC_NONE },
    { "dev/null", S_IFCHR | 0666, DEVICE_NULL, PROC_NONE },
    { "dev/zero", S_IFCHR | 0666, DEVICE_ZERO, PROC_NONE },
    { "proc", S_IFDIR | 0555, 0, PROC_TOP },
    { "proc/self", S_IFLNK | 0777, 0, PROC_SELF },
    { "proc/meminfo", S_IFREG | 0444, 0, PROC_MEMINFO },
    { "proc/0", S_IFDIR | 0555, 0, PROC_PROCESS },
    { "proc/0/maps", S_IFREG | 0444, 0, PROC_MAPS },
    { "proc/0/exe", S_IFLNK | 0777, 0, PROC_EXE },
};

static void make_special(const struct special *special)
{
    struct node *node;
    enum outcome outcome = make_path(special->name, special->mode, &node);

    if (outcome == NO_MEMORY)
        kprintf("initrd: there is no memory for /%s\n", special->name);
    if (outcome != DONE || (node->mode ^ special->mode) & S_IFMT)
        return;
    node->device = special->device;
    node->proc = special->proc;
}

/* Of what the last ones are made in, nobody else needs to know. */
static void make_specials(void)
{
    struct node *process;

    for (u32 i = 0; i < ARRAY_SIZE(specials); i++)
        make_special(&specials[i]);
    if (make_path("proc/0", S_IFDIR, &process) == DONE)
        node_set_process(process);
}

void initrd_init(void)
{
    if (!node_create(NULL, "", 0, IMPLICIT_MODE))
        panic("initrd: there is no memory for the root");
    make_tree();
    make_specials();
}
