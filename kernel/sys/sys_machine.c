/*
 * kernel/sys/sys_machine.c - the calls about the machine, and the segments of
 * a thread.
 */
#include "abi/errno.h"
#include "abi/ldt.h"
#include "abi/random.h"
#include "abi/system.h"
#include "kernel/power.h"
#include "kernel/process.h"
#include "kernel/random.h"
#include "kernel/syscalls.h"
#include "kernel/usercopy.h"

/* The release is that of the Linux whose calls these are. */
i32 sys_uname(u32 names)
{
    static const struct utsname out = {
        .system = "Strata",
        .node = "strata",
        .release = "6.1.0",
        .version = "a kernel about memory",
        .machine = "i686",
        .domain = "(none)",
    };

    return user_write(user_addr(names), &out, sizeof out) ? 0 : -EFAULT;
}

/* There is always a random number, so nothing has to be waited for. */
i32 sys_getrandom(u32 buffer, u32 bytes, u32 flags)
{
    u32 both = GRND_RANDOM | GRND_INSECURE, done = 0;
    u8 part[64];

    if ((flags & ~(both | GRND_NONBLOCK)) || (flags & both) == both)
        return -EINVAL;
    bytes = min_u32(bytes, INT32_MAX);
    if (!user_range_is_sane(user_addr(buffer), bytes))
        return -EFAULT;
    while (done < bytes) {
        u32 now = min_u32(bytes - done, sizeof part);

        random_fill(part, now);
        u32 written = user_write_some(user_addr(buffer + done), part, now);
        done += written;
        if (written < now)
            return done ? (i32)done : -EFAULT;
    }
    return (i32)done;
}

static bool is_magic(u32 magic, u32 magic2)
{
    return magic == REBOOT_MAGIC_1 &&
           (magic2 == REBOOT_MAGIC_2 || magic2 == REBOOT_MAGIC_2A ||
            magic2 == REBOOT_MAGIC_2B || magic2 == REBOOT_MAGIC_2C);
}

i32 sys_reboot(u32 magic, u32 magic2, u32 command, u32 argument)
{
    (void)argument;
    if (!is_magic(magic, magic2))
        return -EINVAL;
    if (command == REBOOT_RESTART)
        power_reset();
    if (command == REBOOT_POWER_OFF || command == REBOOT_HALT)
        power_down();
    return command == REBOOT_CAD_ON || command == REBOOT_CAD_OFF ? 0 : -EINVAL;
}
