/*
 * kernel/fs/console.c - the console as a file, a terminal: what the descriptors
 * 0, 1 and 2 of the first program are.
 *
 * Input comes by lines, which a person may correct until Return: each key is
 * shown, backspace takes the last one back, Ctrl-U the whole line, and Ctrl-D
 * hands over what there is, which at the beginning of a line is the end of the
 * file. A read gets at most one line; what it has no room for waits for the
 * next one. A program that has another mind switches that off, or parts of it
 * (ICANON, ECHO, ICRNL): then it gets key by key, as it says with VMIN and
 * VTIME. What cannot be switched stays as it is, and TCGETS tells so.
 *
 *      text    e c h o _ h i \n
 *                    ^given     ^length         given < length: not yet read
 *
 * Keys are taken from the port when somebody reads, or polls. It is nobody's
 * controlling terminal: no key sends a signal, and /dev/tty is not there.
 *
 * Cost: that of console_putc() a byte.
 */
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "kernel/console.h"
#include "kernel/devices.h"
#include "kernel/initrd.h"
#include "kernel/pit.h"
#include "kernel/poll.h"
#include "lib/mem.h"

enum {
    KEY_BACKSPACE = '\b', /* beside VERASE */
    PIECE = 256,          /* of output, copied from the program at a time */
    IFLAGS = ICRNL,       /* that can be switched */
    LFLAGS = ICANON | ECHO,
};

static struct {
    struct termios termios;
    struct winsize size;
} terminal = {
    .termios = {
        .c_iflag = ICRNL,
        .c_oflag = OPOST | ONLCR,
        .c_cflag = B38400 | CS8 | CREAD,
        .c_lflag = ICANON | ECHO | ECHOE | ECHOK,
        .c_cc = { [VINTR] = 'c' & 0x1f, [VERASE] = 0x7f,
                  [VKILL] = 'u' & 0x1f, [VEOF] = 'd' & 0x1f, [VMIN] = 1 },
    },
    .size = { .ws_row = 25, .ws_col = 80 },
};

static struct {
    char text[1024];
    u32 length;
    u32 given;
    bool complete; /* it can be read */
} line;

/* ------------------------------------------------------------------ input */

static bool by_lines(void)
{
    return (terminal.termios.c_lflag & ICANON) != 0;
}

static void show(const char *text)
{
    while (terminal.termios.c_lflag & ECHO && *text)
        console_putc(*text++);
}

static void erase(u32 characters)
{
    for (; characters > 0; characters--) {
        line.length--;
        show("\b \b");
    }
}

static void add(char key)
{
    line.text[line.length++] = key;
    line.complete = key == '\n';
    show((char[]){ key, '\0' });
}

/* In a line, the last place is kept for the newline. */
static void take_key(char key)
{
    const u8 *keys = terminal.termios.c_cc;

    if (key == '\r' && terminal.termios.c_iflag & ICRNL)
        key = '\n';
    if (!by_lines())
        add(key);
    else if (key == (char)keys[VEOF])
        line.complete = true;
    else if (key == (char)keys[VKILL])
        erase(line.length);
    else if (key == (char)keys[VERASE] || key == KEY_BACKSPACE)
        erase(min_u32(line.length, 1));
    else if (key == '\n' || line.length < sizeof line.text - 1)
        add(key);
}

/* Take what keys there are and have room. Returns: can something be read? */
static bool take_keys(void)
{
    while (!(by_lines() ? line.complete : line.length == sizeof line.text) &&
           console_has_input())
        take_key(console_getc());
    return by_lines() ? line.complete : line.length > line.given;
}

static void drop_input(void)
{
    while (console_has_input())
        (void)console_getc();
    line.length = line.given = 0;
    line.complete = false;
}

/* Hand over what is not read yet of the line. */
static i32 give(struct user_buffer *to)
{
    u32 bytes = min_u32(line.length - line.given, to->left);
    u32 copied = user_buffer_put(to, line.text + line.given, bytes);

    line.given += copied;
    if (line.given == line.length) {
        line.given = line.length = 0;
        line.complete = false;
    }
    return copied || !bytes ? (i32)copied : -EFAULT;
}

static i32 await_line(const struct file *file)
{
    while (!take_keys()) {
        if (file->flags & O_NONBLOCK)
            return -EAGAIN;
        if (!console_wait(0))
            return -RESTART;
    }
    return 0;
}

