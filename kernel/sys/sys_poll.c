/*
 * kernel/sys/sys_poll.c - poll(2), select(2) and their kin: waiting for any of
 * several files.
 *
 * All come down to an array of struct pollfd, whose `events` is all that is
 * told of a file, asked for or not. It is looked at again whenever something
 * has changed with any file: there is one queue for all who wait so, and none
 * has to be in many.
 *
 *      look at each file -> something: the answer
 *                        -> nothing:   wait; changed, or time is up: again
 *
 * Interrupts are off from the look to the wait, as the console's bring input.
 *
 * Cost: O(descriptors) a look.
 */
#include "kernel/poll.h"

#include "kernel/files.h"
#include "kernel/pit.h"
#include "kernel/process.h"
#include "kernel/syscalls.h"
#include "kernel/time.h"
#include "lib/mem.h"
#include "mm/kheap.h"
#include "x86/cpu.h"

enum {
    READY = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM,
    ALWAYS = POLLERR | POLLHUP | POLLNVAL,
    WORD = 32, /* bits */
    MILLI = 1000,
    MICRO = 1000000,
};

/* How long: in ticks of the timer, and until when. */
struct span {
    u32 ticks, end;
    bool is_set; /* else for ever */
};

struct wait_queue poll_waiting = WAIT_QUEUE(poll_waiting);

/* ------------------------------------------------------------- the one loop */

static u32 events_of(u32 fd)
{
    struct file *file = files_at(process_current()->files, fd);

    if (!file || (file->flags & O_PATH))
        return POLLNVAL;
    return file->operations->poll ? file->operations->poll(file) : (u32)READY;
}

static u32 look(struct pollfd *entries, u32 count)
{
    u32 found = 0;

    for (u32 i = 0; i < count; i++) {
        entries[i].revents = 0;
        if (entries[i].fd >= 0)
            entries[i].revents =
                (u16)(events_of((u32)entries[i].fd) & entries[i].events);
        found += entries[i].revents != 0;
    }
    return found;
}

/* The tick that runs counts for nothing. */
static void begin(struct span *span, u32 ticks)
{
    ticks += ticks > 0;
    *span = (struct span){ ticks, pit_ticks() + ticks, true };
}

static u32 ticks_left(const struct span *span)
{
    i32 left = (i32)(span->end - pit_ticks());

    return left > 0 ? (u32)left : 0;
}

/* Returns: how many have events; -RESTART_NO_HANDLER. */
static i32 wait(struct pollfd *entries, u32 count, const struct span *span)
{
    u32 flags = interrupts_save(), found;
    bool undisturbed = true;

    while ((found = look(entries, count)) == 0 && undisturbed) {
        if (span->is_set && ticks_left(span) == 0)
            break;
        undisturbed = span->is_set
                          ? wait_heeding_signals_for(&poll_waiting,
                                                     ticks_left(span) - 1)
                          : wait_heeding(&poll_waiting, HEED_SIGNALS);
    }
    interrupts_restore(flags);
    return found || undisturbed ? (i32)found : -RESTART_NO_HANDLER;
}

/* ---------------------------------------------------------- what is blocked */

/* For the time of the call, another set of signals is blocked; 0: none is. */
static i32 block(u32 set, u32 set_bytes)
{
    struct thread_signals *signals = &thread_current()->signals;
    sigset_t blocked;

    if (!set)
        return 0;
    if (set_bytes != sizeof blocked)
        return -EINVAL;
    if (!user_read(&blocked, user_addr(set), sizeof blocked))
        return -EFAULT;
    signals->blocked_before = signals->blocked;
    signals->is_suspended = true;
    signal_block(blocked);
    return 0;
}

/* If a signal ends the call, its handler comes first. */
static void unblock(i32 result)
{
    struct thread_signals *signals = &thread_current()->signals;

    if (!signals->is_suspended || result == -RESTART_NO_HANDLER)
        return;
    signals->is_suspended = false;
    signal_block(signals->blocked_before);
}

/* --------------------------------------------------------------------- time */

/* How the time is given. */
typedef bool (*read_time_t)(u32 from, struct timespec64 *time);

