/*
 * kernel/fs/node.c - the tree of files: names and paths.
 *
 * A node is a name, and mostly the file that it names; of a file with several
 * names, one node has it and the others lead there. Nodes are made at boot,
 * and never go. A name is found in its directory by a hash over both:
 *
 *      hash("bin", "sh") -> chain -> node "sh", parent "bin"
 *                                    node "ls", parent "etc"
 *
 * As nodes never go, they are cut from pages of their own, one behind the
 * other, and not from the heap.
 *
 * A path is walked part by part. A symbolic link on the way is put in the
 * place of the part that was it, in a buffer of the walk's own: so a link that
 * leads to itself comes round until it has been followed 40 times.
 *
 * Cost: of a part O(1), a link O(length of the path).
 */
#include "node.h"

#include "kernel/printf.h"
#include "kernel/string.h"
#include "lib/mem.h"
#include "mm/kheap.h"
#include "mm/kva.h"

enum {
    CHAINS = 1024,
    BUFFER = 2 * PATH_MAX, /* for a link, and what stands behind it */
    PIECE_PAGES = 4,       /* are taken at a time, for nodes        */
    NODE_ALIGN = 8,
    PID_DIGITS = sizeof "32767",
};

static struct {
    struct list chains[CHAINS];
    struct node *root;
    struct node *process; /* is /proc/PID */
    u32 inodes; /* the last one */
    u8 *rest;   /* of the pages for nodes */
    u32 rest_bytes;
} state;

struct node *node_root(void)
{
    return state.root;
}

void node_set_process(struct node *node)
{
    list_remove(&node->sibling);
    list_remove(&node->chain);
    state.process = node;
}

struct node *node_process(void)
{
    return state.process;
}

u32 node_inode(const struct spot *spot)
{
    enum { OF_PROCESS = 1u << 31, PER_PROCESS = 16 };
    u32 inode = spot->node->file->inode;

    return spot->pid ? OF_PROCESS + spot->pid * PER_PROCESS +
                       inode % PER_PROCESS
                     : inode;
}

/* What a node is called: /proc/PID by its number, in `digits`. */
static const char *name_of(const struct node *node, u32 pid,
                           char digits[PID_DIGITS], u32 *bytes)
{
    *bytes = node == state.process
                 ? ksnprintf(digits, PID_DIGITS, "%u", pid)
                 : node->name_bytes;
    return node == state.process ? digits : node->name;
}

/* From its end to its start, and then to the start of the memory. */
i32 initrd_path(const struct spot *spot, char *to, u32 size)
{
    const struct node *node = spot->node ? spot->node : state.root;
    char *at = to + size, digits[PID_DIGITS];
    u32 bytes = 0;

    do {
        const char *name = name_of(node, spot->pid, digits, &bytes);
        if ((u32)(at - to) <= bytes)
            return -ENAMETOOLONG;
        at -= bytes;
        memcpy(at, name, bytes);
        *--at = '/';
        node = node->parent;
    } while (node != state.root);
    memmove(to, at, (u32)(to + size - at));
    return to + size - at;
}

/* FNV-1a. */
static struct list *chain_of(const struct node *parent, const char *name,
                             u32 bytes)
{
    u32 hash = 2166136261u ^ parent->inode;

    for (u32 i = 0; i < bytes; i++)
        hash = (hash ^ (u8)name[i]) * 16777619u;
    return &state.chains[(hash ^ hash >> 16) % CHAINS];
}

struct node *node_child(const struct node *parent, const char *name, u32 bytes)
{
    LIST_FOR_EACH(at, chain_of(parent, name, bytes)) {
        struct node *node = CONTAINER_OF(at, struct node, chain);

        if (node->parent == parent && node->name_bytes == bytes &&
            memcmp(node->name, name, bytes) == 0)
            return node;
    }
    return NULL;
}

/* Memory for a node, zeroed; NULL if there is none. */
static void *cut(u32 bytes)
{
    bytes = round_up(bytes, NODE_ALIGN);
    if (bytes > state.rest_bytes) {
        u8 *pages = kva_alloc_pages("nodes of files", PIECE_PAGES, 0);
        if (!pages)
            return NULL;
        state.rest = pages;
        state.rest_bytes = PIECE_PAGES * PAGE_SIZE;
    }
    void *node = memset(state.rest, 0, bytes);
    state.rest += bytes;
    state.rest_bytes -= bytes;
    return node;
}

static void adopt(struct node *parent, struct node *node)
{
    node->parent = parent;
    list_append(&parent->children, &node->sibling);
    list_append(chain_of(parent, node->name, node->name_bytes), &node->chain);
    if (node_is(node, S_IFDIR))
        parent->links++;
}

static void become_root(struct node *node)
{
    node->parent = node;
    state.root = node;
    for (u32 i = 0; i < CHAINS; i++)
        list_init(&state.chains[i]);
}

