/*
 * kernel/fs/pipe.c - pipes: what is written to one end is read from the other.
 *
 * A ring of sixteen pages, each made when a byte goes there, and given back
 * when the last one has been read. `in` and `out` count bytes since the pipe
 * was empty; in pages, modulo 16, they are places of the ring:
 *
 *      page    0     1     2     3            15
 *            +-----+-----+-----+-----+-   -+-----+
 *            |  -  |  ###|#####|##   |     |  -  |      ###: in - out bytes
 *            +-----+-----+-----+-----+-   -+-----+
 *                   out         in
 *
 * A pipe that has been read to its end starts over, and keeps a page as its
 * page 0: who plays ping-pong with a byte has no memory to ask for.
 *
 * A write of at most PIPE_BUF bytes waits until all of it has room; a longer
 * one puts in what it can, and waits for more. Whoever waits looks again when
 * it is woken: another may have been faster.
 *
 * Invariants:
 *   1. out <= in <= out + PIPE_BYTES, and out < PIPE_BYTES.
 *   2. The page of each of these bytes is there, and each page is promised.
 *   3. in == out implies in == 0.
 *
 * Cost: some 100 instructions a call, and the copy; no allocation while it
 * stays within a page.
 */
#include "kernel/pipe.h"

#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/poll.h"
#include "mm/kheap.h"
#include "mm/vm.h"

struct pipe {
    u32 in, out;       /* bytes written, and read, since it was empty  */
    u32 readers;       /* open files to read from it                   */
    u32 writers;
    u32 number;        /* its inode                                    */
    struct wait_queue readable; /* or at its end                       */
    struct wait_queue writable; /* or without a reader                 */
    u8 *pages[PIPE_PAGES];
};

static struct {
    u32 made; /* pipes, since boot */
} state;

/* ------------------------------------------------------------------ pages */

static u8 **page_of(struct pipe *pipe, u32 byte)
{
    return &pipe->pages[byte / PAGE_SIZE % PIPE_PAGES];
}

NODISCARD static bool make_page(u8 **page)
{
    if (!vm_promise(1))
        return false;
    *page = kalloc(PAGE_SIZE);
    if (!*page)
        vm_release(1);
    return *page != NULL;
}

static void drop_page(u8 **page)
{
    if (!*page)
        return;
    kfree(*page);
    *page = NULL;
    vm_release(1);
}

/* See to it that the next `bytes` bytes have their pages. Returns: how many
 * have; fewer, if there is no memory. */
static u32 make_pages(struct pipe *pipe, u32 bytes)
{
    u32 end = pipe->in + bytes;

    for (u32 at = round_down(pipe->in, PAGE_SIZE); at < end; at += PAGE_SIZE)
        if (!*page_of(pipe, at) && !make_page(page_of(pipe, at)))
            return at > pipe->in ? at - pipe->in : 0;
    return bytes;
}

/* Start over; if there is no page 0, with the one that was read last. */
static void start_over(struct pipe *pipe)
{
    if (!pipe->pages[0]) {
        u8 **last = page_of(pipe, pipe->out - 1);

        pipe->pages[0] = *last;
        *last = NULL;
    }
    pipe->in = pipe->out = 0;
}

/* Has the last byte before `out` left its page, and has none been written
 * there since? */
static bool has_left_page(const struct pipe *pipe)
{
    return pipe->out % PAGE_SIZE == 0 &&
           pipe->in - pipe->out <= PIPE_BYTES - PAGE_SIZE;
}

/* So many bytes, all in one page, were read. */
static void move_out(struct pipe *pipe, u32 bytes)
{
    pipe->out += bytes;
    if (pipe->out == pipe->in) {
        start_over(pipe);
        return;
    }
    if (has_left_page(pipe))
        drop_page(page_of(pipe, pipe->out - 1));
    if (pipe->out >= PIPE_BYTES) {
        pipe->out -= PIPE_BYTES;
        pipe->in -= PIPE_BYTES;
    }
}

/* --------------------------------------------------------------- transfer */

static u32 held(const struct pipe *pipe)
{
    return pipe->in - pipe->out;
}

/* What is left of the page at `byte`, but at most `most`. */
static u32 piece_at(u32 byte, u32 most)
{
    return min_u32(PAGE_SIZE - byte % PAGE_SIZE, most);
}

/* Copy out what there is and fits, a piece whole or not at all, as on Linux.
 * Returns: bytes, or -EFAULT for none. */
static i32 take(struct pipe *pipe, struct user_buffer *to)
{
    u32 done = 0;

    while (held(pipe) > 0 && to->left > 0) {
        u32 piece = piece_at(pipe->out, min_u32(held(pipe), to->left));
        u8 *from = *page_of(pipe, pipe->out) + pipe->out % PAGE_SIZE;

        if (user_buffer_put(to, from, piece) < piece)
            return done ? (i32)done : -EFAULT;
        move_out(pipe, piece);
        done += piece;
    }
    return (i32)done;
}

/* Copy in `bytes` bytes, for which there is room and are pages; pieces as
 * above. */
