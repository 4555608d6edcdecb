/*
 * tests/abi/threads.c - POSIX threads: they share memory, wait for one another,
 * and take signals.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "handler.h"

enum { THREADS = 8, OPERATIONS = 1000000, SLOTS = 64 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static __thread int mine;
static volatile int stage;
static long sum;

/* ------------------------------------------------------------------- malloc */

static unsigned next_random(unsigned *state)
{
    return *state = *state * 1103515245u + 12345;
}

/* Is each byte of a block what was put there? */
static int is_intact(const unsigned char *block, unsigned size)
{
    return block[0] == (unsigned char)size &&
           block[size - 1] == (unsigned char)size;
}

static void *use_malloc(void *seed)
{
    static int broken;
    unsigned state = (unsigned)(long)seed + 1, size[SLOTS] = { 0 };
    unsigned char *block[SLOTS] = { NULL };

    for (int i = 0; i < OPERATIONS / THREADS; i++) {
        unsigned slot = next_random(&state) >> 16 & (SLOTS - 1);

        if (block[slot]) {
            if (!is_intact(block[slot], size[slot]))
                __atomic_add_fetch(&broken, 1, __ATOMIC_SEQ_CST);
            free(block[slot]);
        }
        size[slot] = 1 + (next_random(&state) >> 16) % 500;
        block[slot] = malloc(size[slot]);
        block[slot][0] = block[slot][size[slot] - 1] =
            (unsigned char)size[slot];
    }
    for (int slot = 0; slot < SLOTS; slot++)
        free(block[slot]);
    return (void *)(long)broken;
}

static void mallocs(void)
{
    pthread_t thread[THREADS];
    long broken = 0;

    for (long i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, use_malloc, (void *)i);
    for (int i = 0; i < THREADS; i++) {
        void *result;

        pthread_join(thread[i], &result);
        broken += (long)result;
    }
    printf("%d operations by %d threads: %ld blocks broken\n", OPERATIONS,
           THREADS, broken);
}

/* -------------------------------------------------------------------- locks */

static void *add(void *number)
{
    for (int i = 0; i < 20000; i++) {
        pthread_mutex_lock(&mutex);
        sum += (long)number;
        pthread_mutex_unlock(&mutex);
        mine++;
    }
    return (void *)(long)mine;
}

static void locks(void)
{
    pthread_t thread[THREADS];
    long own = 0;

    for (long i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, add, (void *)i);
    for (int i = 0; i < THREADS; i++) {
        void *result;

        pthread_join(thread[i], &result);
        own += (long)result;
    }
    printf("sum %ld, of their own %ld, mine %d\n", sum, own, mine);
}

/* Each passes the word on to the next. */
static void *pass_on(void *place)
{
    for (int round = 0; round < 200; round++) {
        pthread_mutex_lock(&mutex);
        while (stage % THREADS != (long)place)
            pthread_cond_wait(&changed, &mutex);
        stage++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void conditions(void)
{
    pthread_t thread[THREADS];
    struct timespec when;

    for (long i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, pass_on, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    printf("passed on %d times\n", stage);
    clock_gettime(CLOCK_REALTIME, &when);
    when.tv_nsec += 50000000;
    if (when.tv_nsec >= 1000000000)
        when.tv_nsec -= 1000000000, when.tv_sec++;
    pthread_mutex_lock(&mutex);
    printf("waited in vain: %d\n",
           pthread_cond_timedwait(&changed, &mutex, &when));
    pthread_mutex_unlock(&mutex);
}

static void *meet(void *barrier)
{
    int last = pthread_barrier_wait(barrier);

    return (void *)(long)(last == PTHREAD_BARRIER_SERIAL_THREAD);
}

static void barriers(void)
{
    pthread_t thread[THREADS];
    pthread_barrier_t barrier;
    long serial = 0;

    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, meet, &barrier);
    for (int i = 0; i < THREADS; i++) {
        void *result;

        pthread_join(thread[i], &result);
        serial += (long)result;
    }
    printf("%ld came last\n", serial);
}

/* Two processes and a semaphore between them. */
static void shared_semaphore(void)
{
    sem_t *sem = mmap(NULL, 2 * sizeof *sem, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;

    sem_init(&sem[0], 1, 0);
    sem_init(&sem[1], 1, 0);
    fflush(stdout);
    pid_t pid = fork();
    for (int i = 0; i < 100; i++) {
        if (pid == 0) {
            sem_wait(&sem[0]);
            sem_post(&sem[1]);
        } else {
            sem_post(&sem[0]);
            sem_wait(&sem[1]);
        }
    }
    if (pid == 0)
        _exit(9);
    waitpid(pid, &status, 0);
    printf("to and fro between processes, status %x\n", status);
}

/* ------------------------------------------------------------------ signals */

static volatile pthread_t taken_by;

static void take(int number)
{
    (void)number;
    taken_by = pthread_self();
}

static void *wait_for_signal(void *unused)
{
    (void)unused;
    while (!taken_by)
        pause_ms(10);
    return NULL;
}

static void signals(void)
{
    pthread_t thread;
    sigset_t blocked;

    set(SIGUSR1, take, 0);
    pthread_create(&thread, NULL, wait_for_signal, NULL);
    pthread_kill(thread, SIGUSR1);
    pthread_join(thread, NULL);
    printf("taken by %s\n", pthread_equal(taken_by, thread) ? "it" : "another");

    taken_by = 0;
    pthread_create(&thread, NULL, wait_for_signal, NULL);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    kill(getpid(), SIGUSR1);
    pthread_join(thread, NULL);
    printf("who does not block it is %s\n",
           pthread_equal(taken_by, thread) ? "it" : "another");
    pthread_sigmask(SIG_UNBLOCK, &blocked, NULL);
}

/* A deferred cancellation ends a thread that sleeps. */
static void *sleep_long(void *unused)
{
    (void)unused;
    pause_ms(20000);
    return NULL;
}

static void cancellation(void)
{
    pthread_t thread;
    void *result;

    pthread_create(&thread, NULL, sleep_long, NULL);
    pause_ms(20);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("it was %s\n", result == PTHREAD_CANCELED ? "cancelled" : "not");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    mallocs();
    locks();
    conditions();
    barriers();
    shared_semaphore();
    signals();
    cancellation();
    return 0;
}
