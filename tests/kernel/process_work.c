/*
 * Random work of programs, for the soak: each wanders through all that makes,
 * copies and ends a process, and so do its children.
 *
 * The timer is silent meanwhile: nobody is preempted, and the same seed does
 * the same again.
 */
#include "abi/errno.h"
#include "abi/signal.h"
#include "abi/wait.h"
#include "kernel/pic.h"
#include "kernel/pit.h"
#include "programs.h"
#include "strata_test.h"
#include "x86/cpu.h"

#define CALL(number) "mov $" #number ", %eax\n int $0x80\n"
#define WRITE "movl %esi, 0x0804a000(%eax)\n jmp 1b\n"
#define READ  "mov 0x0804a000(%eax), %eax\n jmp 1b\n"
#define GROW  "neg %eax\n movl %esi, -64(%esp,%eax)\n jmp 1b\n"

/* A child has other random numbers, and half of the steps. */
#define FORK CALL(2) "test %eax, %eax\n jnz 1b\n"                     \
             "xor $0x55aa55aa, %esi\n shr $1, %edi\n jmp 1b\n"

/* A thread; its stack is a page among those that all write to. */
#define THREAD "lea 0x0804a800(%eax), %ecx\n mov $0x10f00, %ebx\n" CALL(120) \
             "test %eax, %eax\n jnz 1b\n"                             \
             "xor $0x33333333, %esi\n shr $1, %edi\n jmp 1b\n"

/* The process itself, or one that was made shortly before it. */
#define KILL CALL(20) "mov %eax, %ebx\n mov %esi, %ecx\n shr $16, %ecx\n" \
             "and $3, %ecx\n sub %ecx, %ebx\n mov $9, %ecx\n" CALL(37)    \
             "jmp 1b\n"

/* A page of 32 that nobody has promised. */
#define TAKE "push %esi\n push %edi\n push %eax\n xor %ebx, %ebx\n"    \
             "mov $0x20000, %ecx\n mov $3, %edx\n mov $0x4022, %esi\n" \
             "mov $-1, %edi\n xor %ebp, %ebp\n" CALL(192)               \
             "pop %ecx\n pop %edi\n pop %esi\n"                         \
             "cmp $0xfffff000, %eax\n ja 1b\n"                          \
             "mov %esi, (%eax,%ecx)\n jmp 1b\n"

/* Any child, without waiting. */
#define WAIT "mov $-1, %ebx\n xor %ecx, %ecx\n mov $1, %edx\n"        \
             "xor %esi, %esi\n" CALL(114) "pop %esi\n jmp 1b\n"

/* What is run is to be silent; hence close(1). */
#define EXEC "mov $1, %ebx\n" CALL(6)                                 \
             "call 0f\n .asciz \"/hello\"\n 0: pop %ebx\n"            \
             "xor %ecx, %ecx\n xor %edx, %edx\n" CALL(11) EXIT
#define EXIT "xor %ebx, %ebx\n" CALL(1)

/* ESI: the random number, at first from the file's header. EDI: steps to go.
 * What a step does, its three upper bits say; with which of 32 pages, the five
 * below. */
PROGRAM(wander,
    "mov 0x08048020, %esi\n mov $40, %edi\n"
    "1: dec %edi\n js 9f\n"
    "imul $1664525, %esi, %esi\n add $1013904223, %esi\n"
    "mov %esi, %eax\n shr $12, %eax\n and $0x1f000, %eax\n"
    "mov %esi, %ecx\n shr $29, %ecx\n"
    "cmp $2, %ecx\n jb 2f\n je 3f\n"
    "cmp $4, %ecx\n jb 4f\n je 5f\n"
    "cmp $6, %ecx\n jb 6f\n je 7f\n"
    "test $0x300, %esi\n jz 0f\n" TAKE "0:" EXEC
    "2:" WRITE "3:" READ
    "4: test $0x600, %esi\n jz 0f\n" FORK "0:" THREAD
    "5: test $0x700, %esi\n jnz 0f\n" KILL "0: push %esi\n" WAIT "6:" GROW
    /* vfork(2); or, once in eight times, it does what is forbidden */
    "7: test $0x700, %esi\n jz 8f\n"
    CALL(190) "test %eax, %eax\n jnz 1b\n" EXEC
    "8: hlt\n"
    "9:" EXIT);

static bool may_end_so(u32 status)
{
    u32 signal = WTERMSIG(status);

    return status == 0 || signal == SIGKILL || signal == SIGSEGV;
}

static void set_timer(void (*set)(u32 line))
{
    u32 saved = interrupts_save();

    set(PIT_IRQ);
    interrupts_restore(saved);
}

/* Its children may outlive it. */
static const char *run_one(u32 seed)
{
    struct program_file *file = programs_make(wander, wander_end);
    u32 status;

    file->header.section_headers = seed;
    file->table[1].memory_bytes = 32 * PAGE_SIZE;
    i32 pid = programs_start();
    if (pid == -ENOMEM)
        return NULL;
    if (pid < 0)
        return "a program could not be started, though there was memory";
    if (process_wait(NULL, pid, true, &status, NULL) != pid)
        return "the kernel lost its child";
    return may_end_so(status) ? NULL
                              : "a program ended in another way than it can";
}

const char *test_programs(u32 seed, u32 count)
{
    const char *words = NULL;

    set_timer(pic_mask);
    for (u32 i = 0; i < count && !words; i++)
        words = run_one(seed + i * 0x9e3779b9);
    while (programs_count() > 0)
        thread_yield();
    set_timer(pic_unmask);
    test_trim();
    return words;
}