static bool read_timeval(u32 from, struct timespec64 *time)
{
    struct timeval in;

    if (!user_read(&in, user_addr(from), sizeof in))
        return false;
    *time = (struct timespec64){ in.seconds + in.microseconds / MICRO,
                                 in.microseconds % MICRO * 1000, 0 };
    return true;
}

static i32 read_span(struct span *span, u32 from, read_time_t read)
{
    struct timespec64 time;

    span->is_set = false;
    if (!from)
        return 0;
    if (!read(from, &time))
        return -EFAULT;
    if (!time_is_valid(&time))
        return -EINVAL;
    begin(span, time_ticks(time));
    return 0;
}

/* Tell what is left, if it has become less. As on Linux, nobody is told that
 * this cannot be written; but the call will not begin again. */
static i32 give_rest(const struct span *span, u32 to, read_time_t read,
                     i32 result)
{
    u32 left = ticks_left(span);
    bool told;

    if (!span->is_set || left == span->ticks)
        return result;
    left -= left > 0;
    u32 rest = left % PIT_HZ;
    if (read == time_read64) {
        struct timespec64 out = { left / PIT_HZ,
                                  (i32)(rest * (1000 * MICRO / PIT_HZ)), 0 };
        told = user_write(user_addr(to), &out, sizeof out);
    } else {
        i32 unit = read == read_timeval ? MICRO : 1000 * MICRO;
        i32 out[] = { (i32)(left / PIT_HZ), (i32)rest * (unit / PIT_HZ) };
        told = user_write(user_addr(to), out, sizeof out);
    }
    return told || result != -RESTART_NO_HANDLER ? result : -EINTR;
}

/* --------------------------------------------------------------------- poll */

static i32 read_entries(struct pollfd *entries, u32 from, u32 count)
{
    if (!user_read(entries, user_addr(from), count * (u32)sizeof *entries))
        return -EFAULT;
    for (u32 i = 0; i < count; i++)
        entries[i].events |= ALWAYS;
    return 0;
}

/* Only the answers. */
static bool write_entries(const struct pollfd *entries, u32 to, u32 count)
{
    bool told = true;

    to += (u32)offsetof(struct pollfd, revents);
    for (u32 i = 0; i < count && told; i++, to += (u32)sizeof *entries)
        told = user_write(user_addr(to), &entries[i].revents, sizeof(u16));
    return told;
}

static i32 poll(u32 at, u32 count, const struct span *span)
{
    if (count > process_current()->limits[RLIMIT_NOFILE].now)
        return -EINVAL;
    struct pollfd *entries = kalloc((count + 1) * sizeof *entries);
    if (!entries)
        return -ENOMEM;
    i32 result = read_entries(entries, at, count);
    if (!result)
        result = wait(entries, count, span);
    if (result >= 0 && !write_entries(entries, at, count))
        result = -EFAULT;
    kfree(entries);
    return result;
}

i32 sys_poll(u32 entries, u32 count, u32 milliseconds)
{
    struct span span = { .is_set = false };
    u32 tick = MILLI / PIT_HZ;

    if ((i32)milliseconds >= 0)
        begin(&span, (milliseconds + tick - 1) / tick);
    return poll(entries, count, &span);
}

static i32 ppoll(u32 entries, u32 count, u32 time, u32 set, u32 set_bytes,
                 read_time_t read)
{
    struct span span;
    i32 result = read_span(&span, time, read);

    if (!result)
        result = block(set, set_bytes);
    if (result)
        return result;
    result = poll(entries, count, &span);
    unblock(result);
    return give_rest(&span, time, read, result);
}

i32 sys_ppoll(u32 entries, u32 count, u32 time, u32 set, u32 set_bytes)
{
    return ppoll(entries, count, time, set, set_bytes, time_read32);
}

i32 sys_ppoll_time64(u32 entries, u32 count, u32 time, u32 set, u32 set_bytes)
{
    return ppoll(entries, count, time, set, set_bytes, time_read64);
}

/* ------------------------------------------------------------------- select */

enum { SETS = 3 }; /* to be read, to be written, with something urgent */

