/*
 * tests/abi/frames.c - lies to the kernel about a signal's frame: a handler
 * changes what it was interrupted with, into what no program may have, and
 * returns. It needs no C library.
 *
 *      frames [SEED ROUNDS]
 *
 * First come the lies one by one; what becomes of each is the same on Linux.
 * Then, with SEED, frames into which chance has written; there, all that counts
 * is that the kernel lives.
 */
#include "lib/child.h"

enum {
    ALL_FLAGS = 0x003f7fd5, RISKY = 1 << 8 | 1 << 18, /* step, alignment */
    STEP = 1 << 8,
    KERNEL = 0xc0100000,
};

static const u32 nowhere = 8;

/* What a handler gets, one way or the other. */
struct frame {
    u32 *return_address;
    struct sigcontext *context;
    struct sigstack *stack; /* NULL: it is no rt_sigframe */
    u32 *link;
};

typedef void (*lie_t)(struct frame *frame);

static lie_t lie;

static void NOINLINE in_plain_handler(i32 number)
{
    struct sigframe *at = (void *)((u8 *)__builtin_frame_address(0) + 4);
    struct frame frame = { &at->return_address, &at->context, NULL, NULL };

    (void)number;
    lie(&frame);
}

static void NOINLINE in_rt_handler(i32 number)
{
    struct rt_sigframe *at = (void *)((u8 *)__builtin_frame_address(0) + 4);
    struct frame frame = { &at->return_address, &at->user.context,
                           &at->user.stack, &at->user.link };

    (void)number;
    lie(&frame);
}

static i32 handle(u32 number, u32 handler, u32 flags)
{
    struct sigaction action = { .handler = handler, .flags = flags };

    return system_call(SYS_rt_sigaction, number, &action, NULL, 8);
}

static void raise(u32 number)
{
    system_call(SYS_kill, system_call(SYS_getpid), number);
}

/* ----------------------------------------------------------------- the lies */

static struct sigfpu *fpu_of(const struct frame *f)
{
    return (struct sigfpu *)f->context->fpu;
}

static void truth(struct frame *f) { (void)f; }
static void null_cs(struct frame *f) { f->context->cs = 0; }
static void far_cs(struct frame *f) { f->context->cs = 0xfffb; }
static void data_as_cs(struct frame *f) { f->context->cs = f->context->ss; }
static void cs_of_ring_0(struct frame *f) { f->context->cs &= 0xfffc; }
static void null_ss(struct frame *f) { f->context->ss = 0; }
static void far_ss(struct frame *f) { f->context->ss = 0xfffb; }
static void code_as_ss(struct frame *f) { f->context->ss = f->context->cs; }
static void null_ds(struct frame *f) { f->context->ds = 0; }
static void far_ds(struct frame *f) { f->context->ds = 0xfffb; }
static void far_gs(struct frame *f) { f->context->gs = 0xfffb; }
static void far_fs(struct frame *f) { f->context->fs = 0xfff8; }
static void no_flags(struct frame *f) { f->context->eflags = 0; }
static void step(struct frame *f) { f->context->eflags |= STEP; }

static void all_flags(struct frame *f)
{
    f->context->eflags = ALL_FLAGS & ~RISKY;
}

static void null_eip(struct frame *f) { f->context->eip = 0; }
static void kernel_eip(struct frame *f) { f->context->eip = KERNEL; }
static void last_eip(struct frame *f) { f->context->eip = ~0u; }
static void null_esp(struct frame *f) { f->context->esp = 0; }
static void kernel_esp(struct frame *f) { f->context->esp = KERNEL; }
static void last_esp(struct frame *f) { f->context->esp = ~0u; }
static void no_fpu(struct frame *f) { f->context->fpu = 0; }
static void wild_fpu(struct frame *f) { f->context->fpu = nowhere; }
static void kernel_fpu(struct frame *f) { f->context->fpu = KERNEL; }
static void last_fpu(struct frame *f) { f->context->fpu = 0xbffffffc; }

/* As little of it as there can be: it ends with the user half. */
static void short_fpu(struct frame *f)
{
    f->context->fpu = 0xc0000000 - sizeof(struct sigfpu);
}

static void old_fpu(struct frame *f) { fpu_of(f)->magic = SIGFPU_OLD; }
static void strange_fpu(struct frame *f) { fpu_of(f)->magic = 0x1234; }

/* Bits of MXCSR that no processor has, and then of all that is FXSAVE's. */
static void all_of_mxcsr(struct frame *f)
{
    *(u32 *)((u8 *)(fpu_of(f) + 1) + 24) = ~0u;
}