/* Until there are VMIN keys, or as many as are wanted. VTIME, in tenths of a
 * second, is how long the next key may take; the first one only if VMIN is 0:
 * else it is waited for. */
static i32 await_keys(const struct file *file, u32 wanted)
{
    const u8 *settings = terminal.termios.c_cc;
    u32 ticks = settings[VTIME] * (PIT_HZ / 10);
    u32 least = min_u32(settings[VMIN], wanted);

    for (;;) {
        bool any = take_keys();

        if (any && line.length - line.given >= least)
            return 0;
        if (!any && settings[VMIN] == 0 && ticks == 0)
            return 0;
        if (file->flags & O_NONBLOCK)
            return any ? 0 : -EAGAIN;
        bool is_timed = ticks && (any || settings[VMIN] == 0);
        if (!console_wait(is_timed ? ticks : 0))
            return any ? 0 : -RESTART;
        if (is_timed && !console_has_input())
            return 0;
    }
}

static i32 read_console(struct file *file, struct user_buffer *to)
{
    if (to->left == 0)
        return 0;
    i32 error = by_lines() ? await_line(file) : await_keys(file, to->left);
    return error ? error : give(to);
}

static u32 poll_console(struct file *file)
{
    (void)file;
    return (take_keys() ? POLLIN | POLLRDNORM : 0) | POLLOUT | POLLWRNORM;
}

/* ------------------------------------------------------------------ output */

static i32 write_console(struct file *file, struct user_buffer *from)
{
    char piece[PIECE];
    u32 done = 0;

    (void)file;
    while (from->left > 0) {
        u32 bytes = min_u32(from->left, sizeof piece);
        u32 copied = user_buffer_take(from, piece, bytes);

        for (u32 i = 0; i < copied; i++)
            console_putc(piece[i]);
        done += copied;
        if (copied < bytes)
            return done ? (i32)done : -EFAULT;
    }
    return (i32)done;
}

/* ------------------------------------------------------------ what it says */

static i32 answer(u32 to, const void *from, u32 bytes)
{
    return user_write(user_addr(to), from, bytes) ? 0 : -EFAULT;
}

/* What was typed and not read when lines begin to count is one. */
static i32 set_termios(u32 request, u32 argument)
{
    struct termios *termios = &terminal.termios, wanted;

    if (!user_read(&wanted, user_addr(argument), sizeof wanted))
        return -EFAULT;
    if (request == TCSETSF)
        drop_input();
    if ((wanted.c_lflag ^ termios->c_lflag) & ICANON)
        line.complete = line.length > line.given;
    termios->c_iflag = wanted.c_iflag & IFLAGS;
    termios->c_lflag = (termios->c_lflag & ~(u32)LFLAGS) |
                       (wanted.c_lflag & LFLAGS);
    memcpy(termios->c_cc, wanted.c_cc, sizeof termios->c_cc);
    return 0;
}

static i32 set_size(u32 argument)
{
    struct winsize wanted;

    if (!user_read(&wanted, user_addr(argument), sizeof wanted))
        return -EFAULT;
    terminal.size = wanted;
    return 0;
}

static i32 flush(u32 which)
{
    if (which > TCIOFLUSH)
        return -EINVAL;
    if (which != TCOFLUSH)
        drop_input();
    return 0;
}

/* What is written is out when the call is done: nothing has to be waited for,
 * nothing can be dropped. */
static i32 ask_console(struct file *file, u32 request, u32 argument)
{
    (void)file;
    switch (request) {
    case TCGETS:
        return answer(argument, &terminal.termios, sizeof terminal.termios);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        return set_termios(request, argument);
    case TCSBRK:
        return 0;
    case TCFLSH:
        return flush(argument);
    case TIOCGWINSZ:
        return answer(argument, &terminal.size, sizeof terminal.size);
    case TIOCSWINSZ:
        return set_size(argument);
    default:
        return -ENOTTY;
    }
}

const struct file_operations console_operations = {
    .read = read_console,
    .write = write_console,
    .poll = poll_console,
    .ioctl = ask_console,
    .describe = node_describe,
};

struct file *console_open(void)
{
    struct file *file;

    return initrd_open("/dev/console", O_RDWR, &file) ? NULL : file;
}
