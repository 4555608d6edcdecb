/*
 * mm/platform.h - all that mm/ asks of the world it runs in.
 *
 * Link-time functions, supplied by the kernel (kernel/platform.c), by the
 * host tests (tests/host/platform.c), or by whoever takes mm/ elsewhere.
 * Beside these, mm/ needs memcpy, memmove, memset and memcmp, nothing else;
 * tools/layers.py sees to that.
 */
#ifndef MM_PLATFORM_H
#define MM_PLATFORM_H

#include "lib/types.h"

/*
 * Where physical address 0 would be in the direct map. It is read on hot
 * paths, which is why it is a variable and not a function; it does not
 * change once memory management is up. Where it is known before, the compiler
 * is given it as PLATFORM_DIRECT_MAP, and there is no variable.
 */
#ifdef PLATFORM_DIRECT_MAP
#define platform_direct_map ((u8 *)PLATFORM_DIRECT_MAP)
#else
extern u8 *platform_direct_map;
#endif

/*
 * Stop the machine with a sentence: the caller of mm/ has broken a contract,
 * or mm/ has found its own state damaged. Does not return, and mm/ holds no
 * lock when it is called from a contract check.
 *
 * Context:  any.
 */
NORETURN COLD PRINTF_LIKE(1, 2) void platform_panic(const char *format, ...);

/*
 * Print a line, without its newline, to whoever watches.
 *
 * Context:  boot and thread; mm/ may hold a lock.
 */
PRINTF_LIKE(1, 2) void platform_log(const char *format, ...);

/*
 * Forget what the processor remembers of `pages` pages from `va` on, global or
 * not.
 *
 * Context:  any; the lock of L2 may be held.
 */
void platform_flush_pages(u32 va, u32 pages);

/*
 * Forget everything that the processor remembers of page tables, global
 * entries included.
 *
 * Context:  as platform_flush_pages().
 */
void platform_flush_all(void);

/*
 * Switch to the page directory at physical address `directory`.
 *
 * Context:  boot and thread; no open batch.
 */
void platform_load_directory(u32 directory);

/*
 * Are `bytes` bytes, less than a page of them, readable memory? For who looks
 * at what may be damaged.
 *
 * Context:  any.
 */
bool platform_can_read(const void *memory, u32 bytes);

/*
 * Take and give back the lock of layer `rank` (mm/lock.h). On one processor
 * without preemption they have nothing to do.
 *
 * Context:  thread; never an interrupt handler.
 */
void platform_lock(u32 rank);
void platform_unlock(u32 rank);

/*
 * The calls that have led here: return addresses, the innermost first.
 *
 * Returns:  how many there are in `out`, at most `max`; 0 where nobody knows.
 * Context:  thread.
 */
u32 platform_backtrace(const void **out, u32 max);

/*
 * A contract: if `condition` does not hold, panic with the sentence. Costs a
 * compare and a branch, and is on in every build. In a sentence, %p of a
 * return address says who called, too: the function, and the line of the call.
 */
#define CHECK(condition, ...)                    \
    do {                                         \
        if (__builtin_expect(!(condition), 0))   \
            platform_panic(__VA_ARGS__);         \
    } while (0)

/* Who called the function in which this stands: for sentences. */
#define CALLER() __builtin_return_address(0)

#endif