static void all_of_fxsave(struct frame *f)
{
    u8 *area = (u8 *)(fpu_of(f) + 1);

    for (u32 i = 0; i < 416; i++)
        area[i] = 0xff;
}

static void all_of_fnsave(struct frame *f)
{
    u8 *area = (u8 *)fpu_of(f);

    for (u32 i = 0; i < offsetof(struct sigfpu, status_word); i++)
        area[i] = 0xff;
}

static void block_all(struct frame *f)
{
    f->context->old_mask = ~0u;
}

static void wild_return(struct frame *f) { *f->return_address = nowhere; }
static void kernel_return(struct frame *f) { *f->return_address = KERNEL; }

static void strange_stack(struct frame *f)
{
    if (f->stack)
        *f->stack = (struct sigstack){ KERNEL, 77, 1 };
}

static void strange_link(struct frame *f)
{
    if (f->link)
        f->link[-1] = f->link[0] = KERNEL;
}

static const struct {
    const char *name;
    lie_t lie;
} lies[] = {
    { "the truth", truth },
    { "cs null", null_cs }, { "cs beyond all", far_cs },
    { "cs of data", data_as_cs }, { "cs of ring 0", cs_of_ring_0 },
    { "ss null", null_ss }, { "ss beyond all", far_ss },
    { "ss of code", code_as_ss }, { "ds null", null_ds },
    { "ds beyond all", far_ds }, { "gs beyond all", far_gs },
    { "fs beyond all", far_fs }, { "no flags", no_flags }, { "step", step },
    { "all flags", all_flags }, { "eip null", null_eip },
    { "eip in the kernel", kernel_eip }, { "eip last", last_eip },
    { "esp null", null_esp }, { "esp in the kernel", kernel_esp },
    { "esp last", last_esp }, { "no fpu", no_fpu }, { "fpu wild", wild_fpu },
    { "fpu in the kernel", kernel_fpu }, { "fpu at the end", last_fpu },
    { "fpu short", short_fpu }, { "fpu old", old_fpu },
    { "fpu strange", strange_fpu }, { "all of mxcsr", all_of_mxcsr },
    { "all of fxsave", all_of_fxsave }, { "all of fnsave", all_of_fnsave },
    { "all blocked", block_all }, { "return wild", wild_return },
    { "return to the kernel", kernel_return },
    { "stack strange", strange_stack }, { "link strange", strange_link },
};

/* -------------------------------------------- what leads to no frame at all */

/* The stack pointer is elsewhere when the kernel looks for the frame. */
static void return_from(u32 esp, u32 call)
{
    __asm__ volatile("mov %0, %%esp\n int $0x80" :: "r"(esp), "a"(call));
}

