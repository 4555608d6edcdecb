/*
 * tests/seam.c - where an allocation of L4 can be made to fail.
 *
 *      command_alloc --- kalloc? ---> __wrap_kalloc ---> __real_kalloc
 *      (any object)                   refuses the n-th   = kalloc, mm/kheap.c
 *
 * The names are the linker's: with --wrap=kalloc it reads a call of kalloc as
 * one of __wrap_kalloc, and __real_kalloc as kalloc. (In the object that has
 * kalloc itself LLVM's linker does so, GNU's does not.) Without --wrap there is
 * no __real_kalloc: hence weak.
 *
 * A call that is not refused must reach the heap as if nobody had been between:
 * the heap notes who called, and a back-trace shows it. So the way on is a jump
 * that leaves the stack and the arguments alone. C cannot promise that; hence
 * assembler, which finds its data relative to itself, as a Linux program may
 * lie anywhere.
 */
#include "seam.h"

#include "mm/kheap.h"

extern void *__real_kalloc(size_t bytes) __attribute__((weak));

/* Assembler knows its name and its order. */
struct seam {
    u32 refused; /* which call is; 0: none is, and none is counted */
    u32 calls;
} seam;

/* A register that no argument is in; the heap may use it, too. And one that is
 * kept for it. The kernel's arguments come in EAX and EDX. */
#ifdef __x86_64__
#define AT          "%r11"
#define KEPT        "%rax"
#define POINT_AT    "leaq    seam(%rip), %r11\n\t"
#define TEST_SECOND "testq   %rsi, %rsi\n\t"
#else
#define AT          "%ecx"
#define KEPT        "%eax"
#define POINT_AT    "call    1f\n"                         \
                    "1:\n\t"                               \
                    "popl    %ecx\n\t"                     \
                    "addl    $seam - 1b, %ecx\n\t"
#if __STDC_HOSTED__
#define TEST_SECOND "cmpl    $0, 8(%esp)\n\t"
#else
#define TEST_SECOND "testl   %edx, %edx\n\t"
#endif
#endif

/* `first` is done before the call is counted. */
#define SEAM(function, first)                              \
    __asm__(".text\n\t"                                    \
            ".weak   __real_" #function "\n\t"             \
            ".globl  __wrap_" #function "\n\t"             \
            ".type   __wrap_" #function ", @function\n"    \
            "__wrap_" #function ":\n\t"                    \
            first POINT_AT                                 \
            "cmpl    $0, (" AT ")\n\t"                     \
            "je      __real_" #function "\n\t"             \
            "incl    4(" AT ")\n\t"                        \
            "push    " KEPT "\n\t"                         \
            "movl    (" AT "), %eax\n\t"                   \
            "cmpl    4(" AT "), %eax\n\t"                  \
            "pop     " KEPT "\n\t"                         \
            "jne     __real_" #function "\n\t"             \
            "xorl    %eax, %eax\n\t"                       \
            "ret")

SEAM(kalloc, "");
SEAM(kcalloc, "");
SEAM(kalloc_aligned, "");
SEAM(slab_cache_alloc, "");

/* To free is no allocation. */
SEAM(krealloc, TEST_SECOND "je      __real_krealloc\n\t");

bool seam_is_there(void)
{
    return __real_kalloc != NULL;
}

void seam_refuse(u32 n)
{
    seam = (struct seam){ n, 0 };
}

u32 seam_calls(void)
{
    return seam.calls;
}
