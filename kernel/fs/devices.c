/*
 * kernel/fs/devices.c - the files that are devices. The console has a file of
 * its own.
 */
#include "kernel/devices.h"

#include "kernel/initrd.h"

static i32 read_nothing(struct file *file, struct user_buffer *to)
{
    (void)file;
    (void)to;
    return 0;
}

static i32 read_zeros(struct file *file, struct user_buffer *to)
{
    u32 bytes = to->left;
    u32 zeroed = user_buffer_zero(to, bytes);

    (void)file;
    return zeroed || !bytes ? (i32)zeroed : -EFAULT;
}

static i32 write_nowhere(struct file *file, struct user_buffer *from)
{
    (void)file;
    return (i32)from->left;
}

static const struct file_operations null_operations = {
    .read = read_nothing,
    .write = write_nowhere,
    .has_offset = true,
    .describe = node_describe,
};

static const struct file_operations zero_operations = {
    .read = read_zeros,
    .write = write_nowhere,
    .has_offset = true,
    .describe = node_describe,
};

const struct file_operations *device_operations(u32 device)
{
    switch (device) {
    case DEVICE_NULL:
        return &null_operations;
    case DEVICE_ZERO:
        return &zero_operations;
    case DEVICE_CONSOLE:
        return &console_operations;
    default:
        return NULL;
    }
}