/* Where each byte is this one. */
static void return_from_page(u8 byte, u32 call)
{
    u8 *page = map(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

    for (u32 i = 0; i < 2 * PAGE; i++)
        page[i] = byte;
    return_from((u32)page + 64, call);
}

static void sigreturn_of_zeros(void) { return_from_page(0, SYS_sigreturn); }
static void sigreturn_of_ones(void) { return_from_page(255, SYS_sigreturn); }
static void rt_of_zeros(void) { return_from_page(0, SYS_rt_sigreturn); }
static void rt_of_ones(void) { return_from_page(255, SYS_rt_sigreturn); }
static void sigreturn_at_null(void) { return_from(0, SYS_sigreturn); }
static void sigreturn_at_kernel(void) { return_from(KERNEL, SYS_sigreturn); }

static void rt_sigreturn_at_end(void)
{
    return_from(0xbffffff0, SYS_rt_sigreturn);
}

static void rt_sigreturn_at_null(void) { return_from(0, SYS_rt_sigreturn); }

static void wild_handler(void)
{
    handle(SIGUSR1, nowhere, 0);
    raise(SIGUSR1);
}

static void kernel_handler(void)
{
    handle(SIGUSR1, KERNEL, SA_SIGINFO);
    raise(SIGUSR1);
}

static void for_ever(i32 number)
{
    raise((u32)number);
}

static void endless_nesting(void)
{
    handle(SIGUSR1, (u32)for_ever, SA_NODEFER | SA_SIGINFO);
    raise(SIGUSR1);
}

/* SIGSEGV's own handler has no room either. */
static void no_room_twice(void)
{
    handle(SIGSEGV, (u32)for_ever, 0);
    __asm__ volatile("mov $64, %esp\n movl $1, 8");
}

static void on_stack_at(u32 start, u32 bytes)
{
    struct sigstack stack = { start, 0, bytes };

    if (system_call(SYS_sigaltstack, &stack, NULL) < 0)
        exit(1);
    handle(SIGUSR1, (u32)in_rt_handler, SA_ONSTACK | SA_SIGINFO);
    raise(SIGUSR1);
}

static void stack_in_kernel(void) { on_stack_at(KERNEL, 8192); }
static void stack_in_nothing(void) { on_stack_at(0x20000000, 8192); }
static void stack_that_wraps(void) { on_stack_at(0xfffff000, 0xf0000000); }
static void stack_of_the_least(void)
{
    on_stack_at((u32)map(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE),
                MINSIGSTKSZ);
}

static const struct {
    const char *name;
    void (*deed)(void);
} deeds[] = {
    { "sigreturn of zeros", sigreturn_of_zeros },
    { "sigreturn of ones", sigreturn_of_ones },
    { "rt_sigreturn of zeros", rt_of_zeros },
    { "rt_sigreturn of ones", rt_of_ones },
    { "sigreturn, esp null", sigreturn_at_null },
    { "sigreturn, esp in the kernel", sigreturn_at_kernel },
    { "rt_sigreturn, esp at the end", rt_sigreturn_at_end },
    { "rt_sigreturn, esp null", rt_sigreturn_at_null },
    { "handler wild", wild_handler },
    { "handler in the kernel", kernel_handler },
    { "nested without end", endless_nesting },
    { "no room, twice", no_room_twice },
    { "stack in the kernel", stack_in_kernel },
    { "stack where nothing is", stack_in_nothing },
    { "stack that wraps", stack_that_wraps },
    { "stack of the least size", stack_of_the_least },
};

/* ------------------------------------------------------------------- chance */

static u32 chance;

static u32 draw(u32 below)
{
    chance ^= chance << 13;
    chance ^= chance >> 17;
    chance ^= chance << 5;
    return chance % below;
}

/* Some words, anywhere from the frame's start to its FPU state. */
static void any_lie(struct frame *f)
{
    static const u32 values[] = { 0, 1, 8, 0x10, 0x1b, 0x23, 0x2b, 0x33, 0x73,
                                  0x7b, 0xffff, KERNEL, 0xbffff000, ~0u };
    u32 *word = f->return_address, count = 1 + draw(8);

    while (count--)
        word[draw(360)] = draw(2) ? values[draw(ARRAY_SIZE(values))]
                                        : draw(~0u);
}

/* Whatever becomes of it, it does not take long. */
static void wait_a_while_for(i32 pid)
{
    static const u32 moment[2] = { 0, 10000000 };

    for (u32 i = 0; i < 20; i++) {
        if (waitpid(pid, NULL, WNOHANG) != 0)
            return;
        system_call(SYS_nanosleep, moment, NULL);
    }
    system_call(SYS_kill, pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void tell_any_lies(u32 rounds)
{
    for (u32 i = 0; i < rounds; i++) {
        bool is_rt = draw(2);
        i32 pid = need_fork();

        if (pid == 0) {
            lie = any_lie;
            chance += i * 7919;
            handle(SIGUSR1, (u32)(is_rt ? in_rt_handler : in_plain_handler),
                   is_rt ? SA_SIGINFO : 0);
            raise(SIGUSR1);
            exit(0);
        }
        wait_a_while_for(pid);
        draw(2);
    }
    print("%u frames told something else\n", rounds);
}

/* --------------------------------------------------------------------- main */

static void tell_a_lie(void)
{
    handle(SIGUSR1, (u32)in_plain_handler, 0);
    handle(SIGUSR2, (u32)in_rt_handler, SA_SIGINFO);
    raise(SIGUSR1);
    exit(0);
}

static void tell_an_rt_lie(void)
{
    handle(SIGUSR2, (u32)in_rt_handler, SA_SIGINFO);
    raise(SIGUSR2);
    exit(0);
}

static u32 number(const char *digits)
{
    u32 n = 0;

    for (; *digits >= '0' && *digits <= '9'; digits++)
        n = n * 10 + (u32)(*digits - '0');
    return n;
}

int main(int words, char **word)
{
    for (u32 i = 0; i < ARRAY_SIZE(lies); i++) {
        lie = lies[i].lie;
        print("%s: %u %u\n", lies[i].name, in_child(tell_a_lie),
              in_child(tell_an_rt_lie));
    }
    for (u32 i = 0; i < ARRAY_SIZE(deeds); i++)
        print("%s: %u\n", deeds[i].name, in_child(deeds[i].deed));
    if (words > 2) {
        chance = number(word[1]) | 1;
        tell_any_lies(number(word[2]));
    }
    return 0;
}