static i32 put(struct pipe *pipe, struct user_buffer *from, u32 bytes)
{
    u32 done = 0;

    while (done < bytes) {
        u32 piece = piece_at(pipe->in, bytes - done);
        u8 *to = *page_of(pipe, pipe->in) + pipe->in % PAGE_SIZE;

        if (user_buffer_take(from, to, piece) < piece)
            return done ? (i32)done : -EFAULT;
        pipe->in += piece;
        done += piece;
    }
    return (i32)done;
}

static void wake(struct wait_queue *queue)
{
    if (!list_is_empty(&queue->waiting))
        wake_all(queue);
    poll_changed();
}

static i32 read_pipe(struct file *file, struct user_buffer *to)
{
    struct pipe *pipe = file->data;

    while (to->left > 0 && held(pipe) == 0) {
        if (pipe->writers == 0)
            return 0;
        if (file->flags & O_NONBLOCK)
            return -EAGAIN;
        if (!wait_heeding(&pipe->readable, HEED_SIGNALS))
            return -RESTART;
    }
    i32 done = take(pipe, to);
    if (done > 0)
        wake(&pipe->writable);
    return done;
}

/* How much of the rest can go in now? 0: it has to wait. */
static u32 room_for(const struct pipe *pipe, u32 left, bool atomic)
{
    u32 room = PIPE_BYTES - held(pipe);

    return atomic && room < left ? 0 : min_u32(room, left);
}

/* Put in what has room. Returns: bytes; -EAGAIN: it has to wait. */
static i32 write_some(struct pipe *pipe, struct user_buffer *from, bool atomic)
{
    u32 bytes = room_for(pipe, from->left, atomic);

    if (pipe->readers == 0)
        return -EPIPE;
    if (bytes == 0)
        return -EAGAIN;
    u32 ready = make_pages(pipe, bytes);
    if (ready == 0 || (atomic && ready < bytes))
        return -ENOMEM;
    i32 done = put(pipe, from, ready);
    if (done > 0)
        wake(&pipe->readable);
    return done;
}

/* Nobody will ever read. */
static void complain(void)
{
    static const struct signal signal = { .number = SIGPIPE,
                                          .code = SI_KERNEL };

    signal_send_to_thread(thread_current(), &signal);
}

static i32 write_pipe(struct file *file, struct user_buffer *from)
{
    struct pipe *pipe = file->data;
    bool atomic = from->left <= PIPE_BUF;
    i32 done = 0;

    while (from->left > 0) {
        i32 some = write_some(pipe, from, atomic);

        if (some == -EAGAIN && !(file->flags & O_NONBLOCK))
            some = wait_heeding(&pipe->writable, HEED_SIGNALS) ? 0 : -RESTART;
        if (some == -EPIPE)
            complain();
        if (some < 0)
            return done ? done : some;
        done += some;
    }
    return done;
}

/* ------------------------------------------------------------ its two ends */

static void describe(struct file *file, struct file_status *out)
{
    const struct pipe *pipe = file->data;

    *out = (struct file_status){ .mode = S_IFIFO | 0600, .links = 1,
                                 .inode = pipe->number,
                                 .filesystem = FILESYSTEM_PIPES };
}

static void destroy(struct pipe *pipe)
{
    for (u32 i = 0; i < PIPE_PAGES; i++)
        drop_page(&pipe->pages[i]);
    kfree(pipe);
}

static void release(struct file *file)
{
    struct pipe *pipe = file->data;

    if (file_may_read(file))
        pipe->readers--;
    else
        pipe->writers--;
    wake(&pipe->readable);
    wake(&pipe->writable);
    if (pipe->readers + pipe->writers == 0)
        destroy(pipe);
}

/* Room for less than PIPE_BUF might have to be waited for. */
static u32 poll_pipe(struct file *file)
{
    const struct pipe *pipe = file->data;

    if (file_may_read(file))
        return (held(pipe) > 0 ? POLLIN | POLLRDNORM : 0) |
               (pipe->writers ? 0 : POLLHUP);
    return (PIPE_BYTES - held(pipe) >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0) |
           (pipe->readers ? 0 : POLLERR);
}

static const struct file_operations pipe_operations = {
    .read = read_pipe,
    .write = write_pipe,
    .poll = poll_pipe,
    .describe = describe,
    .release = release,
};

bool pipe_is(const struct file *file)
{
    return file->operations == &pipe_operations;
}

static struct pipe *create(void)
{
    struct pipe *pipe = kcalloc(1, sizeof *pipe);

    if (!pipe)
        return NULL;
    pipe->readers = 1;
    pipe->writers = 1;
    pipe->number = ++state.made;
    wait_init(&pipe->readable);
    wait_init(&pipe->writable);
    return pipe;
}

i32 pipe_create(struct file *ends[2], u32 flags)
{
    struct pipe *pipe = create();

    if (!pipe)
        return -ENOMEM;
    ends[0] = file_create(&pipe_operations, flags | O_RDONLY, pipe);
    ends[1] = file_create(&pipe_operations, flags | O_WRONLY, pipe);
    if (ends[0] && ends[1])
        return 0;
    kfree(ends[0]);
    kfree(ends[1]);
    kfree(pipe);
    return -ENOMEM;
}
