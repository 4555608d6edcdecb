/*
 * kernel/sys/sys_io.c - reading and writing by descriptor.
 *
 * The checks are in the order of Linux: the descriptor, whether it was opened
 * for this, whether the buffer lies below the kernel, whether the length is a
 * positive number. A file is held during the call: another thread may close
 * its descriptor while this one waits.
 *
 * Cost: 40 instructions about the file's own operation.
 */
#include "kernel/syscalls_file.h"

#include "abi/stat.h"
#include "abi/unistd.h"
#include "kernel/process.h"
#include "kernel/files.h"
#include "mm/kheap.h"

enum {
    FEW_PIECES = 8, /* of readv and writev: for so many there is room */
};

/* No file is larger, nor can an offset be: what fits into Linux's page cache
 * of 32 bits. */
#define OFFSET_MAX 0xffffffff000ull

typedef i32 (*transfer_t)(struct file *file, struct user_buffer *buffer);

static struct file *file_of(u32 fd)
{
    return files_at(process_current()->files, fd);
}

/* Not one that was opened for its path only. */
static struct file *file_with_content(u32 fd)
{
    struct file *file = file_of(fd);

    return file && !(file->flags & O_PATH) ? file : NULL;
}

/* Transfer one piece. */
static inline i32 transfer(struct file *file, u32 buffer, u32 bytes,
                           transfer_t work)
{
    struct user_buffer whole =
        user_buffer(user_addr(buffer), min_u32(bytes, MAX_RW_COUNT));

    if (!user_range_is_sane(whole.at, bytes))
        return -EFAULT;
    if (bytes > SSIZE_MAX)
        return -EINVAL;
    file_get(file);
    i32 done = work(file, &whole);
    file_put(file);
    return done;
}

i32 sys_read(u32 fd, u32 buffer, u32 bytes)
{
    struct file *file = file_of(fd);

    if (!file || !file_may_read(file))
        return -EBADF;
    return transfer(file, buffer, bytes, file_read);
}

i32 sys_write(u32 fd, u32 buffer, u32 bytes)
{
    struct file *file = file_of(fd);

    if (!file || !file_may_write(file))
        return -EBADF;
    return transfer(file, buffer, bytes, file_write);
}

i32 sys_pread64(u32 fd, u32 buffer, u32 bytes, u32 offset_low, u32 offset_high)
{
    struct file *file = file_with_content(fd);
    u64 offset = (u64)offset_high << 32 | offset_low;

    if ((i64)offset < 0)
        return -EINVAL;
    if (!file)
        return -EBADF;
    if (!file->operations->has_offset)
        return -ESPIPE;
    if (!file_may_read(file))
        return -EBADF;
    u64 before = file->offset;
    file->offset = offset;
    i32 done = transfer(file, buffer, bytes, file_read);
    file->offset = before;
    return done;
}

/* ---------------------------------------------------------- readv, writev */

/* Check the pieces, and cut what is too much in sum. */
NODISCARD static i32 measure(struct iovec *pieces, u32 count, u32 *total)
{
    *total = 0;
    for (u32 i = 0; i < count; i++)
        if (pieces[i].iov_len > SSIZE_MAX)
            return -EINVAL;
    for (u32 i = 0; i < count; i++) {
        if (!user_range_is_sane(user_addr(pieces[i].iov_base),
                                pieces[i].iov_len))
            return -EFAULT;
        pieces[i].iov_len = min_u32(pieces[i].iov_len, MAX_RW_COUNT - *total);
        *total += pieces[i].iov_len;
    }
    return 0;
}

NODISCARD static i32 transfer_pieces(struct file *file, struct iovec *pieces,
                                     u32 from, u32 count, transfer_t work)
{
    u32 total;

    if (!user_read(pieces, user_addr(from), count * (u32)sizeof *pieces))
        return -EFAULT;
    i32 error = measure(pieces, count, &total);
    if (error)
        return error;
    struct user_buffer buffer = { .left = total, .next = pieces };
    file_get(file);
    i32 done = work(file, &buffer);
    file_put(file);
    return done;
}

static i32 transfer_vector(struct file *file, u32 pieces, u32 count,
                           transfer_t work)
{
    struct iovec few[FEW_PIECES];

    if (count > IOV_MAX)
        return -EINVAL;
    if (count <= FEW_PIECES)
        return transfer_pieces(file, few, pieces, count, work);
    struct iovec *many = kalloc(count * sizeof *many);
    if (!many)
        return -ENOMEM;
    i32 done = transfer_pieces(file, many, pieces, count, work);
    kfree(many);
    return done;
}

i32 sys_readv(u32 fd, u32 pieces, u32 count)
{
    struct file *file = file_of(fd);

    if (!file || !file_may_read(file))
        return -EBADF;
    return transfer_vector(file, pieces, count, file_read);
}

