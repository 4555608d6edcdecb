/*
 * kernel/proc/futex.c - threads wait until a word of theirs changes.
 *
 * What a lock is made of: as long as nobody waits, programs need no kernel, as
 * they change the word themselves. Who has to wait says what it has read; if
 * the word is another by now, it need not wait. Nothing comes between that look
 * and the wait, as the kernel is not preempted.
 *
 *      place: space + address, or object + offset if the memory is shared
 *        |  hash
 *        v
 *      buckets[]  o--> waiter --> waiter     on the stacks of those who wait,
 *                 o                          the longest wait first
 *                 o--> waiter
 *
 * Invariants:
 *   1. A waiter is in the bucket of its place exactly as long as `is_waiting`.
 *   2. It holds a reference of its object, so that no other object is where
 *      this one was.
 *
 * Cost: O(1) beside who else waits in the same bucket.
 */
#include "kernel/futex.h"

#include "abi/errno.h"
#include "kernel/pit.h"
#include "kernel/process.h"
#include "kernel/usercopy.h"
#include "mm/vm.h"

enum { BUCKETS = 64 };

struct place {
    struct vm_object *object; /* NULL: private memory */
    u32 space, at;            /* an address in it, or 0 and an offset; one
                                 more: only for who says FUTEX_PRIVATE */
};

struct waiter {
    struct list node;
    struct place place;
    u32 bits;
    struct thread *thread;
    bool is_waiting;
};

static struct list buckets[BUCKETS];

void futex_init(void)
{
    for (u32 i = 0; i < BUCKETS; i++)
        list_init(&buckets[i]);
}

/* ------------------------------------------------------------------- places */

static struct list *bucket_of(const struct place *place)
{
    u32 mixed = ((u32)(uintptr_t)place->object ^ place->space ^ place->at) *
                0x9e3779b1u;

    return &buckets[mixed / (~0u / BUCKETS + 1)];
}

static bool is_same(const struct place *a, const struct place *b)
{
    return a->object == b->object && a->space == b->space && a->at == b->at;
}

/* Whoever shares memory with nobody, and cannot change it, waits in vain. */
static u32 needed_of(const struct vm_region *region)
{
    return region->object ? VM_READ : VM_WRITE;
}

NODISCARD static bool find_place(u32 word, bool is_private,
                                 struct place *place)
{
    struct vm_space *space = process_current()->space;
    const struct vm_region *region =
        is_private ? NULL : vm_region_at(space, word);

    if (word > USER_END - sizeof(u32))
        return false;
    *place = (struct place){ NULL, (u32)(uintptr_t)space + is_private, word };
    if (region && region->flags & VM_SHARED)
        *place = (struct place){ region->object, 0,
                                 word - region->start +
                                     region->first_page * PAGE_SIZE };
    return is_private || (region && region->flags & needed_of(region));
}

static void let_go(struct place *place)
{
    if (place->object)
        vm_object_put(place->object);
}

/* Let a waiter wait for this place. */
static void enter(struct waiter *waiter, const struct place *place)
{
    if (place->object)
        vm_object_get(place->object);
    waiter->place = *place;
    waiter->is_waiting = true;
    list_append(bucket_of(place), &waiter->node);
}

static void leave(struct waiter *waiter)
{
    if (!waiter->is_waiting)
        return;
    waiter->is_waiting = false;
    list_remove(&waiter->node);
    let_go(&waiter->place);
}

/* --------------------------------------------------------------------- wait */

/* As long as nobody wakes it, no signal is due, and its time is not up. */
static i32 wait(struct waiter *waiter, const u32 *ticks)
{
    u32 since = pit_ticks();
    struct wait_queue nobody_wakes;
    bool undisturbed = true;

    wait_init(&nobody_wakes);
    while (waiter->is_waiting && undisturbed) {
        u32 gone = pit_ticks() - since;

        if (ticks && gone >= *ticks)
            return -ETIMEDOUT;
        undisturbed = ticks ? wait_heeding_signals_for(NULL, *ticks - gone)
                            : wait_heeding(&nobody_wakes, HEED_SIGNALS);
    }
    if (!waiter->is_waiting)
        return 0;
    return ticks ? -RESTART_NO_HANDLER : -RESTART;
}

i32 futex_wait(u32 word, u32 value, u32 bits, const u32 *ticks,
               bool is_private)
{
    struct waiter waiter = { .bits = bits, .thread = thread_current() };
    struct place place;
    u32 now;

    if (!user_read(&now, user_addr(word), sizeof now) ||
        !find_place(word, is_private, &place))
        return -EFAULT;
    if (now != value)
        return -EAGAIN;
    enter(&waiter, &place);
    i32 result = wait(&waiter, ticks);
    leave(&waiter);
    return result;
}

/* --------------------------------------------------------------------- wake */

static struct waiter *waiter_of(struct list *node)
{
    return CONTAINER_OF(node, struct waiter, node);
}

static void wake(struct waiter *waiter)
{
    leave(waiter);
    thread_wake(waiter->thread);
}

/* Wake some of a place, and let more wait for `to`. */
static u32 wake_and_move(const struct place *place, u32 bits, u32 most_woken,
                         const struct place *to, u32 most_moved)
{
    struct list *bucket = bucket_of(place), *next;
    u32 woken = 0, moved = 0;

    for (struct list *node = bucket->next; node != bucket; node = next) {
        struct waiter *waiter = waiter_of(node);

        next = node->next;
        if (!is_same(&waiter->place, place) || !(waiter->bits & bits))
            continue;
        if (woken < most_woken) {
            wake(waiter);
            woken++;
        } else if (moved < most_moved) {
            leave(waiter);
            enter(waiter, to);
            moved++;
        } else {
            break;
        }
    }
    return woken + moved;
}

i32 futex_wake(u32 word, u32 most, u32 bits, bool is_private)
{
    struct place place;

    if (!find_place(word, is_private, &place))
        return -EFAULT;
    return (i32)wake_and_move(&place, bits, most, NULL, 0);
}

i32 futex_requeue(u32 word, u32 most_woken, u32 to, u32 most_moved,
                  const u32 *value, bool is_private)
{
    struct place from, there;
    u32 now;

    if (!find_place(word, is_private, &from) ||
        !find_place(to, is_private, &there))
        return -EFAULT;
    if (value && !user_read(&now, user_addr(word), sizeof now))
        return -EFAULT;
    if (value && now != *value)
        return -EAGAIN;
    return (i32)wake_and_move(&from, FUTEX_ANY, most_woken, &there,
                              is_same(&from, &there) ? 0 : most_moved);
}
