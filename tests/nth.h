/*
 * nth.h - fail the n-th: an operation that allocates is run with so little
 * memory that its first allocation fails, then its second, and so on, until it
 * succeeds. Each time it must refuse, and leave the world as it was. What is
 * kept for the next time (test_trim() and the like) goes before each look.
 *
 *      frames free   0        1        2              3
 *      operation     refuses  refuses  refuses        succeeds
 *                             one comes back whole    is undone
 *
 * Nothing in mm/ or kernel/ knows of it: L1 is drained but for so many frames,
 * L5 is asked for all that it can promise, and L4 fails through the linker
 * (tests/seam.c). tools/sweeps.py looks for a
 * SWEEP() of each function that allocates. To sweep one, in tests/unit or, if
 * the host does not have it, in tests/kernel:
 *
 *      static struct thread *thread;
 *
 *      static bool create(u32 pages)
 *      {
 *          thread = thread_create("swept", nothing, pages);
 *          return thread != NULL;
 *      }
 *
 *      static void destroy(void)
 *      {
 *          if (thread)
 *              thread_join(thread);
 *          thread = NULL;
 *      }
 *
 *      SWEEP(thread_create, leaves_neither_stack_nor_record)
 *      {
 *          static const struct nth_operation operation = {
 *              .run = create, .undo = destroy, .count = thread_count };
 *
 *          nth_sweep_all(&operation, 2);
 *      }
 *
 * When run() says false, all must be as it was before. When destroy() returns,
 * all must be as it was at first; what others are to give back later must be
 * waited for there.
 */
#ifndef NTH_H
#define NTH_H

#include "strata_test.h"

/* What is scarce. */
enum nth_scarcity {
    NTH_LOW,      /* frames below 768 MiB; higher ones, if any, are free */
    NTH_ANY,      /* frames                                              */
    NTH_PIECES,   /* frames, and no two free ones lie in a row           */
    NTH_PROMISES, /* what L5 may promise; frames are free                */
    NTH_SCARCITIES,
};

struct nth_operation {
    /* What the operation needs that is not to fail; may be NULL. */
    void (*prepare)(u32 size);
    /* Did it succeed? It also checks the answer. */
    bool (*run)(u32 size);
    /* Give back what the last run() and prepare() took, if anything. */
    void (*undo)(void);
    /* What the layers do not count, and must be as it was; may be NULL. */
    u32 (*count)(void);
    bool in_a_row; /* does it need frames in a row, and fail else? */
    bool is_block; /* does the heap count a refusal each time?     */
};

#define SWEEP(function, claim)                                        \
    _Static_assert(sizeof(&function) > 0, "what is swept is a function"); \
    TEST(nth, function##_##claim)

/* Sweep an operation through all allocations from L1, with each scarcity or
 * with one. `size` is handed on. */
void nth_sweep(const struct nth_operation *operation, u32 size);
void nth_sweep_in(enum nth_scarcity scarcity,
                  const struct nth_operation *operation, u32 size);

/* The same through all allocations from L4, which the seam refuses. The release
 * kernel has none: there it does nothing. */
void nth_sweep_l4(const struct nth_operation *operation, u32 size);

/* Both. */
void nth_sweep_all(const struct nth_operation *operation, u32 size);

/* Count a sweep that was made in another way. */
void nth_count_sweep(u32 failures);

/* Print how much has been tried since the last report, if anything. */
void nth_report(void);

/* Leave the test on a small machine: what stays for good, in the midst of free
 * memory, would be in the way of tests to come. */
#define NTH_NEED_ROOM() NEED_FREE_FRAMES(8 * CHUNK_FRAMES, "32 MiB")

/* Is there something to make scarce? */
bool nth_has(enum nth_scarcity scarcity);

/*
 * The world as every layer counts it. What is held to be scarce counts as free,
 * and so do the page tables of the kernel half, which stay.
 */
enum { NTH_FACTS = 31 };

struct nth_world {
    u32 facts[NTH_FACTS];
};

/* `operation` is whose count() is asked, too; may be NULL. */
void nth_see_world(struct nth_world *world,
                   const struct nth_operation *operation);

/* The name of something that differs; NULL if nothing does. */
const char *nth_difference(const struct nth_world *before,
                           const struct nth_world *after);

#endif
