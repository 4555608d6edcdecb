/*
 * kernel/fs/console.c - the console as a file: what the descriptors 0, 1 and 2
 * of the first program are.
 *
 * Input comes by lines, which a person may correct until Return: each key is
 * shown, backspace takes the last one back, Ctrl-U the whole line, and Ctrl-D
 * hands over what there is, which at the beginning of a line is the end of the
 * file. A read gets at most one line; what it has no room for waits for the
 * next one.
 *
 *      text    e c h o _ h i \n
 *                    ^given     ^length         given < length: not yet read
 *
 * Cost: that of console_putc() a byte.
 */
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "kernel/console.h"
#include "kernel/devices.h"
#include "kernel/initrd.h"
#include "kernel/thread.h"

enum key {
    KEY_END = 'd' & 0x1f,       /* Ctrl-D */
    KEY_KILL = 'u' & 0x1f,      /* Ctrl-U */
    KEY_BACKSPACE = '\b',
    KEY_DELETE = 0x7f,
};

enum {
    ROWS = 25,
    COLUMNS = 80,
    PIECE = 256, /* of output, copied from the program at a time */
};

static struct {
    char text[1024];
    u32 length;
    u32 given;
    bool complete; /* it can be read */
} line;

/* ------------------------------------------------------------------ input */

static void erase(u32 characters)
{
    for (; characters > 0; characters--) {
        line.length--;
        console_putc('\b');
        console_putc(' ');
        console_putc('\b');
    }
}

static void add(char key)
{
    if (key == '\r')
        key = '\n';
    /* The last place is kept for the newline. */
    if (key != '\n' && line.length == sizeof line.text - 1)
        return;
    line.text[line.length++] = key;
    line.complete = key == '\n';
    console_putc(key);
}

static void take_key(char key)
{
    switch (key) {
    case KEY_END:
        line.complete = true;
        break;
    case KEY_KILL:
        erase(line.length);
        break;
    case KEY_BACKSPACE:
    case KEY_DELETE:
        erase(min_u32(line.length, 1));
        break;
    default:
        add(key);
    }
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

static i32 read_console(struct file *file, struct user_buffer *to)
{
    if (to->left == 0)
        return 0;
    while (!line.complete) {
        if ((file->flags & O_NONBLOCK) && !console_has_input())
            return -EAGAIN;
        if (!console_wait())
            return -RESTART;
        take_key(console_getc());
    }
    return give(to);
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
        if (!thread_pause())
            break;
    }
    return (i32)done;
}

/* ------------------------------------------------------------ what it says */

static i32 answer(u32 to, const void *from, u32 bytes)
{
    return user_write(user_addr(to), from, bytes) ? 0 : -EFAULT;
}

static i32 ask_console(struct file *file, u32 request, u32 argument)
{
    static const struct termios termios = {
        .c_iflag = ICRNL,
        .c_oflag = OPOST | ONLCR,
        .c_cflag = B38400 | CS8 | CREAD,
        .c_lflag = ICANON | ECHO | ECHOE | ECHOK,
        .c_cc = { [VERASE] = KEY_DELETE, [VKILL] = KEY_KILL, [VEOF] = KEY_END,
                  [VMIN] = 1 },
    };
    static const struct winsize size = { .ws_row = ROWS, .ws_col = COLUMNS };

    (void)file;
    switch (request) {
    case TCGETS:
        return answer(argument, &termios, sizeof termios);
    case TIOCGWINSZ:
        return answer(argument, &size, sizeof size);
    default:
        return -ENOTTY;
    }
}

const struct file_operations console_operations = {
    .read = read_console,
    .write = write_console,
    .ioctl = ask_console,
    .describe = node_describe,
};

struct file *console_open(void)
{
    struct file *file;

    return initrd_open("/dev/console", O_RDWR, &file) ? NULL : file;
}
