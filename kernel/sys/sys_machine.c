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

/* ----------------------------------------------------- thread-local storage */

enum { TLS_FIRST = SELECTOR_TLS / SEGMENT_BYTES };

/* A description that means "none". */
static bool is_empty(const struct user_desc *d)
{
    u32 flags = d->flags & USER_DESC_ALL;

    return d->base == 0 && d->limit == 0 &&
           (flags == (USER_DESC_READ_ONLY | USER_DESC_ABSENT) || flags == 0);
}

/* The first slot that has no descriptor; SEGMENTS_TLS: there is none. */
static u32 free_slot(const struct thread *thread)
{
    u32 slot = 0;

    while (slot < SEGMENTS_TLS && thread->tls[slot] != 0)
        slot++;
    return slot;
}

static u64 pack(const struct user_desc *d)
{
    return segment_pack(&(struct segment){
        .base = d->base,
        .limit = d->limit & 0xfffff,
        .in_pages = (d->flags & USER_DESC_PAGES) != 0,
        .read_only = (d->flags & USER_DESC_READ_ONLY) != 0,
        .grows_down = (d->flags & USER_DESC_GROWS_DOWN) != 0,
        .available = (d->flags & USER_DESC_USABLE) != 0,
    });
}

/* Only 32-bit data that is there. */
static bool is_allowed(const struct user_desc *d)
{
    u32 kind = USER_DESC_32_BITS | USER_DESC_CODE | USER_DESC_ABSENT;

    return is_empty(d) || (d->flags & kind) == USER_DESC_32_BITS;
}

i32 sys_set_thread_area(u32 description)
{
    struct user_desc d;

    if (!user_read(&d, user_addr(description), sizeof d))
        return -EFAULT;
    if (!is_allowed(&d))
        return -EINVAL;

    bool any = d.entry == ~0u;
    u32 slot = any ? free_slot(thread_current()) : d.entry - TLS_FIRST;
    if (slot >= SEGMENTS_TLS)
        return any ? -ESRCH : -EINVAL;
    u32 entry = TLS_FIRST + slot;
    if (any && !user_write(user_addr(description), &entry, sizeof entry))
        return -EFAULT;
    thread_set_tls(slot, is_empty(&d) ? 0 : pack(&d));
    return 0;
}

static struct user_desc unpack(u32 entry, u64 descriptor)
{
    struct segment s = segment_unpack(descriptor);

    if (descriptor == 0)
        return (struct user_desc){ entry, 0, 0,
                                   USER_DESC_READ_ONLY | USER_DESC_ABSENT };
    return (struct user_desc){
        .entry = entry,
        .base = s.base,
        .limit = s.limit,
        .flags = (u32)USER_DESC_32_BITS |
                 (s.grows_down ? USER_DESC_GROWS_DOWN : 0) |
                 (s.read_only ? USER_DESC_READ_ONLY : 0) |
                 (s.in_pages ? USER_DESC_PAGES : 0) |
                 (s.available ? USER_DESC_USABLE : 0),
    };
}

i32 sys_get_thread_area(u32 description)
{
    u32 entry;

    if (!user_read(&entry, user_addr(description), sizeof entry))
        return -EFAULT;
    u32 slot = entry - TLS_FIRST;
    if (slot >= SEGMENTS_TLS)
        return -EINVAL;
    struct user_desc out = unpack(entry, thread_current()->tls[slot]);
    return user_write(user_addr(description), &out, sizeof out) ? 0 : -EFAULT;
}
