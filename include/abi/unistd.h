/*
 * abi/unistd.h - lseek.
 */
#ifndef ABI_UNISTD_H
#define ABI_UNISTD_H

enum seek_whence { SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE };

#endif