struct node *node_create(struct node *parent, const char *name, u32 bytes,
                         u32 mode)
{
    struct node *node = cut((u32)sizeof *node + bytes + 1);

    if (!node)
        return NULL;
    memcpy(node->name, name, bytes);
    node->name_bytes = bytes;
    node->mode = mode;
    node->inode = ++state.inodes;
    node->file = node;
    node->links = node_is(node, S_IFDIR) ? 2 : 1;
    list_init(&node->children);
    list_init(&node->linked);
    list_init(&node->shown);
    if (parent)
        adopt(parent, node);
    else
        become_root(node);
    return node;
}

/* ------------------------------------------------------------------ paths */

struct walk {
    struct spot at;    /* how far it has come                          */
    const char *rest;  /* of the path                                  */
    char *buffer;      /* where that lies once a link was followed     */
    u32 links;         /* followed so far                              */
    bool follow;       /* also if it is the last part                  */
};

i32 initrd_read_link(const struct spot *link, char *to, u32 size)
{
    const struct node *file = link->node->file;
    u32 bytes = min_u32(size, file->bytes);

    if (!node_is(file, S_IFLNK))
        return -EINVAL;
    if (file->proc)
        return proc_read_link(link, to, size);
    archive_read(file->data, to, bytes);
    return (i32)bytes;
}

/* Go on with what the link says, and what stands behind it. */
NODISCARD static i32 follow_link(struct walk *walk, const struct spot *link)
{
    u32 behind = (u32)strlen(walk->rest) + 1;
    u32 room = min_u32(PATH_MAX, BUFFER - behind);

    if (++walk->links > SYMLINKS_MAX)
        return -ELOOP;
    if (!walk->buffer)
        walk->buffer = kalloc(BUFFER);
    if (!walk->buffer)
        return -ENOMEM;
    char *end = walk->buffer + BUFFER - behind;
    memmove(end, walk->rest, behind);
    i32 bytes = initrd_read_link(link, walk->buffer, room);
    if (bytes <= 0)
        return bytes ? bytes : -ENOENT;
    if ((u32)bytes == room)
        return -ENAMETOOLONG;
    memmove(walk->buffer + bytes, end, behind);
    walk->rest = walk->buffer;
    if (walk->buffer[0] == '/')
        walk->at = (struct spot){ .node = state.root };
    return 0;
}

static u32 part_length(const char *path)
{
    u32 bytes = 0;

    while (path[bytes] != '\0' && path[bytes] != '/')
        bytes++;
    return bytes;
}

/* No directory of a process has one below it. */
static struct spot find_part(struct spot at, const char *part, u32 bytes)
{
    if (bytes == 1 && part[0] == '.')
        return at;
    if (bytes == 2 && part[0] == '.' && part[1] == '.')
        return (struct spot){ .node = at.node->parent };
    struct spot found = { node_child(at.node, part, bytes), at.pid };
    if (!found.node && at.node->proc == PROC_TOP &&
        (found.pid = proc_find(part, bytes)) != 0)
        found.node = state.process;
    return found;
}

/* Is there nothing but slashes? */
static bool is_last(const char *rest)
{
    while (*rest == '/')
        rest++;
    return *rest == '\0';
}

/* Walk one part. Where there is none of that name, the walk stays if this was
 * the last, and is nowhere otherwise. */
NODISCARD static i32 step(struct walk *walk)
{
    u32 bytes = part_length(walk->rest);

    if (!node_is(walk->at.node, S_IFDIR))
        return -ENOTDIR;
    if (bytes > NAME_MAX)
        return -ENAMETOOLONG;
    struct spot next = find_part(walk->at, walk->rest, bytes);
    walk->rest += bytes;
    if (!next.node) {
        if (!is_last(walk->rest))
            walk->at.node = NULL;
        return -ENOENT;
    }
    if (node_is(next.node, S_IFLNK) && (walk->follow || *walk->rest == '/'))
        return follow_link(walk, &next);
    walk->at = next;
    return 0;
}

/* A slash behind something says that it is a directory. */
NODISCARD static i32 skip_slash(struct walk *walk)
{
    walk->rest++;
    return node_is(walk->at.node, S_IFDIR) ? 0 : -ENOTDIR;
}

i32 initrd_find(const struct spot *from, const char *path, bool follow,
                struct spot *spot)
{
    const struct spot root = { .node = state.root };
    struct walk walk = {
        .at = from && from->node && path[0] != '/' ? *from : root,
        .rest = path,
        .follow = follow,
    };
    i32 error = 0;

    spot->node = NULL;
    if (path[0] == '\0')
        return -ENOENT;
    while (!error && *walk.rest != '\0')
        error = *walk.rest == '/' ? skip_slash(&walk) : step(&walk);
    kfree(walk.buffer);
    if (!error || error == -ENOENT)
        *spot = walk.at;
    return error;
}
