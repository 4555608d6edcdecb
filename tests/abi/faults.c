/*
 * tests/abi/faults.c - what a program does wrong is a signal: its handler
 * repairs it, or leaves by longjmp(), on the program's stack or on another.
 *
 * Its argument is the folder in which its files are, none for the root.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "handler.h"

enum { PAGE = 4096, PAGES = 64, STACK = 64 << 10 };

static sigjmp_buf place;
static volatile sig_atomic_t count, last;
static char *area;

/* ------------------------------------------------------------------- faults */

static void leave(int number, siginfo_t *info, void *context)
{
    (void)context;
    printf("signal %d, code %d, at %s\n", number, info->si_code,
           info->si_addr == area ? "the area" :
           info->si_addr == NULL ? "nothing" : "somewhere");
    siglongjmp(place, 1);
}

static void try(const char *what, void (*deed)(void))
{
    printf("%s: ", what);
    if (sigsetjmp(place, 1) == 0) {
        deed();
        printf("nothing happened\n");
    }
}

static void read_it(void) { (void)*(volatile char *)area; }
static void write_it(void) { *(volatile char *)area = 1; }
static void read_null(void) { (void)*(char *volatile *)(volatile char *)NULL; }
static void read_kernel(void) { (void)*(volatile char *)0xf0000000; }
static void divide(void)
{
    volatile int zero = 0;

    last = 7 / zero;
}
static void no_instruction(void) { __asm__ volatile("ud2"); }
static void halt(void) { __asm__ volatile("hlt"); }

static void faults(void)
{
    set(SIGSEGV, leave, SA_SIGINFO);
    set(SIGBUS, leave, SA_SIGINFO);
    set(SIGFPE, leave, SA_SIGINFO);
    set(SIGILL, leave, SA_SIGINFO);
    area = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    try("read without rights", read_it);
    mprotect(area, PAGE, PROT_READ);
    try("write without rights", write_it);
    munmap(area, PAGE);
    try("read of nothing", read_it);
    try("read of null", read_null);
    try("read of the kernel", read_kernel);
    try("divide by zero", divide);
    try("no instruction", no_instruction);
    try("what only the kernel may do", halt);
}

static void beyond_a_file(const char *folder)
{
    char name[256];

    snprintf(name, sizeof name, "%s/data/text", folder);
    int fd = open(name, O_RDONLY);
    if (fd < 0) {
        tell("open", fd);
        return;
    }
    area = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    area += PAGE;
    try("beyond the end of a file", read_it);
    munmap(area - PAGE, 2 * PAGE);
}

/* A pager: each page comes when it is touched, with its number in it. */
static void bring_page(int number, siginfo_t *info, void *context)
{
    char *page = (char *)((unsigned long)info->si_addr & ~(PAGE - 1ul));

    (void)number, (void)context;
    count++;
    mprotect(page, PAGE, PROT_READ | PROT_WRITE);
    *(int *)page = (int)((page - area) / PAGE);
}

static void pager(void)
{
    long sum = 0;

    count = 0;
    area = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0);
    set(SIGSEGV, bring_page, SA_SIGINFO);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < PAGES; i++)
            sum += *(volatile int *)(area + (i * 37 % PAGES) * PAGE);
    printf("pager: %d pages came, their numbers make %ld\n", (int)count, sum);
    munmap(area, PAGES * PAGE);
}

/* The instruction itself is changed: the handler goes on behind it. */
static void step_over(int number, siginfo_t *info, void *context)
{
    ucontext_t *user = context;

    (void)info;
    last = number;
    user->uc_mcontext.gregs[REG_EIP] += 2;
    user->uc_mcontext.gregs[REG_EAX] = 4711;
}

static void change_registers(void)
{
    int eax = 1;

    set(SIGILL, step_over, SA_SIGINFO);
    __asm__ volatile("ud2" : "+a"(eax));
    printf("stepped over: %d after signal %d\n", eax, (int)last);
}

/* ------------------------------------------------------------------- stacks */

static volatile int deepest = 1 << 30;

static int depth(volatile char *before, int level)
{
    volatile char room[PAGE];

    room[0] = before ? before[0] : 1;
    return (level < deepest ? depth(room, level + 1) : 0) + room[0];
}

static char stack_memory[STACK];

/* The C libraries look at it first, each in its own way. */
static long set_stack(const stack_t *stack)
{
    return syscall(SYS_sigaltstack, stack, NULL);
}

static void on_stack(int number, siginfo_t *info, void *context)
{
    char here;
    stack_t stack;

    (void)info, (void)context;
    sigaltstack(NULL, &stack);
    printf("signal %d %s the other stack, flags %d, change: ", number,
           &here >= stack_memory && &here < stack_memory + STACK ? "on"
                                                                 : "off",
           stack.ss_flags);
    stack.ss_flags = SS_DISABLE;
    tell("sigaltstack", set_stack(&stack));
    siglongjmp(place, 1);
}

static void overflow(void)
{
    last = depth(NULL, 0);
}

static void stacks(void)
{
    stack_t stack = { .ss_sp = stack_memory, .ss_size = STACK }, old;

    tell("a small stack", set_stack(&(stack_t){ .ss_sp = stack_memory,
                                                .ss_size = 100 }));
    tell("a strange flag", set_stack(&(stack_t){ .ss_flags = 8 }));
    tell("a stack", sigaltstack(&stack, NULL));
    sigaltstack(NULL, &old);
    printf("it is %zu bytes, flags %d\n", (size_t)old.ss_size, old.ss_flags);
    set(SIGSEGV, on_stack, SA_SIGINFO | SA_ONSTACK);
    try("overflow", overflow);
    try("and again", overflow);
    stack.ss_flags = SS_DISABLE;
    tell("no stack", set_stack(&stack));
}

int main(int words, char **word)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    faults();
    beyond_a_file(words > 1 ? word[1] : "");
    pager();
    change_registers();
    stacks();
    return 0;
}