i32 sys_writev(u32 fd, u32 pieces, u32 count)
{
    struct file *file = file_of(fd);

    if (!file || !file_may_write(file))
        return -EBADF;
    return transfer_vector(file, pieces, count, file_write);
}

/* --------------------------------------------------------------- sendfile */

/* Write what there is in a page of the kernel's. */
NODISCARD static i32 send_page(struct file *out, const u8 *page, u32 bytes)
{
    struct user_buffer buffer = { .left = bytes, .kernel = page };

    return file_write(out, &buffer);
}

/* Until the end, an error, or a write that takes less than it is given. */
NODISCARD static i32 send(struct file *out, struct file *in, u64 offset,
                          u32 bytes)
{
    u8 *page = kalloc(PAGE_SIZE);
    u32 done = 0;
    i32 sent = 0;

    if (!page)
        return -ENOMEM;
    while (done < bytes && offset + done <= UINT32_MAX) {
        i32 piece = file_load(in, (u32)offset + done, page,
                              min_u32(PAGE_SIZE, bytes - done));

        sent = piece > 0 ? send_page(out, page, (u32)piece) : piece;
        done += sent > 0 ? (u32)sent : 0;
        if (sent <= 0 || sent < piece)
            break;
    }
    kfree(page);
    return done ? (i32)done : sent;
}

/* Only of what has content that is kept somewhere: no pipe, no device. */
NODISCARD static i32 judge_sending(const struct file *out,
                                   const struct file *in, bool has_offset,
                                   u64 offset, u32 bytes)
{
    if (!in || !file_may_read(in))
        return -EBADF;
    if (has_offset && !in->operations->has_offset)
        return -ESPIPE;
    if (bytes > SSIZE_MAX || (i64)offset < 0 || (i64)(offset + bytes) < 0)
        return -EINVAL;
    if (!out || !file_may_write(out))
        return -EBADF;
    if (!in->operations->object || (out->flags & O_APPEND))
        return -EINVAL;
    return offset >= OFFSET_MAX ? -EOVERFLOW : 0;
}

i32 sys_sendfile64(u32 out_fd, u32 in_fd, u32 offset_at, u32 bytes)
{
    struct file *out = file_of(out_fd), *in = file_of(in_fd);
    u64 offset = in ? in->offset : 0;

    if (offset_at && !user_read(&offset, user_addr(offset_at), sizeof offset))
        return -EFAULT;
    i32 done = judge_sending(out, in, offset_at != 0, offset, bytes);
    if (done)
        return done;
    file_get(in);
    file_get(out);
    done = send(out, in, offset, min_u32(bytes, MAX_RW_COUNT));
    if (done > 0)
        offset += (u32)done;
    if (done > 0 && !offset_at)
        in->offset = offset;
    file_put(out);
    file_put(in);
    if (offset_at && !user_write(user_addr(offset_at), &offset, sizeof offset))
        return -EFAULT;
    return done;
}

/* ------------------------------------------------------------------ lseek */

/* Data is all of a file, and the hole is behind its end. */
NODISCARD static i32 seek_data(const struct file_status *about, u64 offset,
                               u32 whence, u64 *result)
{
    if ((about->mode & S_IFMT) != S_IFREG)
        return -EINVAL;
    if (offset >= about->size)
        return -ENXIO;
    *result = whence == SEEK_DATA ? offset : about->size;
    return 0;
}

NODISCARD static i32 seek(struct file *file, i64 offset, u32 whence,
                          u64 *result)
{
    struct file_status about;
    i32 error = 0;

    if (whence > (file->operations->has_no_end ? SEEK_CUR : SEEK_HOLE))
        return -EINVAL;
    if (!file->operations->has_offset)
        return -ESPIPE;
    file_describe(file, &about);
    if (whence == SEEK_SET)
        *result = (u64)offset;
    else if (whence == SEEK_CUR || whence == SEEK_END)
        *result = (u64)offset +
                  (whence == SEEK_CUR ? file->offset : about.size);
    else
        error = seek_data(&about, (u64)offset, whence, result);
    if (error)
        return error;
    if (*result > OFFSET_MAX)
        return -EINVAL;
    file->offset = *result;
    return 0;
}

i32 sys_lseek(u32 fd, u32 offset, u32 whence)
{
    struct file *file = file_with_content(fd);
    u64 result;

    if (!file)
        return -EBADF;
    i32 error = seek(file, (i32)offset, whence, &result);
    if (error)
        return error;
    return result > INT32_MAX ? -EOVERFLOW : (i32)result;
}

i32 sys__llseek(u32 fd, u32 offset_high, u32 offset_low, u32 result, u32 whence)
{
    struct file *file = file_with_content(fd);
    u64 at;

    if (!file)
        return -EBADF;
    i32 error =
        seek(file, (i64)((u64)offset_high << 32 | offset_low), whence, &at);
    if (error)
        return error;
    return user_write(user_addr(result), &at, sizeof at) ? 0 : -EFAULT;
}
