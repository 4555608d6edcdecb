/*
 * musl.c - what musl's malloc needs of musl, so that it can be put in front of
 * another C library's as a shared library: its record of the process, and
 * errno. It takes its locks from the time on when there are threads. It is not
 * told of fork(): a child of a process that has threads may not allocate.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

/* As src/internal/libc.h of musl 1.2 has it. The auxiliary vector is a source
 * of random bytes there; without, it takes an address. */
struct {
    char can_do_threads, threaded, secure;
    volatile signed char need_locks;
    int threads_minus_1;
    const size_t *auxiliary;
    void *rest[16];
} __libc = { .auxiliary = (const size_t[2]){ 0 } };

int *___errno_location(void);

int *___errno_location(void)
{
    return &errno;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                   void *(*start)(void *), void *argument)
{
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
                  void *) = dlsym(RTLD_NEXT, "pthread_create");

    __libc.need_locks = 1;
    return create(thread, attributes, start, argument);
}
