/*
 * kernel/sys/errno.c - what mm/ answers, as a program is told.
 */
#include "abi/errno.h"
#include "kernel/syscalls.h"

static const u8 numbers[] = {
    [OK] = 0,
    [ERR_NOMEM] = ENOMEM,
    [ERR_EXIST] = EEXIST,
    [ERR_ABSENT] = ENOENT,
    [ERR_INVAL] = EINVAL,
    [ERR_FAULT] = EFAULT,
    [ERR_ACCESS] = EACCES,
    [ERR_BUS] = EIO,
};

static const char *const sentences[] = {
    [EPERM] = "that is not permitted",
    [ENOENT] = "there is no such file",
    [EIO] = "its file cannot be read",
    [E2BIG] = "its arguments are too long",
    [ENOEXEC] = "it is no program",
    [EAGAIN] = "there are too many processes",
    [ENOMEM] = "there is not enough memory",
    [EACCES] = "it may not be executed",
    [ENOTDIR] = "a part of its path is no directory",
    [ENAMETOOLONG] = "its path is too long",
    [ELOOP] = "its path is a circle of symbolic links",
};

i32 errno_of(enum status status)
{
    return -numbers[status];
}

const char *errno_sentence(i32 result)
{
    u32 number = (u32)-result;
    const char *sentence = number < ARRAY_SIZE(sentences) ? sentences[number]
                                                          : NULL;

    return sentence ? sentence : "something is wrong with its file";
}
