/*
 * kernel/futex.h - threads wait until a word of theirs changes. See
 * kernel/proc/futex.c.
 *
 * word:     an address in the running thread's space, at a multiple of 4.
 * is_private: only threads in this space wait for the word, and all say so;
 *           else whoever shows the same memory. -EFAULT then if nothing is
 *           mapped there, or nobody may touch it.
 */
#ifndef KERNEL_FUTEX_H
#define KERNEL_FUTEX_H

#include "abi/futex.h"
#include "lib/types.h"

/* Nobody waits. Cost: O(1). Context: boot. */
void futex_init(void);

/*
 * Wait until woken, if the word is `value`.
 *
 * bits:     not 0: who wakes must have one of them.
 * ticks:    for so long at most; NULL: for ever.
 * Returns:  0: woken; -EAGAIN: the word is another; -ETIMEDOUT; -EFAULT: it
 *           cannot be read; -RESTART or -RESTART_NO_HANDLER: a signal is due.
 * Cost:     O(1), and waiting.
 * Context:  thread of a process.
 */
NODISCARD i32 futex_wait(u32 word, u32 value, u32 bits, const u32 *ticks,
                         bool is_private);

/*
 * Wake those who have waited longest for a word.
 *
 * most:     as many.
 * bits:     only who has one of them.
 * Returns:  how many; -EFAULT.
 * Cost:     O(those who wait for this word, or one of the same bucket).
 * Context:  thread of a process.
 */
i32 futex_wake(u32 word, u32 most, u32 bits, bool is_private);

/*
 * Wake some; and let others wait for another word from now on.
 *
 * value:    what the word must be; NULL: whatever it is.
 * Returns:  how many were woken or moved; -EAGAIN: the word is another;
 *           -EFAULT.
 * Cost:     as futex_wake().
 * Context:  thread of a process.
 */
NODISCARD i32 futex_requeue(u32 word, u32 most_woken, u32 to, u32 most_moved,
                            const u32 *value, bool is_private);

#endif
