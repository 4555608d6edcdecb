/*
 * user/malloc/malloc.h - memory for programs, of any size.
 *
 * The functions of C and POSIX by their own names, and some of Linux. Programs
 * that are linked with a C library include that one's <stdlib.h> instead. A
 * block is aligned to 16 bytes at least. What cannot be given is NULL, and
 * errno ENOMEM; free() leaves errno as it is.
 *
 * The pointers that are given back must be blocks. One that is not, or not any
 * more, ends the program with a sentence that says what it is.
 */
#ifndef USER_MALLOC_H
#define USER_MALLOC_H

#include <stddef.h>

#if !__STDC_HOSTED__
#include "abi/errno.h"

extern int errno;
#endif

/* A block of `bytes` bytes; of 0, too, there are blocks. Its content is
 * undefined. */
void *malloc(size_t bytes);

/* A block of `count` times `bytes` bytes, all 0. */
void *calloc(size_t count, size_t bytes);

/* Nothing is done for NULL. */
void free(void *block);

/* The block with another size; its content stays, as far as there is room. It
 * may have moved. Where there is no memory, NULL, and the block is as it was.
 * NULL instead of a block makes one; 0 bytes free it, and answer NULL. */
void *realloc(void *block, size_t bytes);

/* The same for `count` times `bytes` bytes. */
void *reallocarray(void *block, size_t count, size_t bytes);

/* A block whose address is a multiple of `alignment`. If that is no power of
 * two, NULL, and errno EINVAL. */
void *aligned_alloc(size_t alignment, size_t bytes);
void *memalign(size_t alignment, size_t bytes);

/* The same, but the error is what is returned: 0, EINVAL also if `alignment`
 * is less than a pointer, or ENOMEM. On an error `*block` stays. */
int posix_memalign(void **block, size_t alignment, size_t bytes);

/* For old programs: aligned to a page, and of whole pages. */
void *valloc(size_t bytes);
void *pvalloc(size_t bytes);

/* How many bytes of the block may be used: as many as were asked for, or more.
 * Of NULL: 0. */
size_t malloc_usable_size(void *block);

/* Give all memory back that is kept in reserve. 1 if there was some. `keep`
 * is there for glibc's sake, and not heeded. */
int malloc_trim(size_t keep);

#endif