/* Which events put a descriptor into the answer of each. */
static const u16 events_of_set[SETS] = {
    POLLIN | POLLRDNORM | POLLHUP | POLLERR | POLLNVAL,
    POLLOUT | POLLWRNORM | POLLERR | POLLNVAL,
    POLLPRI | POLLNVAL,
};

struct selection {
    u32 at[SETS]; /* of a program; 0: none */
    u32 words;
    u32 sets[SETS][FILES_MAX / WORD];
};

static i32 read_sets(struct selection *selection, struct pollfd *entries,
                     u32 count)
{
    memset(selection->sets, 0, sizeof selection->sets);
    for (u32 set = 0; set < SETS; set++)
        if (selection->at[set] &&
            !user_read(selection->sets[set], user_addr(selection->at[set]),
                       selection->words * (u32)sizeof(u32)))
            return -EFAULT;
    for (u32 fd = 0; fd < count; fd++) {
        entries[fd] = (struct pollfd){ .fd = -1 };
        for (u32 set = 0; set < SETS; set++)
            if (selection->sets[set][fd / WORD] >> fd % WORD & 1)
                entries[fd].events |= events_of_set[set];
        if (!entries[fd].events)
            continue;
        entries[fd].fd = (i32)fd;
        if (!files_at(process_current()->files, fd))
            return -EBADF;
    }
    return 0;
}

/* Returns: how many bits are set; -EFAULT. */
static i32 write_sets(struct selection *selection,
                      const struct pollfd *entries, u32 count)
{
    i32 found = 0;

    for (u32 fd = 0; fd < count; fd++)
        for (u32 set = 0; set < SETS; set++) {
            u32 *word = &selection->sets[set][fd / WORD], bit = 1u << fd % WORD;

            if (!(entries[fd].revents & events_of_set[set]))
                *word &= ~bit;
            found += (*word & bit) != 0;
        }
    for (u32 set = 0; set < SETS; set++)
        if (selection->at[set] &&
            !user_write(user_addr(selection->at[set]), selection->sets[set],
                        selection->words * (u32)sizeof(u32)))
            return -EFAULT;
    return found;
}

static i32 select(u32 count, const u32 at[SETS], const struct span *span)
{
    struct selection selection = { .at = { at[0], at[1], at[2] } };

    if ((i32)count < 0)
        return -EINVAL;
    /* As on Linux, there are no others in the sets, even if they say so. */
    count = min_u32(count, round_up(process_current()->files->room, WORD));
    selection.words = (count + WORD - 1) / WORD;
    struct pollfd *entries = kalloc((count + 1) * sizeof *entries);
    if (!entries)
        return -ENOMEM;
    i32 result = read_sets(&selection, entries, count);
    if (!result)
        result = wait(entries, count, span);
    if (result >= 0)
        result = write_sets(&selection, entries, count);
    kfree(entries);
    return result;
}

i32 sys__newselect(u32 count, u32 in, u32 out, u32 urgent, u32 time)
{
    struct span span;
    i32 result = read_span(&span, time, read_timeval);

    if (result)
        return result;
    result = select(count, (u32[]){ in, out, urgent }, &span);
    return give_rest(&span, time, read_timeval, result);
}

static i32 pselect(u32 count, const u32 at[SETS], u32 time, u32 mask,
                   read_time_t read)
{
    struct pselect_mask blocked = { 0, 0 };
    struct span span;

    if (mask && !user_read(&blocked, user_addr(mask), sizeof blocked))
        return -EFAULT;
    i32 result = read_span(&span, time, read);
    if (!result)
        result = block(blocked.set, blocked.set_bytes);
    if (result)
        return result;
    result = select(count, at, &span);
    unblock(result);
    return give_rest(&span, time, read, result);
}

i32 sys_pselect6(u32 count, u32 in, u32 out, u32 urgent, u32 time, u32 mask)
{
    return pselect(count, (u32[]){ in, out, urgent }, time, mask, time_read32);
}

i32 sys_pselect6_time64(u32 count, u32 in, u32 out, u32 urgent, u32 time,
                        u32 mask)
{
    return pselect(count, (u32[]){ in, out, urgent }, time, mask, time_read64);
}
