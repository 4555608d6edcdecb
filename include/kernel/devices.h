/*
 * kernel/devices.h - the files that are devices: the console, /dev/null and
 * /dev/zero.
 */
#ifndef KERNEL_DEVICES_H
#define KERNEL_DEVICES_H

#include "kernel/file.h"

/* Numbers of devices, major << 8 | minor, as Linux gives them. */
enum device {
    DEVICE_NULL = 1 << 8 | 3,
    DEVICE_ZERO = 1 << 8 | 5,
    DEVICE_TTY = 5 << 8 | 0, /* a process's controlling terminal: there is
                                none, and opening it fails             */
    DEVICE_CONSOLE = 5 << 8 | 1,
};

/* The operations of a device. Returns: NULL if there is no such device. Cost:
 * O(1). Context: any. */
const struct file_operations *device_operations(u32 device);

/*
 * Open the console, for reading and writing: what the descriptors 0 to 2 of
 * init are.
 *
 * Returns:  the file, the caller's reference; NULL if there is no memory.
 * Cost:     O(1).
 * Context:  thread.
 */
NODISCARD struct file *console_open(void);

/* The console's operations (kernel/fs/console.c). */
extern const struct file_operations console_operations;

#endif
