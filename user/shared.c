/*
 * user/shared.c - memory that two processes share. A shared mapping shows an
 * object, and fork() lets the child show the same one; private memory is the
 * child's own from its first write on.
 */
#include "lib/child.h"
#include "lib/print.h"
#include "lib/syscall.h"

static volatile u32 *word(u32 flags)
{
    return map(NULL, PAGE, PROT_READ | PROT_WRITE, flags);
}

int main(void)
{
    volatile u32 *shared = word(MAP_SHARED);
    volatile u32 *private = word(MAP_PRIVATE);

    *shared = *private = 1;
    i32 pid = need_fork();
    if (pid == 0) {
        *shared = *private = 2;
        print("child: has written %u and %u\n", *shared, *private);
        return 0;
    }
    waitpid(pid, NULL, 0);
    print("parent: shared memory holds %u, private memory %u\n", *shared,
          *private);
    return 0;
}
